//! Training against torch (`fixtures/golden/resnet/make.py`), and what torch cannot tell.

use std::sync::Arc;

use crate::support::{backbone, golden, network, relative_error, tensor};
use camlab::config::FromToml;
use camlab::nn::train::{
    AdamOptions, BatchNormMode, DataError, EpochRow, LabelledBatch, NoDecay, Optimiser, Schedule,
    StepSchedule, TrainError, TrainingOptions, train,
};
use camlab::nn::{Images, Network};
use camlab::parts::init::InitSpec;
use camlab::parts::training::TrainingSpec;

const TINY: &str = "{ resnet = { depths = [1, 1, 1, 1], widths = [4, 6, 7, 8], stem = \"small\" } }";
const QUICK: &str = "{ resnet = { depths = [1, 1], widths = [8, 16], stem = \"small-stride-2\" } }";

fn constant() -> Schedule {
    Schedule::Constant
}

/// Three steps, one per epoch, must end where torch ends: every parameter and buffer.
fn check(run: &str, options: TrainingOptions) {
    let golden = golden("training.safetensors");
    let mut network = network(TINY, 5, &golden, "start/");
    let (pixels, labels) = (tensor(&golden, "pixels"), tensor(&golden, "labels"));
    let batch = |step: usize| {
        let pixels = pixels.data.chunks(pixels.data.len() / 3).nth(step).expect("three batches");
        let pixels = crate::support::to_nhwc(pixels, 3, 16 * 16);
        let images = Images { pixels: Arc::new(pixels), count: 4, height: 16, width: 16 };
        let labels = labels.data[4 * step..4 * step + 4].iter().map(|label| *label as usize).collect();
        [Ok::<LabelledBatch, DataError>(LabelledBatch::new(images, labels))]
    };
    let options = TrainingOptions { epochs: 3, weight_decay: 1e-2, schedule: constant(), ..options };
    let rows = train(&mut network, &options, 1, batch, |_| ()).expect("three steps");
    let losses: Vec<f32> = rows.iter().map(|row| row.loss as f32).collect();
    assert!(relative_error(&losses, &tensor(&golden, &format!("{run}/losses")).data) < 1e-5, "{losses:?}");
    for (spec, value) in network.specs().iter().zip(network.values()) {
        let error = relative_error(value, &tensor(&golden, &format!("{run}/end/{}", spec.name)).data);
        assert!(error < 1e-4, "{run}: {} differs by {error}", spec.name);
    }
}

#[test]
fn free_batch_norms_momentum_and_weight_decay() {
    check("free", TrainingOptions { bn: BatchNormMode::Free, ..Default::default() });
}

#[test]
fn affine_batch_norms_nesterov_smoothing_and_a_faster_head() {
    let options = TrainingOptions { bn: BatchNormMode::Affine, nesterov: true, ..Default::default() };
    check("affine", TrainingOptions { label_smoothing: 0.1, head_lr_multiplier: 10.0, ..options });
}

#[test]
fn frozen_batch_norms_without_momentum() {
    check("frozen", TrainingOptions { bn: BatchNormMode::Frozen, momentum: 0.0, ..Default::default() });
}

#[test]
fn a_part_that_learns_clipped_gradients_and_what_does_not_decay() {
    let options = TrainingOptions {
        bn: BatchNormMode::Statistics,
        train: vec!["layer3.*".into(), "fc.*".into()],
        lr_multiplier: [("fc.*".to_string(), 3.0)].into(),
        clip_norm: 0.5,
        no_decay: vec![NoDecay::Bn, NoDecay::Bias],
        ..Default::default()
    };
    check("part", options);
}

fn adam() -> AdamOptions {
    AdamOptions { betas: [0.8, 0.99], eps: 1e-6 }
}

#[test]
fn adam_with_clipped_gradients() {
    let optimiser = Optimiser::Adam(adam());
    check("adam", TrainingOptions { optimiser, lr: 0.005, clip_norm: 1.0, ..Default::default() });
}

#[test]
fn adamw_with_smoothing_and_what_does_not_decay() {
    let options = TrainingOptions { optimiser: Optimiser::AdamW(adam()), lr: 0.005, ..Default::default() };
    let no_decay = vec![NoDecay::Bn, NoDecay::Bias];
    check("adamw", TrainingOptions { label_smoothing: 0.1, no_decay, ..options });
}

#[test]
fn schedules_are_torchs() {
    let golden = golden("training.safetensors");
    let rates = |options: &TrainingOptions, count: usize, per_epoch: usize| -> Vec<f32> {
        (0..count).map(|step| options.learning_rate(step, per_epoch) as f32).collect()
    };
    let cosine = TrainingOptions { epochs: 5, lr: 0.1, ..Default::default() };
    assert!(relative_error(&rates(&cosine, 20, 4), &tensor(&golden, "cosine-20").data) < 1e-6);
    let step = Schedule::Step(StepSchedule { every: 3, gamma: 0.2 });
    let step = TrainingOptions { epochs: 10, lr: 0.1, schedule: step, ..Default::default() };
    assert!(relative_error(&rates(&step, 10, 1), &tensor(&golden, "step-3").data) < 1e-6);
    let warm = TrainingOptions { epochs: 4, lr: 0.1, warmup_epochs: 1.0, ..Default::default() };
    let warm = rates(&warm, 8, 2);
    assert!(
        (warm[0] - 0.05).abs() < 1e-7 && (warm[1] - 0.1).abs() < 1e-7 && (warm[2] - 0.1).abs() < 1e-7,
        "{warm:?}"
    );
}

/// Eight images that differ by where they are bright, and their classes.
fn toy() -> LabelledBatch {
    let pixels = (0..8 * 3 * 16 * 16).map(|index| {
        let (image, row, column) = (index / 768, index / 48 % 16, index / 3 % 16);
        let bright = (row / 8) * 2 + column / 8 == image % 4;
        (if bright { 1.0 } else { 0.0 }) + 0.1 * ((index * 7919 % 101) as f32 / 101.0 - 0.5)
    });
    let images = Images { pixels: Arc::new(pixels.collect()), count: 8, height: 16, width: 16 };
    LabelledBatch::new(images, (0..8).map(|image| image % 4).collect())
}

fn fresh(seed: u64) -> Network {
    let mut network = Network::new(backbone(QUICK).build(4).expect("a buildable backbone"));
    let init = InitSpec::KaimingNormal(Default::default());
    init.apply(&mut network, seed).expect("an initialisation");
    network
}

fn fit(network: &mut Network, options: &TrainingOptions) -> Result<Vec<EpochRow>, TrainError> {
    train(network, options, 2, |_| (0..2).map(|_| Ok::<_, DataError>(toy())), |_| ())
}

#[test]
fn a_small_network_learns_eight_images_by_heart() {
    let rows = fit(&mut fresh(0), &TrainingOptions { epochs: 20, ..Default::default() }).expect("training");
    let last = rows.last().expect("epochs");
    assert!(last.accuracy == 1.0 && last.loss < 0.05, "{last:?}");
    assert!(rows[0].loss > 4.0 * last.loss);
}

#[test]
fn parameters_do_not_depend_on_the_number_of_threads() {
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        pool.install(|| {
            let mut network = fresh(3);
            fit(&mut network, &TrainingOptions { epochs: 3, ..Default::default() }).expect("training");
            network.values().to_vec()
        })
    };
    assert_eq!(on(1), on(3));
}

#[test]
fn a_diverging_run_says_where_and_what_to_do() {
    let options = TrainingOptions { lr: 1e30, epochs: 3, ..Default::default() };
    let error = fit(&mut fresh(0), &options).expect_err("diverges").to_string();
    assert!(
        error.contains("stage `training`, epoch 1, batch 2") && error.contains("lower training.lr"),
        "{error}"
    );
}

#[test]
fn options_out_of_range_are_named() {
    let refused = |options: &str| {
        let options = TrainingSpec::from_toml(options).expect("well-formed options").resolved();
        options.check().expect_err("out of range").to_string()
    };
    assert_eq!(refused("lr = -1.0"), "training.lr = -1 is out of range; use a positive number");
    assert!(refused("momentum = 1.0").contains("training.momentum = 1 "));
    assert!(refused("schedule = { step = { every = 0 } }").contains("training.schedule.step.every"));
    let unknown = TrainingSpec::from_toml("schedule = \"cosin\"").expect_err("unknown").to_string();
    assert!(unknown.contains("did you mean `cosine`"), "{unknown}");
}
