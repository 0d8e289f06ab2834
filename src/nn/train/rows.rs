/// Result of one epoch.
#[derive(Debug, Clone, PartialEq)]
pub struct EpochRow {
    /// Name of the stage.
    pub stage: String,
    /// Number of the epoch, from 1, over all stages.
    pub epoch: usize,
    /// Learning rate of its first step.
    pub learning_rate: f64,
    /// Mean loss over its images, each measured before its own step, nats.
    pub loss: f64,
    /// Fraction of its images classified correctly, each before its own step, 0 to 1.
    pub accuracy: f64,
    /// Result on the held-out images after the epoch, if there are any.
    pub validation: Option<super::HeldOutResult>,
    /// Number of images.
    pub images: usize,
    /// Duration in seconds, without validation.
    pub seconds: f64,
}

/// Result of one step.
#[derive(Debug, Clone, PartialEq)]
pub struct StepRow {
    /// Name of the stage.
    pub stage: String,
    /// Number of the epoch, from 1, over all stages.
    pub epoch: usize,
    /// Number of the step, from 1, over all epochs.
    pub step: usize,
    /// Learning rate of the step.
    pub learning_rate: f64,
    /// Mean loss of its images before the step, nats.
    pub loss: f64,
    /// Fraction of its images classified correctly before the step, 0 to 1.
    pub accuracy: f64,
    /// Number of images.
    pub images: usize,
    /// Duration in seconds, with the wait for its images.
    pub seconds: f64,
}
