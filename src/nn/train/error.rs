use super::DataError;
use crate::nn::NetworkError;

/// Why training stopped.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// An option out of range.
    #[error("training.{option} = {value} is out of range; use {range}")]
    Option {
        /// The option.
        option: &'static str,
        /// What it was set to.
        value: f64,
        /// What it may be.
        range: &'static str,
    },
    /// The loss is no number.
    #[error("the loss became {loss} in epoch {epoch}, step {step}, at learning rate {lr}; lower training.lr")]
    Diverged {
        /// Which epoch, from 1.
        epoch: usize,
        /// Which step of it, from 1.
        step: usize,
        /// The step's learning rate.
        lr: f64,
        /// The loss.
        loss: f32,
    },
    /// A label that the network has no output for, or not one per image.
    #[error(
        "labels {labels:?} do not suit {images} images and {classes} classes; give one below {classes} each"
    )]
    Labels {
        /// The batch's labels.
        labels: Vec<usize>,
        /// Images in it.
        images: usize,
        /// The network's classes.
        classes: usize,
    },
    /// An epoch without images.
    #[error("epoch {epoch} has no images; give the training split at least one batch")]
    NoBatches {
        /// Which, from 1.
        epoch: usize,
    },
    /// The batches could not be made.
    #[error("cannot load a batch of epoch {epoch}: {source}")]
    Data {
        /// Which, from 1.
        epoch: usize,
        /// Why.
        source: DataError,
    },
    /// The network refused the batch.
    #[error(transparent)]
    Network(#[from] NetworkError),
}
