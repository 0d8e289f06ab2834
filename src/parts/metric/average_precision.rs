//! Average precision of rankings, as scikit-learn's `average_precision_score`.

use rayon::prelude::*;

/// One class's images by descending score, so that average precision under any image weights is one pass.
#[derive(Debug, Clone)]
struct Ranking {
    class: usize,
    /// Its images in order, as far as the last of the class and those with equal scores.
    steps: Box<[RankedImage]>,
}

/// An image of a ranking in four bytes: there is one for every image and class.
#[derive(Debug, Clone, Copy)]
struct RankedImage(u32);

impl RankedImage {
    const OWN: u32 = 1 << 31;
    const LAST: u32 = 1 << 30;

    fn new(image: usize, own: bool, last: bool) -> Self {
        let flag = |set: bool, bit: u32| if set { bit } else { 0 };
        Self(image as u32 | flag(own, Self::OWN) | flag(last, Self::LAST))
    }

    /// Index of the image.
    fn image(self) -> usize {
        (self.0 & !(Self::OWN | Self::LAST)) as usize
    }

    /// `true` if the class is its own.
    fn is_own(self) -> bool {
        self.0 & Self::OWN > 0
    }

    /// `true` if the next score is lower.
    fn is_last(self) -> bool {
        self.0 & Self::LAST > 0
    }
}

/// Mean average precision over classes: for each class, the precision at every distinct score, weighted by the recall
/// gained there (`sum_n (R_n - R_{n-1}) P_n`, no interpolation), averaged over the classes. Classes without an image
/// have no recall and are left out.
#[derive(Debug, Clone)]
pub struct MeanAveragePrecision {
    rankings: Vec<Ranking>,
    images: usize,
    /// Number of weights: that of the rows.
    rows: usize,
}

impl MeanAveragePrecision {
    /// Ranks the images for every class. `labels` holds each image's class; `score(image, class)` is the class's
    /// score for the image, any finite number; fewer than 2^30 images.
    pub fn new(labels: &[usize], score: impl Fn(usize, usize) -> f64 + Sync) -> Self {
        let sets: Vec<(usize, Vec<usize>)> = labels.iter().map(|label| vec![*label]).enumerate().collect();
        Self::of_sets(&sets, labels.len(), score)
    }

    /// As [`Self::new`] for images with several labels, each of which counts for all of its classes: `sets` holds each
    /// image's row and classes, `rows` is the number of rows that weights are given for, and `score(row, class)` the
    /// score.
    pub fn of_sets(
        sets: &[(usize, Vec<usize>)],
        rows: usize,
        score: impl Fn(usize, usize) -> f64 + Sync,
    ) -> Self {
        let mut classes: Vec<usize> = sets.iter().flat_map(|(_, labels)| labels).copied().collect();
        classes.sort_unstable();
        classes.dedup();
        let rank = |class: &usize| {
            let scores: Vec<f64> = sets.iter().map(|(row, _)| score(*row, *class)).collect();
            let shown: Vec<bool> = sets.iter().map(|(_, labels)| labels.contains(class)).collect();
            let mut order: Vec<usize> = (0..sets.len()).collect();
            order.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]).then(a.cmp(b)));
            let last = |at: usize| order.get(at + 1).is_none_or(|next| scores[*next] < scores[order[at]]);
            let own = order.iter().rposition(|image| shown[*image]).unwrap_or(0);
            let end = (own..order.len()).find(|at| last(*at)).map_or(order.len(), |at| at + 1);
            let steps = order[..end].iter().enumerate();
            let step =
                |(at, image): (usize, &usize)| RankedImage::new(sets[*image].0, shown[*image], last(at));
            Ranking { class: *class, steps: steps.map(step).collect() }
        };
        Self { rankings: classes.par_iter().map(rank).collect(), images: sets.len(), rows }
    }

    /// Number of images.
    pub fn images(&self) -> usize {
        self.images
    }

    /// Number of classes that occur among the labels.
    pub fn classes(&self) -> usize {
        self.rankings.len()
    }

    /// Mean average precision in percent when the image of row `i` counts `weights[i]` times; `None` if all weights are 0.
    pub fn value(&self, weights: &[u32]) -> Option<f64> {
        let all: Vec<f64> = self.rankings.iter().filter_map(|ranking| ranking.average(weights)).collect();
        (!all.is_empty()).then(|| 100.0 * all.iter().sum::<f64>() / all.len() as f64)
    }

    /// Average precision of one class in percent over all images; `None` for a class without an image.
    pub fn of_class(&self, class: usize) -> Option<f64> {
        let ranking = self.rankings.iter().find(|ranking| ranking.class == class)?;
        Some(100.0 * ranking.average(&vec![1; self.rows])?)
    }
}

impl Ranking {
    fn average(&self, weights: &[u32]) -> Option<f64> {
        let (mut right, mut seen, mut before, mut sum) = (0u64, 0u64, 0u64, 0.0);
        for step in &self.steps {
            let weight = u64::from(weights[step.image()]);
            seen += weight;
            right += if step.is_own() { weight } else { 0 };
            if step.is_last() && right > before {
                sum += (right - before) as f64 * right as f64 / seen as f64;
                before = right;
            }
        }
        (right > 0).then(|| sum / right as f64)
    }
}
