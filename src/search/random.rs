use camlab_base::random::stream;
use rand::RngExt as _;

use crate::domain::{Domain, ParameterValue};
use crate::space::{SearchPoint, SearchSpace};

/// Point number `trial` of the random search with this seed: uniform, on a logarithmic scale where the domain has
/// one.
///
/// Each parameter of each trial has its own random stream, so that a point depends on no other point, and adding a
/// parameter leaves the values of the others as they are.
pub fn random_point(space: &SearchSpace, seed: u64, trial: usize) -> SearchPoint {
    let mut point = SearchPoint::with_capacity(space.parameters().len());
    for (index, parameter) in space.parameters().iter().enumerate() {
        let active = space.active(index, &point);
        point.push(active.then(|| {
            uniform(
                &parameter.domain,
                stream(seed, &format!("search/random/{trial}/{}", parameter.name)).random(),
            )
        }));
    }
    point
}

/// The value of `domain` at the fraction `unit` (0 to 1, 1 excluded) of its uniform distribution.
fn uniform(domain: &Domain, unit: f64) -> ParameterValue {
    match (domain.interval(), domain) {
        (Some((low, high, true)), _) => {
            let (low, high) = (libm::log(low), libm::log(high));
            domain.nearest(libm::exp(low + unit * (high - low)))
        }
        (Some((low, high, false)), _) => domain.nearest(low + unit * (high - low)),
        (None, Domain::Choice { count }) => {
            ParameterValue::Choice(((unit * *count as f64) as usize).min(count - 1))
        }
        (None, _) => domain.only(),
    }
}
