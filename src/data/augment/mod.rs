//! Random augmentation of training images.

mod color_jitter;
mod resized_crop;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use color_jitter::{ColorJitter, Shift};
pub use resized_crop::{CropWindow, ResizedCrop};

use super::input::{InputSize, InputSpec, resize};
use camlab_raster::Rgb;

/// Options of the training augmentation. The default changes nothing.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Augment {
    /// Mirror images left to right with probability 1/2.
    pub flip: bool,
    /// Resize to this size instead of the input's, then take a random crop of the input's size (wsolevaluation: 256,
    /// then 224). At least the input's size.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub crop_from: Option<InputSize>,
    /// Pad by this many pixels on every side, then take a random crop of the input's size (CIFAR: 4).
    pub crop_padding: usize,
    /// Content of the padding.
    pub padding: Padding,
    /// Take a crop of random area and aspect ratio and resize it to the input's size, instead of the crops above
    /// (standard ImageNet training). `{}` uses torchvision's defaults.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub random_resized_crop: Option<ResizedCrop>,
    /// Change the colours at random.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub color_jitter: Option<ColorJitter>,
}

/// Padding of an image beyond its border.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Padding {
    /// Black.
    #[default]
    Zero,
    /// The image mirrored at its border (the border pixel itself is not repeated).
    Reflect,
}

/// Augmentation of one epoch: the random draws for an image depend only on (seed, epoch, index).
#[derive(Debug, Clone, PartialEq)]
pub struct Augmentation {
    /// Augmentation options.
    pub options: Augment,
    /// The experiment's seed.
    pub seed: u64,
    /// Epoch, from 0.
    pub epoch: usize,
}

impl Augment {
    /// Checks the options against the network's input size.
    ///
    /// # Errors
    /// A message fragment with the option, the problem and the remedy.
    pub fn check(&self, size: InputSize) -> Result<(), String> {
        let from = self.crop_from.unwrap_or(size);
        if from.height < size.height || from.width < size.width {
            return Err(format!(
                "`crop-from` = {}x{} is smaller than the input size {}x{}; use at least the input size",
                from.height, from.width, size.height, size.width
            ));
        }
        let shorter = from.height.min(from.width);
        if self.crop_padding >= shorter {
            return Err(format!(
                "`crop-padding` = {} is out of range; use less than {shorter}",
                self.crop_padding
            ));
        }
        if let Some(crop) = &self.random_resized_crop {
            crop.check()?;
            if self.crop_from.is_some() || self.crop_padding > 0 {
                return Err(
                    "`random-resized-crop` excludes `crop-from` and `crop-padding`; remove these".into()
                );
            }
        }
        self.color_jitter.map_or(Ok(()), |jitter| jitter.check())
    }
}

impl Augmentation {
    /// Resizes and augments the image `index`; the result has the input's size.
    pub fn apply(&self, photo: Rgb, index: usize, input: &InputSpec) -> Rgb {
        let Augment { flip, crop_from, crop_padding, padding, random_resized_crop, color_jitter } =
            self.options;
        let name = format!("augment/{}/{index}", self.epoch);
        let mut random = camlab_base::random::stream(self.seed, &name);
        // Augmentations added later have random streams of their own, so that existing draws stay the same.
        let of = |kind: &str| camlab_base::random::stream(self.seed, &format!("{name}/{kind}"));
        let photo = match random_resized_crop {
            Some(crop) => {
                let window = crop.draw(photo.height, photo.width, &mut of("resized-crop"));
                resize(part(&photo, window), input.size, input.filter)
            }
            None => resize(photo, crop_from.unwrap_or(input.size), input.filter),
        };
        // Always drawn in this order, so that switching one option does not alter the draws of the others.
        let mirrored = random.next_u32() & 1 == 1 && flip;
        let mut offset = |side: usize, wanted: usize| {
            let free = (side + 2 * crop_padding).saturating_sub(wanted) + 1;
            below(&mut random, free) as isize - crop_padding as isize
        };
        let top = offset(photo.height, input.size.height);
        let left = offset(photo.width, input.size.width);
        let mut photo = cut(&photo, top, left, input.size, mirrored, padding);
        if let Some(jitter) = color_jitter {
            jitter.draw(&mut of("color-jitter")).into_iter().for_each(|shift| shift.apply(&mut photo));
        }
        photo
    }
}

/// Copies a window, which must lie inside the image.
fn part(photo: &Rgb, window: CropWindow) -> Rgb {
    let CropWindow { top, left, height, width } = window;
    let rows = (top..top + height).map(|y| &photo.data[(y * photo.width + left) * 3..][..width * 3]);
    Rgb { height, width, data: rows.flatten().copied().collect() }
}

/// Uniform in 0..n.
fn below(random: &mut ChaCha8Rng, n: usize) -> usize {
    ((u64::from(random.next_u32()) * n as u64) >> 32) as usize
}

/// The window of `size` with its top left pixel at (top, left), which may lie outside of the image; mirrored if
/// `mirrored`.
fn cut(photo: &Rgb, top: isize, left: isize, size: InputSize, mirrored: bool, padding: Padding) -> Rgb {
    if !mirrored && (top, left) == (0, 0) && (photo.height, photo.width) == (size.height, size.width) {
        return photo.clone();
    }
    let columns: Vec<Option<usize>> = (0..size.width)
        .map(|x| if mirrored { size.width - 1 - x } else { x })
        .map(|x| inside(left + x as isize, photo.width, padding))
        .collect();
    let mut data = Vec::with_capacity(size.height * size.width * 3);
    for y in 0..size.height {
        let row = inside(top + y as isize, photo.height, padding);
        for column in &columns {
            match (row, column) {
                (Some(y), Some(x)) => {
                    let at = (y * photo.width + x) * 3;
                    data.extend_from_slice(&photo.data[at..at + 3]);
                }
                _ => data.extend_from_slice(&[0; 3]),
            }
        }
    }
    Rgb { height: size.height, width: size.width, data }
}

/// Source coordinate of a coordinate up to one side length outside; `None` where the padding is black.
fn inside(at: isize, side: usize, padding: Padding) -> Option<usize> {
    let last = side as isize - 1;
    match padding {
        _ if (0..=last).contains(&at) => Some(at as usize),
        Padding::Zero => None,
        Padding::Reflect if at < 0 => Some((-at).min(last) as usize),
        Padding::Reflect => Some((2 * last - at).max(0) as usize),
    }
}
