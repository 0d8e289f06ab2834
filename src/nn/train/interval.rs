use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::TrainError;

/// Interval at which the training state is saved; the weights do not depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Interval {
    /// After every given number of epochs.
    Epochs(usize),
    /// After every given number of steps.
    Steps(usize),
    /// At the first step after the given number of minutes.
    Minutes(f64),
}

impl Default for Interval {
    fn default() -> Self {
        Self::Minutes(5.0)
    }
}

impl Interval {
    pub(super) fn check(self) -> Result<(), TrainError> {
        let (value, fits) = match self {
            Self::Epochs(count) | Self::Steps(count) => (count as f64, count > 0),
            Self::Minutes(minutes) => (minutes, minutes >= 0.0 && minutes.is_finite()),
        };
        let range = "{ epochs = 1 } or more, { steps = 1 } or more, or { minutes = 0 } or more";
        if fits { Ok(()) } else { Err(TrainError::Option { option: "checkpoint-every", value, range }) }
    }
}
