//! The numbers per image of a report's metrics, computed again from its frames.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use super::evaluations::add;
use super::levels::chosen_levels;
use camlab_frame::compared::{EvaluationPart, MapPlace, ReportScores, read_evaluations};
use camlab_frame::{self as frame, CellSet, FrameError, MapThresholdRow};
use camlab_parts::metric::{
    self, BoxHits, ChosenLevels, Contours, ImageColumns, MetricSpec, ThresholdSource,
};

/// Reads the images of some cells and computes every image's contribution to every metric of `measures` (names as in
/// the summary) that is a mean over images. `keep` decides by map.
///
/// # Errors
/// `images.parquet` is missing or damaged.
pub fn image_scores(
    report: &Path,
    cells: &CellSet,
    metrics: &[MetricSpec],
    measures: &[Arc<str>],
    keep: &dyn Fn(&MapPlace) -> bool,
) -> Result<ReportScores, FrameError> {
    let mut scores = ReportScores::default();
    let mut current: Option<ScoredEvaluation> = None;
    let thresholds: Vec<MapThresholdRow> = frame::read_if_there(report)?;
    read_evaluations(report, cells, |part| -> Result<(), FrameError> {
        if !current.as_ref().is_some_and(|known| known.is_of(&part)) {
            if let Some(done) = current.take() {
                done.finish(metrics, measures, &mut scores);
            }
            current = keep(&part.place).then(|| ScoredEvaluation::new(&part, metrics, &thresholds));
        }
        if let Some(evaluation) = &mut current {
            evaluation.push(part, &mut scores);
        }
        Ok(())
    })?;
    if let Some(done) = current {
        done.finish(metrics, measures, &mut scores);
    }
    Ok(scores)
}

/// One map of one cell while its rows are read.
struct ScoredEvaluation {
    cell: Arc<str>,
    seed: i64,
    place: MapPlace,
    /// Numbers of the images.
    images: Vec<u32>,
    columns: ImageColumns,
}

impl ScoredEvaluation {
    fn new(part: &EvaluationPart, metrics: &[MetricSpec], thresholds: &[MapThresholdRow]) -> Self {
        let curves = metric::deltas(metrics).into_iter().map(|delta| (Contours::Any, delta));
        let asked = metrics.iter().flat_map(|spec| spec.metric().boxes()).chain(curves);
        Self {
            cell: Arc::clone(&part.cell),
            seed: part.seed,
            place: part.place.clone(),
            images: Vec::new(),
            columns: ImageColumns {
                boxes: BoxHits::new(asked),
                chosen: chosen(part, thresholds),
                ..ImageColumns::default()
            },
        }
    }

    fn is_of(&self, part: &EvaluationPart) -> bool {
        (&self.cell, self.seed, &self.place) == (&part.cell, part.seed, &part.place)
    }

    fn push(&mut self, part: EvaluationPart, scores: &mut ReportScores) {
        self.images.extend(part.images.iter().map(|(name, truth)| scores.image(name, truth)));
        part.rows.iter().for_each(|row| add(&mut self.columns, row));
        for (name, values) in part.quantities {
            self.columns.quantities.entry(name).or_default().extend(values);
        }
        for (name, values) in part.lists {
            self.columns.lists.entry(name).or_default().extend(values);
        }
    }

    fn finish(self, metrics: &[MetricSpec], measures: &[Arc<str>], scores: &mut ReportScores) {
        let mut known: HashSet<String> = HashSet::new();
        for measure in metrics.iter().flat_map(|spec| spec.metric().measures()) {
            let chosen = self.columns.chosen.iter().filter_map(|(source, _)| measure.chosen_by(*source));
            for name in chosen.map(|chosen| chosen.name).chain([measure.name.clone()]).collect::<Vec<_>>() {
                if !measures.iter().any(|asked| **asked == *name) || !known.insert(name.clone()) {
                    continue;
                }
                let Some((_, values)) = metric::per_image(metrics, &self.columns, &name) else { continue };
                // Class probabilities are not in the frames.
                if values.is_empty() {
                    continue;
                }
                let of_images = self.images.iter().zip(&values);
                scores.add(
                    &self.place,
                    &name,
                    self.seed,
                    of_images.filter_map(|(image, value)| Some((*image, (*value)?))),
                );
            }
        }
    }
}

/// The map thresholds that other images chose for an evaluation.
fn chosen(part: &EvaluationPart, all: &[MapThresholdRow]) -> Vec<(ThresholdSource, ChosenLevels)> {
    let own = |row: &&MapThresholdRow| {
        (row.cell.as_str(), row.seed) == (&part.cell, part.seed)
            && [&row.network, &row.method, &row.layer, &row.contrast]
                .into_iter()
                .zip(&part.place)
                .all(|(one, other)| **one == **other)
    };
    let own: Vec<&MapThresholdRow> = all.iter().filter(own).collect();
    let of = |source: ThresholdSource| {
        let rows = own.iter().filter(|row| row.chosen_by == source.name());
        (source, chosen_levels(rows.map(|row| (row.contours.as_str(), row.delta, row.level))))
    };
    let all = [ThresholdSource::Val, ThresholdSource::PseudoBoxes].map(of);
    all.into_iter().filter(|(_, levels)| !levels.is_empty()).collect()
}
