//! Median and quartiles.

use camlab_base::quantile;

/// Median and quartiles of some numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quartiles {
    /// Lower quartile.
    pub low: f64,
    /// Median.
    pub median: f64,
    /// Upper quartile.
    pub high: f64,
}

impl Quartiles {
    /// Quartiles of the finite `values`, by linear interpolation (as NumPy); `None` if there is no finite value.
    pub fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut values: Vec<f64> = values.into_iter().filter(|value| value.is_finite()).collect();
        values.sort_by(f64::total_cmp);
        let [low, median, high] = [0.25, 0.5, 0.75].map(|part| quantile(&values, part));
        Some(Self { low: low?, median: median?, high: high? })
    }
}

#[cfg(test)]
mod tests {
    use super::Quartiles;

    #[test]
    fn quartiles_are_numpys() {
        let found = Quartiles::of([4.0, 1.0, f64::NAN, 3.0, 2.0]);
        assert_eq!(found, Some(Quartiles { low: 1.75, median: 2.5, high: 3.25 }));
        assert_eq!(Quartiles::of([]), None);
    }
}
