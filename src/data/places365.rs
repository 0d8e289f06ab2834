//! The Places365 layout (Zhou et al., TPAMI 2018): scenes with labels, without boxes.

use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::error::DatasetError;
use super::lines::Lines;
use super::listed::{Listed, Record, by_id};
use super::{Dataset, DeclaredReading, Reader, Split, files};
use crate::path::{DataPath, InnerPath};

/// Location of the data set and its split: `categories_places365.txt` (lines `/a/airfield 0`) beside
/// `places365_train_standard.txt` or `places365_val.txt` (lines `file label`), and the images in `data_256` or
/// `val_256` (the small set) or `data_large` or `val_large`.
///
/// There are no boxes and no masks, so metrics that need them are unavailable; classification, prediction analysis
/// and the similarity of maps are computed.
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
    by_id(&records, |id| DatasetError::file(&list, format!("lists `{id}` twice")))?;
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
        remarks: Vec::new(),
        images,
        classes,
        records,
        ignore_value: None,
        has_boxes: false,
        has_masks: false,
    })
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
