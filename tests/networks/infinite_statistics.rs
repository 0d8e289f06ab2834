//! Fine-tuning from a checkpoint whose running variances exceeded the range of its F16 values.

use std::sync::Arc;

use crate::support::backbone;
use camlab::nn::train::{
    BatchNormMode, BatchSource, DataError, Host, LabelledBatch, Schedule, Trainer, TrainingOptions,
};
use camlab::nn::{Images, Network};
use camlab::parts::init::InitSpec;

struct OneBatch;

impl Host for OneBatch {
    fn batches(&mut self, _: usize, from: usize) -> Result<BatchSource, DataError> {
        let pixels: Vec<f32> = (0..4 * 768).map(|at| (at * 7919 % 101) as f32 / 101.0 - 0.5).collect();
        let images = Images { pixels: Arc::new(pixels), count: 4, height: 16, width: 16 };
        let batch = move |_| Ok(LabelledBatch::new(images.clone(), vec![0, 1, 2, 3]));
        Ok(Box::new((from..2).map(batch)))
    }
}

const STATISTIC: &str = "bn1.running_var";

fn trained(bn: BatchNormMode) -> Vec<f32> {
    let quick = "{ resnet = { depths = [1, 1], widths = [8, 16], stem = \"small-stride-2\" } }";
    let mut network = Network::new(backbone(quick).build(4).expect("a buildable backbone"));
    InitSpec::KaimingNormal(Default::default()).apply(&mut network, 3).expect("an initialisation");
    let mut variances = vec![1.0; 8];
    variances[5] = f32::INFINITY;
    network.set(STATISTIC, variances).expect("a statistic");
    let options = TrainingOptions { bn, epochs: 2, schedule: Schedule::Constant, ..Default::default() };
    let trainer = Trainer::new(&mut network, &options, 2).expect("options in range");
    let trained = trainer.run(&mut OneBatch).expect("training");
    assert!(trained.epochs.iter().all(|epoch| epoch.loss.is_finite()));
    network.get(STATISTIC).expect("a statistic").to_vec()
}

/// A frozen statistic stays as it is, and is no divergence; a free one takes the batch's value, since an average with it
/// would stay infinite.
#[test]
fn infinite_running_variances_are_kept_or_replaced() {
    let frozen = trained(BatchNormMode::Frozen);
    assert!(frozen[5].is_infinite() && frozen.iter().filter(|value| value.is_finite()).count() == 7);
    let free = trained(BatchNormMode::Free);
    assert!(free.iter().all(|value| value.is_finite() && *value > 0.0), "{free:?}");
}
