//! Class probabilities of the networks, for metrics that need those of all classes.

use std::collections::HashMap;
use std::sync::Arc;

use camlab_nn::softmax;
use camlab_plan::Plan;
use camlab_stage::prediction_file::PredictionReader;
use camlab_store::Store;

/// Class probabilities of images by their index in the data set.
pub(super) type ByImage = HashMap<usize, Vec<f32>>;

/// Class probabilities of every network, by the stage of its scores; each is read once.
#[derive(Default)]
pub(super) struct Scores(HashMap<usize, Arc<ByImage>>);

impl Scores {
    /// The probabilities that a stage of class scores gives.
    pub fn of(&mut self, plan: &Plan, store: &Store, stage: usize) -> anyhow::Result<Arc<ByImage>> {
        if let Some(known) = self.0.get(&stage) {
            return Ok(known.clone());
        }
        let mut reader = PredictionReader::open(&store.open(&plan.stages.get(stage).place())?)?;
        let mut all = ByImage::new();
        for image in reader.indices.clone() {
            all.insert(image, softmax(&reader.read()?, 1.0));
        }
        let all = Arc::new(all);
        self.0.insert(stage, all.clone());
        Ok(all)
    }
}
