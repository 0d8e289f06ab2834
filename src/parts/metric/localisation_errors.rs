use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::curve::Contours;
use super::hits::Hits;
use super::{
    ChosenLevels, Direction, Estimator, ImageColumns, ImageList, Measure, Measured, MeasuredColumn,
    MeasuredImage, Measurement, Metric, ThresholdSource, TruthKind, options,
};
use camlab_raster::boxes::{Evaluator, LEVELS};
use camlab_raster::{BoxErrorLimits, BoxOutcome};

/// Kinds of localisation errors: percentage of images by the first kind that applies, at the map threshold of GT-known
/// Loc.
///
/// `classification`: the true class is not ranked first; `correct`: the box of the largest contour has an IoU of at
/// least `iou` with a true box; `multi-instance`: it covers more than 0.3 of at least two true boxes; `part`: more than
/// 0.5 of it lies in the true box; `more`: at least 0.7 of the true box lies in it; `wrong`: anything else (Gao et al.
/// 2021, TS-CAM, section 4.3, with the limits and the order of its code). The six add up to 100. In percent; `correct`
/// equals Top-1 Loc, of the others lower is better. Truth: boxes and labels. Not defined without a box or a network's
/// prediction.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct LocalisationErrors {
    /// Minimum IoU of a correct box.
    #[serde(deserialize_with = "options::iou")]
    #[schemars(schema_with = "options::iou_schema")]
    pub iou: f64,
}

impl Default for LocalisationErrors {
    fn default() -> Self {
        Self { iou: 0.5 }
    }
}

/// Kinds in the order of the measures; the second is no outcome of a box.
const KINDS: [&str; 6] = ["correct", "classification", "multi-instance", "part", "more", "wrong"];

impl LocalisationErrors {
    fn column(&self) -> String {
        match self.iou == Self::default().iou {
            true => "box_outcomes".to_owned(),
            false => format!("box_outcomes@iou={}", self.iou),
        }
    }

    fn outcomes(&self, rows: &ImageColumns, level: Option<usize>) -> BoxOutcomes {
        let known = |list: &ImageList| {
            let places = (0..list.len() / 2).map(|run| 2 * run);
            places.map(|at| (list.at(at) as u8, list.at(at + 1) as u8)).collect()
        };
        BoxOutcomes {
            hits: rows.boxes.get(Contours::Largest, self.iou),
            runs: rows.list(&self.column()).iter().map(known).collect(),
            right: rows.label_rank.iter().map(|rank| rank.map(|rank| rank == 0)).collect(),
            all: rows.len(),
            level,
        }
    }
}

impl Metric for LocalisationErrors {
    fn needs_prediction(&self) -> bool {
        true
    }

    fn measures(&self) -> Vec<Measure> {
        let named = |kind: &&str| match self.iou == Self::default().iou {
            true => format!("localisation-errors@{kind}"),
            false => format!("localisation-errors@iou={},{kind}", self.iou),
        };
        let measure = |kind: &&str| {
            let direction = match *kind == KINDS[0] {
                true => Direction::HigherIsBetter,
                false => Direction::LowerIsBetter,
            };
            let threshold = Some(ThresholdSource::Oracle);
            Measure { threshold, ..Measure::number(named(kind), "%", direction, TruthKind::Boxes) }
        };
        KINDS.iter().map(measure).collect()
    }

    fn measurement(&self) -> Option<&dyn Measurement> {
        Some(self)
    }

    fn boxes(&self) -> Vec<(Contours, f64)> {
        vec![(Contours::Largest, self.iou)]
    }

    fn estimator(&self, rows: &ImageColumns) -> Box<dyn Estimator> {
        Box::new(self.outcomes(rows, None))
    }

    fn at_levels(&self, rows: &ImageColumns, levels: &ChosenLevels) -> Option<Box<dyn Estimator>> {
        let level = usize::from(levels.get(Contours::Largest, self.iou)?);
        Some(Box::new(self.outcomes(rows, Some(level))))
    }
}

impl Measurement for LocalisationErrors {
    fn columns(&self) -> Vec<MeasuredColumn> {
        vec![MeasuredColumn::list(self.column())]
    }

    fn version(&self) -> u32 {
        1
    }

    /// Pairs of a level and the outcome from there on: the levels at which it changes.
    fn measure(&self, image: &MeasuredImage<'_>) -> Vec<Measured> {
        let runs = if image.boxes.is_empty() { None } else { self.runs(image) };
        vec![Measured::List(runs.unwrap_or_default())]
    }
}

impl LocalisationErrors {
    fn runs(&self, image: &MeasuredImage<'_>) -> Option<Vec<f32>> {
        let mut evaluator = Evaluator::new(image.map.height, image.map.width).ok()?;
        let levels = evaluator.sweep(image.map).ok()?;
        // Correct boxes are those of the other box metrics, which compare IoUs in f32; no further box is correct.
        let ious = levels.iou(image.boxes).largest;
        let limits = BoxErrorLimits { iou: f64::INFINITY, ..BoxErrorLimits::default() };
        let mut runs: Vec<f32> = Vec::new();
        for (level, iou) in (0..LEVELS as u8).zip(ious) {
            let outcome = match iou >= self.iou as f32 {
                true => BoxOutcome::Correct,
                false => limits.outcome(levels.largest_at(level), image.boxes),
            };
            let place = f32::from(place_of(outcome));
            if runs.last() != Some(&place) {
                runs.extend([f32::from(level), place]);
            }
        }
        Some(runs)
    }
}

/// Place of an outcome in [`KINDS`].
fn place_of(outcome: BoxOutcome) -> u8 {
    match outcome {
        BoxOutcome::Correct => 0,
        BoxOutcome::MultiInstance => 2,
        BoxOutcome::Part => 3,
        BoxOutcome::More => 4,
        BoxOutcome::Wrong => 5,
    }
}

/// Outcomes of every image at every level.
struct BoxOutcomes {
    hits: Arc<Hits>,
    /// For each image the levels at which its outcome changes.
    runs: Vec<Vec<(u8, u8)>>,
    /// For each image `true` if its class is predicted; `None` without a prediction.
    right: Vec<Option<bool>>,
    /// Number of images, with or without an outcome.
    all: usize,
    /// The level that other images chose; `None`: the best one for all weighted images.
    level: Option<usize>,
}

impl BoxOutcomes {
    /// Place in [`KINDS`] of an image at a level; `None` where it is not defined.
    fn at(&self, image: usize, level: usize) -> Option<usize> {
        let right = self.right.get(image).copied().flatten()?;
        let runs = self.runs.get(image)?;
        let run = runs.partition_point(|(from, _)| usize::from(*from) <= level).checked_sub(1)?;
        Some(if right { usize::from(runs[run].1) } else { 1 })
    }
}

impl Estimator for BoxOutcomes {
    fn values(&self, weights: &[u32]) -> Vec<Option<f64>> {
        let level = self.level.or_else(|| self.hits.best(weights).map(|best| best.level));
        let Some(level) = level else { return vec![None; KINDS.len()] };
        let (mut counts, mut total) = ([0u64; KINDS.len()], 0u64);
        for (image, weight) in weights.iter().enumerate() {
            if let Some(place) = self.at(image, level) {
                counts[place] += u64::from(*weight);
                total += u64::from(*weight);
            }
        }
        counts.map(|count| (total > 0).then(|| 100.0 * count as f64 / total as f64)).to_vec()
    }

    fn counts(&self) -> Vec<usize> {
        let known = (0..self.runs.len()).filter(|image| self.at(*image, 0).is_some()).count();
        vec![known; KINDS.len()]
    }

    fn images(&self) -> Vec<Vec<Option<f64>>> {
        let best = || self.hits.best(&vec![1; self.all]).map(|best| best.level);
        let Some(level) = self.level.or_else(best) else { return vec![vec![None; self.all]; KINDS.len()] };
        let share = |kind: usize| {
            let of =
                |image: usize| self.at(image, level).map(|place| if place == kind { 100.0 } else { 0.0 });
            (0..self.all).map(of).collect()
        };
        (0..KINDS.len()).map(share).collect()
    }
}
