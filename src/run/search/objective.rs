//! The objective of a trial: a metric on the images of one split.

use std::collections::BTreeMap;
use std::ops::Range;

use anyhow::Context as _;
use camlab_data as data;
use camlab_frame::UNCHANGED;
use camlab_graph::Stage;
use camlab_parts::metric::{Estimator, ImageColumns};
use camlab_plan::{Facts, Plan, Search, Shown};
use camlab_stage::evaluate::Evaluate;
use camlab_stage::{DrawnImages, StageError, TestImages, Work as _};

use super::error::SearchFailure;
use crate::artefacts::Artefacts;
use crate::cause::FailureCause;
use crate::error::RunError;
use crate::evaluations::text;
use crate::failures::Failures;
use crate::scores::Scores;
use camlab_config::{ObjectiveSplit, ValidationData};

/// The images that an objective is computed on.
pub(super) struct ObjectiveImages {
    /// Seed of their random order.
    seed: u64,
    /// Number of images.
    pub count: usize,
    /// Number of images of the split.
    all: usize,
    /// Number of boxes of all these images.
    pub boxes: usize,
}

impl ObjectiveImages {
    /// All images of the objective's split, or as many of them in random order as have the boxes of the budget.
    pub fn of(search: &Search, facts: &Facts) -> anyhow::Result<Self> {
        let (data, options) = (&search.base.data, &search.table.options);
        let spec = match (search.split(), &data.val) {
            (ObjectiveSplit::Val, Some(ValidationData::Dataset(val))) => val,
            _ => &data.test,
        };
        let named =
            |error: data::DatasetError| StageError::Input(format!("data set `{}`: {error}", spec.name()));
        let set = data::open(spec).map_err(named)?;
        let sample = data.sample.clone().filter(|_| search.split() == ObjectiveSplit::Test);
        let whole = TestImages {
            input: data.input.clone(),
            on_bad_image: data.on_bad_image,
            sample,
            range: None,
            drawn: None,
        };
        let seed = options.seed;
        let order = whole.order(&*set, seed)?;
        let all = order.len();
        let (mut count, mut boxes) = (0, 0);
        if facts.dataset(spec).is_some_and(|known| known.boxes || known.masks) {
            for rows in order {
                let mut truth = 0;
                for row in rows {
                    truth += set.truth(row).map_err(named)?.boxes.len();
                }
                if let Some(most) = options.max_boxes.filter(|most| boxes + truth > *most) {
                    if count == 0 {
                        let split = search.split().name();
                        return Err(SearchFailure::Boxes { most, split, least: truth }.into());
                    }
                    break;
                }
                (count, boxes) = (count + 1, boxes + truth);
            }
        } else {
            count = all;
        }
        Ok(Self { seed, count, all, boxes })
    }

    /// The images between two positions of their order; `None` for all images of the split.
    pub fn part(&self, first: usize, end: usize) -> Option<DrawnImages> {
        let whole = first == 0 && end >= self.all;
        (!whole).then_some(DrawnImages { seed: self.seed, first, end })
    }
}

/// The evaluations of a search's plan that its objective is computed from.
fn decisive<'p>(plan: &'p Plan, search: &'p Search) -> impl Iterator<Item = &'p Shown> {
    plan.shown_of(Evaluate::KIND).filter(|shown| {
        let map = ["network", "method", "layer"].map(|column| text(shown, column));
        text(shown, "contrast") == UNCHANGED && search.decides(map)
    })
}

/// The stages that an evaluation's objective is read from.
fn read_from<'p>(shown: &'p Shown, search: &Search) -> impl Iterator<Item = usize> + 'p {
    let scores = search.metric.metric().reads_all_classes();
    let predictions = shown.beside.get("predictions").copied().filter(|_| scores);
    std::iter::once(shown.stage).chain(shown.quantities.iter().copied()).chain(predictions)
}

/// For every stage of a plan `true` if the objectives of its cells need it.
pub(super) fn needed(plan: &Plan, search: &Search) -> Vec<bool> {
    let mut needed = vec![false; plan.stages.len()];
    for shown in decisive(plan, search) {
        read_from(shown, search).for_each(|stage| needed[stage] = true);
    }
    // Inputs stand before the stages that read them.
    for index in (0..needed.len()).rev() {
        if needed[index] {
            plan.stages.inputs(index).iter().for_each(|input| needed[*input] = true);
        }
    }
    needed
}

/// The trial whose cell needs a stage first.
pub(super) fn first_trial<'t>(
    plan: &Plan,
    stage: &Stage,
    trials: impl Iterator<Item = (usize, &'t Range<usize>)>,
) -> Option<usize> {
    let of_stage = |cell: &usize| plan.cells[*cell].id == stage.hints.cell.as_str();
    trials
        .into_iter()
        .find(|(_, cells)| (*cells).clone().any(|cell| of_stage(&cell)))
        .map(|(number, _)| number)
}

/// The first failure of a stage that the objective of some cells needs.
pub(super) fn failure<'f>(
    plan: &Plan,
    search: &Search,
    cells: &Range<usize>,
    failures: &'f Failures,
) -> Option<(&'f RunError, FailureCause)> {
    let of_cells = decisive(plan, search).filter(|shown| cells.contains(&shown.cell));
    of_cells.flat_map(|shown| read_from(shown, search)).find_map(|stage| failures.of(stage))
}

/// A trial's objective on its images.
pub(super) struct ObjectiveSample {
    /// One per seed and map; the images of all are the same in the same order.
    estimators: Vec<Box<dyn Estimator>>,
    /// Place of the measure among those of its metric.
    place: usize,
    /// Number of images.
    pub images: usize,
}

impl ObjectiveSample {
    /// Reads the evaluations of those cells of a plan that `wanted` chooses: parts of the images of one seed follow each
    /// other.
    pub fn of(
        artefacts: &Artefacts<'_>,
        search: &Search,
        wanted: &dyn Fn(usize) -> bool,
    ) -> anyhow::Result<Self> {
        let plan = artefacts.plan;
        let mut parts: BTreeMap<(u64, [&str; 3]), Vec<&Shown>> = BTreeMap::new();
        for shown in decisive(plan, search).filter(|shown| wanted(shown.cell)) {
            let map = ["network", "method", "layer"].map(|column| text(shown, column));
            parts.entry((plan.cells[shown.cell].seed, map)).or_default().push(shown);
        }
        let name = &search.measure.name;
        let place = search.metric.metric().measures().iter().position(|measure| measure.name == *name);
        let mut sample = Self { estimators: Vec::new(), place: place.unwrap_or(0), images: 0 };
        for parts in parts.into_values() {
            let metric = search.metric.metric();
            let specs = std::slice::from_ref(&search.metric);
            let curves = camlab_parts::metric::deltas(specs).into_iter();
            let curves = curves.map(|delta| (camlab_parts::metric::Contours::Any, delta));
            let boxes = camlab_parts::metric::BoxHits::new(metric.boxes().into_iter().chain(curves));
            let mut columns = ImageColumns { boxes, ..ImageColumns::default() };
            for shown in parts {
                let indices = artefacts.add_images(shown, &mut columns)?;
                if metric.reads_all_classes() {
                    // Average precision is over images: rows of one image belong together.
                    let set = camlab_data::open(&plan.cells[shown.cell].experiment.data.test)?;
                    let several = camlab_data::ImageLabels::of(&*set);
                    let images = several
                        .iter()
                        .flat_map(|several| indices.iter().filter_map(|index| several.image(*index)));
                    columns.images.extend(images);
                    let mut scores = Scores::default();
                    scores.keep(artefacts, &[shown])?;
                    let known = scores.of(shown).context("the class scores of a network are missing")?;
                    columns
                        .class_probabilities
                        .extend(indices.iter().filter_map(|index| known.get(index).cloned()));
                }
            }
            sample.images = columns.len();
            sample.estimators.push(metric.estimator(&columns));
        }
        Ok(sample)
    }

    /// A sample of given estimators.
    #[cfg(test)]
    pub fn of_estimators(estimators: Vec<Box<dyn Estimator>>, images: usize) -> Self {
        Self { estimators, place: 0, images }
    }

    /// The sample, or the cause for which there is none.
    pub fn context_for(self, trial: usize) -> Result<Self, String> {
        match self.estimators.is_empty() {
            true => Err(format!("trial {trial} has no map that the objective names")),
            false => Ok(self),
        }
    }

    /// Mean over seeds and maps; every image counts as often as `weights` says, once without them. `None` if one of them has
    /// no value.
    pub fn value(&self, weights: Option<&[u32]>) -> Option<f64> {
        let once = vec![1; if weights.is_none() { self.images } else { 0 }];
        let weights = weights.unwrap_or(&once);
        let mut sum = 0.0;
        for estimator in &self.estimators {
            sum += estimator.values(weights).get(self.place).copied().flatten()?;
        }
        (!self.estimators.is_empty()).then(|| sum / self.estimators.len() as f64)
    }
}
