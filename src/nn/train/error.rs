use super::DataError;
use crate::NetworkError;

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
    /// Something is wrong with a stage.
    #[error("{source} (stage `{name}`)")]
    Stage {
        /// Which, from 0.
        index: usize,
        /// Its name.
        name: String,
        /// What.
        source: Box<TrainError>,
    },
    /// A stage that cannot be told from another.
    #[error("stage {number} is called `{name}`; give every [[training.stage]] a name of its own", number = .index + 1)]
    StageName {
        /// Which, from 0.
        index: usize,
        /// Its name.
        name: String,
    },
    /// A pattern that no parameter's name matches.
    #[error(
        "no parameter's name matches `{pattern}` in training.{option}; names look like `{near}`, `*` stands for any part"
    )]
    Pattern {
        /// The option.
        option: &'static str,
        /// The pattern.
        pattern: String,
        /// A name of the network.
        near: String,
    },
    /// A layer of `method = { adl = .. }` that the network does not have.
    #[error("training.method.adl: {reason}")]
    Layer {
        /// Which of the layers, from 0.
        index: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// Patterns under which nothing learns.
    #[error(
        "training.train = {train:?} and training.bn leave no parameter to learn; name some, or write train = [\"*\"]"
    )]
    NothingTrains {
        /// The patterns.
        train: Vec<String>,
    },
    /// The best epoch is to be kept, but nothing judges them.
    #[error(
        "training.keep = \"best\" needs something to judge epochs by; add validation = {{ fraction = 0.1 }}, or keep \
         the last"
    )]
    KeepsBestOfNothing,
    /// A saved state of training that is of no use here.
    #[error("the saved state of training cannot be used: {0}; remove it to start from the beginning")]
    State(String),
    /// The loss is no number, or beyond all measure.
    #[error(
        "the loss became {loss} in stage `{stage}`, epoch {epoch}, batch {step}, at learning rate {lr}; lower \
         training.lr or set training.clip-norm"
    )]
    Diverged {
        /// The stage.
        stage: String,
        /// Which epoch over all stages, from 1.
        epoch: usize,
        /// Which batch of it, from 1.
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
    /// Teachers' class scores of other images or classes.
    #[error("teachers gave {given} class scores for {images} images and {classes} classes")]
    SoftTargets {
        /// Scores given.
        given: usize,
        /// Images in the batch.
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
    /// Validation without images.
    #[error("training.validation holds back no image; raise its fraction")]
    NothingHeldBack,
    /// The state of training could not be saved.
    #[error("cannot save the state of training: {0}")]
    Save(DataError),
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

/// An error of dfdx while the network is trained.
pub(super) fn dfdx_failed(error: dfdx::tensor::CpuError) -> TrainError {
    TrainError::Network(NetworkError::Dfdx(error.to_string()))
}
