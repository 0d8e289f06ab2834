use std::sync::Arc;

use super::hits::Hits;
use super::{Contours, MetricSpec};

/// Levels at which the boxes of images are correct, for the contours and IoUs that some metrics ask for.
///
/// This is what the box metrics need of an image's IoUs at every level, in a few bytes instead of two kilobytes.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct BoxHits {
    sets: Vec<((Contours, f64), Arc<Hits>)>,
    images: usize,
}

impl BoxHits {
    /// Without images, for some contours and minimum IoUs.
    pub fn new(asked: impl IntoIterator<Item = (Contours, f64)>) -> Self {
        let mut hits = Self::default();
        for (contours, delta) in asked {
            if !hits.sets.iter().any(|(known, _)| *known == (contours, delta)) {
                hits.sets.push(((contours, delta), Arc::default()));
            }
        }
        hits
    }

    /// Without images, for what some metrics ask for.
    pub fn of(specs: &[MetricSpec]) -> Self {
        Self::new(specs.iter().flat_map(|spec| spec.metric().boxes()))
    }

    /// Adds an image: the best IoU of any contour's box at each level
    /// ([`camlab_raster::boxes::LevelIou::any`]), and the IoU of the largest contour's
    /// ([`camlab_raster::boxes::LevelIou::largest`]); both empty for an image without boxes.
    pub fn push(&mut self, any: &[f32], largest: &[f32]) {
        for ((contours, delta), hits) in &mut self.sets {
            let iou = match contours {
                Contours::Any => any,
                Contours::Largest => largest,
            };
            Arc::make_mut(hits).push(iou, *delta);
        }
        self.images += 1;
    }

    /// Number of images.
    pub fn len(&self) -> usize {
        self.images
    }

    /// True without images.
    pub fn is_empty(&self) -> bool {
        self.images == 0
    }

    /// The hits of one kind; no image has boxes if it was not asked for.
    pub(super) fn get(&self, contours: Contours, delta: f64) -> Arc<Hits> {
        let found = self.sets.iter().find(|(known, _)| *known == (contours, delta));
        found.map_or_else(|| Arc::new(Hits::none(self.images)), |(_, hits)| Arc::clone(hits))
    }
}
