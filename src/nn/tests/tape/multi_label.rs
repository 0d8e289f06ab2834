//! Losses of images with several labels, compared with PyTorch (`fixtures/golden/multi-label-loss/make.py`) and with
//! finite differences.

use camlab_nn::ops::{AsymmetricFocus, multi_label_loss};
use camlab_nn::{Recorder, take_gradient};
use dfdx::prelude::Cpu;
use serde::Deserialize;

#[derive(Deserialize)]
struct Goldens {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    images: usize,
    classes: usize,
    gamma_positive: f64,
    gamma_negative: f64,
    margin: f64,
    scores: Vec<f32>,
    targets: Vec<f32>,
    loss: f64,
    gradient: Vec<f64>,
}

impl Case {
    fn focus(&self) -> AsymmetricFocus {
        let Self { gamma_positive, gamma_negative, margin, .. } = *self;
        AsymmetricFocus { gamma_positive, gamma_negative, margin }
    }

    /// Loss and gradient with respect to the scores.
    fn found(&self) -> (f32, Vec<f32>) {
        let mut recorder = Recorder::new(&Cpu::default());
        let scores = crate::support::leaf(&recorder, &self.scores, &[self.images, self.classes]);
        let loss = multi_label_loss(&mut recorder, &scores, &self.targets, self.focus()).unwrap();
        let value = loss.data[0];
        let mut grads = crate::support::backward(recorder, &loss, &[1.0]);
        (value, take_gradient(&mut grads, &scores).unwrap())
    }
}

fn cases() -> Vec<Case> {
    let text = include_str!("../../../../fixtures/golden/multi-label-loss/losses.json");
    serde_json::from_str::<Goldens>(text).unwrap().cases
}

#[test]
fn losses_and_gradients_are_pytorchs() {
    for (number, case) in cases().iter().enumerate() {
        let (loss, gradient) = case.found();
        assert!(
            (f64::from(loss) - case.loss).abs() < 1e-6 * case.loss.abs().max(1.0),
            "case {number}: {loss}"
        );
        for (found, wanted) in gradient.iter().zip(&case.gradient) {
            assert!((f64::from(*found) - wanted).abs() < 1e-6, "case {number}: {found} {wanted}");
        }
    }
}

#[test]
fn gradients_are_those_of_finite_differences() {
    const STEP: f64 = 1e-3;
    for (number, case) in cases().iter().enumerate() {
        let (_, gradient) = case.found();
        for (at, found) in gradient.iter().enumerate() {
            let moved = |by: f64| {
                let mut scores = case.scores.clone();
                scores[at] = (f64::from(scores[at]) + by) as f32;
                (f64::from(scores[at]), case.focus().mean(&scores, &case.targets))
            };
            let ((above, high), (below, low)) = (moved(STEP), moved(-STEP));
            let difference = (high - low) / (above - below);
            assert!(
                (f64::from(*found) - difference).abs() < 1e-5,
                "case {number}, {at}: {found} {difference}"
            );
        }
    }
}

#[test]
fn extreme_scores_stay_finite() {
    for (gamma_positive, gamma_negative, margin) in [(0.0, 0.0, 0.0), (1.0, 4.0, 0.05), (0.5, 0.5, 0.0)] {
        let scores = vec![1e4, -1e4, 1e4, -1e4, 0.0, 88.0];
        let targets = vec![1.0, 0.0, 0.0, 1.0, 1.0, 0.0];
        let (loss, gradient) = Case {
            images: 2,
            classes: 3,
            gamma_positive,
            gamma_negative,
            margin,
            scores,
            targets,
            loss: 0.0,
            gradient: Vec::new(),
        }
        .found();
        assert!(loss.is_finite() && gradient.iter().all(|value| value.is_finite()), "{loss} {gradient:?}");
    }
}

#[test]
fn targets_of_another_number_are_an_error() {
    let mut recorder = Recorder::new(&Cpu::default());
    let scores = crate::support::leaf(&recorder, &[0.0; 6], &[2, 3]);
    assert!(multi_label_loss(&mut recorder, &scores, &[1.0; 5], AsymmetricFocus::default()).is_err());
}
