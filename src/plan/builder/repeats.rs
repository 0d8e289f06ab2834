//! Cells whose stages are those of an earlier cell: most cells of a sweep over thresholds are.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use camlab_config::{Evaluation, Experiment};
use camlab_parts::metric::{chosen_boxes, deltas, measuring, rate_thresholds};

use super::At;
use crate::CellRung;

/// Limit on the earlier cells that one is compared with.
const MOST_COMPARED: usize = 4;

/// Parts of the plan that earlier cells added.
#[derive(Default)]
pub(super) struct PlannedCells {
    all: Vec<PlannedCell>,
    /// Indices by seed and thresholds, which differ most often.
    index: HashMap<(u64, Vec<u32>), Vec<usize>>,
}

/// Part of the plan that one cell added.
pub(super) struct PlannedCell {
    experiment: Arc<Experiment>,
    rung: Option<CellRung>,
    /// Its part of the shown artefacts.
    pub(super) shown: Range<usize>,
    /// Its part of the networks.
    pub(super) networks: Range<usize>,
}

impl PlannedCells {
    /// A cell of the same seed with the same stages and names, if one was added.
    pub(super) fn like(&self, at: At<'_>) -> Option<&PlannedCell> {
        let known = self.index.get(&key(at))?.iter().rev().take(MOST_COMPARED);
        known
            .map(|place| &self.all[*place])
            .find(|known| known.rung == at.cell.rung && same(&known.experiment, &at.cell.experiment))
    }

    /// Records the part of the plan that a cell added.
    pub(super) fn add(&mut self, at: At<'_>, shown: Range<usize>, networks: Range<usize>) {
        self.index.entry(key(at)).or_default().push(self.all.len());
        let (experiment, rung) = (Arc::clone(&at.cell.experiment), at.cell.rung.clone());
        self.all.push(PlannedCell { experiment, rung, shown, networks });
    }
}

fn key(at: At<'_>) -> (u64, Vec<u32>) {
    let thresholds = rate_thresholds(&at.cell.experiment.evaluation.metrics);
    (at.cell.seed, thresholds.into_iter().map(f32::to_bits).collect())
}

/// `true` if two experiments have the same stages and the same names for them. What only the summary of a cell's rows
/// reads (thresholds of box accuracies, claims, the gallery) does not count.
fn same(one: &Experiment, other: &Experiment) -> bool {
    // Every table by its name, so that a new one has to be considered here.
    let Experiment {
        name: _,
        question: _,
        seeds: _,
        claim: _,
        report: _,
        target,
        precision,
        backbone,
        head,
        probabilities,
        data,
        init,
        fusion,
        training,
        maps,
        chain,
        external,
        supervised,
        baselines,
        evaluation,
        agreement,
        sanity,
        prediction,
        run: _,
        // Those of equal initialisations.
        others: _,
    } = one;
    *backbone == other.backbone
        && *training == other.training
        && *data == other.data
        && *maps == other.maps
        && *init == other.init
        && *fusion == other.fusion
        && *chain == other.chain
        && *external == other.external
        && *supervised == other.supervised
        && *head == other.head
        && *probabilities == other.probabilities
        && *target == other.target
        && *precision == other.precision
        && *baselines == other.baselines
        && *agreement == other.agreement
        && *sanity == other.sanity
        && *prediction == other.prediction
        && same_evaluation(evaluation, &other.evaluation)
        // Only analyses of predictions are resampled by their stage.
        && (evaluation.bootstrap == other.evaluation.bootstrap || prediction.is_none())
}

fn same_evaluation(one: &Evaluation, other: &Evaluation) -> bool {
    let Evaluation { metrics, contrast, intuitive, thresholds, interpolation, bootstrap: _, per_class: _ } =
        one;
    let stages =
        |evaluation: &Evaluation| evaluation.metrics.iter().any(|metric| metric.metric().reads_all_classes());
    *contrast == other.contrast
        && *intuitive == other.intuitive
        && *thresholds == other.thresholds
        && chosen_boxes(metrics) == chosen_boxes(&other.metrics)
        && *interpolation == other.interpolation
        && rate_thresholds(metrics) == rate_thresholds(&other.metrics)
        && deltas(metrics) == deltas(&other.metrics)
        && stages(one) == stages(other)
        && measuring(metrics) == measuring(&other.metrics)
}
