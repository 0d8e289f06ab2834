/// Values that a searched key takes.
#[derive(Debug, Clone, PartialEq)]
pub enum Domain {
    /// Real numbers from `low` to `high`, both included.
    Real {
        /// Smallest value.
        low: f64,
        /// Largest value.
        high: f64,
        /// Searched on a logarithmic scale; `low` must be positive.
        log: bool,
    },
    /// Whole numbers from `low` to `high`, both included.
    Whole {
        /// Smallest value.
        low: i64,
        /// Largest value.
        high: i64,
        /// Searched on a logarithmic scale; `low` must be positive.
        log: bool,
    },
    /// One of `count` choices without an order.
    Choice {
        /// Number of choices.
        count: usize,
    },
}

/// Value of a searched key.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ParameterValue {
    /// Value of a [`Domain::Real`].
    Real(f64),
    /// Value of a [`Domain::Whole`].
    Whole(i64),
    /// Index of the choice of a [`Domain::Choice`], from 0.
    Choice(usize),
}

impl ParameterValue {
    /// The value as a number: a choice is its index.
    pub fn number(&self) -> f64 {
        match *self {
            Self::Real(value) => value,
            Self::Whole(value) => value as f64,
            Self::Choice(index) => index as f64,
        }
    }
}

impl Domain {
    /// Tells whether `value` is of this domain's kind and within its bounds.
    pub fn contains(&self, value: &ParameterValue) -> bool {
        match (self, value) {
            (Self::Real { low, high, .. }, ParameterValue::Real(value)) => (low..=high).contains(&value),
            (Self::Whole { low, high, .. }, ParameterValue::Whole(value)) => (low..=high).contains(&value),
            (Self::Choice { count }, ParameterValue::Choice(index)) => index < count,
            _ => false,
        }
    }

    /// Tells whether the domain has a single value: there is nothing to search.
    pub fn single(&self) -> bool {
        match self {
            Self::Real { low, high, .. } => low == high,
            Self::Whole { low, high, .. } => low == high,
            Self::Choice { count } => *count == 1,
        }
    }

    /// The lowest value or first choice; the only value of a domain with a single one.
    pub(crate) fn only(&self) -> ParameterValue {
        match *self {
            Self::Real { low, .. } => ParameterValue::Real(low),
            Self::Whole { low, .. } => ParameterValue::Whole(low),
            Self::Choice { .. } => ParameterValue::Choice(0),
        }
    }

    /// The value of this domain nearest to `number`, which counts in the domain's own unit; a choice is its index.
    pub(crate) fn nearest(&self, number: f64) -> ParameterValue {
        match *self {
            Self::Real { low, high, .. } => ParameterValue::Real(number.clamp(low, high)),
            Self::Whole { low, high, .. } => {
                ParameterValue::Whole((libm::round(number) as i64).clamp(low, high))
            }
            Self::Choice { count } => ParameterValue::Choice((libm::round(number) as usize).min(count - 1)),
        }
    }

    /// Interval and scale (logarithmic or not) of a numerical domain; a whole number takes the half unit on both
    /// sides. None for choices.
    pub(crate) fn interval(&self) -> Option<(f64, f64, bool)> {
        match *self {
            Self::Real { low, high, log } => Some((low, high, log)),
            Self::Whole { low, high, log } => Some((low as f64 - 0.5, high as f64 + 0.5, log)),
            Self::Choice { .. } => None,
        }
    }
}
