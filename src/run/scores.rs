//! Class probabilities of the networks, for metrics that need those of all classes.

use std::collections::HashMap;
use std::sync::Arc;

use camlab_nn::softmax;
use camlab_plan::{Plan, Use};
use camlab_stage::StageError;
use camlab_stage::prediction_file::PredictionReader;
use camlab_store::Store;

/// Class probabilities of images by their index in the data set.
pub(super) type ByImage = HashMap<usize, Vec<f32>>;

/// Class probabilities of every network, by index into [`Plan::predictions`]; each is read once.
#[derive(Default)]
pub(super) struct Scores(HashMap<usize, Arc<ByImage>>);

impl Scores {
    /// The probabilities of the network of an evaluation; `None` if no metric needs them or there is no single
    /// network.
    pub fn of(&mut self, plan: &Plan, store: &Store, used: &Use) -> Result<Option<Arc<ByImage>>, StageError> {
        let Some(index) = used.prediction else { return Ok(None) };
        if let Some(known) = self.0.get(&index) {
            return Ok(Some(known.clone()));
        }
        let spec = &plan.predictions[index].spec;
        let mut reader = PredictionReader::open(&store.require(spec)?)?;
        let mut all = ByImage::new();
        for image in reader.indices.clone() {
            all.insert(image, softmax(&reader.read()?, 1.0));
        }
        let all = Arc::new(all);
        self.0.insert(index, all.clone());
        Ok(Some(all))
    }
}
