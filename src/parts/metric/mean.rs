use super::Estimator;

/// Weighted means of columns, one measure per column; images without a value are left out.
#[derive(Debug, Clone)]
pub(super) struct Means {
    columns: Vec<Vec<(usize, f64)>>,
    /// Number of images, with or without a value.
    images: usize,
    scale: f64,
}

impl Means {
    /// The mean of one column, times `scale`.
    pub(super) fn of(column: impl Iterator<Item = Option<f64>>, scale: f64) -> Self {
        Self::of_all(std::iter::once(column), scale)
    }

    /// The means of several columns, each times `scale`.
    pub(super) fn of_all<C: Iterator<Item = Option<f64>>>(
        columns: impl Iterator<Item = C>,
        scale: f64,
    ) -> Self {
        let mut images = 0;
        let known = |column: C| {
            let all: Vec<Option<f64>> = column.collect();
            images = images.max(all.len());
            all.into_iter().enumerate().filter_map(|(image, value)| Some((image, value?))).collect()
        };
        Self { columns: columns.map(known).collect(), images, scale }
    }
}

impl Estimator for Means {
    fn values(&self, weights: &[u32]) -> Vec<Option<f64>> {
        let mean = |column: &Vec<(usize, f64)>| {
            let (mut sum, mut total) = (0.0, 0u64);
            for &(image, value) in column {
                sum += value * f64::from(weights[image]);
                total += u64::from(weights[image]);
            }
            (total > 0).then(|| self.scale * sum / total as f64)
        };
        self.columns.iter().map(mean).collect()
    }

    fn counts(&self) -> Vec<usize> {
        self.columns.iter().map(Vec::len).collect()
    }

    fn images(&self) -> Vec<Vec<Option<f64>>> {
        let full = |column: &Vec<(usize, f64)>| {
            let mut all = vec![None; self.images];
            column.iter().for_each(|(image, value)| all[*image] = Some(self.scale * value));
            all
        };
        self.columns.iter().map(full).collect()
    }
}
