use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::curve::Contours;
use super::hits::Hits;
use super::max_box_acc::name_at;
use super::{ChosenLevels, Estimator, ImageColumns, Measure, Metric, options};

/// CorLoc, correct localisation: percentage of a class's images whose largest contour's box is correct, mean over the
/// classes.
///
/// `mean over c of |{images of c with IoU >= iou}| / |{images of c}|` (Deselaers et al. 2012; in weakly supervised
/// detection by the best-scored box, here by the box of the largest contour at the map threshold of GT-known Loc). In
/// percent, higher is better. Truth: boxes and labels. Images without a box are left out; not defined without any. Not
/// a mean over images: claims cannot use it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct CorLoc {
    /// Minimum IoU of a correct box.
    #[serde(deserialize_with = "options::iou")]
    #[schemars(schema_with = "options::iou_schema")]
    pub iou: f64,
}

impl Default for CorLoc {
    fn default() -> Self {
        Self { iou: 0.5 }
    }
}

impl Metric for CorLoc {
    fn measures(&self) -> Vec<Measure> {
        vec![Measure::at_oracle(name_at("corloc", self.iou))]
    }

    fn boxes(&self) -> Vec<(Contours, f64)> {
        vec![(Contours::Largest, self.iou)]
    }

    fn estimator(&self, rows: &ImageColumns) -> Box<dyn Estimator> {
        Box::new(self.of_classes(rows, None))
    }

    fn at_levels(&self, rows: &ImageColumns, levels: &ChosenLevels) -> Option<Box<dyn Estimator>> {
        let level = usize::from(levels.get(Contours::Largest, self.iou)?);
        Some(Box::new(self.of_classes(rows, Some(level))))
    }
}

impl CorLoc {
    fn of_classes(&self, rows: &ImageColumns, level: Option<usize>) -> ClassAccuracies {
        let hits = rows.boxes.get(Contours::Largest, self.iou);
        ClassAccuracies { hits, labels: rows.labels.clone(), level }
    }
}

/// Accuracy of each class at one level.
struct ClassAccuracies {
    hits: Arc<Hits>,
    labels: Vec<usize>,
    /// The level that other images chose; `None`: the best one for all weighted images.
    level: Option<usize>,
}

impl Estimator for ClassAccuracies {
    fn values(&self, weights: &[u32]) -> Vec<Option<f64>> {
        let level = self.level.or_else(|| self.hits.best(weights).map(|best| best.level));
        let Some(level) = level else { return vec![None] };
        let classes = self.labels.iter().max().map_or(0, |last| last + 1);
        let mut counts = vec![(0u64, 0u64); classes];
        for (image, hits) in self.hits.by_image() {
            if let Some((right, all)) = self.labels.get(image).and_then(|label| counts.get_mut(*label)) {
                let weight = u64::from(weights[image]);
                *right += if hits.at(level) { weight } else { 0 };
                *all += weight;
            }
        }
        let (mut sum, mut known) = (0.0, 0usize);
        for (right, all) in counts.into_iter().filter(|(_, all)| *all > 0) {
            sum += right as f64 / all as f64;
            known += 1;
        }
        vec![(known > 0).then(|| 100.0 * sum / known as f64)]
    }

    /// Accuracy of the class at the common level.
    fn of_class(&self, class: usize, own: &[u32]) -> Vec<Option<f64>> {
        let level = self.level.or_else(|| self.hits.best(&vec![1; own.len()]).map(|best| best.level));
        let Some(level) = level else { return vec![None] };
        let of_class = self.hits.by_image().filter(|(image, _)| self.labels.get(*image) == Some(&class));
        let (mut right, mut all) = (0usize, 0usize);
        for (_, hits) in of_class {
            right += usize::from(hits.at(level));
            all += 1;
        }
        vec![(all > 0).then(|| 100.0 * right as f64 / all as f64)]
    }

    fn counts(&self) -> Vec<usize> {
        vec![self.hits.count()]
    }

    fn images(&self) -> Vec<Vec<Option<f64>>> {
        Vec::new()
    }
}
