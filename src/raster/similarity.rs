use super::{Map, MapAgreement, agreement};

/// Similarity of two maps of the same size.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MapSimilarity {
    /// Pearson correlation of the values; `None` if a map is constant.
    pub pearson: Option<f64>,
    /// Spearman correlation (ties get their mean rank); `None` if a map is constant.
    pub spearman: Option<f64>,
    /// Mean absolute difference.
    pub difference: f64,
    /// Kullback-Leibler divergence `KL(first || second)` in nats, each map as a distribution over the pixels.
    pub kl: f64,
    /// Structural similarity, see [`structural_similarity`]; `None` if a side is shorter than its window.
    pub ssim: Option<f64>,
}

/// Compares two maps in [0, 1]; `None` if their sizes differ, they are empty, or a value is not finite.
pub fn similarity(first: &Map, second: &Map) -> Option<MapSimilarity> {
    let same = (first.height, first.width) == (second.height, second.width) && !first.data.is_empty();
    if !same || first.data.iter().chain(&second.data).any(|value| !value.is_finite()) {
        return None;
    }
    let MapAgreement { pearson, spearman, divergence } = agreement(first, second);
    let apart: f64 =
        first.data.iter().zip(&second.data).map(|(a, b)| (f64::from(*a) - f64::from(*b)).abs()).sum();
    Some(MapSimilarity {
        pearson,
        spearman,
        difference: apart / first.data.len() as f64,
        kl: divergence?,
        ssim: structural_similarity(first, second),
    })
}

/// Side of the SSIM window, in pixels.
const WINDOW: usize = 7;

/// Mean structural similarity over all windows of 7 x 7 pixels inside the maps, with uniform weights (Wang et al.
/// 2004, equation 13, with K1 = 0.01, K2 = 0.03 and a range of 1; scikit-image's `structural_similarity` with its
/// defaults and `data_range=1`). `None` if the sizes differ or a side is shorter than 7.
pub fn structural_similarity(first: &Map, second: &Map) -> Option<f64> {
    let (height, width) = (first.height, first.width);
    if (height, width) != (second.height, second.width) || height < WINDOW || width < WINDOW {
        return None;
    }
    let sums = |of: &dyn Fn(f64, f64) -> f64| {
        let values = first.data.iter().zip(&second.data);
        windows(values.map(|(a, b)| of(f64::from(*a), f64::from(*b))).collect(), width)
    };
    let all =
        [sums(&|a, _| a), sums(&|_, b| b), sums(&|a, _| a * a), sums(&|_, b| b * b), sums(&|a, b| a * b)];
    let count = (WINDOW * WINDOW) as f64;
    // Sample variances (n - 1), as scikit-image.
    let unbiased = count / (count - 1.0);
    let (c1, c2) = (0.01f64.powi(2), 0.03f64.powi(2));
    let one = |at: usize| {
        let [ua, ub, aa, bb, ab] = all.each_ref().map(|sums| sums[at] / count);
        let (va, vb, vab) = (unbiased * (aa - ua * ua), unbiased * (bb - ub * ub), unbiased * (ab - ua * ub));
        (2.0 * ua * ub + c1) * (2.0 * vab + c2) / ((ua * ua + ub * ub + c1) * (va + vb + c2))
    };
    let windows = all[0].len();
    Some((0..windows).map(one).sum::<f64>() / windows as f64)
}

/// Sum over every window, row by row.
fn windows(values: Vec<f64>, width: usize) -> Vec<f64> {
    let across: Vec<f64> = values
        .chunks_exact(width)
        .flat_map(|row| row.windows(WINDOW).map(|window| window.iter().sum::<f64>()).collect::<Vec<_>>())
        .collect();
    let wide = width + 1 - WINDOW;
    let rows = across.len() / wide + 1 - WINDOW;
    (0..rows * wide).map(|at| (0..WINDOW).map(|down| across[at + down * wide]).sum()).collect()
}
