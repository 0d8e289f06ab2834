//! PASCAL VOC, as unpacked from its archives.

use std::path::{Path, PathBuf};

use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::annotation::{self, AnnotatedObject};
use super::error::{DatasetError, in_order};
use super::examined::Counted;
use super::lines::Lines;
use super::listed::Listed;
use super::mask_source::MaskSource;
use super::names::NameIndex;
use super::objects::{AnnotatedImage, ImageObject, ObjectBox, rows};
use super::{Dataset, DeclaredReading, LabelRows, Reader, files};
use crate::path::DataPath;
use camlab_base::registry::unknown;
use camlab_raster::PixelBox;

/// The classes in the order of their names, which is that of the palette's indices from 1 on.
const CLASSES: [&str; 20] = [
    "aeroplane",
    "bicycle",
    "bird",
    "boat",
    "bottle",
    "bus",
    "car",
    "cat",
    "chair",
    "cow",
    "diningtable",
    "dog",
    "horse",
    "motorbike",
    "person",
    "pottedplant",
    "sheep",
    "sofa",
    "train",
    "tvmonitor",
];

/// Location of the data set, its list of images, and the treatment of its objects.
///
/// The layout: `ImageSets/{Main,Segmentation}/LIST.txt`, `Annotations/NAME.xml`, `JPEGImages/NAME.jpg`, and for masks
/// `SegmentationClass/NAME.png` or `SegmentationObject/NAME.png`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Voc {
    /// The folder that holds `ImageSets`, such as `VOC2012`, or a parent: `VOCdevkit` or its own.
    #[serde(skip_serializing_if = "DataPath::is_empty")]
    pub root: DataPath,
    /// The kind of list; images have masks with `segmentation` only.
    #[serde(default)]
    pub set: VocImageSet,
    /// Name of the list: `train`, `val`, `trainval` or `test`.
    #[serde(default = "train")]
    pub split: String,
    /// Treatment of objects marked as difficult.
    #[serde(default)]
    pub difficult: DifficultObjects,
    /// Rows of images that show several classes.
    #[serde(default)]
    pub labels: LabelRows,
    /// Files that the masks are read from.
    #[serde(default)]
    pub masks: VocMasks,
    /// Coordinate of the first column and row, 1 or 0: VOC counts pixels from 1, some tools that write its format from 0.
    #[serde(default = "one")]
    pub first_pixel: u8,
    /// Class names in the order of the palette's indices from 1 on. If omitted: the 20 classes of VOC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub classes: Option<Vec<String>>,
}

fn train() -> String {
    "train".to_owned()
}

fn one() -> u8 {
    1
}

impl Default for Voc {
    fn default() -> Self {
        Self {
            root: DataPath::default(),
            set: VocImageSet::default(),
            split: train(),
            difficult: DifficultObjects::default(),
            labels: LabelRows::default(),
            masks: VocMasks::default(),
            first_pixel: 1,
            classes: None,
        }
    }
}

/// Lists of images of VOC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum VocImageSet {
    /// `ImageSets/Main`: images with boxes.
    #[default]
    Main,
    /// `ImageSets/Segmentation`: the fewer images with boxes and masks.
    Segmentation,
}

/// Treatment of objects marked as difficult.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DifficultObjects {
    /// They are no objects, as in VOC's own evaluation; counted in the report. Of masks by object, their pixels are ignored.
    #[default]
    LeaveOut,
    /// They are objects like others.
    Keep,
}

/// Files of VOC's masks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum VocMasks {
    /// `SegmentationClass`: all pixels of the row's class, difficult objects included.
    #[default]
    Class,
    /// `SegmentationObject`: the pixels of the objects of the row's class, numbered as the annotation lists them.
    Object,
}

impl Reader for Voc {
    fn check(&self) -> Result<(), DatasetError> {
        match (self.first_pixel, &self.classes) {
            (2.., _) => {
                let problem = format!("{} is neither 1 nor 0", self.first_pixel);
                Err(DatasetError::option("first-pixel", problem))
            }
            (_, Some(classes)) if classes.is_empty() || classes.len() > 254 => {
                let problem = format!("{} classes; a palette has indices for 1 to 254", classes.len());
                Err(DatasetError::option("classes", problem))
            }
            _ => Ok(()),
        }
    }

    fn open(&self, reading: DeclaredReading) -> Result<Box<dyn Dataset>, DatasetError> {
        self.check()?;
        Ok(Box::new(open(self, reading)?))
    }
}

/// Reads the list and every annotation of its images.
fn open(options: &Voc, reading: DeclaredReading) -> Result<Listed, DatasetError> {
    let root = layout(&options.root.resolve(Path::new(""))?)?;
    let classes = match &options.classes {
        Some(classes) => classes.clone(),
        None => CLASSES.map(str::to_owned).to_vec(),
    };
    let folder = match options.set {
        VocImageSet::Main => "Main",
        VocImageSet::Segmentation => "Segmentation",
    };
    let list = root.join("ImageSets").join(folder).join(format!("{}.txt", options.split));
    let names = names(&list)?;
    let of_image = |name: &String| image(&root, name, &classes, options);
    let read: Vec<(AnnotatedImage, usize, bool)> = in_order(names.par_iter().map(of_image).collect())?;
    let [mut difficult, mut at_zero] = [(); 2].map(|()| Counted::default());
    for (image, count, zero) in &read {
        difficult.add(*count, &image.name);
        at_zero.add(usize::from(*zero), &image.name);
    }
    let found = rows(read.into_iter().map(|(image, ..)| image).collect(), &classes, options.labels);
    if found.records.is_empty() {
        let told: Vec<String> = found.remarks.iter().map(ToString::to_string).collect();
        return Err(DatasetError::file(&list, format!("no image is left ({})", told.join("; "))));
    }
    let difficult = difficult.remark("difficult object left out", "difficult objects left out");
    let at_zero = at_zero.remark(
        "image with a box from 0 on, though VOC counts pixels from 1 (first-pixel = 0 declares otherwise)",
        "images with a box from 0 on, though VOC counts pixels from 1 (first-pixel = 0 declares otherwise)",
    );
    Ok(Listed {
        reading,
        remarks: found.remarks.into_iter().chain(difficult).chain(at_zero).collect(),
        images: root.join("JPEGImages"),
        classes,
        records: found.records,
        ignore_value: None,
        has_boxes: true,
        has_masks: options.set == VocImageSet::Segmentation,
    })
}

/// The folder with `ImageSets`.
fn layout(root: &Path) -> Result<PathBuf, DatasetError> {
    let years = || (2007..=2012).rev().map(|year| format!("VOC{year}"));
    let below = years().map(|year| root.join(year));
    let kit = years().map(|year| root.join("VOCdevkit").join(year));
    let all = std::iter::once(root.to_path_buf()).chain(below).chain(kit);
    let found: Vec<PathBuf> = all.filter(|folder| files::is_folder(&folder.join("ImageSets"))).collect();
    match found.as_slice() {
        [one] => Ok(one.clone()),
        [] => Err(DatasetError::file(
            root,
            "holds no folder `ImageSets`, neither itself nor in VOC2012 or VOCdevkit/VOC2012; check `root`",
        )),
        [first, second, ..] => Err(DatasetError::file(
            root,
            format!("holds {} and {}; name one of them as `root`", first.display(), second.display()),
        )),
    }
}

fn names(list: &Path) -> Result<Vec<String>, DatasetError> {
    let mut names = Vec::new();
    let mut known = NameIndex::default();
    for line in Lines::read(list)?.iter() {
        if line.text.contains(char::is_whitespace) {
            let problem = format!(
                "`{}` is more than a name; lists such as `cat_train.txt` are of one class, use `train` and the like",
                line.text
            );
            return Err(line.error(problem));
        }
        if !known.insert(line.text, names.len()) {
            return Err(line.error(format!("lists `{}` twice", line.text)));
        }
        names.push(line.text.to_owned());
    }
    match names.is_empty() {
        true => Err(DatasetError::file(list, "lists no image")),
        false => Ok(names),
    }
}

/// An image with its objects, the number of those left out, and `true` if a box lies at 0 where pixels count from 1.
fn image(
    root: &Path,
    name: &str,
    classes: &[String],
    options: &Voc,
) -> Result<(AnnotatedImage, usize, bool), DatasetError> {
    let path = root.join("Annotations").join(format!("{name}.xml"));
    let found = annotation::read(&path)?;
    let segmented = options.set == VocImageSet::Segmentation;
    let masks = match (segmented, options.masks) {
        (true, VocMasks::Class) => Some(root.join("SegmentationClass")),
        (true, VocMasks::Object) => Some(root.join("SegmentationObject")),
        (false, _) => None,
    };
    let masks = masks.map(|folder| folder.join(format!("{name}.png")));
    if let Some(mask) = masks.as_ref().filter(|mask| !files::is_file(mask)) {
        let problem = format!("the mask of image `{name}` does not exist; add it, or set `set = \"main\"`");
        return Err(DatasetError::file(mask, problem));
    }
    let (mut left_out, mut at_zero) = (0, false);
    let mut objects = Vec::new();
    for (place, AnnotatedObject { name: class, bounds, difficult, line }) in found.objects.iter().enumerate()
    {
        let class = classes.iter().position(|known| known == class).ok_or_else(|| {
            let known: Vec<&str> = classes.iter().map(String::as_str).collect();
            let problem =
                format!("{}; other classes are declared by `classes`", unknown("class", class, &known));
            DatasetError::Row { path: path.clone(), line: *line, problem }
        })?;
        let leave_out = *difficult && options.difficult == DifficultObjects::LeaveOut;
        left_out += usize::from(leave_out);
        at_zero |= options.first_pixel == 1 && (bounds.x0 < 1 || bounds.y0 < 1);
        let first = i32::from(options.first_pixel);
        let PixelBox { x0, y0, x1, y1 } = *bounds;
        let bounds = PixelBox { x0: x0 - first, y0: y0 - first, x1: x1 - first, y1: y1 - first };
        let number = match options.masks {
            VocMasks::Class => class + 1,
            VocMasks::Object => place + 1,
        };
        let number = u8::try_from(number).ok().filter(|number| *number < 255);
        let mask = masks.clone().map(|mask| {
            let too_many =
                || DatasetError::file(&path, "lists more than 254 objects; a palette has no more indices");
            Ok::<_, DatasetError>(MaskSource::Index(mask, number.ok_or_else(too_many)?))
        });
        let area = f64::from(x1 - x0 + 1) * f64::from(y1 - y0 + 1);
        let mask = mask.transpose()?;
        let mask = mask.filter(|_| !leave_out || options.masks == VocMasks::Object);
        objects.push(ImageObject {
            class,
            bounds: ObjectBox::Pixels(bounds),
            area,
            mask,
            ignored: leave_out,
        });
    }
    // One file holds the whole class.
    if options.masks == VocMasks::Class {
        let mut seen = Vec::new();
        for object in objects.iter_mut().filter(|object| !object.ignored) {
            match seen.contains(&object.class) {
                true => object.mask = None,
                false => seen.push(object.class),
            }
        }
    }
    let file = Some(format!("{name}.jpg"));
    Ok((AnnotatedImage { name: name.to_owned(), file, size: Some(found.size), objects }, left_out, at_zero))
}
