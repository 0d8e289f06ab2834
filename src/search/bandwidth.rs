/// Standard deviation of the kernels of a numerical parameter that are fitted to n observations.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bandwidth {
    /// Rule of the bandwidth.
    pub rule: BandwidthRule,
    /// Least bandwidth: the domain's width divided by `resolution` (n + 2), or by 100 if that is less. With 1 it is
    /// the "magic clip" of Bergstra et al. 2011. The best tenth of the trials are few, so that it decides how closely
    /// the best values are searched: 1 leaves steps of an eighth of the domain at 60 trials.
    pub resolution: f64,
}

/// Rule of a kernel's bandwidth before the bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BandwidthRule {
    /// 0.2 n^(-1 / (d + 4)) of the domain's width for all kernels, with d parameters that are active together:
    /// Scott's rule (Falkner et al. 2018; Optuna's multivariate TPE before 5.0).
    Constant,
    /// The larger of the distances to the two neighbours along the parameter; the outermost have one neighbour, and a
    /// lone observation has the bounds (Bergstra et al. 2011; Optuna's multivariate TPE from 5.0 on).
    Neighbours,
}

impl Default for Bandwidth {
    /// Distances to neighbours, with half of Optuna's least bandwidth.
    fn default() -> Self {
        Self { rule: BandwidthRule::Neighbours, resolution: 2.0 }
    }
}

impl Bandwidth {
    /// Bandwidth of each of the kernels at `means`, between the bounds `low` and `high`, of `dimensions` parameters.
    pub(crate) fn of(self, means: &[f64], low: f64, high: f64, dimensions: usize) -> Vec<f64> {
        let (count, width) = (means.len(), high - low);
        // A resolution below 1 or no number would leave no bandwidth between the bounds.
        let least = width / (self.resolution.max(1.0) * (count as f64 + 2.0)).min(100.0);
        let mut found = match self.rule {
            BandwidthRule::Constant => {
                let rate = libm::pow(count.max(1) as f64, -1.0 / (dimensions as f64 + 4.0));
                vec![0.2 * rate * width; count]
            }
            BandwidthRule::Neighbours => neighbour_distances(means, low, high),
        };
        found.iter_mut().for_each(|bandwidth| *bandwidth = bandwidth.clamp(least, width));
        found
    }
}

fn neighbour_distances(means: &[f64], low: f64, high: f64) -> Vec<f64> {
    let mut order: Vec<usize> = (0..means.len()).collect();
    order.sort_by(|a, b| means[*a].total_cmp(&means[*b]));
    let mut found = vec![0.0; means.len()];
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
