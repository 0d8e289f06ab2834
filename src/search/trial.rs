use crate::space::SearchPoint;

/// Result of evaluating a point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum TrialOutcome {
    /// Its value. Smaller is better: the caller negates what is maximised. NaN counts as a failure.
    Value(f64),
    /// The evaluation failed.
    Failed,
    /// The evaluation has not ended.
    Pending,
}

/// Point and its outcome.
#[derive(Debug, Clone, PartialEq)]
pub struct Trial {
    /// The point.
    pub point: SearchPoint,
    /// Its outcome.
    pub outcome: TrialOutcome,
}

impl TrialOutcome {
    /// The value, if there is one that can be compared.
    pub fn value(&self) -> Option<f64> {
        match *self {
            Self::Value(value) if !value.is_nan() => Some(value),
            _ => None,
        }
    }

    /// Tells whether the evaluation has ended, with a value or not.
    pub fn finished(&self) -> bool {
        *self != Self::Pending
    }
}
