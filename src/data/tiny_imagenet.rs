//! The Tiny-ImageNet layout (Stanford CS231n): `wnids.txt`, `words.txt`, `train/<wnid>/`, `val/`.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::error::DatasetError;
use super::listed::{Listed, Record, by_id, display_names};
use super::rows::{ListFile, ListRow};
use super::{Dataset, DeclaredReading, Reader, Split, files};
use crate::path::DataPath;

/// Location of the data set and its split.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TinyImagenet {
    /// The folder that holds `wnids.txt`.
    #[serde(skip_serializing_if = "DataPath::is_empty")]
    pub root: DataPath,
    /// `train` or `val`.
    #[serde(default)]
    pub split: Split,
}

impl Reader for TinyImagenet {
    fn open(&self, reading: DeclaredReading) -> Result<Box<dyn Dataset>, DatasetError> {
        Ok(Box::new(open(self, reading)?))
    }
}

/// Reads the lists of one split: `train/<wnid>/<wnid>_boxes.txt` (name, x0, y0, x1, y1) of every class, or
/// `val/val_annotations.txt` (name, wnid, x0, y0, x1, y1).
fn open(options: &TinyImagenet, reading: DeclaredReading) -> Result<Listed, DatasetError> {
    let root = options.root.resolve(Path::new(""))?;
    let wnids = class_ids(&root.join("wnids.txt"))?;
    let words = words(&root.join("words.txt"))?;
    let named: Vec<(String, String)> =
        wnids.iter().map(|wnid| (wnid.clone(), words.get(wnid).unwrap_or(wnid).clone())).collect();
    let mut records = Vec::new();
    match options.split {
        Split::Train => {
            for (label, wnid) in wnids.iter().enumerate() {
                let folder = format!("train/{wnid}/images");
                let list = root.join(format!("train/{wnid}/{wnid}_boxes.txt"));
                for row in ListFile::read(&list, b'\t')?.iter() {
                    row.expect_fields(&[5], "name<tab>x0<tab>y0<tab>x1<tab>y1")?;
                    records.push(record(&row, &folder, label, 1)?);
                }
            }
        }
        Split::Val => {
            let list = root.join("val/val_annotations.txt");
            let labels: HashMap<&str, usize> =
                wnids.iter().enumerate().map(|(label, wnid)| (wnid.as_str(), label)).collect();
            for row in ListFile::read(&list, b'\t')?.iter() {
                row.expect_fields(&[6], "name<tab>wnid<tab>x0<tab>y0<tab>x1<tab>y1")?;
                let wnid = row.text(1, "wnid")?;
                let label = *labels
                    .get(wnid)
                    .ok_or_else(|| row.error(format!("class `{wnid}` is not in wnids.txt")))?;
                records.push(record(&row, "val/images", label, 2)?);
            }
        }
        Split::Test => {
            let problem = "`test` has no labels in this layout; choose `train` or `val`";
            return Err(DatasetError::option("split", problem));
        }
    }
    if records.is_empty() {
        return Err(DatasetError::file(&root, "the lists name no image"));
    }
    by_id(&records, |id| DatasetError::file(&root, format!("the lists name `{id}` twice")))?;
    unlisted(&root, options.split, &wnids, &records)?;
    Ok(Listed {
        reading,
        remarks: Vec::new(),
        images: root,
        classes: display_names(&named),
        records,
        ignore_value: None,
        has_boxes: true,
        has_masks: false,
    })
}

fn record(row: &ListRow<'_>, folder: &str, label: usize, first: usize) -> Result<Record, DatasetError> {
    let id = format!("{folder}/{}", row.text(0, "name")?);
    Ok(Record { id, label, boxes: vec![row.pixel_box(first)?], ..Record::default() })
}

/// Error for an image file that no list names: it would have neither label nor box.
fn unlisted(root: &Path, split: Split, wnids: &[String], records: &[Record]) -> Result<(), DatasetError> {
    let listed: HashSet<&str> = records.iter().map(|record| record.id.as_str()).collect();
    let folders: Vec<String> = match split {
        Split::Train => wnids.iter().map(|wnid| format!("train/{wnid}/images")).collect(),
        _ => vec!["val/images".into()],
    };
    for folder in folders {
        let path = root.join(&folder);
        let names = files::below(&path, None)?;
        if let Some(name) = names.iter().find(|name| !listed.contains(format!("{folder}/{name}").as_str())) {
            let problem = "is not listed; add a row with its label and box, or remove the image";
            return Err(DatasetError::file(&path.join(name), problem));
        }
    }
    Ok(())
}

fn class_ids(path: &Path) -> Result<Vec<String>, DatasetError> {
    let mut wnids: Vec<String> = Vec::new();
    for row in ListFile::read(path, b'\t')?.iter() {
        row.expect_fields(&[1], "wnid")?;
        let wnid = row.text(0, "wnid")?.to_string();
        if wnids.contains(&wnid) {
            return Err(row.error(format!("class `{wnid}` is listed twice")));
        }
        wnids.push(wnid);
    }
    Ok(wnids)
}

/// Reads lines `wnid<tab>synonyms`; the published file names 82,115 synsets, most of them not in the data set.
fn words(path: &Path) -> Result<HashMap<String, String>, DatasetError> {
    let mut words = HashMap::new();
    for row in ListFile::read(path, b'\t')?.iter() {
        words.insert(row.text(0, "wnid")?.to_string(), row.text(1, "words")?.to_string());
    }
    Ok(words)
}
