//! Numbers per image that a metric measures itself.

use camlab_nn::ClassProbabilities;
use camlab_raster::{Map, Mask, PixelBox};

/// Numbers per image that a metric measures itself, beyond those that every evaluation measures
/// ([`super::ImageColumns`]).
///
/// A stage of its own measures them, so that one more metric computes nothing else again; they become columns of
/// `images.parquet`.
pub trait Measurement: Sync {
    /// The columns, each named unlike that of any other metric.
    fn columns(&self) -> Vec<MeasuredColumn>;

    /// Version of the computation; increased whenever its results change.
    fn version(&self) -> u32;

    /// Number of changed images that the network classifies for each image of `pixels` pixels; 0: it needs no network.
    /// Maps of no single network then have no value.
    fn passes(&self, _pixels: usize) -> usize {
        0
    }

    /// `true` if numbers are drawn, so that they depend on the seed.
    fn draws(&self) -> bool {
        false
    }

    /// Changed images of which the method makes maps again; `None` if it needs none. Maps whose method is not known
    /// have no value then.
    fn explained_again(&self) -> Option<Alteration> {
        None
    }

    /// The values of one image, in the order of [`Measurement::columns`]; empty where they are not defined. Only for
    /// measurements without passes.
    fn measure(&self, _image: &MeasuredImage<'_>) -> Vec<Measured> {
        Vec::new()
    }

    /// The changed images that the network classifies; `None` where the values are not defined, or without passes.
    fn changed<'a>(&'a self, _image: &MeasuredImage<'a>) -> Option<Box<dyn ChangedImages + 'a>> {
        None
    }
}

/// Change of the images of which a method makes maps again.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Alteration {
    /// Uniform noise in `[-radius, radius]` is added to every value of the preprocessed image, in several draws.
    Noise {
        /// Largest change of a value, in standard deviations of the image ([`pixel_deviation`]).
        radius: f32,
        /// Number of draws.
        draws: u32,
    },
    /// The preprocessed image is multiplied by its map.
    Masked,
}

/// A column of numbers per image.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct MeasuredColumn {
    /// Its name.
    pub name: String,
    /// `true` if each image has a list of numbers.
    pub list: bool,
}

impl MeasuredColumn {
    /// A number per image.
    pub(super) fn number(name: impl Into<String>) -> Self {
        Self { name: name.into(), list: false }
    }

    /// A list of numbers per image.
    pub(super) fn list(name: impl Into<String>) -> Self {
        Self { name: name.into(), list: true }
    }
}

/// A value that was measured on one image.
#[derive(Debug, Clone, PartialEq)]
pub enum Measured {
    /// A number; `None` where it is not defined.
    Number(Option<f64>),
    /// A list of numbers; empty where it is not defined.
    List(Vec<f32>),
}

/// An image and its map, as a [`Measurement`] sees them.
#[derive(Debug, Clone, Copy)]
pub struct MeasuredImage<'a> {
    /// Identifier of the image in its data set.
    pub id: &'a str,
    /// The map at the size of the network's input, in [0, 1]: min-max scaled unless its declared range was kept, and
    /// contrasted.
    pub map: &'a Map,
    /// Ground-truth boxes at that size; empty if there are none.
    pub boxes: &'a [PixelBox],
    /// Ground-truth mask at that size, or the filled boxes; without an object pixel if there is no ground truth.
    pub mask: &'a Mask,
    /// True class.
    pub label: usize,
    /// Target class of the map.
    pub target: usize,
    /// Softmax probability of the target class for the whole image, if a pass has already computed it.
    pub probability: Option<f32>,
    /// The preprocessed image, `[height, width, channels]`, if [`Measurement::passes`]; else empty.
    pub pixels: &'a [f32],
    /// Maps of the changed images of [`Measurement::explained_again`], as `map` is; else empty.
    pub again: &'a [Map],
    /// Seed of the cell, for measurements that draw.
    pub seed: u64,
}

impl MeasuredImage<'_> {
    /// Number of channels of the preprocessed image.
    pub(super) fn channels(&self) -> usize {
        self.pixels.len() / self.map.data.len().max(1)
    }
}

/// Standard deviation of all values of a preprocessed image: the unit of noise, so that it means the same under every
/// normalisation. About 1 for photographs normalised by the mean and deviation of their data set.
pub fn pixel_deviation(pixels: &[f32]) -> f32 {
    let count = pixels.len().max(1) as f64;
    let mean = pixels.iter().map(|value| f64::from(*value)).sum::<f64>() / count;
    let squares: f64 = pixels.iter().map(|value| (f64::from(*value) - mean).powi(2)).sum();
    (squares / count).sqrt() as f32
}

/// Changed versions of one image that a network classifies.
pub trait ChangedImages: Send + Sync {
    /// Number of versions.
    fn count(&self) -> usize;

    /// Writes version `at`, `[height, width, channels]`; the content of `pixels` before is undefined. Several versions
    /// are written in parallel.
    fn write(&self, at: usize, pixels: &mut [f32]);

    /// The measured values, from the target class's score of every version in order.
    fn measured(&self, scores: &[TargetScore]) -> Vec<Measured>;
}

/// Score of the target class for one version of an image.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TargetScore {
    /// The logit.
    pub logit: f32,
    /// Probability, 0 to 1.
    pub probability: f32,
}

impl TargetScore {
    /// The score of class `target` among logits; NaN if there is no such class.
    pub fn of(logits: &[f32], target: usize, probabilities: ClassProbabilities) -> Self {
        let of = |scores: &[f32]| scores.get(target).copied().unwrap_or(f32::NAN);
        Self { logit: of(logits), probability: of(&probabilities.of(logits)) }
    }
}
