use camlab_raster::boxes::LEVELS;

/// For one IoU, the levels at which each image's box is correct: the input of all box metrics.
#[derive(Debug, Clone)]
pub(super) struct Hits {
    /// Indices of the images with ground-truth boxes.
    images: Vec<usize>,
    /// Number of images, with or without boxes.
    all: usize,
    /// For each image with boxes and each level: all bits set (hit) or 0, so that a weighted hit is `weight & hit`.
    hits: Vec<u16>,
}

/// Weighted hits at each level, and the total weight.
#[derive(Debug, Clone)]
pub(super) struct HitCount {
    pub(super) hits: [u64; LEVELS],
    pub(super) total: u64,
}

impl Hits {
    /// A hit is an IoU of at least `delta`, compared in `f32`, the type of the stored IoUs.
    pub(super) fn new(iou: &[Vec<f32>], delta: f64) -> Self {
        let images: Vec<usize> = (0..iou.len()).filter(|&image| iou[image].len() == LEVELS).collect();
        let hit = |&iou: &f32| if iou >= delta as f32 { u16::MAX } else { 0 };
        let hits = images.iter().flat_map(|&image| iou[image].iter().map(hit)).collect();
        Self { images, all: iou.len(), hits }
    }

    /// Indices of the images with boxes.
    pub(super) fn images(&self) -> &[usize] {
        &self.images
    }

    /// Images with boxes and their hits, level by level (non-zero: hit).
    pub(super) fn by_image(&self) -> impl Iterator<Item = (usize, &[u16])> {
        self.images.iter().copied().zip(self.hits.chunks_exact(LEVELS))
    }

    /// For each image 100 if it is a hit at the level that is best over all images, else 0; `None` without boxes.
    pub(super) fn at_best(&self) -> Vec<Option<f64>> {
        let mut found = vec![None; self.all];
        let Some(level) = self.tally(&vec![1; found.len()]).best_level() else { return found };
        for (image, hits) in self.by_image() {
            found[image] = Some(if hits[level] != 0 { 100.0 } else { 0.0 });
        }
        found
    }

    /// Counts the hits at each level; image `i` counts `weights[i]` times.
    pub(super) fn tally(&self, weights: &[u32]) -> HitCount {
        let mut tally = HitCount { hits: [0; LEVELS], total: 0 };
        // 16-bit sums need a quarter of the memory traffic; they are flushed before they can overflow.
        let (mut short, mut in_short) = ([0u16; LEVELS], 0u32);
        for (image, hits) in self.by_image() {
            let weight = weights[image];
            tally.total += u64::from(weight);
            let Ok(small) = u16::try_from(weight) else {
                let all = tally.hits.iter_mut().zip(hits);
                all.for_each(|(sum, &hit)| *sum += u64::from(weight & (u32::from(hit) * 0x1_0001)));
                continue;
            };
            if small == 0 {
                continue;
            }
            if in_short + weight > u32::from(u16::MAX) {
                tally.take(&mut short);
                in_short = 0;
            }
            in_short += weight;
            short.iter_mut().zip(hits).for_each(|(sum, &hit)| *sum += hit & small);
        }
        tally.take(&mut short);
        tally
    }
}

impl HitCount {
    fn take(&mut self, short: &mut [u16; LEVELS]) {
        for (sum, short) in self.hits.iter_mut().zip(short) {
            *sum += u64::from(std::mem::take(short));
        }
    }

    /// Level with the most hits, the smallest one if tied; `None` if the total weight is 0.
    pub(super) fn best_level(&self) -> Option<usize> {
        let first_best =
            |best: usize, level: usize| if self.hits[level] > self.hits[best] { level } else { best };
        (self.total > 0).then(|| (0..LEVELS).fold(0, first_best))
    }

    /// Accuracy at a level in percent; `None` if the total weight is 0.
    pub(super) fn accuracy(&self, level: usize) -> Option<f64> {
        (self.total > 0).then(|| 100.0 * self.hits[level] as f64 / self.total as f64)
    }

    /// Accuracy at the best level in percent; `None` if the total weight is 0.
    pub(super) fn best(&self) -> Option<f64> {
        self.best_level().and_then(|level| self.accuracy(level))
    }
}
