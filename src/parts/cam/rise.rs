use std::num::NonZeroUsize;

use rand::RngExt as _;
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::masks::multiply;
use super::weigh::finite;
use super::{Cam, CamError, Features, MemoryBudget, Needs, NetworkQueries, Refusal, ScoreKind};
use camlab_base::random::stream;
use camlab_raster::{Enlarge, Map};

/// RISE: `S = sum_i f(x * M_i) M_i / (N p)` over random masks `M_i`, at the image's size (Petsiuk et al. 2018,
/// equation 6). A mask is a grid of `cells` squared, each cell 1 with probability `p`, upsampled bilinearly to one
/// cell more than the image and cropped at a random offset (section 3.2). Independent of the chosen layer. Masks
/// depend only on `seed`, not on the image's content.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Rise {
    /// Number of masks; the paper takes 4000 for VGG-16 and 8000 for ResNet-50.
    pub masks: NonZeroUsize,
    /// Number of cells along each side.
    pub cells: NonZeroUsize,
    /// Probability that a cell is visible (1).
    pub p: f64,
    /// Seed of the random masks.
    pub seed: u64,
    /// Class score of a masked image.
    pub score: ScoreKind,
    /// Memory budget for the passes that run together; changes no result.
    pub memory: MemoryBudget,
}

impl Default for Rise {
    fn default() -> Self {
        let count = |count: usize| NonZeroUsize::MIN.saturating_add(count - 1);
        let (masks, cells) = (count(4000), count(7));
        Self { masks, cells, p: 0.5, seed: 0, score: ScoreKind::default(), memory: MemoryBudget::default() }
    }
}

/// Masks summed per task. Fixed, because a floating-point sum depends on its order.
const CHUNK: usize = 64;

impl Rise {
    /// Mask number `index` for images of size `[height, width]`, in [0, 1].
    pub fn mask(&self, index: usize, [height, width]: [usize; 2]) -> Vec<f32> {
        let cells = self.cells.get();
        let mut rng = stream(self.seed, &format!("cam/rise/{index}"));
        let grid: Vec<f32> =
            (0..cells * cells).map(|_| if rng.random::<f64>() < self.p { 1.0 } else { 0.0 }).collect();
        let [high, wide] = [height.div_ceil(cells), width.div_ceil(cells)];
        let (top, left) = (rng.random_range(0..high.max(1)), rng.random_range(0..wide.max(1)));
        let size = [(cells + 1) * high, (cells + 1) * wide];
        let large = Enlarge::new([cells, cells], size, false).apply(&grid);
        large
            .chunks_exact(size[1])
            .skip(top)
            .take(height)
            .flat_map(|row| &row[left..][..width])
            .copied()
            .collect()
    }
}

impl Cam for Rise {
    fn version(&self) -> u32 {
        1
    }

    fn check(&self) -> Result<(), Refusal> {
        Refusal::unless(
            self.p > 0.0 && self.p < 1.0,
            "p",
            format!("`p` = {} is out of range", self.p),
            "write the probability that a cell is visible, between 0 and 1, such as 0.5",
        )
    }

    fn needs(&self) -> Needs {
        Needs::MaskedImages
    }

    fn weights(&self, queries: NetworkQueries<'_>) -> Result<Vec<f32>, CamError> {
        let variants = queries.variants.ok_or(CamError::MissingQueries { method: "rise" })?;
        let (count, size) = (self.masks.get(), variants.size());
        let mut scores = Vec::with_capacity(count);
        variants.each(
            count,
            self.memory.together(&variants)?,
            |at, pixels| multiply(variants.input(), &self.mask(at, size), pixels),
            |_, logits| scores.push(self.score.of(logits, queries.target, variants.probabilities())),
        )?;
        let scores = scores.into_iter().collect::<Result<Vec<f64>, _>>()?;
        let sums = scores.par_chunks(CHUNK).enumerate().map(|(chunk, scores)| {
            let mut sum = vec![0.0f64; size[0] * size[1]];
            for (at, score) in scores.iter().enumerate() {
                let mask = self.mask(chunk * CHUNK + at, size);
                sum.iter_mut().zip(mask).for_each(|(sum, seen)| *sum += score * f64::from(seen));
            }
            sum
        });
        let mut total = vec![0.0f64; size[0] * size[1]];
        for sum in sums.collect::<Vec<_>>() {
            total.iter_mut().zip(sum).for_each(|(total, sum)| *total += sum);
        }
        finite("rise", total.into_iter().map(|sum| sum / (count as f64 * self.p)))
    }

    fn map(&self, features: Features<'_>) -> Map {
        let [height, width] = features.image;
        Map::new(height, width, features.weights.to_vec())
    }

    fn parts(&self, _features: Features<'_>) -> Option<Vec<f32>> {
        None
    }
}
