//! YOLO's text labels: a file per image whose lines are a class and a box or polygon in fractions of the image's sides.

mod config;

use std::path::{Path, PathBuf};

use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::edges::RelativeBox;
use super::error::{DatasetError, in_order};
use super::examined::Counted;
use super::lines::{Lines, TextLine};
use super::listed::Listed;
use super::mask_source::MaskSource;
use super::names::NameIndex;
use super::objects::{AnnotatedImage, ImageObject, ObjectBox, ignore_boxes_without_mask, rows};
use super::{Dataset, DeclaredReading, LabelRows, Reader, files};
use crate::path::{DataPath, InnerPath};
use config::YoloConfig;

/// Location of the images, their labels and the class names.
///
/// The labels of `images/NAME.jpg` are `labels/NAME.txt`, or beside the image where no folder of the path is called `images`. A line is
/// `class x y width height` with the middle of the box, or `class x0 y0 x1 y1 x2 y2 ...` with the corners of a polygon. An
/// image without labels shows no object and is left out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Yolo {
    /// The folder of the data set.
    #[serde(skip_serializing_if = "DataPath::is_empty")]
    pub root: DataPath,
    /// The file that names classes and images, relative to `root`. If omitted: `data.yaml`; without it, images are in
    /// `images/SPLIT`, `SPLIT/images`, `images` or `root`, and `classes.txt` or `classes` names the classes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config: Option<InnerPath>,
    /// Key of the images in the file: `train`, `val` or `test`.
    #[serde(default = "train")]
    pub split: String,
    /// Rows of images that show several classes.
    #[serde(default)]
    pub labels: LabelRows,
    /// Class names in label order, instead of those of the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub classes: Option<Vec<String>>,
}

fn train() -> String {
    "train".to_owned()
}

impl Default for Yolo {
    fn default() -> Self {
        Self {
            root: DataPath::default(),
            config: None,
            split: train(),
            labels: LabelRows::default(),
            classes: None,
        }
    }
}

impl Reader for Yolo {
    fn open(&self, reading: DeclaredReading) -> Result<Box<dyn Dataset>, DatasetError> {
        Ok(Box::new(open(self, reading)?))
    }
}

/// Lists the images and reads every file of labels.
fn open(options: &Yolo, reading: DeclaredReading) -> Result<Listed, DatasetError> {
    let root = options.root.resolve(Path::new(""))?;
    let config = match &options.config {
        Some(config) => Some(config.resolve(&root)?),
        None => Some(root.join("data.yaml")).filter(|config| files::is_file(config)),
    };
    let (folder, entries, named) = match &config {
        Some(path) => {
            let config: YoloConfig = config::read(path, &options.split)?;
            let (folder, entries) = config.located(path, &root)?;
            (folder, entries, Some(config.classes))
        }
        None => {
            let split = &options.split;
            let all =
                [format!("images/{split}"), format!("{split}/images"), "images".to_owned(), String::new()];
            let found = all.into_iter().find(|name| files::is_folder(&root.join(name)));
            let missing = || DatasetError::file(&root, "is no folder; check `root`");
            (root.clone(), vec![found.ok_or_else(missing)?], config::listed_classes(&root)?)
        }
    };
    let classes = options.classes.clone().or(named).ok_or_else(|| {
        let problem =
            "has neither data.yaml nor classes.txt for the names of the classes; add one, or set `classes`";
        DatasetError::file(&root, problem)
    })?;
    let mut names = Vec::new();
    let mut known = NameIndex::default();
    for entry in &entries {
        for name in images(&folder, entry)? {
            if !known.insert(&name, names.len()) {
                return Err(DatasetError::file(&folder.join(entry), format!("lists `{name}` twice")));
            }
            names.push(name);
        }
    }
    if names.is_empty() {
        let place = folder.join(entries.first().map_or("", String::as_str));
        return Err(DatasetError::file(&place, "holds no image (.jpg, .jpeg or .png)"));
    }
    let read: Vec<(AnnotatedImage, usize)> =
        in_order(names.par_iter().map(|name| image(&folder, name, &classes)).collect())?;
    let mut flat = Counted::default();
    read.iter().for_each(|(image, count)| flat.add(*count, &image.name));
    let mut images: Vec<AnnotatedImage> = read.into_iter().map(|(image, _)| image).collect();
    let unmasked = ignore_boxes_without_mask(&mut images);
    let found = rows(images, &classes, options.labels);
    if found.records.is_empty() {
        let told: Vec<String> = found.remarks.iter().map(ToString::to_string).collect();
        let problem = format!("no image is left ({}); labels are looked for in `labels`", told.join("; "));
        return Err(DatasetError::file(&folder, problem));
    }
    let flat = flat.remark(
        "object with a box of no width or height left out",
        "objects with a box of no width or height left out",
    );
    Ok(Listed {
        reading,
        remarks: found.remarks.into_iter().chain(flat).chain(unmasked).collect(),
        images: folder,
        classes,
        records: found.records,
        ignore_value: None,
        has_boxes: true,
        has_masks: found.has_masks,
    })
}

/// Images of a folder or a list, relative to `folder`.
fn images(folder: &Path, entry: &str) -> Result<Vec<String>, DatasetError> {
    let entry = entry.trim_end_matches('/');
    let place = folder.join(entry);
    let is_image = |name: &str| {
        let end = name.rsplit_once('.').map(|(_, end)| end.to_ascii_lowercase());
        end.is_some_and(|end| ["jpg", "jpeg", "png"].contains(&end.as_str()))
    };
    if !entry.ends_with(".txt") {
        let inside = |name: String| if entry.is_empty() { name } else { format!("{entry}/{name}") };
        let all = files::below(&place, None)?.into_iter().filter(|name| is_image(name));
        return Ok(all.map(inside).collect());
    }
    let mut names = Vec::new();
    for line in Lines::read(&place)?.iter() {
        let name = line.text.replace('\\', "/");
        let name = name.strip_prefix("./").unwrap_or(&name).to_owned();
        if name.starts_with('/') || name.get(1..3) == Some(":/") {
            let problem =
                format!("`{name}` is a path of one machine; write it relative to {}", folder.display());
            return Err(line.error(problem));
        }
        if !files::is_file(&folder.join(&name)) {
            return Err(line.error(format!("there is no image `{name}` in {}", folder.display())));
        }
        names.push(name);
    }
    Ok(names)
}

/// The file of an image's labels.
fn labels_of(name: &str) -> String {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let mut parts: Vec<&str> = stem.split('/').collect();
    let folders = parts.len() - 1;
    if let Some(part) = parts.iter_mut().take(folders).rev().find(|part| **part == "images") {
        *part = "labels";
    }
    format!("{}.txt", parts.join("/"))
}

/// An image with its objects, and the number of those left out.
fn image(folder: &Path, name: &str, classes: &[String]) -> Result<(AnnotatedImage, usize), DatasetError> {
    let mut image = AnnotatedImage { name: name.to_owned(), ..AnnotatedImage::default() };
    let mut flat = 0;
    let path: PathBuf = folder.join(labels_of(name));
    if files::is_file(&path) {
        for line in Lines::read(&path)?.iter() {
            match object(&line, classes)? {
                Some(object) => image.objects.push(object),
                None => flat += 1,
            }
        }
    }
    Ok((image, flat))
}

/// The object of a line; `None` without a width or height.
fn object(line: &TextLine<'_>, classes: &[String]) -> Result<Option<ImageObject>, DatasetError> {
    let mut words = line.text.split_whitespace();
    let written = words.next().unwrap_or_default();
    // Some tools write the class as 3.0.
    let number = written.parse::<f64>().ok().filter(|number| *number >= 0.0 && number.fract() == 0.0);
    let number =
        number.ok_or_else(|| line.error(format!("the class `{written}` is not a number from 0 on")))?;
    let class = number as usize;
    if class >= classes.len() {
        let problem =
            format!("class {written} is out of range: there are {} classes, numbered from 0", classes.len());
        return Err(line.error(problem));
    }
    let mut values = Vec::new();
    for word in words {
        let value = word.parse::<f64>().ok().filter(|value| value.is_finite());
        let value = value.ok_or_else(|| line.error(format!("`{word}` is not a number")))?;
        if !(-0.001..=1.001).contains(&value) {
            let problem = format!(
                "{word} is no fraction from 0 to 1; divide x and width by the image's width, y and height by its height"
            );
            return Err(line.error(problem));
        }
        values.push(value);
    }
    let (extent, mask) = match values.as_slice() {
        [x, y, width, height] => ([x - width / 2.0, y - height / 2.0, *width, *height], None),
        [_, _, _, _, _] => {
            let problem = "6 fields: a class, a box and one more, as predictions have their confidence; these are no labels";
            return Err(line.error(problem));
        }
        corners if corners.len() >= 6 && corners.len() % 2 == 0 => {
            let ends = |first: usize| {
                let side = corners.iter().skip(first).step_by(2);
                side.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
                    (low.min(*value), high.max(*value))
                })
            };
            let ((x0, x1), (y0, y1)) = (ends(0), ends(1));
            ([x0, y0, x1 - x0, y1 - y0], Some(MaskSource::RelativePolygons(vec![corners.to_vec()])))
        }
        other => {
            let problem = format!(
                "{} fields, expected `class x y width height` or a class and three or more corners `x y`",
                other.len() + 1
            );
            return Err(line.error(problem));
        }
    };
    let [_, _, width, height] = extent;
    if width < 0.0 || height < 0.0 {
        return Err(line.error(format!("the box is {width} wide and {height} high")));
    }
    let bounds = ObjectBox::Fractions(RelativeBox(extent));
    let object = ImageObject { class, bounds, area: width * height, mask, ignored: false };
    Ok((width > 0.0 && height > 0.0).then_some(object))
}
