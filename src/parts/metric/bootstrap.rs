use super::options;
use camlab_base::{Resamples, quantile};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Percentile bootstrap over images (Efron and Tibshirani 1993, section 13.3).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Bootstrap {
    /// Number of resamples; 0: no intervals.
    pub resamples: usize,
    /// Seed of the resamples, which for equal seed and number of images are the same for all metrics and methods.
    pub seed: u64,
    /// Confidence level of the intervals, between 0 and 1: the fraction of resampled values they contain.
    #[serde(deserialize_with = "options::confidence")]
    #[schemars(schema_with = "options::confidence_schema")]
    pub confidence: f64,
}

impl Default for Bootstrap {
    fn default() -> Self {
        Self { resamples: 500, seed: 0, confidence: 0.95 }
    }
}

impl Bootstrap {
    /// Confidence intervals (low, high) of several statistics over `images` images. `statistics` maps how often each
    /// image counts to the values. Resamples in which a statistic is `None` are left out of its interval; `None` if
    /// none remains.
    pub fn intervals(
        &self,
        images: usize,
        statistics: impl FnMut(&[u32]) -> Vec<Option<f64>>,
    ) -> Vec<Option<(f64, f64)>> {
        self.clustered(None, images, statistics)
    }

    /// As [`Self::intervals`] over rows that are not independent: those of an image with several labels are drawn together
    /// (Davison and Hinkley 1997, section 3.8). `clusters` has each row's image and the number of images; `None`: every
    /// row is an image.
    pub fn clustered(
        &self,
        clusters: Option<&(Vec<usize>, usize)>,
        rows: usize,
        mut statistics: impl FnMut(&[u32]) -> Vec<Option<f64>>,
    ) -> Vec<Option<(f64, f64)>> {
        let mut resamples =
            Resamples::new(clusters.map_or(rows, |(_, images)| *images), self.seed, "bootstrap");
        let mut samples: Vec<Vec<f64>> = Vec::new();
        let mut spread = Vec::new();
        for _ in 0..self.resamples {
            let drawn = resamples.draw();
            let values = match clusters {
                None => statistics(drawn),
                Some((places, _)) => {
                    spread.clear();
                    spread.extend(places.iter().map(|image| drawn[*image]));
                    statistics(&spread)
                }
            };
            samples.resize(values.len(), Vec::new());
            for (sample, value) in samples.iter_mut().zip(values) {
                sample.extend(value);
            }
        }
        samples.into_iter().map(|sample| self.interval(sample)).collect()
    }

    fn interval(&self, mut sample: Vec<f64>) -> Option<(f64, f64)> {
        sample.sort_unstable_by(f64::total_cmp);
        let tail = (1.0 - self.confidence) / 2.0;
        Some((quantile(&sample, tail)?, quantile(&sample, 1.0 - tail)?))
    }
}
