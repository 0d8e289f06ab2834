use std::sync::Arc;

use super::hits::Hits;
use camlab_raster::boxes::LEVELS;
use camlab_statistics::{ConfidenceInterval, CurveDraws};

/// Accuracies at every map threshold, for one IoU or several. The measure is the mean over the IoUs of the maximum over
/// the thresholds.
#[derive(Debug, Clone)]
pub struct AccuracyCurves(Vec<Arc<Hits>>);

impl AccuracyCurves {
    /// Of one curve per IoU.
    pub(super) fn new(parts: impl IntoIterator<Item = Arc<Hits>>) -> Self {
        Self(parts.into_iter().collect())
    }
}

/// Curves of several measures and their resamples. A curve that several measures share is computed once per resample.
pub(super) struct ResampledMaxima {
    /// The distinct curves.
    hits: Vec<Arc<Hits>>,
    /// Accuracies of each of them, one after the other.
    rows: Vec<f64>,
    /// For each of them `true` if an image with boxes counts.
    defined: Vec<bool>,
    /// For each measure its curves, by their places in `hits`, and their resamples; `None` for one that is no maximum.
    measures: Vec<Option<(Vec<usize>, CurveDraws)>>,
}

impl ResampledMaxima {
    /// The curves of `images` images, without resamples; `None` stands for a measure that is no maximum.
    pub(super) fn new(measures: Vec<Option<AccuracyCurves>>, images: usize) -> Self {
        let mut new = Self { hits: Vec::new(), rows: Vec::new(), defined: Vec::new(), measures: Vec::new() };
        let mut places: Vec<Option<Vec<usize>>> = Vec::new();
        for curves in measures {
            let known = curves.filter(|AccuracyCurves(parts)| parts.iter().all(|hits| hits.count() > 1));
            places.push(
                known.map(|AccuracyCurves(parts)| parts.into_iter().map(|hits| new.place(hits)).collect()),
            );
        }
        new.rows = vec![0.0; new.hits.len() * LEVELS];
        new.defined = vec![false; new.hits.len()];
        new.fill(&vec![1; images]);
        let draws = |places: Vec<usize>| {
            let mut observed = vec![0.0; places.len() * LEVELS];
            new.copy(&places, &mut observed);
            (!places.is_empty()).then(|| (places.clone(), CurveDraws::new(places.len(), observed)))
        };
        new.measures = places.into_iter().map(|places| places.and_then(draws)).collect();
        new
    }

    fn place(&mut self, hits: Arc<Hits>) -> usize {
        let known = self.hits.iter().position(|known| Arc::ptr_eq(known, &hits));
        known.unwrap_or_else(|| {
            self.hits.push(hits);
            self.hits.len() - 1
        })
    }

    /// Computes the curves when image `i` counts `weights[i]` times.
    fn fill(&mut self, weights: &[u32]) {
        let rows = self.rows.chunks_exact_mut(LEVELS).zip(&mut self.defined);
        for (hits, (row, defined)) in self.hits.iter().zip(rows) {
            *defined = hits.accuracies_into(weights, row);
        }
    }

    fn copy(&self, places: &[usize], row: &mut [f64]) {
        for (place, row) in places.iter().zip(row.chunks_exact_mut(LEVELS)) {
            row.copy_from_slice(&self.rows[place * LEVELS..(place + 1) * LEVELS]);
        }
    }

    /// Adds a resample.
    pub(super) fn push(&mut self, weights: &[u32]) {
        self.fill(weights);
        let mut measures = std::mem::take(&mut self.measures);
        let defined = |places: &[usize]| places.iter().all(|place| self.defined[*place]);
        for (places, draws) in measures.iter_mut().flatten().filter(|(places, _)| defined(places)) {
            draws.push_with(|row| self.copy(places, row));
        }
        self.measures = measures;
    }

    /// For each measure that is a maximum its place and the interval of the true maximum, which misses it with
    /// probability `level`; per cent.
    pub(super) fn intervals(&self, level: f64) -> Vec<(usize, ConfidenceInterval)> {
        let interval = |(place, measure): (usize, &Option<(Vec<usize>, CurveDraws)>)| {
            let ConfidenceInterval { low, high } = measure.as_ref()?.1.estimate(level)?.interval;
            Some((place, ConfidenceInterval { low: low.clamp(0.0, 100.0), high: high.clamp(0.0, 100.0) }))
        };
        self.measures.iter().enumerate().filter_map(interval).collect()
    }
}
