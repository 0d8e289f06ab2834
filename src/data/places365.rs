//! The Places365 layout (Zhou et al., TPAMI 2018): scenes with labels, and boxes or masks that somebody added.

use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::beside::{NamedImages, add_mask, mask_file, read_boxes};
use super::error::DatasetError;
use super::examined::Counted;
use super::lines::Lines;
use super::listed::{Listed, Record, by_id};
use super::names::NameIndex;
use super::{Dataset, DeclaredReading, Reader, Remark, Split, files};
use crate::path::{DataPath, InnerPath};
use camlab_base::registry::closest;

/// Location of the data set and its split: `categories_places365.txt` (lines `/a/airfield 0`) beside
/// `places365_train_standard.txt` or `places365_val.txt` (lines `file label`), and the images in `data_256` or
/// `val_256` (the small set) or `data_large` or `val_large`.
///
/// The data set has no boxes and no masks, and localisation is not evaluated without; classification, prediction analysis
/// and the similarity of maps are. `boxes` and `masks` name annotations of one's own, of as many images as have been
/// annotated: the others are left out and counted.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Places365 {
    /// The folder that holds the lists.
    #[serde(skip_serializing_if = "DataPath::is_empty")]
    pub root: DataPath,
    /// `train` or `val`.
    #[serde(default)]
    pub split: Split,
    /// The folder of the images, relative to `root`. If omitted: the layout's first folder that exists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub images: Option<InnerPath>,
    /// A CSV with rows `image,x0,y0,x1,y1[,label]`, relative to `root`: images as the list of the split names them, inclusive
    /// corners, any number of rows per image. With a label, a category's name, only boxes of the image's own are used.
    /// Images without a box are left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boxes: Option<InnerPath>,
    /// A folder of mask PNGs with the images' relative names, relative to `root`: 0 is background, other values are object.
    /// Without `boxes`, images without a mask are left out; with them, each image that has a box needs one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub masks: Option<InnerPath>,
}

impl Reader for Places365 {
    fn open(&self, reading: DeclaredReading) -> Result<Box<dyn Dataset>, DatasetError> {
        Ok(Box::new(open(self, reading)?))
    }
}

/// Reads the lists of one split.
fn open(options: &Places365, reading: DeclaredReading) -> Result<Listed, DatasetError> {
    let root = options.root.resolve(Path::new(""))?;
    let (list, folders) = match options.split {
        Split::Train => ("places365_train_standard.txt", ["data_256", "data_large"]),
        Split::Val => ("places365_val.txt", ["val_256", "val_large"]),
        Split::Test => {
            let problem = "`test` has no labels in this layout; choose `train` or `val`";
            return Err(DatasetError::option("split", problem));
        }
    };
    let classes = categories(&root.join("categories_places365.txt"))?;
    let list = root.join(list);
    let mut records = Vec::new();
    for line in Lines::read(&list)?.iter() {
        let (name, label) = line.name_and_number()?;
        if label >= classes.len() {
            return Err(line.error(format!(
                "label {label} is out of range: categories_places365.txt has {} categories",
                classes.len()
            )));
        }
        // Names of training images begin with `/`.
        let id = name.trim_start_matches('/').to_owned();
        records.push(Record { id, label, ..Record::default() });
    }
    if records.is_empty() {
        return Err(DatasetError::file(&list, "lists no image"));
    }
    let index = by_id(&records, |id| DatasetError::file(&list, format!("lists `{id}` twice")))?;
    let remarks = annotate(options, &root, (&list, &index), &classes, &mut records)?;
    let images = match &options.images {
        Some(written) => written.resolve(&root)?,
        None => {
            let found =
                folders.map(|folder| root.join(folder)).into_iter().find(|folder| files::is_folder(folder));
            found.ok_or_else(|| {
                let problem = format!(
                    "has neither `{}` nor `{}`; set `images` to the folder of the images",
                    folders[0], folders[1]
                );
                DatasetError::file(&root, problem)
            })?
        }
    };
    Ok(Listed {
        reading,
        remarks,
        images,
        classes,
        records,
        ignore_value: None,
        has_boxes: options.boxes.is_some(),
        has_masks: options.masks.is_some(),
    })
}

/// Adds the boxes and masks that the options name, and leaves out the images that have none, in words.
fn annotate(
    options: &Places365,
    root: &Path,
    (list, index): (&Path, &NameIndex),
    classes: &[String],
    records: &mut Vec<Record>,
) -> Result<Vec<Remark>, DatasetError> {
    let below = |path: &Option<InnerPath>| path.as_ref().map(|path| path.resolve(root)).transpose();
    let (boxes, masks) = (below(&options.boxes)?, below(&options.masks)?);
    let mut left_out = Counted::default();
    let mut keep = |records: &mut Vec<Record>, has: &dyn Fn(&Record) -> bool| {
        records.retain(|record| {
            let kept = has(record);
            if !kept {
                left_out.add(1, &record.id);
            }
            kept
        });
    };
    if let Some(file) = &boxes {
        let place = format!("in {}", list.file_name().unwrap_or_default().to_string_lossy());
        let label_of = |name: &str| {
            let known = classes.iter().position(|class| class == name);
            known.ok_or_else(|| match closest(name, classes.iter().map(String::as_str)) {
                Some(near) => format!("unknown category `{name}`, did you mean `{near}`?"),
                None => {
                    format!("unknown category `{name}`; categories_places365.txt lists all, without `/a/`")
                }
            })
        };
        read_boxes(file, &NamedImages { index, place: &place }, label_of, records)?;
        keep(records, &|record| !record.boxes.is_empty());
        if records.is_empty() {
            return Err(DatasetError::file(file, "has no box of an image's category"));
        }
    }
    if let Some(folder) = &masks {
        if !files::is_folder(folder) {
            return Err(DatasetError::file(folder, "is no folder; check `masks`"));
        }
        if boxes.is_none() {
            keep(records, &|record| files::is_file(&mask_file(folder, record)));
        }
        if records.is_empty() {
            let problem = "has no mask of an image; masks are PNGs with the images' names, such as `a/b.png` of `a/b.jpg`";
            return Err(DatasetError::file(folder, problem));
        }
        records.iter_mut().try_for_each(|record| add_mask(folder, record))?;
    }
    let what = if boxes.is_some() { "boxes" } else { "masks" };
    let words = |images: &str| format!("{images} without {what} left out");
    Ok(left_out.remark(&words("image"), &words("images")).into_iter().collect())
}

/// Class names by label: `/a/apartment_building/outdoor` becomes `apartment_building/outdoor`.
fn categories(path: &Path) -> Result<Vec<String>, DatasetError> {
    let mut names: Vec<Option<String>> = Vec::new();
    for line in Lines::read(path)?.iter() {
        let (name, label) = line.name_and_number()?;
        let letter = |name: &str| name.len() > 3 && name.starts_with('/') && name.as_bytes()[2] == b'/';
        let name = if letter(name) { &name[3..] } else { name };
        // A larger label is a mistake and would allocate memory in proportion.
        if label >= 100_000 {
            return Err(line.error(format!("label {label} is out of range; use less than 100000")));
        }
        if names.len() <= label {
            names.resize(label + 1, None);
        }
        if names[label].replace(name.to_owned()).is_some() {
            return Err(line.error(format!("label {label} is listed twice")));
        }
    }
    let named = names.into_iter().enumerate().map(|(label, name)| {
        name.ok_or_else(|| {
            DatasetError::file(
                path,
                format!("has no category with label {label}; labels must run from 0 without gaps"),
            )
        })
    });
    named.collect()
}
