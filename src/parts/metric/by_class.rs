//! Metrics on the images of each class.

use rayon::prelude::*;

use super::summary::MetricPanel;
use super::{ImageColumns, Measure, MetricSpec};

/// Value of a measure for one class.
#[derive(Debug, Clone, PartialEq)]
pub struct ClassScore {
    /// The class.
    pub class: usize,
    /// The measure.
    pub measure: Measure,
    /// Its value, in the measure's unit.
    pub value: f64,
    /// Number of the class's images that it is computed from.
    pub n: usize,
}

/// Computes all metrics for every class that has images, in the order of the classes: on the images of the class alone,
/// so that a measure at the oracle's threshold takes the one that is best for them; a measure of classes
/// ([`super::Estimator::of_class`]) takes its part for the class. Measures without a value are left out, as are all of
/// them without labels.
pub fn by_class(specs: &[MetricSpec], rows: &ImageColumns) -> Vec<ClassScore> {
    if rows.labels.len() != rows.len() {
        return Vec::new();
    }
    let panel = MetricPanel::new(specs, rows);
    let known = panel.known();
    let mut classes = rows.labels.clone();
    classes.sort_unstable();
    classes.dedup();
    let scores = |class: &usize| -> Vec<ClassScore> {
        let own = |label: &usize| u32::from(label == class);
        let weights: Vec<u32> = rows.labels.iter().map(own).collect();
        let count = |known: &Option<Vec<bool>>| match known {
            Some(known) => known.iter().zip(&weights).filter(|(known, own)| **known && **own > 0).count(),
            None => weights.iter().filter(|own| **own > 0).count(),
        };
        let values = panel.of_class(*class, &weights).into_iter();
        values
            .zip(&panel.measures)
            .zip(&known)
            .filter_map(|((value, measure), known)| {
                Some(ClassScore { class: *class, measure: measure.clone(), value: value?, n: count(known) })
            })
            .collect()
    };
    let all: Vec<Vec<ClassScore>> = classes.par_iter().map(scores).collect();
    all.into_iter().flatten().collect()
}
