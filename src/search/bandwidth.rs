/// Standard deviation of the kernels of a numerical parameter. Both kinds are at least the domain's width divided by
/// n + 2 (by 100 from 98 observations on), the "magic clip" of Bergstra et al. 2011, and at most the width.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bandwidth {
    /// 0.2 n^(-1 / (d + 4)) of the domain's width for all kernels, with n observations of d parameters that are active
    /// together: Scott's rule (Falkner et al. 2018; Optuna's multivariate TPE before 5.0).
    Constant,
    /// The larger of the distances to the two neighbours along the parameter; the outermost have one neighbour, and a
    /// lone observation has the bounds (Bergstra et al. 2011; Optuna's multivariate TPE from 5.0 on).
    Neighbours,
}

impl Bandwidth {
    /// Bandwidth of each of the kernels at `means`, between the bounds `low` and `high`, of `dimensions` parameters.
    pub(crate) fn of(self, means: &[f64], low: f64, high: f64, dimensions: usize) -> Vec<f64> {
        let (count, width) = (means.len(), high - low);
        let least = width / (count as f64 + 2.0).min(100.0);
        let mut found = match self {
            Self::Constant => {
                let rate = libm::pow(count.max(1) as f64, -1.0 / (dimensions as f64 + 4.0));
                vec![0.2 * rate * width; count]
            }
            Self::Neighbours => neighbour_distances(means, low, high),
        };
        found.iter_mut().for_each(|bandwidth| *bandwidth = bandwidth.clamp(least, width));
        found
    }
}

fn neighbour_distances(means: &[f64], low: f64, high: f64) -> Vec<f64> {
    let count = means.len();
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by(|a, b| means[*a].total_cmp(&means[*b]));
    let mut found = vec![0.0; count];
    for (rank, index) in order.iter().copied().enumerate() {
        let before = rank.checked_sub(1).map(|rank| means[index] - means[order[rank]]);
        let after = order.get(rank + 1).map(|next| means[*next] - means[index]);
        found[index] = match (before, after) {
            (None, None) => (means[index] - low).max(high - means[index]),
            (before, after) => before.unwrap_or(0.0).max(after.unwrap_or(0.0)),
        };
    }
    found
}
