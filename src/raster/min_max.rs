use super::Map;

/// Min-max normalisation to `[0, 1]` in place: `(x - min) / (max - min)`. A constant map, or one with NaN or
/// infinity, becomes all zeros (`normalize_scoremap` of wsolevaluation).
pub fn min_max_in_place(map: &mut Map) {
    let low = map.data.iter().copied().fold(f32::INFINITY, f32::min);
    let high = map.data.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let finite = map.data.iter().all(|value| value.is_finite());
    if !finite || low >= high {
        map.data.fill(0.0);
        return;
    }
    // As in numpy: subtract the minimum, then divide by the maximum of the result.
    let span = high - low;
    if span.is_finite() {
        map.data.iter_mut().for_each(|value| *value = (*value - low) / span);
    } else {
        let (low, span) = (f64::from(low), f64::from(high) - f64::from(low));
        map.data.iter_mut().for_each(|value| *value = ((f64::from(*value) - low) / span) as f32);
    }
}

/// As [`min_max_in_place`], but returns a new map.
pub fn min_max(map: &Map) -> Map {
    let mut normalised = map.clone();
    min_max_in_place(&mut normalised);
    normalised
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_zero_to_one() {
        assert_eq!(min_max(&Map::new(1, 3, vec![-2.0, 0.0, 6.0])).data, [0.0, 0.25, 1.0]);
        assert_eq!(min_max(&Map::new(1, 3, vec![f32::MIN, 0.0, f32::MAX])).data, [0.0, 0.5, 1.0]);
    }

    #[test]
    fn constant_and_non_finite_maps_become_zero() {
        for data in [vec![3.0; 4], vec![0.0, f32::NAN, 1.0, 2.0], vec![0.0, 1.0, f32::INFINITY, 2.0]] {
            assert_eq!(min_max(&Map::new(2, 2, data)).data, [0.0; 4]);
        }
        assert_eq!(min_max(&Map::new(0, 0, vec![])).data, [0.0; 0]);
    }
}
