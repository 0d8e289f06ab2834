//! Validation: when a stage ends early, and which weights are kept.

use std::sync::Arc;

use crate::support::backbone;
use camlab::nn::train::{
    BatchSource, DataError, Host, Keep, LabelledBatch, Schedule, StageOptions, Trained, Trainer,
    TrainingOptions, ValidationMetric, ValidationOptions,
};
use camlab::nn::{Images, Network};
use camlab::parts::init::InitSpec;

/// Eight images that differ by where they are bright; those held back have labels of their own.
struct World {
    held_back: fn(usize) -> usize,
}

fn batch(label: fn(usize) -> usize) -> LabelledBatch {
    let pixels = (0..8 * 768).map(|index| {
        let (image, row, column) = (index / 768, index / 48 % 16, index / 3 % 16);
        let bright = (row / 8) * 2 + column / 8 == image % 4;
        (if bright { 1.0 } else { 0.0 }) + 0.1 * ((index * 7919 % 101) as f32 / 101.0 - 0.5)
    });
    let images = Images { pixels: Arc::new(pixels.collect()), count: 8, height: 16, width: 16 };
    LabelledBatch::new(images, (0..8).map(label).collect())
}

impl Host for World {
    fn batches(&mut self, _: usize, from: usize) -> Result<BatchSource, DataError> {
        Ok(Box::new((from..2).map(|_| Ok(batch(|image| image % 4)))))
    }

    fn held_back(&mut self) -> Result<BatchSource, DataError> {
        let label = self.held_back;
        Ok(Box::new(std::iter::once_with(move || Ok(batch(label)))))
    }
}

fn run(options: &TrainingOptions, held_back: fn(usize) -> usize) -> (Network, Trained) {
    let quick = "{ resnet = { depths = [1, 1], widths = [8, 16], stem = \"small-stride-2\" } }";
    let mut network = Network::new(backbone(quick).build(4).expect("a buildable backbone"));
    InitSpec::KaimingNormal(Default::default()).apply(&mut network, 3).expect("an initialisation");
    let trainer = Trainer::new(&mut network, options, 2).expect("options in range");
    let trained = trainer.run(&mut World { held_back }).expect("training");
    (network, trained)
}

fn options(patience: Option<usize>) -> TrainingOptions {
    TrainingOptions {
        epochs: 12,
        schedule: Schedule::Constant,
        validation: Some(ValidationOptions {
            patience,
            metric: ValidationMetric::Loss,
            ..Default::default()
        }),
        keep: Keep::Best,
        ..Default::default()
    }
}

/// Labels that what is learned makes ever less likely.
fn contrary(image: usize) -> usize {
    (image + 1) % 4
}

#[test]
fn a_stage_ends_when_patience_does_and_the_next_one_starts_anew() {
    let first = StageOptions { name: "first".into(), ..Default::default() };
    let second = StageOptions { name: "second".into(), ..Default::default() };
    let options = TrainingOptions { stage: vec![first, second], ..options(Some(2)) };
    let (network, trained) = run(&options, contrary);
    let losses: Vec<f64> = trained.epochs.iter().map(|row| row.validation.expect("judged").loss).collect();
    for stage in ["first", "second"] {
        let own: Vec<f64> = (trained.epochs.iter().zip(&losses))
            .filter(|(row, _)| row.stage == stage)
            .map(|(_, loss)| *loss)
            .collect();
        assert!(own.len() < 12, "{stage} ran to its end: {losses:?}");
        // The last two epochs, and not the two before any earlier one, were no better than the stage's best.
        let best = own.iter().enumerate().min_by(|a, b| a.1.total_cmp(b.1)).map(|(at, _)| at);
        assert_eq!(best, own.len().checked_sub(3), "{stage}: {own:?}");
    }
    assert_eq!(trained.best.as_deref(), Some(network.values()));
}

#[test]
fn the_best_weights_are_those_behind_the_best_epoch() {
    let (network, trained) = run(&options(None), contrary);
    assert_eq!(trained.epochs.len(), 12);
    let losses = trained.epochs.iter().map(|row| row.validation.expect("judged").loss);
    let best = losses.enumerate().min_by(|a, b| a.1.total_cmp(&b.1)).map_or(0, |(at, _)| at + 1);
    assert!(best < 12, "the last epoch is the best");
    // A run that ends there ends with them.
    let shorter = TrainingOptions { epochs: best, keep: Keep::Last, ..options(None) };
    let (wanted, _) = run(&shorter, contrary);
    assert_eq!(network.values(), wanted.values());
    assert_ne!(trained.last, network.values());
    // Without patience to lose, what gets better is followed to the end.
    let (_, trained) = run(&options(Some(3)), |image| image % 4);
    assert!(trained.epochs.len() > 6);
}
