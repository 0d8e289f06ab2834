use camlab_raster::boxes::LEVELS;

/// At which levels each image's box is right, for one IoU: what box metrics count.
#[derive(Debug, Clone)]
pub(super) struct Hits {
    /// The images that have boxes.
    images: Vec<usize>,
    /// Images, with boxes or without.
    all: usize,
    /// For each of those that have boxes and each level all bits set or none: a hit's weight is then one `and` away.
    hits: Vec<u16>,
}

/// Hits at each level and the weight they are out of.
#[derive(Debug, Clone)]
pub(super) struct HitCount {
    pub(super) hits: [u64; LEVELS],
    pub(super) total: u64,
}

impl Hits {
    /// A hit is an IoU of at least `delta`, compared in the `f32` that IoUs are kept in.
    pub(super) fn new(iou: &[Vec<f32>], delta: f64) -> Self {
        let images: Vec<usize> = (0..iou.len()).filter(|&image| iou[image].len() == LEVELS).collect();
        let hit = |&iou: &f32| if iou >= delta as f32 { u16::MAX } else { 0 };
        let hits = images.iter().flat_map(|&image| iou[image].iter().map(hit)).collect();
        Self { images, all: iou.len(), hits }
    }

    /// The images that count.
    pub(super) fn images(&self) -> &[usize] {
        &self.images
    }

    /// The images that count, with their hits level by level (non-zero: hit).
    pub(super) fn by_image(&self) -> impl Iterator<Item = (usize, &[u16])> {
        self.images.iter().copied().zip(self.hits.chunks_exact(LEVELS))
    }

    /// For each image 100 where it is a hit at the level that is best for all of them, else 0; `None` without boxes.
    pub(super) fn at_best(&self) -> Vec<Option<f64>> {
        let mut found = vec![None; self.all];
        let Some(level) = self.tally(&vec![1; found.len()]).best_level() else { return found };
        for (image, hits) in self.by_image() {
            found[image] = Some(if hits[level] != 0 { 100.0 } else { 0.0 });
        }
        found
    }

    /// Counts the hits at each level, image `i` counting `weights[i]` times.
    pub(super) fn tally(&self, weights: &[u32]) -> HitCount {
        let mut tally = HitCount { hits: [0; LEVELS], total: 0 };
        // 16-bit sums go through memory four times as fast; they are emptied before they can overflow.
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

    /// The level with the most hits, the smallest of equals; `None` where nothing counts.
    pub(super) fn best_level(&self) -> Option<usize> {
        let first_best =
            |best: usize, level: usize| if self.hits[level] > self.hits[best] { level } else { best };
        (self.total > 0).then(|| (0..LEVELS).fold(0, first_best))
    }

    /// The accuracy at a level in percent; `None` where nothing counts.
    pub(super) fn accuracy(&self, level: usize) -> Option<f64> {
        (self.total > 0).then(|| 100.0 * self.hits[level] as f64 / self.total as f64)
    }

    /// The accuracy at the best level in percent; `None` where nothing counts.
    pub(super) fn best(&self) -> Option<f64> {
        self.best_level().and_then(|level| self.accuracy(level))
    }
}
