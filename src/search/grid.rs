use crate::domain::{Domain, ParameterValue};
use crate::space::{SearchPoint, SearchSpace};

/// Largest number of points of a grid.
pub const GRID_LIMIT: usize = 100_000;

/// All combinations, the last parameter changing fastest; parameters that are not active have no value and multiply
/// nothing. `None` if a domain is real or logarithmic, or if there are more than [`GRID_LIMIT`] points.
pub fn grid(space: &SearchSpace) -> Option<Vec<SearchPoint>> {
    let mut points = vec![SearchPoint::new()];
    for (index, parameter) in space.parameters().iter().enumerate() {
        let values: Box<dyn Fn(usize) -> ParameterValue>;
        let count = match parameter.domain {
            Domain::Choice { count } => {
                values = Box::new(ParameterValue::Choice);
                count
            }
            Domain::Whole { low, high, log: false } => {
                values = Box::new(move |step| ParameterValue::Whole(low + step as i64));
                usize::try_from(high - low).ok()?.checked_add(1)?
            }
            _ => return None,
        };
        let mut longer = Vec::with_capacity(points.len());
        for point in points {
            let active = space.active(index, &point);
            // Counted before they are made.
            if longer.len().saturating_add(if active { count } else { 1 }) > GRID_LIMIT {
                return None;
            }
            if active {
                longer.extend((0..count).map(|step| extended(&point, Some(values(step)))));
            } else {
                longer.push(extended(&point, None));
            }
        }
        points = longer;
    }
    Some(points)
}

fn extended(point: &SearchPoint, value: Option<ParameterValue>) -> SearchPoint {
    point.iter().copied().chain([value]).collect()
}
