use crate::domain::{Domain, ParameterValue};

/// Kind of a column that trees split.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Feature {
    /// Number from 0 to 1.
    Unit,
    /// One of this many levels without an order.
    Levels(usize),
}

impl Feature {
    /// Column of a parameter: numbers are scaled to 0 to 1, on a logarithmic scale where the domain has one.
    pub(crate) fn of(domain: &Domain) -> Self {
        match domain {
            Domain::Choice { count } => Self::Levels(*count),
            _ => Self::Unit,
        }
    }

    /// The entry at the fraction `unit` (0 to 1, 1 excluded) of the column's uniform distribution.
    pub(crate) fn at(self, unit: f64) -> f64 {
        match self {
            Self::Unit => unit,
            Self::Levels(count) => libm::floor(unit * count as f64).min(count as f64 - 1.0),
        }
    }
}

/// The entry of a value in the column of its domain.
pub(crate) fn encode(domain: &Domain, value: &ParameterValue) -> f64 {
    let number = value.number();
    match domain.interval() {
        None => number,
        Some((low, high, _)) if low == high => 0.5,
        Some((low, high, true)) => (libm::log(number) - libm::log(low)) / (libm::log(high) - libm::log(low)),
        Some((low, high, false)) => (number - low) / (high - low),
    }
}
