//! Average precision of rankings, as scikit-learn's `average_precision_score` has it.

use rayon::prelude::*;

/// One class's images by falling score, so that any weighting of the images is a walk along them.
#[derive(Debug, Clone)]
struct Ranking {
    /// Images in order, whether the class is theirs, and whether the next one's score is lower.
    steps: Vec<(usize, bool, bool)>,
}

/// Mean average precision over classes: for each class that some image has, the precision at every distinct score,
/// weighted by the recall gained there (`sum_n (R_n - R_{n-1}) P_n`, no interpolation); the mean over those classes.
/// Classes without an image have no recall and do not count.
#[derive(Debug, Clone)]
pub struct MeanAveragePrecision {
    rankings: Vec<Ranking>,
    images: usize,
}

impl MeanAveragePrecision {
    /// Ranks the images for every class. `labels` has each image's class; `score` tells how much an image speaks for a
    /// class, any finite number.
    pub fn new(labels: &[usize], score: impl Fn(usize, usize) -> f64 + Sync) -> Self {
        let mut classes = labels.to_vec();
        classes.sort_unstable();
        classes.dedup();
        let rank = |class: &usize| {
            let scores: Vec<f64> = (0..labels.len()).map(|image| score(image, *class)).collect();
            let mut order: Vec<usize> = (0..labels.len()).collect();
            order.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]).then(a.cmp(b)));
            let last = |at: usize| order.get(at + 1).is_none_or(|next| scores[*next] < scores[order[at]]);
            let steps = order.iter().enumerate();
            Ranking { steps: steps.map(|(at, image)| (*image, labels[*image] == *class, last(at))).collect() }
        };
        Self { rankings: classes.par_iter().map(rank).collect(), images: labels.len() }
    }

    /// Images.
    pub fn images(&self) -> usize {
        self.images
    }

    /// Classes that some image has.
    pub fn classes(&self) -> usize {
        self.rankings.len()
    }

    /// The mean in per cent when image `i` counts `weights[i]` times; `None` where no image counts.
    pub fn value(&self, weights: &[u32]) -> Option<f64> {
        let all: Vec<f64> = self.rankings.iter().filter_map(|ranking| ranking.average(weights)).collect();
        (!all.is_empty()).then(|| 100.0 * all.iter().sum::<f64>() / all.len() as f64)
    }
}

impl Ranking {
    fn average(&self, weights: &[u32]) -> Option<f64> {
        let (mut right, mut seen, mut before, mut sum) = (0u64, 0u64, 0u64, 0.0);
        for (image, own, last) in &self.steps {
            let weight = u64::from(weights[*image]);
            seen += weight;
            right += if *own { weight } else { 0 };
            if *last && right > before {
                sum += (right - before) as f64 * right as f64 / seen as f64;
                before = right;
            }
        }
        (right > 0).then(|| sum / right as f64)
    }
}
