use std::ops::Deref;
use std::sync::Arc;

/// The numbers of one image; counts take half the memory of other numbers.
#[derive(Debug, Clone, PartialEq)]
pub enum ImageList {
    /// Whole numbers from 0 to 65,535.
    Counts(Box<[u16]>),
    /// Any numbers.
    Numbers(Box<[f32]>),
}

impl ImageList {
    /// Number of elements.
    pub fn len(&self) -> usize {
        match self {
            Self::Counts(list) => list.len(),
            Self::Numbers(list) => list.len(),
        }
    }

    /// True without elements.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The elements, in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = f32> + ExactSizeIterator {
        (0..self.len()).map(|at| self.at(at))
    }

    /// One element.
    ///
    /// # Panics
    /// If there is none at that place.
    pub fn at(&self, place: usize) -> f32 {
        match self {
            Self::Counts(list) => f32::from(list[place]),
            Self::Numbers(list) => list[place],
        }
    }

    /// Adds `weight` times the elements from `start` on to `sums`, as many as it has.
    ///
    /// # Panics
    /// If there are fewer.
    pub(super) fn add_to(&self, start: usize, weight: f64, sums: &mut [f64]) {
        let end = start + sums.len();
        match self {
            Self::Counts(list) => add(&list[start..end], weight, sums),
            Self::Numbers(list) => add(&list[start..end], weight, sums),
        }
    }
}

fn add<T: Copy + Into<f64>>(list: &[T], weight: f64, sums: &mut [f64]) {
    for (sum, value) in sums.iter_mut().zip(list) {
        let value: f64 = (*value).into();
        *sum += weight * value;
    }
}

impl From<&[f32]> for ImageList {
    fn from(list: &[f32]) -> Self {
        // A conversion that does not give the number back, -0 among them, keeps the numbers.
        let count = |value: &f32| {
            let count = *value as u16;
            (f32::from(count).to_bits() == value.to_bits()).then_some(count)
        };
        match list.iter().map(count).collect() {
            Some(counts) => Self::Counts(counts),
            None => Self::Numbers(list.into()),
        }
    }
}

impl From<Vec<f32>> for ImageList {
    fn from(list: Vec<f32>) -> Self {
        Self::from(list.as_slice())
    }
}

/// A list of numbers per image, shared by the metrics that read it: a clone copies nothing.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ImageLists(Arc<Vec<ImageList>>);

impl ImageLists {
    /// Adds the list of the next image.
    pub fn push(&mut self, list: impl Into<ImageList>) {
        Arc::make_mut(&mut self.0).push(list.into());
    }
}

impl Deref for ImageLists {
    type Target = [ImageList];

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<L: Into<ImageList>> Extend<L> for ImageLists {
    fn extend<I: IntoIterator<Item = L>>(&mut self, lists: I) {
        Arc::make_mut(&mut self.0).extend(lists.into_iter().map(Into::into));
    }
}

impl<L: Into<ImageList>> FromIterator<L> for ImageLists {
    fn from_iter<I: IntoIterator<Item = L>>(lists: I) -> Self {
        Self(Arc::new(lists.into_iter().map(Into::into).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_keep_every_number() {
        for list in [vec![], vec![0.0, 3.0, 65_535.0], vec![65_536.0], vec![-1.0], vec![0.5, 2.0], vec![-0.0]]
        {
            let kept = ImageList::from(list.as_slice());
            let bits = |values: &mut dyn Iterator<Item = f32>| values.map(f32::to_bits).collect::<Vec<_>>();
            assert_eq!(bits(&mut kept.iter()), bits(&mut list.iter().copied()), "{list:?}");
        }
        let kept = ImageList::from([f32::NAN].as_slice());
        assert!(kept.at(0).is_nan());
        assert!(matches!(ImageList::from([7.0].as_slice()), ImageList::Counts(_)));
        let mut sums = [1.0, 1.0];
        ImageList::from([9.0, 2.0, 3.0].as_slice()).add_to(1, 2.0, &mut sums);
        assert_eq!(sums, [5.0, 7.0]);
    }
}
