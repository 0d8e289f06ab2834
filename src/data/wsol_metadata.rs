//! The metadata layout of wsolevaluation (Choe et al., CVPR 2020): lists of ids, labels, sizes and boxes or
//! masks beside the images.

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::class_list::ClassList;
use super::error::DatasetError;
use super::lines::Lines;
use super::listed::{Listed, Record, by_id, display_names};
use super::mask_source::MaskSource;
use super::rows::{ListFile, ListRow};
use super::{Dataset, DeclaredReading, Reader, files};
use crate::path::{DataPath, InnerPath};

/// Locations of the lists and images. File names are relative to `root`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct WsolMetadata {
    /// The folder that holds the lists.
    #[serde(skip_serializing_if = "DataPath::is_empty")]
    pub root: DataPath,
    /// The folder that image ids are relative to. If omitted: `root`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub images: Option<InnerPath>,
    /// The folder that mask names are relative to. If omitted: `root`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub masks: Option<InnerPath>,
    /// File with rows `id`.
    #[serde(default = "image_ids")]
    pub image_ids: String,
    /// File with rows `id,label`; labels start at 0.
    #[serde(default = "class_labels")]
    pub class_labels: String,
    /// File with rows `id,width,height`: the image size that the boxes refer to. Optional; if missing, the images'
    /// own sizes.
    #[serde(default = "image_sizes")]
    pub image_sizes: String,
    /// File with rows `id,x0,y0,x1,y1` or `id,mask,ignored`, any number per image. Optional (the training split has
    /// none).
    #[serde(default = "localization")]
    pub localization: String,
    /// File whose line `label + 1` is `wnid words`. Optional; if missing, classes are named by their number.
    #[serde(default = "class_names")]
    pub class_names: String,
    /// The classes in label order, those of the network, instead of `class-names`: their number, a list of names, or a
    /// text file with a name per line or `wnid words`. Needed where labels stop short of the network's classes and there is
    /// no `class-names` file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub classes: Option<ClassList>,
}

fn image_ids() -> String {
    "image_ids.txt".into()
}
fn class_labels() -> String {
    "class_labels.txt".into()
}
fn image_sizes() -> String {
    "image_sizes.txt".into()
}
fn localization() -> String {
    "localization.txt".into()
}
fn class_names() -> String {
    "synset_words.txt".into()
}

impl Default for WsolMetadata {
    fn default() -> Self {
        Self {
            root: DataPath::default(),
            images: None,
            masks: None,
            image_ids: image_ids(),
            class_labels: class_labels(),
            image_sizes: image_sizes(),
            localization: localization(),
            class_names: class_names(),
            classes: None,
        }
    }
}

impl Reader for WsolMetadata {
    fn open(&self, reading: DeclaredReading) -> Result<Box<dyn Dataset>, DatasetError> {
        Ok(Box::new(open(self, reading)?))
    }
}

/// Reads all lists.
fn open(options: &WsolMetadata, reading: DeclaredReading) -> Result<Listed, DatasetError> {
    let root = options.root.resolve(Path::new(""))?;
    let below = |path: &Option<InnerPath>| path.as_ref().map_or(Ok(root.clone()), |path| path.resolve(&root));
    let ids = root.join(&options.image_ids);
    let mut records = Vec::new();
    for row in ListFile::read(&ids, b',')?.iter() {
        row.expect_fields(&[1], "id")?;
        records.push(Record { id: row.text(0, "id")?.to_string(), ..Record::default() });
    }
    if records.is_empty() {
        return Err(DatasetError::file(&ids, "lists no image"));
    }
    let index = by_id(&records, |id| DatasetError::file(&ids, format!("lists `{id}` twice")))?;
    let find = |row: &ListRow<'_>| {
        let id = row.text(0, "id")?;
        index.get(id).ok_or_else(|| row.error(format!("`{id}` is not in {}", options.image_ids)))
    };

    let list = root.join(&options.class_labels);
    let mut labelled = vec![false; records.len()];
    for row in ListFile::read(&list, b',')?.iter() {
        row.expect_fields(&[2], "id,label")?;
        let i = find(&row)?;
        records[i].label = usize::from(row.number::<u16>(1, "label")?);
        labelled[i] = true;
    }
    every(&records, &list, |i| labelled[i], "label")?;

    if let Some(rows) = ListFile::read_if_there(&root.join(&options.image_sizes), b',')? {
        for row in rows.iter() {
            row.expect_fields(&[3], "id,width,height")?;
            let size = (row.number(1, "width")?, row.number(2, "height")?);
            if size.0 == 0 || size.1 == 0 {
                return Err(row.error(format!("size {}x{} has no pixels", size.0, size.1)));
            }
            records[find(&row)?].size = Some(size);
        }
        every(&records, &root.join(&options.image_sizes), |i| records[i].size.is_some(), "size")?;
    }

    let list = root.join(&options.localization);
    let masks = below(&options.masks)?;
    if let Some(rows) = ListFile::read_if_there(&list, b',')? {
        for row in rows.iter() {
            row.expect_fields(&[3, 5], "id,x0,y0,x1,y1` or `id,mask,ignored")?;
            let record = &mut records[find(&row)?];
            if row.get(4).is_some() {
                record.boxes.push(row.pixel_box(1)?);
                continue;
            }
            record.masks.push(MaskSource::image(existing(masks.join(row.text(1, "mask")?), &row)?));
            if let Some(ignored) = row.get(2).filter(|name| !name.is_empty()) {
                if !record.ignored.is_empty() {
                    return Err(row.error("names a second ignored region; an image has at most one"));
                }
                record.ignored.push(MaskSource::image(existing(masks.join(ignored), &row)?));
            }
        }
    }
    let has_boxes = records.iter().any(|record| !record.boxes.is_empty());
    let has_masks = records.iter().any(|record| !record.masks.is_empty());
    if has_boxes && has_masks {
        return Err(DatasetError::file(&list, "has rows of boxes and rows of masks; keep one kind"));
    }
    if has_boxes || has_masks {
        let located = |i: usize| !records[i].boxes.is_empty() || !records[i].masks.is_empty();
        every(&records, &list, located, "localization")?;
    }
    let classes = match &options.classes {
        Some(list) => declared(list, &root, &records)?,
        None => classes(&root.join(&options.class_names), &records)?,
    };
    Ok(Listed {
        reading,
        remarks: Vec::new(),
        images: below(&options.images)?,
        classes,
        records,
        ignore_value: None,
        has_boxes,
        has_masks,
    })
}

/// Error naming the first record without a row in the list.
fn every(
    records: &[Record],
    list: &Path,
    complete: impl Fn(usize) -> bool,
    what: &str,
) -> Result<(), DatasetError> {
    match (0..records.len()).find(|&i| !complete(i)).map(|i| &records[i]) {
        None => Ok(()),
        Some(record) => Err(DatasetError::file(
            list,
            format!("has no {what} for `{}`; add a row or remove the image from `image-ids`", record.id),
        )),
    }
}

fn existing(path: PathBuf, row: &ListRow<'_>) -> Result<PathBuf, DatasetError> {
    match files::is_file(&path) {
        true => Ok(path),
        false => Err(row.error(format!("the mask {} does not exist; check `masks`", path.display()))),
    }
}

/// Class names by label, as the option `classes` declares them.
fn declared(list: &ClassList, root: &Path, records: &[Record]) -> Result<Vec<String>, DatasetError> {
    let classes = list.classes(root)?;
    if let Some(record) = records.iter().find(|record| record.label >= classes.len()) {
        let (label, count) = (record.label, classes.len());
        let problem = format!("declares {count} classes, but `{}` has the label {label}", record.id);
        return Err(DatasetError::option("classes", problem));
    }
    Ok(classes.into_iter().map(|class| class.display).collect())
}

/// Class names by label: from the list if it exists, otherwise the numbers up to the largest label.
fn classes(path: &Path, records: &[Record]) -> Result<Vec<String>, DatasetError> {
    let needed = records.iter().map(|record| record.label + 1).max().unwrap_or(0);
    if !files::is_file(path) {
        return Ok((0..needed).map(|label| label.to_string()).collect());
    }
    let known: Vec<(String, String)> = Lines::read(path)?
        .counted()?
        .into_iter()
        .map(|line| line.text.split_once(' ').unwrap_or((line.text, line.text)))
        .map(|(id, words)| (id.to_string(), words.trim().to_string()))
        .collect();
    if known.len() < needed {
        let problem = format!("names {} classes, but the labels go up to {}", known.len(), needed - 1);
        return Err(DatasetError::file(path, problem));
    }
    Ok(display_names(&known))
}
