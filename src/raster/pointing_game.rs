use super::{Map, Mask};

/// Pointing game (Zhang et al. 2018, "Top-down neural attention by excitation backprop"): `true` if the maximum of the
/// map lies within `tolerance` pixels of an object pixel, by the Euclidean distance of pixel centres. The paper's
/// tolerance is 15 pixels; with 0 the maximum must be an object pixel.
///
/// Of several maxima the first in row order counts (Quantus' `PointingGame` counts a hit if any of them is inside).
/// Ignored pixels are neither object nor maximum. `None` if the sizes differ, the ground truth has no object, the map
/// is constant over the pixels that are not ignored, or one of its values there is not finite.
pub fn pointing_hit(map: &Map, region: &Mask, tolerance: f32) -> Option<bool> {
    if (map.height, map.width) != (region.height, region.width) {
        return None;
    }
    let (mut first, mut low, mut high) = (None, f32::INFINITY, f32::NEG_INFINITY);
    for (at, (&value, &label)) in map.data.iter().zip(&region.data).enumerate() {
        if label == Mask::IGNORED {
            continue;
        }
        if !value.is_finite() {
            return None;
        }
        low = low.min(value);
        if value > high {
            (first, high) = (Some(at), value);
        }
    }
    if low >= high || !region.data.contains(&1) {
        return None;
    }
    let first = first?;
    let (x, y) = (first % map.width, first / map.width);
    // A tolerance that is negative or NaN counts as 0, an infinite one reaches every pixel.
    let reach = f64::from(tolerance.max(0.0));
    let rows = reach.min(map.height as f64) as usize;
    let hit = (y.saturating_sub(rows)..=(y + rows).min(map.height - 1)).any(|row| {
        let away = (row.abs_diff(y) * row.abs_diff(y)) as f64;
        let across = (reach * reach - away).max(0.0).sqrt().min(map.width as f64) as usize;
        let columns = x.saturating_sub(across)..=(x + across).min(map.width - 1);
        region.data[row * map.width..][columns].contains(&1)
    });
    Some(hit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hit(values: [f32; 12], object: &[usize], ignored: &[usize], tolerance: f32) -> Option<bool> {
        let mut data = vec![0; 12];
        object.iter().for_each(|at| data[*at] = 1);
        ignored.iter().for_each(|at| data[*at] = Mask::IGNORED);
        pointing_hit(&Map::new(3, 4, values.to_vec()), &Mask { height: 3, width: 4, data }, tolerance)
    }

    #[test]
    fn the_first_maximum_counts_within_the_tolerance() {
        let mut values = [0.0; 12];
        (values[5], values[7]) = (1.0, 1.0);
        assert_eq!(hit(values, &[5], &[], 0.0), Some(true));
        // The second maximum is on the object, the first is two pixels away.
        assert_eq!(hit(values, &[7], &[], 0.0), Some(false));
        assert_eq!(hit(values, &[7], &[], 1.99), Some(false));
        assert_eq!(hit(values, &[7], &[], 2.0), Some(true));
        // A diagonal neighbour is 1.414 pixels away.
        assert_eq!(hit(values, &[0], &[], 1.41), Some(false));
        assert_eq!(hit(values, &[0], &[], 1.42), Some(true));
        assert_eq!(hit(values, &[11], &[], f32::INFINITY), Some(true));
        assert_eq!(hit(values, &[7], &[5], 0.0), Some(true));
    }

    #[test]
    fn nothing_to_point_at() {
        let values = std::array::from_fn(|at| at as f32);
        assert_eq!(hit(values, &[], &[3], 0.0), None);
        assert_eq!(hit([2.0; 12], &[1], &[], 0.0), None);
        let mut broken: [f32; 12] = values;
        broken[3] = f32::NAN;
        assert_eq!(hit(broken, &[1], &[], 0.0), None);
        assert_eq!(hit(broken, &[1], &[3], 0.0), Some(false));
    }
}
