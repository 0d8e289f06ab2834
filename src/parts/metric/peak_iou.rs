use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::pixel_counts::PixelCounts;
use super::{Estimator, ImageColumns, Measure, Metric, MetricSpec, PxAp, TruthKind, options};
use camlab_raster::peak_iou;

/// Peak IoU: intersection over union of the thresholded map with the object at the threshold that is best for all
/// images.
///
/// `max over t of TP(t) / (TP(t) + FP(t) + FN(t))`, with `over = "pixels"` counted over the pixels of the whole data
/// set (pIoU beside PxAP on OpenImages), with `over = "images"` the maximum of the mean over images (Pan et al. 2021,
/// SPA, the peak of the IoU-threshold curve; Zhang et al. 2020). The threshold is chosen on the evaluated images. In
/// percent, higher is better. Truth: masks, else filled boxes; ignored pixels count for nothing. Reads what `px-ap`
/// measures. Images without an object are left out; not defined without any. Claims can use it over images only.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct PeakIou {
    /// Distance of the thresholds.
    #[serde(deserialize_with = "options::interval")]
    #[schemars(schema_with = "options::interval_schema")]
    pub interval: f64,
    /// Pixels of all images together, or one IoU per image: `pixels` or `images`.
    pub over: PixelPool,
}

/// Units that an IoU is counted over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PixelPool {
    /// The pixels of all images together.
    Pixels,
    /// Each image by itself; the mean counts.
    Images,
}

impl Default for PeakIou {
    fn default() -> Self {
        Self { interval: PxAp::default().interval, over: PixelPool::Pixels }
    }
}

impl Metric for PeakIou {
    fn measures(&self) -> Vec<Measure> {
        let name = super::px_ap::name_at("peak-iou", self.interval);
        let name = match self.over {
            PixelPool::Pixels => name,
            PixelPool::Images if name.contains('@') => format!("{name},over=images"),
            PixelPool::Images => format!("{name}@over=images"),
        };
        vec![Measure::percent(name, TruthKind::Masks)]
    }

    fn measured_by(&self) -> Vec<MetricSpec> {
        vec![MetricSpec::PxAp(PxAp { interval: self.interval })]
    }

    fn estimator(&self, rows: &ImageColumns) -> Box<dyn Estimator> {
        let counts = PixelCounts::of(rows, self.interval, |_| true);
        match self.over {
            PixelPool::Pixels => Box::new(PooledPeak(counts)),
            PixelPool::Images => Box::new(MeanPeak::new(&counts, rows.len())),
        }
    }
}

struct PooledPeak(PixelCounts);

impl Estimator for PooledPeak {
    fn values(&self, weights: &[u32]) -> Vec<Option<f64>> {
        let [object, background] = self.0.pooled(weights);
        vec![peak_iou(&object, &background).map(|(_, iou)| 100.0 * iou)]
    }

    fn counts(&self) -> Vec<usize> {
        vec![self.0.len()]
    }

    fn images(&self) -> Vec<Vec<Option<f64>>> {
        Vec::new()
    }
}

/// IoU of every image at every threshold.
struct MeanPeak {
    images: Vec<usize>,
    /// Number of images, with or without an object.
    all: usize,
    thresholds: usize,
    /// By image, then by threshold.
    iou: Vec<f32>,
}

impl MeanPeak {
    fn new(counts: &PixelCounts, all: usize) -> Self {
        let mut peak = Self { images: Vec::new(), all, thresholds: 0, iou: Vec::new() };
        for (image, [object, background]) in counts.by_image() {
            let objects: f64 = object.iter().sum();
            let (mut hits, mut alarms) = (0.0, 0.0);
            let start = peak.iou.len();
            peak.thresholds = object.len();
            peak.iou.resize(start + object.len(), 0.0);
            for bin in (0..object.len()).rev() {
                hits += object[bin];
                alarms += background[bin];
                peak.iou[start + bin] = (hits / (objects + alarms)) as f32;
            }
            peak.images.push(image);
        }
        peak
    }

    /// The threshold with the highest weighted sum of IoUs, the lowest if tied, with the mean there.
    fn best(&self, weights: &[u32]) -> Option<(usize, f64)> {
        let mut sums = vec![0.0; self.thresholds];
        let mut total = 0.0;
        for (image, iou) in self.images.iter().zip(self.iou.chunks_exact(self.thresholds.max(1))) {
            let weight = f64::from(weights[*image]);
            if weight > 0.0 {
                total += weight;
                sums.iter_mut().zip(iou).for_each(|(sum, iou)| *sum += weight * f64::from(*iou));
            }
        }
        let best = sums.iter().enumerate().rev().max_by(|a, b| a.1.total_cmp(b.1))?;
        (total > 0.0).then(|| (best.0, best.1 / total))
    }
}

impl Estimator for MeanPeak {
    fn values(&self, weights: &[u32]) -> Vec<Option<f64>> {
        vec![self.best(weights).map(|(_, mean)| 100.0 * mean)]
    }

    fn counts(&self) -> Vec<usize> {
        vec![self.images.len()]
    }

    fn images(&self) -> Vec<Vec<Option<f64>>> {
        let mut all = vec![None; self.all];
        if let Some((best, _)) = self.best(&vec![1; self.all]) {
            for (image, iou) in self.images.iter().zip(self.iou.chunks_exact(self.thresholds.max(1))) {
                all[*image] = Some(100.0 * f64::from(iou[best]));
            }
        }
        vec![all]
    }
}
