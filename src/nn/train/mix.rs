use std::sync::Arc;

use rand::RngExt as _;
use rand::seq::SliceRandom as _;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Beta, Distribution as _};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{LabelledBatch, Mixed, TrainError, TrainingMethod, TrainingOptions};
use crate::Images;
use camlab_base::random::stream;

/// Options of `cutmix`; the defaults are wsolevaluation's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct CutMixOptions {
    /// Parameter of Beta(alpha, alpha), from which the share that an image keeps of itself is drawn.
    pub alpha: f64,
    /// Probability that a batch is mixed, 0 to 1.
    pub probability: f64,
}

impl Default for CutMixOptions {
    fn default() -> Self {
        Self { alpha: 1.0, probability: 1.0 }
    }
}

impl CutMixOptions {
    pub(super) fn check(&self) -> Result<(), TrainError> {
        let Self { alpha, probability } = *self;
        if !(alpha > 0.0 && alpha.is_finite()) {
            let range = "a positive number";
            return Err(TrainError::Option { option: "method.cutmix.alpha", value: alpha, range });
        }
        match (0.0..=1.0).contains(&probability) {
            true => Ok(()),
            false => Err(TrainError::Option {
                option: "method.cutmix.probability",
                value: probability,
                range: "0 to 1",
            }),
        }
    }
}

/// Applies the augmentations of a stage's options to a batch: hides patches, mixes images. Draws depend on
/// `seed` and the batch's `name`, and each augmentation has its own streams, so that switching one does not
/// change the others' draws.
pub(super) fn disturb(batch: &mut LabelledBatch, options: &TrainingOptions, seed: u64, name: &str) {
    let Images { count, height, width, .. } = batch.images;
    if batch.labels.len() != count || batch.images.pixels.len() != 3 * count * height * width {
        // The training step returns an error for such a batch.
        return;
    }
    if let TrainingMethod::HideAndSeek(hide) = &options.method {
        hide.hide(&mut batch.images, seed, name);
    }
    if batch.mixed.is_some() {
        // The batch was mixed by its source.
        return;
    }
    if let TrainingMethod::CutMix(cutmix) = &options.method
        && cut_mix(batch, cutmix, &mut stream(seed, &format!("cutmix/{name}")))
    {
        return;
    }
    if options.mixup > 0.0 {
        mix_up(batch, options.mixup, &mut stream(seed, &format!("mixup/{name}")));
    }
}

/// `share * image + (1 - share) * another`, `share` from Beta(alpha, alpha): Zhang et al. 2018, one share per
/// batch, as in their code.
fn mix_up(batch: &mut LabelledBatch, alpha: f64, random: &mut ChaCha8Rng) {
    let share = share(alpha, random);
    let others = partners(batch, random);
    let each = batch.images.pixels.len() / batch.images.count;
    let original = Arc::clone(&batch.images.pixels);
    let (own, other) = (share as f32, (1.0 - share) as f32);
    let mixed = others.iter().enumerate().flat_map(|(image, partner)| {
        let [image, partner] = [image, *partner].map(|at| &original[at * each..][..each]);
        image.iter().zip(partner).map(move |(a, b)| own * a + other * b)
    });
    batch.images.pixels = Arc::new(mixed.collect());
    batch.mixed = Some(Mixed { labels: others.iter().map(|other| batch.labels[*other]).collect(), share });
}

/// Replaces a rectangle of about `1 - share` of the area, clipped at the border, by that of another image of
/// the batch: Yun et al. 2019, section 3.1, as wsolevaluation's `cutmix`. Returns true if the batch was
/// mixed.
fn cut_mix(batch: &mut LabelledBatch, options: &CutMixOptions, random: &mut ChaCha8Rng) -> bool {
    if random.random::<f64>() >= options.probability {
        return false;
    }
    let cut = (1.0 - share(options.alpha, random)).max(0.0).sqrt();
    let others = partners(batch, random);
    let (height, width) = (batch.images.height, batch.images.width);
    let side = |length: usize, random: &mut ChaCha8Rng| {
        let half = (length as f64 * cut) as usize / 2;
        let middle = random.random_range(0..length);
        (middle.saturating_sub(half), (middle + half).min(length))
    };
    let (left, right) = side(width, random);
    let (top, bottom) = side(height, random);
    let each = 3 * height * width;
    let original = Arc::clone(&batch.images.pixels);
    let pixels = Arc::make_mut(&mut batch.images.pixels);
    for (image, partner) in others.iter().enumerate() {
        for row in top..bottom {
            let [from, to] = [left, right].map(|x| 3 * (row * width + x));
            pixels[image * each..][from..to].copy_from_slice(&original[partner * each..][from..to]);
        }
    }
    let area = ((bottom - top) * (right - left)) as f64 / (height * width) as f64;
    batch.mixed =
        Some(Mixed { labels: others.iter().map(|other| batch.labels[*other]).collect(), share: 1.0 - area });
    true
}

/// A draw from Beta(alpha, alpha), alpha being positive.
fn share(alpha: f64, random: &mut ChaCha8Rng) -> f64 {
    Beta::new(alpha, alpha).map_or(1.0, |law| law.sample(random))
}

/// Index of the image that every image is mixed with: a permutation.
fn partners(batch: &LabelledBatch, random: &mut ChaCha8Rng) -> Vec<usize> {
    let mut others: Vec<usize> = (0..batch.labels.len()).collect();
    others.shuffle(random);
    others
}
