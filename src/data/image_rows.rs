//! Rows of the same image, which no draw separates.

use std::ops::Range;

use super::Dataset;

/// The rows of every image of a data set, in order: one each unless images have several labels ([`Dataset::image`]).
pub fn image_rows(set: &dyn Dataset) -> Vec<Range<usize>> {
    let mut images: Vec<Range<usize>> = Vec::with_capacity(set.len());
    for row in 0..set.len() {
        match images.last_mut() {
            Some(last) if set.image(last.start) == set.image(row) => last.end = row + 1,
            _ => images.push(row..row + 1),
        }
    }
    images
}

/// The images of a data set of which some have several labels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageLabels {
    rows: Vec<Range<usize>>,
    /// Number of the image of every row.
    images: Vec<u32>,
}

impl ImageLabels {
    /// The images of a data set; `None` if every image has one row.
    pub fn of(set: &dyn Dataset) -> Option<Self> {
        let rows = image_rows(set);
        if rows.len() == set.len() {
            return None;
        }
        let numbers =
            rows.iter().enumerate().flat_map(|(image, rows)| rows.clone().map(move |_| image as u32));
        let images = numbers.collect();
        Some(Self { rows, images })
    }

    /// The rows of every image, in order.
    pub fn rows(&self) -> &[Range<usize>] {
        &self.rows
    }

    /// Number of the image of a row, from 0.
    pub fn image(&self, row: usize) -> Option<u32> {
        self.images.get(row).copied()
    }
}

/// One label of every image: that of its classes which the fewest images show, the first if tied.
pub(super) fn rarest_labels(set: &dyn Dataset, images: &[Range<usize>]) -> Vec<usize> {
    let mut counts = vec![0usize; set.classes().len()];
    for rows in images {
        for row in rows.clone() {
            if let Some(count) = counts.get_mut(set.label(row)) {
                *count += 1;
            }
        }
    }
    let count = |label: usize| counts.get(label).copied().unwrap_or(0);
    let rarest =
        |rows: &Range<usize>| rows.clone().map(|row| set.label(row)).min_by_key(|label| count(*label));
    images.iter().map(|rows| rarest(rows).unwrap_or_default()).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{ClassSample, DatasetPart, DatasetSpec, PartSide, Synthetic, open};

    /// Numbers of the images of a set, and of their rows, in order.
    fn images(set: &dyn Dataset) -> Vec<(usize, usize)> {
        image_rows(set).iter().map(|rows| (set.image(rows.start), rows.len())).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn parts_never_separate_the_rows_of_an_image(
            labels in 1usize..=4,
            count in 6usize..60,
            fraction in 0.1f64..0.9,
            of_each in 1usize..6,
            seed: u64,
        ) {
            let options = Synthetic { classes: 5, images: count, labels, seed: seed % 7, ..Synthetic::default() };
            let of = || Box::new(DatasetSpec::Synthetic(options.clone()));
            let part = |side| open(&DatasetSpec::DatasetPart(DatasetPart { of: of(), fraction, seed, side })).unwrap();
            let (held, rest) = (images(&*part(PartSide::HeldOut)), images(&*part(PartSide::Rest)));
            prop_assert!(held.iter().chain(&rest).all(|(_, rows)| *rows == labels));
            let mut all: Vec<usize> = held.iter().chain(&rest).map(|(image, _)| *image).collect();
            all.sort_unstable();
            prop_assert_eq!(all, (0..count).collect::<Vec<_>>());
            prop_assert!((held.len() as f64 - fraction * count as f64).abs() <= 1.0);
            let sample = ClassSample { of: of(), images: of_each, seed, side: crate::PartSide::HeldOut };
            let sampled = open(&DatasetSpec::ClassSample(sample)).unwrap();
            prop_assert!(images(&*sampled).iter().all(|(_, rows)| *rows == labels));
        }
    }
}
