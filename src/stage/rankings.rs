//! Class rankings of all images, as rows and as accuracies.

use std::path::Path;
use std::sync::Arc;

use super::evaluate::CHUNK;
use camlab_data::Dataset;
use camlab_frame::{FrameError, FrameWriter, PredictionRow, PredictionSummaryRow};
use camlab_parts::metric::{Bootstrap, MeanAveragePrecision};
use camlab_raster::ClassSum;

/// Limit on the bootstrap of the mean average precision, whose cost is images x classes x resamples; above it no
/// interval is computed.
const MOST_STEPS: usize = 1_000_000_000;

/// Number of best-ranked classes of an image that get a row.
const LISTED: usize = 5;

/// Class rankings of one image.
pub struct Ranked {
    index: usize,
    /// The candidate classes.
    classes: Vec<usize>,
    /// The candidates in ranked order, per threshold.
    sums: Vec<Vec<ClassSum>>,
    pixels: usize,
    /// The network's probabilities of all classes.
    probabilities: Vec<f32>,
}

impl Ranked {
    /// Rankings of the image at `index` of the data set.
    pub fn new(
        index: usize,
        classes: Vec<usize>,
        sums: Vec<Vec<ClassSum>>,
        pixels: usize,
        probabilities: Vec<f32>,
    ) -> Self {
        Self { index, classes, sums, pixels, probabilities }
    }

    /// Rank of a class, from 0; `None` if it is not a candidate.
    fn rank(&self, threshold: usize, class: usize) -> Option<usize> {
        self.sums[threshold].iter().position(|sum| self.classes[sum.candidate] == class)
    }

    /// Rank of a class by the network's softmax probabilities, from 0.
    fn own_rank(&self, class: usize) -> usize {
        self.probabilities.iter().filter(|other| **other > self.probabilities[class]).count()
    }
}

/// Class rankings of all images.
pub struct Rankings<'a> {
    thresholds: &'a [f64],
    set: Arc<dyn Dataset>,
    images: Vec<Ranked>,
}

impl<'a> Rankings<'a> {
    /// No rankings yet.
    pub fn new(thresholds: &'a [f64], set: Arc<dyn Dataset>) -> Self {
        Self { thresholds, set, images: Vec::new() }
    }

    /// Appends the rankings of some images.
    pub fn extend(&mut self, images: Vec<Ranked>) {
        self.images.extend(images);
    }

    /// `true` if there are no images.
    pub fn is_empty(&self) -> bool {
        self.images.is_empty()
    }

    /// Writes one row per image, threshold and best-ranked class, one for the true class and one for the network's own
    /// answer.
    pub fn write(&self, folder: &Path) -> Result<(), FrameError> {
        let mut writer = FrameWriter::artefact::<PredictionRow>(folder)?;
        for (at, threshold) in self.thresholds.iter().enumerate() {
            for images in self.images.chunks(CHUNK) {
                let rows = images.iter().flat_map(|image| self.rows(image, at, *threshold as f32));
                writer.rows(&rows.collect::<Vec<_>>())?;
            }
        }
        writer.finish()
    }

    fn rows(&self, image: &Ranked, at: usize, threshold: f32) -> Vec<PredictionRow> {
        let label = self.set.label(image.index);
        let mut rows = Vec::new();
        for (rank, sum) in image.sums[at].iter().enumerate() {
            let class = image.classes[sum.candidate];
            let network_rank = image.own_rank(class);
            if rank >= LISTED && class != label && network_rank > 0 {
                continue;
            }
            rows.push(PredictionRow {
                cell: String::new(),
                seed: 0,
                network: String::new(),
                method: String::new(),
                layer: String::new(),
                threshold,
                image: self.set.id(image.index).to_owned(),
                index: image.index as u32,
                class: class as u32,
                class_name: self.set.classes()[class].clone(),
                confidence_above: sum.above,
                confidence_below: sum.below,
                pixels_above: sum.pixels as u32,
                pixels: image.pixels as u32,
                rank: rank as u32,
                probability: image.probabilities[class],
                network_rank: network_rank as u32,
                label: label as u32,
            });
        }
        rows
    }

    /// Top-1 and Top-5 accuracy and mean average precision (percent), for the ranking at every threshold and for the
    /// network's softmax.
    pub fn summary(&self, bootstrap: Bootstrap) -> Vec<PredictionSummaryRow> {
        let labels: Vec<usize> = self.images.iter().map(|image| self.set.label(image.index)).collect();
        let mut rows = Vec::new();
        for (at, threshold) in self.thresholds.iter().enumerate() {
            let ranks: Vec<Option<usize>> =
                self.images.iter().zip(&labels).map(|(image, label)| image.rank(at, *label)).collect();
            let scores = self.scores(at);
            let precision = MeanAveragePrecision::new(&labels, |image, class| scores[image][class]);
            rows.extend(self.rates(Some(*threshold as f32), &ranks, &precision, bootstrap));
        }
        let ranks: Vec<Option<usize>> =
            self.images.iter().zip(&labels).map(|(image, label)| Some(image.own_rank(*label))).collect();
        let precision = MeanAveragePrecision::new(&labels, |image, class| {
            f64::from(self.images[image].probabilities[class])
        });
        rows.extend(self.rates(None, &ranks, &precision, bootstrap));
        rows
    }

    /// Score of every class for every image, `[image][class]`, for the mean average precision: the position in the
    /// sorted order of all pairs of sums (above the threshold first, as in the ranking; sums divided by the image's
    /// number of pixels). Equal pairs have equal scores; classes that are no candidates have score 0.
    fn scores(&self, threshold: usize) -> Vec<Vec<f64>> {
        let share = |sum: f64, image: &Ranked| sum / image.pixels.max(1) as f64;
        let pair = |image: &Ranked, sum: &ClassSum| (share(sum.above, image), share(sum.below, image));
        let order = |a: &(f64, f64), b: &(f64, f64)| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1));
        let mut pairs: Vec<(f64, f64)> = vec![(0.0, 0.0)];
        for image in &self.images {
            pairs.extend(image.sums[threshold].iter().map(|sum| pair(image, sum)));
        }
        pairs.sort_by(order);
        pairs.dedup();
        let place = |wanted: &(f64, f64)| pairs.partition_point(|known| order(known, wanted).is_lt()) as f64;
        let scores = |image: &Ranked| {
            let mut scores = vec![0.0; self.set.classes().len().max(image.probabilities.len())];
            for sum in &image.sums[threshold] {
                scores[image.classes[sum.candidate]] = place(&pair(image, sum));
            }
            scores
        };
        self.images.iter().map(scores).collect()
    }

    fn rates(
        &self,
        threshold: Option<f32>,
        ranks: &[Option<usize>],
        precision: &MeanAveragePrecision,
        bootstrap: Bootstrap,
    ) -> Vec<PredictionSummaryRow> {
        let count = ranks.len();
        let top = |weights: &[u32], k: usize| {
            let right = ranks.iter().zip(weights).filter(|(rank, _)| rank.is_some_and(|rank| rank < k));
            let right: u64 = right.map(|(_, weight)| u64::from(*weight)).sum();
            let total: u64 = weights.iter().map(|weight| u64::from(*weight)).sum();
            (total > 0).then(|| 100.0 * right as f64 / total as f64)
        };
        let steps = precision.images() * precision.classes() * bootstrap.resamples;
        let cheap = steps <= MOST_STEPS;
        let values = |weights: &[u32], with_precision: bool| {
            let precision = with_precision.then(|| precision.value(weights)).flatten();
            vec![top(weights, 1), top(weights, 5), precision]
        };
        let exact = values(&vec![1; count], true);
        let mut intervals = bootstrap.intervals(count, |weights| values(weights, cheap));
        intervals.resize(3, None);
        let all = ["top1", "top5", "map"].into_iter().zip(exact).zip(intervals);
        all.filter_map(|((metric, value), interval)| {
            let interval = interval.filter(|_| count > 1);
            Some(PredictionSummaryRow {
                cell: String::new(),
                seed: 0,
                network: String::new(),
                method: String::new(),
                layer: String::new(),
                threshold,
                metric: metric.to_owned(),
                value: value?,
                ci_low: interval.map(|(low, _)| low),
                ci_high: interval.map(|(_, high)| high),
                n: count as u32,
            })
        })
        .collect()
    }
}
