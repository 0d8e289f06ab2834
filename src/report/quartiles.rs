//! Median and quartiles.

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
        let last = values.len().checked_sub(1)?;
        let at = |share: f64| {
            let place = share * last as f64;
            let (below, past) = (place.floor() as usize, place.fract());
            values[below] + past * (values[(below + 1).min(last)] - values[below])
        };
        Some(Self { low: at(0.25), median: at(0.5), high: at(0.75) })
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
