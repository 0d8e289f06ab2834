use std::ops::Deref;
use std::sync::Arc;

/// A list of numbers per image, shared by the metrics that read it: a clone copies nothing.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ImageLists(Arc<Vec<Vec<f32>>>);

impl ImageLists {
    /// Adds the list of the next image.
    pub fn push(&mut self, list: Vec<f32>) {
        Arc::make_mut(&mut self.0).push(list);
    }
}

impl Deref for ImageLists {
    type Target = [Vec<f32>];

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl From<Vec<Vec<f32>>> for ImageLists {
    fn from(lists: Vec<Vec<f32>>) -> Self {
        Self(Arc::new(lists))
    }
}

impl Extend<Vec<f32>> for ImageLists {
    fn extend<I: IntoIterator<Item = Vec<f32>>>(&mut self, lists: I) {
        Arc::make_mut(&mut self.0).extend(lists);
    }
}
