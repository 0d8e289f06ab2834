//! CUB-200-2011 in its original layout.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::error::DatasetError;
use super::lines::{Lines, TextLine};
use super::listed::{Listed, Record};
use super::mask_source::MaskSource;
use super::names::NameIndex;
use super::{Dataset, DeclaredReading, Reader, Split, files};
use crate::path::{DataPath, InnerPath};
use camlab_raster::PixelBox;

/// Location of the data set and its split.
///
/// The layout: `images.txt`, `classes.txt`, `image_class_labels.txt`, `train_test_split.txt`, `bounding_boxes.txt`, and the folder
/// `images`. A box `x, y, width, height` has the corners `x, y, x + width, y + height`, both inclusive and from 0, as in
/// wsolevaluation's lists of CUB: the largest `x + width` is the last column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Cub {
    /// The folder that holds `images.txt`, or its parent.
    #[serde(skip_serializing_if = "DataPath::is_empty")]
    pub root: DataPath,
    /// `train` or `test`.
    #[serde(default)]
    pub split: Split,
    /// The folder of the segmentations, relative to `root`. If omitted: `segmentations` beside `images.txt` or beside its
    /// folder; if neither exists, images have no masks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub masks: Option<InnerPath>,
    /// Smallest value of a segmentation that is object, 1 to 255: its grey values grow with the number of annotators, of up to
    /// five, who agree.
    #[serde(default = "half")]
    pub object_from: u8,
}

fn half() -> u8 {
    128
}

impl Default for Cub {
    fn default() -> Self {
        Self { root: DataPath::default(), split: Split::default(), masks: None, object_from: half() }
    }
}

impl Reader for Cub {
    fn check(&self) -> Result<(), DatasetError> {
        match (self.object_from, self.split) {
            (0, _) => Err(DatasetError::option("object-from", "0 makes every pixel object; use 1 to 255")),
            (_, Split::Val) => {
                let problem =
                    "CUB has no `val`; take a part of `train` for it, or wsolevaluation's lists of CUBV2";
                Err(DatasetError::option("split", problem))
            }
            _ => Ok(()),
        }
    }

    fn open(&self, reading: DeclaredReading) -> Result<Box<dyn Dataset>, DatasetError> {
        self.check()?;
        Ok(Box::new(open(self, reading)?))
    }
}

/// A list whose lines are the number of an image and what belongs to it.
struct NumberedList {
    path: PathBuf,
    lines: Lines,
}

impl NumberedList {
    fn read(folder: &Path, name: &str) -> Result<Self, DatasetError> {
        let path = folder.join(name);
        Ok(Self { lines: Lines::read(&path)?, path })
    }

    /// The lines by number.
    fn entries(&self) -> Result<Vec<(usize, TextLine<'_>, &str)>, DatasetError> {
        let mut seen = HashMap::new();
        let mut entries = Vec::new();
        for line in self.lines.iter() {
            let (number, rest) = line.text.split_once(char::is_whitespace).unwrap_or((line.text, ""));
            let Some(id) = number.parse::<usize>().ok().filter(|_| !rest.trim().is_empty()) else {
                return Err(line.error(format!("expected a number, a space and more, found `{}`", line.text)));
            };
            if seen.insert(id, ()).is_some() {
                return Err(line.error(format!("the number {id} is listed twice")));
            }
            entries.push((id, line, rest.trim()));
        }
        match entries.is_empty() {
            true => Err(DatasetError::file(&self.path, "is empty")),
            false => Ok(entries),
        }
    }
}

/// Reads all lists.
fn open(options: &Cub, reading: DeclaredReading) -> Result<Listed, DatasetError> {
    let root = options.root.resolve(Path::new(""))?;
    let inner = root.join("CUB_200_2011");
    let base = if files::is_file(&root.join("images.txt")) { root.clone() } else { inner };
    if !files::is_file(&base.join("images.txt")) {
        let problem = "holds no images.txt, neither itself nor in CUB_200_2011; check `root`";
        return Err(DatasetError::file(&root, problem));
    }
    let list = |name: &str| NumberedList::read(&base, name);

    let file = list("classes.txt")?;
    let (mut classes, mut labels) = (Vec::new(), HashMap::new());
    for (id, _, name) in file.entries()? {
        labels.insert(id, classes.len());
        classes.push(display(name));
    }
    let file = list("images.txt")?;
    let (mut records, mut index, mut names) = (Vec::new(), HashMap::new(), NameIndex::default());
    for (id, line, name) in file.entries()? {
        if !names.insert(name, records.len()) {
            return Err(line.error(format!("lists `{name}` twice")));
        }
        index.insert(id, records.len());
        records.push(Record { id: name.to_owned(), ..Record::default() });
    }
    let position = |id: usize, line: &TextLine<'_>| {
        index.get(&id).copied().ok_or_else(|| line.error(format!("image {id} is not in images.txt")))
    };
    let mut labelled = vec![false; records.len()];
    let file = list("image_class_labels.txt")?;
    for (id, line, class) in file.entries()? {
        let label = class.parse::<usize>().ok().and_then(|class| labels.get(&class));
        let label = label.ok_or_else(|| line.error(format!("class `{class}` is not in classes.txt")))?;
        let place = position(id, &line)?;
        records[place].label = *label;
        labelled[place] = true;
    }
    every(&records, &labelled, &base.join("image_class_labels.txt"), "class")?;

    let wanted = if options.split == Split::Train { "1" } else { "0" };
    let (mut listed, mut kept) = (vec![false; records.len()], vec![false; records.len()]);
    let file = list("train_test_split.txt")?;
    for (id, line, side) in file.entries()? {
        if !["0", "1"].contains(&side) {
            return Err(line.error(format!("`{side}` is neither 1 (train) nor 0 (test)")));
        }
        let place = position(id, &line)?;
        (listed[place], kept[place]) = (true, side == wanted);
    }
    every(&records, &listed, &base.join("train_test_split.txt"), "split")?;

    let mut boxed = vec![false; records.len()];
    let file = list("bounding_boxes.txt")?;
    for (id, line, numbers) in file.entries()? {
        let place = position(id, &line)?;
        records[place].boxes.push(corners(numbers, &line)?);
        boxed[place] = true;
    }
    every(&records, &boxed, &base.join("bounding_boxes.txt"), "box")?;

    let masks = match &options.masks {
        Some(masks) => Some(masks.resolve(&root)?),
        None => {
            let beside = base.parent().map(|parent| parent.join("segmentations"));
            let found = std::iter::once(base.join("segmentations")).chain(beside);
            found.into_iter().find(|folder| files::is_folder(folder))
        }
    };
    let mut kept = kept.into_iter();
    records.retain(|_| kept.next() == Some(true));
    if records.is_empty() {
        let problem = format!("has no image of the split (`{wanted}`)");
        return Err(DatasetError::file(&base.join("train_test_split.txt"), problem));
    }
    if let Some(folder) = &masks {
        for record in &mut records {
            let mask = folder.join(&record.id).with_extension("png");
            if !files::is_file(&mask) {
                let problem = format!("the mask of image `{}` does not exist; check `masks`", record.id);
                return Err(DatasetError::file(&mask, problem));
            }
            record.masks.push(MaskSource::Image(mask, options.object_from));
        }
    }
    Ok(Listed {
        reading,
        remarks: Vec::new(),
        images: base.join("images"),
        classes,
        records,
        ignore_value: None,
        has_boxes: true,
        has_masks: masks.is_some(),
    })
}

/// `001.Black_footed_Albatross` as `Black footed Albatross`.
fn display(name: &str) -> String {
    let number = |start: &str| !start.is_empty() && start.bytes().all(|byte| byte.is_ascii_digit());
    let bare = name.split_once('.').filter(|(start, _)| number(start)).map_or(name, |(_, rest)| rest);
    bare.replace('_', " ")
}

/// Error naming the first image that a list lacks.
fn every(records: &[Record], there: &[bool], list: &Path, what: &str) -> Result<(), DatasetError> {
    match there.iter().position(|there| !there).and_then(|place| records.get(place)) {
        None => Ok(()),
        Some(record) => {
            Err(DatasetError::file(list, format!("has no {what} for `{}`; add a line", record.id)))
        }
    }
}

/// The box of `x y width height`.
fn corners(text: &str, line: &TextLine<'_>) -> Result<PixelBox, DatasetError> {
    let number = |word: &str| word.parse::<f64>().ok().filter(|value| value.is_finite() && value.abs() < 1e8);
    let numbers: Option<Vec<f64>> = text.split_whitespace().map(number).collect();
    let numbers = numbers.and_then(|numbers| <[f64; 4]>::try_from(numbers).ok());
    let wrong = || line.error(format!("expected `image x y width height`, found `{}`", line.text));
    let [x, y, width, height] = numbers.ok_or_else(wrong)?;
    if width < 0.0 || height < 0.0 {
        return Err(line.error(format!("the box is {width} wide and {height} high; are these two corners?")));
    }
    let whole = |value: f64| value.floor() as i32;
    Ok(PixelBox { x0: whole(x), y0: whole(y), x1: whole(x + width), y1: whole(y + height) })
}
