use super::DataError;
use crate::NetworkError;

/// Errors of training.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// An option out of range.
    #[error("training.{option} = {value} is out of range; use {range}")]
    Option {
        /// Name of the option.
        option: &'static str,
        /// Its value.
        value: f64,
        /// Allowed range.
        range: &'static str,
    },
    /// An error within a stage.
    #[error("{source} (stage `{name}`)")]
    Stage {
        /// Index of the stage, from 0.
        index: usize,
        /// Name of the stage.
        name: String,
        /// Underlying error.
        source: Box<TrainError>,
    },
    /// A stage whose name is empty or not unique.
    #[error("the name `{name}` of stage {number} is empty or used twice; give every [[training.stage]] a different name", number = .index + 1)]
    StageName {
        /// Index of the stage, from 0.
        index: usize,
        /// Name of the stage.
        name: String,
    },
    /// A pattern that matches no parameter's name.
    #[error(
        "no parameter's name matches `{pattern}` in training.{option}; names look like `{near}`, `*` stands for any part"
    )]
    Pattern {
        /// Name of the option.
        option: &'static str,
        /// The pattern.
        pattern: String,
        /// A name of the network's, as an example.
        near: String,
    },
    /// A layer of `method = { adl = .. }` that the network does not have.
    #[error("training.method.adl: {reason}")]
    Layer {
        /// Index of the layer, from 0.
        index: usize,
        /// Reason.
        reason: String,
    },
    /// A layer of `dropout` that the network does not have.
    #[error("training.dropout: {reason}")]
    DropoutLayer {
        /// Index of the layer, from 0; `None` where none is named.
        index: Option<usize>,
        /// Reason.
        reason: String,
    },
    /// Patterns under which no parameter is trained.
    #[error(
        "training.train = {train:?} and training.bn select no parameter to train; list some, or write train = [\"*\"]"
    )]
    NothingTrains {
        /// The patterns.
        train: Vec<String>,
    },
    /// The best epoch is to be kept, but there is no validation.
    #[error(
        "training.keep = \"best\" needs held-out images to select an epoch; add validation = {{}} to [training], or write keep = \"last\""
    )]
    KeepsBestOfNothing,
    /// An option that needs one label per image, with a loss for several.
    #[error(
        "training.{option} needs one label per image, which training.loss = \"{loss}\" does not; remove training.{option}, or \
         write loss = \"cross-entropy\""
    )]
    OneLabel {
        /// Name of the option.
        option: &'static str,
        /// Name of the loss.
        loss: &'static str,
    },
    /// Mean average precision as the metric of a training with one label per image.
    #[error(
        "training.validation.metric = \"mean-average-precision\" is for losses with several labels per image; write metric = \
         \"top-1\" or \"loss\", or another training.loss"
    )]
    AveragesOneLabel,
    /// Top-1 accuracy as the metric of a training whose classes are decided each by itself.
    #[error(
        "training.validation.metric = \"top-1\" is for losses with one label per image; write metric = \
         \"mean-average-precision\" or \"loss\", or training.loss = \"cross-entropy\""
    )]
    Top1OfSets,
    /// Label sets that do not fit the images of a batch.
    #[error("the label sets of a batch do not fit its {images} images and {classes} classes")]
    LabelSets {
        /// Number of images.
        images: usize,
        /// Number of classes.
        classes: usize,
    },
    /// A saved training state that cannot be used.
    #[error("the saved training state cannot be used: {0}; delete it to train from the beginning")]
    State(String),
    /// The loss is not finite, or too large.
    #[error(
        "the loss became {loss} in stage `{stage}`, epoch {epoch}, batch {step}, at learning rate {rate}; lower \
         training.lr or set training.clip-norm",
        rate = brief(.lr)
    )]
    Diverged {
        /// Name of the stage.
        stage: String,
        /// Epoch over all stages, from 1.
        epoch: usize,
        /// Batch of the epoch, from 1.
        step: usize,
        /// Learning rate of the step.
        lr: f64,
        /// The loss.
        loss: f32,
    },
    /// A label out of range, or not one per image.
    #[error(
        "labels {labels:?} do not fit {images} images and {classes} classes; pass one label per image, less than \
         {classes}"
    )]
    Labels {
        /// The batch's labels.
        labels: Vec<usize>,
        /// Number of images.
        images: usize,
        /// Number of classes.
        classes: usize,
    },
    /// Teachers' class scores of another number of images or classes.
    #[error("the teachers' {given} class scores do not fit {images} images and {classes} classes")]
    SoftTargets {
        /// Scores given.
        given: usize,
        /// Number of images.
        images: usize,
        /// Number of classes.
        classes: usize,
    },
    /// An epoch without images.
    #[error("epoch {epoch} has no images; data.train needs at least one readable image that is not held out")]
    NoBatches {
        /// Epoch, from 1.
        epoch: usize,
    },
    /// Validation without images.
    #[error("training.validation holds out no readable image; increase its fraction")]
    NothingHeldBack,
    /// The host asked for an early end; the state is saved.
    #[error("training stopped after step {step}, which is saved")]
    Stopped {
        /// Steps so far.
        step: usize,
    },
    /// The training state could not be saved.
    #[error("cannot save the training state: {0}")]
    Save(DataError),
    /// A batch could not be loaded.
    #[error("cannot load a batch of epoch {epoch}: {source}")]
    Data {
        /// Epoch, from 1.
        epoch: usize,
        /// Underlying error.
        source: DataError,
    },
    /// The network rejected the batch.
    #[error(transparent)]
    Network(#[from] NetworkError),
}

/// Wraps an error of dfdx that occurs in training.
pub(super) fn dfdx_failed(error: dfdx::tensor::CpuError) -> TrainError {
    TrainError::Network(NetworkError::Dfdx(error.to_string()))
}

/// A number without a row of zeros.
fn brief(value: &f64) -> String {
    if value.abs() < 1e6 { value.to_string() } else { format!("{value:.2e}") }
}
