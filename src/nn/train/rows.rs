/// What one epoch came to.
#[derive(Debug, Clone, PartialEq)]
pub struct EpochRow {
    /// The stage.
    pub stage: String,
    /// Which, from 1, over all stages.
    pub epoch: usize,
    /// The learning rate of its first step.
    pub learning_rate: f64,
    /// Mean loss over its images, each measured before its own step, nats.
    pub loss: f64,
    /// Fraction of its images classified correctly, likewise, 0 to 1.
    pub accuracy: f64,
    /// What the images held back said of the network behind it, if there are any.
    pub validation: Option<super::Judgement>,
    /// How many images it had.
    pub images: usize,
    /// How long it took, seconds, validation aside.
    pub seconds: f64,
}

/// What one step came to.
#[derive(Debug, Clone, PartialEq)]
pub struct StepRow {
    /// The stage.
    pub stage: String,
    /// Which epoch, from 1, over all stages.
    pub epoch: usize,
    /// Which step, from 1, over all epochs.
    pub step: usize,
    /// Its learning rate.
    pub learning_rate: f64,
    /// Mean loss of its images before it, nats.
    pub loss: f64,
    /// Fraction of its images classified correctly before it, 0 to 1.
    pub accuracy: f64,
    /// How many images it had.
    pub images: usize,
    /// How long it took, with the wait for its images, seconds.
    pub seconds: f64,
}
