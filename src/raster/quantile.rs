/// Quantile `part` (0 to 1) of `values`, linear between neighbours (numpy's default); `None` if there are no values
/// or one is NaN.
pub fn quantile(values: &[f32], part: f64) -> Option<f64> {
    if values.iter().any(|value| value.is_nan()) {
        return None;
    }
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f32::total_cmp);
    camlab_base::quantile(&sorted, part)
}
