//! Sources of ground-truth masks, and the union of several masks.

use std::path::{Path, PathBuf};

use super::image_error::ImageError;
use super::mask_file::{indexed_mask, read_mask};
use super::{polygon, run_length};
use camlab_raster::{Mask, resize_mask_nearest};

/// Mask of one annotated instance, or of all instances of a class.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum MaskSource {
    /// An image: object where a colour channel has at least this value, ignored where all have `Listed::ignore_value`.
    Image(PathBuf, u8),
    /// A PNG with a palette or grey values, read as numbers: object where the number is this one, ignored where it is 255.
    Index(PathBuf, u8),
    /// The union of closed polygons, each `x0, y0, x1, y1 ...` in pixels.
    Polygons(Vec<Vec<f64>>),
    /// As [`MaskSource::Polygons`], in fractions of the image's sides.
    RelativePolygons(Vec<Vec<f64>>),
    /// Lengths of runs of background and object in turn, column by column, of an image of `height` rows.
    Runs {
        /// Lengths in pixels, background first.
        counts: Vec<u32>,
        /// Rows of the image.
        height: usize,
    },
}

impl MaskSource {
    /// An image whose values other than 0 are object.
    pub(super) fn image(path: PathBuf) -> Self {
        Self::Image(path, 1)
    }

    /// The file, if it is one.
    pub(super) fn path(&self) -> Option<&Path> {
        match self {
            Self::Image(path, _) | Self::Index(path, _) => Some(path),
            _ => None,
        }
    }

    /// Everything that changes the mask except the content and the place of its file.
    pub(super) fn key(&self) -> String {
        match self {
            Self::Image(_, from) => format!("image from {from}"),
            Self::Index(_, index) => format!("index {index}"),
            inline => format!("{inline:?}"),
        }
    }

    /// Reads or draws the mask; `size` is the image's width and height.
    fn mask(&self, size: (usize, usize), ignore: Option<u8>) -> Result<Mask, ImageError> {
        let (width, height) = size;
        match self {
            Self::Image(path, from) => read_mask(path, *from, ignore),
            Self::Index(path, index) => indexed_mask(path, *index),
            Self::Polygons(polygons) => Ok(polygon::filled(polygons, height, width)),
            Self::RelativePolygons(polygons) => {
                let sides = [width as f64, height as f64];
                let scaled = |corners: &Vec<f64>| {
                    corners.iter().zip(sides.iter().cycle()).map(|(fraction, side)| fraction * side).collect()
                };
                let polygons: Vec<Vec<f64>> = polygons.iter().map(scaled).collect();
                Ok(polygon::filled(&polygons, height, width))
            }
            Self::Runs { counts, height } => Ok(run_length::mask(counts, *height)),
        }
    }
}

/// Union of the masks of several instances and of ignored regions, as wsolevaluation's `get_mask`: object where any
/// instance is, ignored where only a region is. All are resized to the first mask's size. `None` without instances.
///
/// # Errors
/// A file that is missing, corrupt, or no mask.
pub(super) fn union_of_masks(
    instances: &[MaskSource],
    ignored: &[MaskSource],
    size: (usize, usize),
    ignore_value: Option<u8>,
) -> Result<Option<Mask>, ImageError> {
    let mut union: Option<Mask> = None;
    for source in instances {
        let mask = source.mask(size, ignore_value)?;
        union = Some(match union {
            None => mask,
            Some(union) => combine(union, &mask, |so_far, new| match (so_far, new) {
                (1, _) | (_, 1) => 1,
                (so_far, new) => so_far.max(new),
            }),
        });
    }
    let Some(mut union) = union else { return Ok(None) };
    for source in ignored {
        let region = source.mask(size, None)?;
        union = combine(union, &region, |object, ignored| match (object, ignored) {
            (0, 1) => 255,
            (object, _) => object,
        });
    }
    Ok(Some(union))
}

fn combine(mut first: Mask, second: &Mask, rule: impl Fn(u8, u8) -> u8) -> Mask {
    let second = resize_mask_nearest(second, first.height, first.width);
    for (value, other) in first.data.iter_mut().zip(&second.data) {
        *value = rule(*value, *other);
    }
    first
}
