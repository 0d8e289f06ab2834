use camlab_raster::Rate;

/// What is known of each image, column by column, for one network, method and layer.
///
/// Row `i` of every column speaks of the same image. A column of which nothing is known may be empty; then no
/// image counts for the metrics that need it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ImageColumns {
    /// Best IoU of any contour's box at each of the 255 levels ([`camlab_raster::boxes::LevelIou::any`]); an
    /// empty list for an image without boxes.
    pub iou_any: Vec<Vec<f32>>,
    /// IoU of the largest contour's box at each level ([`camlab_raster::boxes::LevelIou::largest`]); an empty
    /// list for an image without boxes.
    pub iou_largest: Vec<Vec<f32>>,
    /// Rank of the true class in the network's answer, 0 first; `None` without a network or a label.
    pub label_rank: Vec<Option<u32>>,
    /// Softmax probability of the true class, in `[0, 1]`; `None` without a network or a label.
    pub label_probability: Vec<Option<f32>>,
    /// [`camlab_raster::roc_auc`] of the map, in `[0, 1]`.
    pub auc: Vec<Option<f32>>,
    /// [`camlab_raster::kl_divergence`] of the map, in nats.
    pub kl: Vec<Option<f32>>,
    /// [`camlab_raster::rates`] of the map at the thresholds of [`super::rate_thresholds`].
    pub rates: Vec<Vec<Rate>>,
    /// The true class.
    pub labels: Vec<usize>,
    /// The network's softmax probability of every class; empty where no metric asks for them.
    pub class_probabilities: Vec<Vec<f32>>,
}

impl ImageColumns {
    /// The number of images.
    pub fn len(&self) -> usize {
        [
            self.iou_any.len(),
            self.iou_largest.len(),
            self.label_rank.len(),
            self.label_probability.len(),
            self.auc.len(),
            self.kl.len(),
            self.rates.len(),
            self.class_probabilities.len(),
        ]
        .into_iter()
        .fold(0, usize::max)
    }

    /// Whether there is no image.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether the true class of image `row` is among the first `k`; `None` where this is not known.
    pub(super) fn in_top(&self, row: usize, k: u32) -> Option<bool> {
        self.label_rank.get(row).copied().flatten().map(|rank| rank < k)
    }
}
