//! A procedural data set: one kind of textured shape per class, among distractors on a textured background, with exact
//! boxes and masks. It needs no files and has no licence restrictions.
//!
//! Classes differ in outline and local texture. Colour, brightness, position, scale and rotation have the same
//! distributions for every class and for distractors, which have outlines and textures of no class. The mean texture
//! energy of objects, distractors and background is the same, and positions are denser towards the border. A map must
//! therefore know the class to find the object: neither texture energy nor the centre of the image gives it away.
//! `docs/synthetic.md` has the measurements.

mod background;
mod distractor;
mod draw;
mod object;
mod shape;
#[cfg(test)]
mod tests;
mod texture;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::draw::{Draw, Drawing};
use self::object::PlacedObject;
use self::shape::ShapeClass;
use super::error::DatasetError;
use super::image_error::{ImageError, OnBadImage};
use super::{Dataset, Examined, GroundTruth, Reader, Reading, Split};
use camlab_raster::{Mask, PixelBox, Rgb};

/// Version of the generator; increased whenever an image changes for the same options.
const VERSION: u32 = 2;

/// Options of the synthetic data set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Synthetic {
    /// Number of classes, 2 to 10, out of ten kinds of object; labels cycle through the classes.
    pub classes: usize,
    /// Number of images, at least 1.
    pub images: usize,
    /// Side of the square images in pixels: 16 to 1024.
    pub size: usize,
    /// Seed of every random choice.
    pub seed: u64,
    /// `train`, `val` or `test`: different images of the same distribution.
    pub split: Split,
    /// Maximum number of objects per image, all of its class: 1 to 8.
    pub objects: usize,
    /// Maximum number of distractors, which are drawn like objects but belong to no class: 0 to 100. Fewer are drawn if
    /// the image is too crowded.
    pub clutter: usize,
    /// Amplitude of the noise on every pixel, in grey levels: 0 to 100.
    pub noise: u8,
}

impl Default for Synthetic {
    fn default() -> Self {
        Self {
            classes: 6,
            images: 300,
            size: 64,
            seed: 0,
            split: Split::Train,
            objects: 1,
            clutter: 2,
            noise: 8,
        }
    }
}

/// The data set; images are generated on demand.
#[derive(Debug)]
pub(super) struct DrawnSet {
    options: Synthetic,
    classes: Vec<String>,
    ids: Vec<String>,
}

impl Reader for Synthetic {
    fn check(&self) -> Result<(), DatasetError> {
        let within = |option, value: usize, low: usize, high: usize| match (low..=high).contains(&value) {
            true => Ok(()),
            false => {
                Err(DatasetError::option(option, format!("{value} is out of range; use {low} to {high}")))
            }
        };
        within("classes", self.classes, 2, ShapeClass::ALL.len())?;
        within("images", self.images, 1, 100_000_000)?;
        within("size", self.size, 16, 1024)?;
        within("objects", self.objects, 1, 8)?;
        within("clutter", self.clutter, 0, 100)?;
        within("noise", self.noise.into(), 0, 100)
    }

    fn open(&self, _: Reading) -> Result<Box<dyn Dataset>, DatasetError> {
        Ok(Box::new(open(self)?))
    }
}

/// Checks the options and makes the data set.
fn open(options: &Synthetic) -> Result<DrawnSet, DatasetError> {
    options.check()?;
    Ok(DrawnSet {
        options: options.clone(),
        classes: ShapeClass::ALL[..options.classes].iter().map(|kind| kind.name().to_string()).collect(),
        ids: (0..options.images).map(|i| format!("{}-{i:06}", options.split.name())).collect(),
    })
}

impl DrawnSet {
    /// The objects of image `index`, and its random stream to continue with. Depends on (seed, split, index) and the
    /// options of the objects only.
    fn objects(&self, index: usize) -> (Vec<PlacedObject>, Draw) {
        let Synthetic { seed, split, size, objects, .. } = self.options;
        let mut draw = Draw::new(seed, &format!("synthetic/{}/{index}", split.name()));
        let placed = object::place(ShapeClass::ALL[self.label(index)], size as f32, objects, &mut draw);
        (placed, draw)
    }

    /// As [`Self::objects`], and the distractors.
    fn figures(&self, index: usize) -> (Vec<PlacedObject>, Vec<PlacedObject>, Draw) {
        let Synthetic { size, clutter, .. } = self.options;
        let (objects, mut draw) = self.objects(index);
        let distractors = object::distract(&objects, clutter, size as f32, &mut draw);
        (objects, distractors, draw)
    }
}

impl Dataset for DrawnSet {
    fn classes(&self) -> &[String] {
        &self.classes
    }

    fn len(&self) -> usize {
        self.options.images
    }

    fn id(&self, index: usize) -> &str {
        &self.ids[index]
    }

    fn label(&self, index: usize) -> usize {
        assert!(index < self.len(), "index within the data set");
        index % self.options.classes
    }

    fn photo_as(&self, index: usize, _: OnBadImage) -> Result<Rgb, ImageError> {
        let Synthetic { size, noise, .. } = self.options;
        let (objects, distractors, mut draw) = self.figures(index);
        let mut canvas = Drawing::new(size);
        background::paint(&mut canvas, &mut draw);
        for object in distractors.iter().chain(&objects) {
            object.paint(&mut canvas);
        }
        Ok(canvas.into_rgb(noise, &mut draw))
    }

    fn truth(&self, index: usize) -> Result<GroundTruth, DatasetError> {
        let size = self.options.size;
        let mut mask = Mask { height: size, width: size, data: vec![0; size * size] };
        let (objects, _) = self.objects(index);
        let boxes: Vec<PixelBox> = objects.iter().filter_map(|object| object.mark(&mut mask)).collect();
        Ok(GroundTruth { size: (size, size), boxes, mask: Some(mask) })
    }

    fn has_masks(&self) -> bool {
        true
    }

    fn has_boxes(&self) -> bool {
        true
    }

    /// Digest of what the image is drawn from, which is faster than drawing it.
    fn content(&self, index: usize) -> Result<[u8; 32], DatasetError> {
        let Synthetic { seed, split, size, objects, clutter, noise, .. } = self.options;
        let kind = self.label(index);
        let content =
            format!("synthetic {VERSION} {seed} {split:?} {index} {kind} {size} {objects} {clutter} {noise}");
        Ok(*blake3::hash(content.as_bytes()).as_bytes())
    }

    fn examine(&self) -> Result<Examined, DatasetError> {
        let content = format!("synthetic {VERSION} {:?}", self.options);
        let digest = blake3::hash(content.as_bytes()).to_hex().to_string();
        Ok(Examined { digest, remarks: Vec::new() })
    }
}
