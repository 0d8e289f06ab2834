//! Class probabilities of the networks, for metrics that need those of all classes.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use super::artefacts::Artefacts;
use super::evaluations::EvaluatedMap;
use camlab_plan::Shown;
use camlab_stage::passes::Predict;
use camlab_stage::prediction_file::PredictionReader;
use camlab_stage::work_of;

/// Class probabilities of images by their index in the data set.
pub(super) type ByImage = HashMap<usize, Arc<[f32]>>;

/// Class probabilities of the networks of some evaluations, by the stage of its scores.
#[derive(Default)]
pub(super) struct Scores(HashMap<usize, ByImage>);

impl Scores {
    /// Reads the probabilities that some evaluations need, and forgets those of others.
    pub(super) fn keep(&mut self, artefacts: &Artefacts<'_>, shown: &[&Shown]) -> anyhow::Result<()> {
        let needed: Vec<usize> = shown.iter().filter_map(|shown| stage(shown)).collect();
        self.0.retain(|stage, _| needed.contains(stage));
        for stage in needed {
            if let Entry::Vacant(place) = self.0.entry(stage) {
                let work: Predict = work_of(artefacts.plan.stages.get(stage))?;
                let probabilities = work.network.architecture.probabilities;
                let mut reader = PredictionReader::open(&artefacts.folder(stage)?)?;
                let mut all = ByImage::new();
                for image in reader.indices.clone() {
                    all.insert(image, probabilities.of(&reader.read()?).into());
                }
                place.insert(all);
            }
        }
        Ok(())
    }

    /// Gives an evaluation the probabilities that its metrics need; none if those of an image are missing.
    pub(super) fn add_to(&self, evaluated: &mut EvaluatedMap<'_>) {
        if let Some(known) = self.of(evaluated.shown) {
            let of_image = |index: &u32| known.get(&(*index as usize)).cloned();
            let all: Option<_> = evaluated.indices.iter().map(of_image).collect();
            evaluated.columns.class_probabilities = all.unwrap_or_default();
        }
    }

    /// The probabilities that an evaluation needs; `None` if it needs none.
    pub(super) fn of(&self, shown: &Shown) -> Option<&ByImage> {
        self.0.get(&stage(shown)?)
    }
}

/// The stage of the class scores that an evaluation's metrics read.
fn stage(shown: &Shown) -> Option<usize> {
    shown.beside.get("predictions").copied()
}
