use std::sync::Arc;

use crate::domain::{Domain, ParameterValue};
use crate::error::SearchError;

/// Searched key. It is active, that is, has a value, only if all conditions hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// Name, which keys the parameter's random streams.
    pub name: Arc<str>,
    /// Values that it takes.
    pub domain: Domain,
    /// Conditions; without any the parameter is always active.
    pub when: Vec<ParentChoice>,
}

/// Condition: an earlier parameter with the domain [`Domain::Choice`] is active and takes one of these choices.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ParentChoice {
    /// Index of the earlier parameter in the space.
    pub parent: usize,
    /// Indices of its choices.
    pub choices: Vec<usize>,
}

/// Value of each parameter of a space, in the space's order; `None` for a parameter that is not active.
pub type SearchPoint = Vec<Option<ParameterValue>>;

/// Checked list of searched keys.
#[derive(Debug, Clone, PartialEq)]
pub struct SearchSpace {
    parameters: Vec<Parameter>,
}

impl SearchSpace {
    /// Checks the parameters: finite bounds in order, positive ones for logarithmic scales, at least one choice,
    /// distinct names, parents that are earlier choices.
    pub fn new(parameters: Vec<Parameter>) -> Result<Self, SearchError> {
        for (index, parameter) in parameters.iter().enumerate() {
            let earlier = &parameters[..index];
            let name = &parameter.name;
            if earlier.iter().any(|other| other.name == *name) {
                return Err(SearchError::Twice { name: name.clone() });
            }
            check_domain(parameter)?;
            for ParentChoice { parent, choices } in &parameter.when {
                let Some(parent) = earlier.get(*parent) else {
                    return Err(SearchError::Parent { name: name.clone(), parent: *parent });
                };
                let count = match parent.domain {
                    Domain::Choice { count } => count,
                    _ => 0,
                };
                let wrong = if count == 0 { Some(choices.first().copied().unwrap_or(0)) } else { None };
                if let Some(choice) =
                    wrong.or_else(|| choices.iter().copied().find(|choice| *choice >= count))
                {
                    let (name, parent) = (name.clone(), parent.name.clone());
                    return Err(SearchError::ParentChoice { name, parent, choice, count });
                }
            }
        }
        Ok(Self { parameters })
    }

    /// The parameters, in order.
    pub fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    /// Tells whether the conditions of parameter `index` hold, given the values of those before it.
    pub fn active(&self, index: usize, earlier: &[Option<ParameterValue>]) -> bool {
        self.parameters[index].when.iter().all(|condition| {
            // An inactive parent has no value, so that its children are inactive, too.
            matches!(earlier.get(condition.parent), Some(Some(ParameterValue::Choice(choice)))
                if condition.choices.contains(choice))
        })
    }

    /// Tells whether `point` has a value of its domain for exactly the active parameters.
    pub fn contains(&self, point: &[Option<ParameterValue>]) -> bool {
        point.len() == self.parameters.len()
            && self.parameters.iter().enumerate().all(|(index, parameter)| match &point[index] {
                Some(value) => self.active(index, point) && parameter.domain.contains(value),
                None => !self.active(index, point),
            })
    }
}

fn check_domain(parameter: &Parameter) -> Result<(), SearchError> {
    let name = || parameter.name.clone();
    let (low, high, log) = match parameter.domain {
        Domain::Real { low, high, log } => (low, high, log),
        Domain::Whole { low, high, log } => {
            if let Some(bound) = [low, high].into_iter().find(|bound| bound.unsigned_abs() > 1 << 53) {
                return Err(SearchError::TooLarge { name: name(), bound });
            }
            (low as f64, high as f64, log)
        }
        Domain::Choice { count: 0 } => return Err(SearchError::NoChoice { name: name() }),
        Domain::Choice { .. } => return Ok(()),
    };
    // The width must be finite, too: it is the unit of bandwidths.
    if !(low <= high && (high - low).is_finite()) {
        return Err(SearchError::Bounds { name: name(), low, high });
    }
    if log && low <= 0.0 {
        return Err(SearchError::Logarithm { name: name(), low });
    }
    Ok(())
}
