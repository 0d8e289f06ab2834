use camlab_data::{DatasetError, ImageError, LoadError};
use camlab_nn::train::TrainError;
use camlab_stage::{StageError, Stopped};
use serde::{Deserialize, Serialize};

/// Kind of the cause of a failed stage; decides if it is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailureCause {
    /// A defect of camlab: the stage panicked.
    Panic,
    /// The worker needed more memory than its limit, or than the machine has.
    Memory,
    /// The worker made no progress for too long.
    Timeout,
    /// A signal ended the worker.
    Killed,
    /// A file could not be read or written.
    Io,
    /// A loss or a value that is not finite.
    Diverged,
    /// Data that cannot be used.
    Data,
    /// Anything else.
    Other,
}

impl FailureCause {
    /// The kind of an error's cause.
    pub fn of(error: &anyhow::Error) -> Self {
        for cause in error.chain() {
            if cause.is::<std::io::Error>() {
                return Self::Io;
            }
            if let Some(TrainError::Diverged { .. }) = cause.downcast_ref() {
                return Self::Diverged;
            }
            if cause.is::<Stopped>() || matches!(cause.downcast_ref(), Some(TrainError::Stopped { .. })) {
                return Self::Killed;
            }
            if let Some(TrainError::Save(source) | TrainError::Data { source, .. }) = cause.downcast_ref() {
                match Self::of_boxed(&**source) {
                    Self::Other => {}
                    known => return known,
                }
            }
            if cause.is::<DatasetError>() || cause.is::<ImageError>() || cause.is::<LoadError>() {
                return Self::Data;
            }
            if let Some(StageError::Input(_)) = cause.downcast_ref() {
                return Self::Data;
            }
        }
        Self::Other
    }

    /// The kind of an error that a training keeps in a box.
    fn of_boxed(error: &(dyn std::error::Error + 'static)) -> Self {
        let mut next = Some(error);
        while let Some(cause) = next {
            if cause.is::<std::io::Error>() {
                return Self::Io;
            }
            if cause.is::<LoadError>() || cause.is::<DatasetError>() || cause.is::<ImageError>() {
                return Self::Data;
            }
            next = cause.source();
        }
        Self::Other
    }
}
