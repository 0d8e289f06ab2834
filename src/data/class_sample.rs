//! A few images of every class of another data set, or all its other images.

use rand::seq::SliceRandom as _;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::image_rows::image_rows;
use super::part::{PartOfSet, PartSide};
use super::{Dataset, DatasetError, DatasetSpec, DeclaredReading, Reader, Synthetic};
use camlab_base::random::stream;

/// Increased when the same options choose other images.
const VERSION: u32 = 1;

/// The same number of images of every class of a data set, drawn at random; all images of a class that has fewer.
///
/// Of images with several labels, classes with few images draw first, and a class draws as many as it lacks: it may end
/// with more images than asked for, since an image comes with all its labels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ClassSample {
    /// The whole data set.
    pub of: Box<DatasetSpec>,
    /// Number of images of each class, at least 1.
    pub images: usize,
    /// Seed of the draw.
    #[serde(default)]
    pub seed: u64,
    /// The images that are meant: those drawn, `held-out`, or all others, of which there may be none.
    #[serde(default, skip_serializing_if = "PartSide::is_held_out")]
    pub side: PartSide,
}

impl Default for ClassSample {
    fn default() -> Self {
        Self {
            of: Box::new(DatasetSpec::Synthetic(Synthetic::default())),
            images: 10,
            seed: 0,
            side: PartSide::default(),
        }
    }
}

impl Reader for ClassSample {
    fn check(&self) -> Result<(), DatasetError> {
        if self.images == 0 {
            return Err(DatasetError::option("images", "0 is out of range; write 1 or more".to_owned()));
        }
        self.of.check()
    }

    fn open(&self, reading: DeclaredReading) -> Result<Box<dyn Dataset>, DatasetError> {
        self.check()?;
        let whole = self.of.reader().open(reading)?;
        let images = image_rows(&*whole);
        let labels: Vec<Vec<usize>> = images.iter().map(|rows| whole.labels(rows.start)).collect();
        let chosen = drawn(&labels, whole.classes().len(), self.images, self.seed);
        let few: Vec<usize> = chosen.into_iter().flat_map(|image| images[image].clone()).collect();
        let options = format!("class-sample {VERSION} {} {}", self.images, self.seed);
        let (indices, options) = match self.side {
            PartSide::HeldOut => (few, options),
            PartSide::Rest => {
                let rest = (0..whole.len()).filter(|index| few.binary_search(index).is_err());
                (rest.collect(), options + " rest")
            }
        };
        Ok(Box::new(PartOfSet { whole, indices, options }))
    }
}

/// Ascending positions of `count` images of every class, or of all that it has; `labels` are the classes of every image.
fn drawn(labels: &[Vec<usize>], classes: usize, count: usize, seed: u64) -> Vec<usize> {
    let mut members: Vec<Vec<usize>> = vec![Vec::new(); classes];
    for (image, labels) in labels.iter().enumerate() {
        for label in labels {
            if let Some(class) = members.get_mut(*label) {
                class.push(image);
            }
        }
    }
    let mut order: Vec<usize> = (0..classes).collect();
    order.sort_by_key(|class| members[*class].len());
    let mut chosen = vec![false; labels.len()];
    for class in order {
        let members = &mut members[class];
        members.shuffle(&mut stream(seed, &format!("data/class-sample/{class}")));
        let have = members.iter().filter(|image| chosen[**image]).count();
        let free: Vec<usize> = members.iter().copied().filter(|image| !chosen[*image]).collect();
        for image in free.into_iter().take(count.saturating_sub(have)) {
            chosen[image] = true;
        }
    }
    (0..labels.len()).filter(|image| chosen[*image]).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_class_has_as_many_images_as_asked_for(
            labels in proptest::collection::vec(0usize..5, 1..200),
            count in 1usize..20,
            seed: u64,
        ) {
            let labels: Vec<Vec<usize>> = labels.into_iter().map(|label| vec![label]).collect();
            let chosen = drawn(&labels, 5, count, seed);
            prop_assert!(chosen.is_sorted() && chosen.windows(2).all(|pair| pair[0] != pair[1]));
            for class in 0..5 {
                let all = labels.iter().filter(|label| label[0] == class).count();
                let own = chosen.iter().filter(|index| labels[**index][0] == class).count();
                prop_assert_eq!(own, all.min(count));
            }
            prop_assert_eq!(&chosen, &drawn(&labels, 5, count, seed));
        }

        #[test]
        fn every_class_of_images_with_several_labels_has_as_many_as_there_are(
            labels in proptest::collection::vec(proptest::collection::btree_set(0usize..5, 1..4), 1..200),
            count in 1usize..20,
            seed: u64,
        ) {
            let labels: Vec<Vec<usize>> = labels.into_iter().map(|set| set.into_iter().collect()).collect();
            let chosen = drawn(&labels, 5, count, seed);
            for class in 0..5 {
                let all = labels.iter().filter(|labels| labels.contains(&class)).count();
                let own = chosen.iter().filter(|image| labels[**image].contains(&class)).count();
                prop_assert!(own >= all.min(count) && own <= all);
            }
            prop_assert!(chosen.len() <= 5 * count);
        }
    }

    #[test]
    fn a_sample_has_the_images_and_labels_of_the_whole() {
        let whole = DatasetSpec::Synthetic(Synthetic { images: 40, ..Synthetic::default() });
        let sample =
            |images, seed| ClassSample { of: Box::new(whole.clone()), images, seed, side: PartSide::HeldOut };
        let (all, few) =
            (crate::open(&whole).unwrap(), sample(2, 0).open(DeclaredReading::default()).unwrap());
        assert_eq!((few.classes(), few.len()), (all.classes(), 2 * all.classes().len()));
        for index in 0..few.len() {
            let same = (0..all.len()).find(|at| all.id(*at) == few.id(index)).unwrap();
            assert_eq!((few.label(index), few.photo(index)), (all.label(same), all.photo(same)));
        }
        let digest = |images, seed| {
            sample(images, seed).open(DeclaredReading::default()).unwrap().examine().unwrap().digest
        };
        assert!(digest(2, 0) == digest(2, 0) && digest(2, 0) != digest(2, 1) && digest(2, 0) != digest(3, 0));
        assert!(sample(0, 0).check().unwrap_err().to_string().contains("write 1 or more"));
    }

    #[test]
    fn a_sample_and_its_rest_are_the_whole() {
        let whole = DatasetSpec::Synthetic(Synthetic { images: 40, ..Synthetic::default() });
        let part = |images, side| {
            ClassSample { of: Box::new(whole.clone()), images, seed: 3, side }
                .open(DeclaredReading::default())
                .unwrap()
        };
        let ids =
            |set: &dyn Dataset| (0..set.len()).map(|index| set.id(index).to_owned()).collect::<Vec<_>>();
        let (few, rest) = (part(2, PartSide::HeldOut), part(2, PartSide::Rest));
        let mut both = [ids(&*few), ids(&*rest)].concat();
        both.sort();
        let mut all = ids(&*crate::open(&whole).unwrap());
        all.sort();
        assert_eq!(both, all);
        assert!(few.examine().unwrap() != rest.examine().unwrap());
        assert!(part(40, PartSide::Rest).is_empty() && part(40, PartSide::HeldOut).len() == 40);
    }
}
