use rand::RngExt as _;
use rand::seq::IndexedRandom as _;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::TrainError;
use crate::Images;
use camlab_base::random::stream;

/// Options of `hide-and-seek`; the defaults are the paper's mixed sizes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct HideAndSeekOptions {
    /// Sides of the patches in pixels of the network's input, one of them drawn for every image; 0 leaves the
    /// image unchanged. Left out: 0, 16, 32, 44 and 56 for 224 pixels, in proportion for others.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub grid_sizes: Vec<usize>,
    /// Probability that a patch is hidden, 0 to 1.
    pub hide_probability: f64,
}

impl Default for HideAndSeekOptions {
    fn default() -> Self {
        Self { grid_sizes: Vec::new(), hide_probability: 0.5 }
    }
}

impl HideAndSeekOptions {
    pub(super) fn check(&self) -> Result<(), TrainError> {
        let (option, value) = ("method.hide-and-seek.hide-probability", self.hide_probability);
        match (0.0..=1.0).contains(&value) {
            true => Ok(()),
            false => Err(TrainError::Option { option, value, range: "0 to 1" }),
        }
    }

    /// Hides patches of every image: they become 0, the mean of normalised images, so that the input of the
    /// first convolution has the same expectation as for a whole image (Singh & Lee 2017, section 3.2).
    ///
    /// Draws depend on `seed`, the batch's `name` and the image's index in it.
    pub(super) fn hide(&self, images: &mut Images, seed: u64, name: &str) {
        let Images { height, width, .. } = *images;
        let sizes: Vec<usize> = match self.grid_sizes.is_empty() {
            false => self.grid_sizes.clone(),
            true => [0, 16, 32, 44, 56].map(|size: usize| (size * height.min(width) + 112) / 224).to_vec(),
        };
        let pixels = std::sync::Arc::make_mut(&mut images.pixels);
        for (place, image) in pixels.chunks_exact_mut(3 * height * width).enumerate() {
            let mut random = stream(seed, &format!("hide/{name}/{place}"));
            let size = sizes.choose(&mut random).copied().unwrap_or(0);
            if size == 0 {
                continue;
            }
            for top in (0..height).step_by(size) {
                for left in (0..width).step_by(size) {
                    if random.random::<f64>() < self.hide_probability {
                        for row in top..(top + size).min(height) {
                            let ends = [left, (left + size).min(width)].map(|x| 3 * (row * width + x));
                            image[ends[0]..ends[1]].fill(0.0);
                        }
                    }
                }
            }
        }
    }
}
