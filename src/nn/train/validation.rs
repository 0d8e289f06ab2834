use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{DataError, LabelledBatch, TrainError, targets};
use crate::Network;

/// Evaluation of epochs on held-out images.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct ValidationOptions {
    /// Share of the training images that is held out, drawn once per seed; absent: none, since the experiment names
    /// validation images.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fraction: Option<f64>,
    /// Metric by which epochs are compared.
    pub metric: ValidationMetric,
    /// A stage ends when this many epochs in a row were no better than its best; absent, it never ends early.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patience: Option<usize>,
}

impl Default for ValidationOptions {
    fn default() -> Self {
        Self { fraction: None, metric: ValidationMetric::Top1, patience: None }
    }
}

/// A metric of an epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ValidationMetric {
    /// Fraction of the images classified correctly.
    #[serde(rename = "top-1")]
    Top1,
    /// Mean cross-entropy.
    #[serde(rename = "loss")]
    Loss,
}

/// Epoch whose weights a network ends with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Keep {
    /// The last epoch.
    #[default]
    Last,
    /// The epoch with the best validation metric.
    Best,
}

impl ValidationOptions {
    pub(super) fn check(&self) -> Result<(), TrainError> {
        if let Some(value) = self.fraction.filter(|fraction| !(*fraction > 0.0 && *fraction < 1.0)) {
            let range = "more than 0, less than 1";
            return Err(TrainError::Option { option: "validation.fraction", value, range });
        }
        match self.patience {
            Some(0) => {
                Err(TrainError::Option { option: "validation.patience", value: 0.0, range: "at least 1" })
            }
            _ => Ok(()),
        }
    }
}

/// Result of evaluating a network on held-out images.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HeldOutResult {
    /// Mean cross-entropy, nats.
    pub loss: f64,
    /// Fraction of the images classified correctly, 0 to 1.
    pub accuracy: f64,
}

impl HeldOutResult {
    /// Value of the metric, signed so that higher is better.
    pub fn score(self, metric: ValidationMetric) -> f64 {
        match metric {
            ValidationMetric::Top1 => self.accuracy,
            ValidationMetric::Loss => -self.loss,
        }
    }
}

/// Evaluates `network`, by its running statistics and without label smoothing; `None` without images.
///
/// # Errors
/// [`TrainError`] when the batches cannot be made, or do not fit the network.
pub fn evaluate(
    network: &Network,
    batches: impl Iterator<Item = Result<LabelledBatch, DataError>>,
    epoch: usize,
) -> Result<Option<HeldOutResult>, TrainError> {
    let classes = network.graph().classes().unwrap_or(0);
    let (mut loss, mut correct, mut images) = (0.0, 0, 0);
    for batch in batches {
        let batch = batch.map_err(|source| TrainError::Data { epoch, source })?;
        if batch.labels.is_empty() {
            continue;
        }
        targets::probabilities(&batch, classes, 0.0)?;
        let logits = network.infer(&batch.images, &[])?.logits;
        for (row, label) in logits.chunks_exact(classes).zip(&batch.labels) {
            let highest = row.iter().fold(f32::NEG_INFINITY, |a, b| a.max(*b));
            let sum: f64 = row.iter().map(|logit| f64::from(logit - highest).exp()).sum();
            loss += sum.ln() - f64::from(row[*label] - highest);
        }
        correct += targets::correct(&logits, &batch.labels, classes);
        images += batch.labels.len();
    }
    let mean = |sum: f64| sum / images as f64;
    Ok((images > 0).then(|| HeldOutResult { loss: mean(loss), accuracy: mean(correct as f64) }))
}
