use super::descending;

/// Pixels that ROAD removes at a percentile, in 0 to 100: `true` where the value is at least the percentile of all
/// values (`RemoveMostRelevantFirst` of pytorch-grad-cam). With percentile 80, the highest 20 % of the pixels and all
/// that tie with the lowest of them; in a constant map all pixels. The least relevant pixels are those of the map `1 -
/// value`, computed in `f32` as there.
///
/// The percentile is interpolated linearly as NumPy does in `float32`, so that the same pixels reach it. `None` if
/// there are no values, one is not finite, or the percentile is not in that range.
pub fn removed_above(values: &[f32], percentile: f32) -> Option<Vec<bool>> {
    let usable = values.iter().all(|value| value.is_finite()) && (0.0..=100.0).contains(&percentile);
    if values.is_empty() || !usable {
        return None;
    }
    let order = descending(values);
    let last = order.len() - 1;
    let ascending = |at: usize| values[order[last - at.min(last)] as usize];
    let index = last as f32 * (percentile / 100.0);
    let below = index.floor();
    let (lower, upper, part) = (ascending(below as usize), ascending(below as usize + 1), index - below);
    let threshold = match part < 0.5 {
        true => lower + (upper - lower) * part,
        false => upper - (upper - lower) * (1.0 - part),
    };
    Some(values.iter().map(|value| *value >= threshold).collect())
}

#[cfg(test)]
mod tests {
    use super::removed_above;

    #[test]
    fn by_hand() {
        let removed = |values: &[f32], percentile: f32| {
            removed_above(values, percentile)
                .map(|removed| removed.iter().map(|one| u8::from(*one)).collect::<Vec<_>>())
        };
        let values = [3.0, 0.0, 4.0, 1.0, 2.0];
        assert_eq!(removed(&values, 50.0), Some(vec![1, 0, 1, 0, 1]));
        assert_eq!(removed(&values, 51.0), Some(vec![1, 0, 1, 0, 0]));
        assert_eq!(removed(&values, 100.0), Some(vec![0, 0, 1, 0, 0]));
        assert_eq!(removed(&values, 0.0), Some(vec![1; 5]));
        assert_eq!(removed(&[2.0; 3], 90.0), Some(vec![1; 3]));
        assert_eq!(removed(&[], 50.0), None);
        assert_eq!(removed(&[f32::NAN], 50.0), None);
        assert_eq!(removed(&values, 101.0), None);
    }
}
