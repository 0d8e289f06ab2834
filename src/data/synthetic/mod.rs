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
use super::{Dataset, DeclaredReading, Examined, GroundTruth, Reader, Split};
use camlab_raster::{Mask, PixelBox, Rgb};

/// Version of the generator; increased whenever an image changes for the same options.
const VERSION: u32 = 2;

/// Options of the synthetic data set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Synthetic {
    /// Number of classes, 2 to 10, out of ten kinds of object; the images' (first) labels cycle through the classes.
    pub classes: usize,
    /// Number of images, at least 1.
    pub images: usize,
    /// Side of the square images in pixels: 16 to 1024.
    pub size: usize,
    /// Seed of every random choice.
    pub seed: u64,
    /// `train`, `val` or `test`: different images of the same distribution.
    pub split: Split,
    /// Number of different classes in every image, 1 to 4 and at most `classes`. Above 1, the set has one row per image
    /// and class, and objects are smaller.
    #[serde(skip_serializing_if = "is_one")]
    pub labels: usize,
    /// Maximum number of objects of each class in an image: 1 to 8.
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
            labels: 1,
            objects: 1,
            clutter: 2,
            noise: 8,
        }
    }
}

fn is_one(labels: &usize) -> bool {
    *labels == 1
}

/// The data set; images are generated on demand.
#[derive(Debug)]
pub(super) struct DrawnSet {
    options: Synthetic,
    classes: Vec<String>,
    ids: Vec<String>,
    /// Classes of every image, ascending, [`Synthetic::labels`] each; empty where it is one.
    shown: Vec<usize>,
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
        within("labels", self.labels, 1, self.classes.min(4))?;
        within("objects", self.objects, 1, 8)?;
        within("clutter", self.clutter, 0, 100)?;
        within("noise", self.noise.into(), 0, 100)
    }

    fn open(&self, _: DeclaredReading) -> Result<Box<dyn Dataset>, DatasetError> {
        Ok(Box::new(open(self)?))
    }
}

/// Checks the options and makes the data set.
fn open(options: &Synthetic) -> Result<DrawnSet, DatasetError> {
    options.check()?;
    let labels = options.labels;
    let shown = if labels == 1 {
        Vec::new()
    } else {
        (0..options.images).flat_map(|i| drawn_classes(options, i)).collect()
    };
    let name = options.split.name();
    let id = |row: usize| match labels {
        1 => format!("{name}-{row:06}"),
        // Rows of the same image have different names.
        _ => format!("{name}-{:06}-{}", row / labels, row % labels),
    };
    Ok(DrawnSet {
        options: options.clone(),
        classes: ShapeClass::ALL[..options.classes].iter().map(|kind| kind.name().to_string()).collect(),
        ids: (0..options.images * labels).map(id).collect(),
        shown,
    })
}

/// The classes of an image with several, ascending: one by its number, so that every class is as frequent, and others
/// drawn.
fn drawn_classes(options: &Synthetic, image: usize) -> Vec<usize> {
    let Synthetic { seed, split, classes, labels, .. } = options;
    let mut draw = Draw::new(*seed, &format!("synthetic/labels/{}/{image}", split.name()));
    let mut chosen = vec![image % classes];
    let mut left: Vec<usize> = (0..*classes).filter(|class| *class != image % classes).collect();
    while chosen.len() < *labels && !left.is_empty() {
        chosen.push(left.swap_remove(draw.below(left.len())));
    }
    chosen.sort_unstable();
    chosen
}

impl DrawnSet {
    /// The objects of the image of a row, and its random stream to continue with. Depends on (seed, split, image) and the
    /// options of the objects only.
    fn objects(&self, index: usize) -> (Vec<PlacedObject>, Draw) {
        let Synthetic { seed, split, size, objects, labels, .. } = self.options;
        let mut draw = Draw::new(seed, &format!("synthetic/{}/{}", split.name(), self.image(index)));
        let kinds: Vec<ShapeClass> =
            self.labels(index).into_iter().map(|class| ShapeClass::ALL[class]).collect();
        let placed = object::place(&kinds, size as f32, objects, object::scale_of(labels), &mut draw);
        (placed, draw)
    }

    /// As [`Self::objects`], and the distractors.
    fn figures(&self, index: usize) -> (Vec<PlacedObject>, Vec<PlacedObject>, Draw) {
        let Synthetic { size, clutter, labels, .. } = self.options;
        let (objects, mut draw) = self.objects(index);
        let sizes = (size as f32, object::scale_of(labels));
        let distractors = object::distract(&objects, clutter, sizes, &mut draw);
        (objects, distractors, draw)
    }
}

impl Dataset for DrawnSet {
    fn classes(&self) -> &[String] {
        &self.classes
    }

    fn len(&self) -> usize {
        self.ids.len()
    }

    fn id(&self, index: usize) -> &str {
        &self.ids[index]
    }

    fn label(&self, index: usize) -> usize {
        assert!(index < self.len(), "index within the data set");
        self.shown.get(index).copied().unwrap_or(index % self.options.classes)
    }

    fn labels(&self, index: usize) -> Vec<usize> {
        let labels = self.options.labels;
        let first = self.image(index) * labels;
        (first..first + labels).map(|row| self.label(row)).collect()
    }

    fn image(&self, index: usize) -> usize {
        index / self.options.labels
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
        let own = ShapeClass::ALL[self.label(index)];
        let shown = objects.iter().filter(|object| object.is_of(own));
        let boxes: Vec<PixelBox> = shown.filter_map(|object| object.mark(&mut mask)).collect();
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
        let kinds = self.labels(index).iter().map(usize::to_string).collect::<Vec<_>>().join("+");
        let image = self.image(index);
        let content = format!(
            "synthetic {VERSION} {seed} {split:?} {image} {kinds} {size} {objects} {clutter} {noise}"
        );
        Ok(*blake3::hash(content.as_bytes()).as_bytes())
    }

    fn examine(&self) -> Result<Examined, DatasetError> {
        let Synthetic { classes, images, size, seed, split, labels, objects, clutter, noise } = &self.options;
        // The form in which sets with one label per image have always been counted.
        let mut content = format!(
            "synthetic {VERSION} Synthetic {{ classes: {classes}, images: {images}, size: {size}, seed: {seed}, split: \
             {split:?}, objects: {objects}, clutter: {clutter}, noise: {noise} }}"
        );
        if *labels > 1 {
            content += &format!(" labels {labels}");
        }
        let digest = blake3::hash(content.as_bytes()).to_hex().to_string();
        Ok(Examined { digest, remarks: Vec::new() })
    }
}
