//! Parquet shards with a column of images, as Hugging Face's `datasets` writes them.

use std::path::{Path, PathBuf};

use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use camlab_frame::{ForeignColumn, ForeignTable};

use super::error::{DatasetError, in_order};
use super::listed::{Listed, Record};
use super::{Dataset, DeclaredReading, Reader, class_labels, files};
use crate::path::DataPath;

/// Location of the shards and their columns.
///
/// Images are encoded files in a column of bytes, or in the field `bytes` of a struct. Row groups that were read are kept in memory up
/// to 1 GiB: a larger set is read quickly in its own order, but each shuffled image decodes its row group anew.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct HuggingFace {
    /// The folder of the shards, or one shard.
    #[serde(skip_serializing_if = "DataPath::is_empty")]
    pub root: DataPath,
    /// Name of the split: shards `SPLIT-00000-of-00002.parquet`, `SPLIT.parquet`, or those in a folder of that name. If omitted:
    /// every `.parquet` below `root`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub split: Option<String>,
    /// Column of the images. If omitted: the one that the file's metadata call an image, or `image`, `img` or `jpg`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// Column of the labels, numbers or names. If omitted: the one that the file's metadata call a class label, or `label` or
    /// `labels`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Class names in label order. If omitted: those of the file's metadata, or the numbers or names found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub classes: Option<Vec<String>>,
}

impl Reader for HuggingFace {
    fn open(&self, reading: DeclaredReading) -> Result<Box<dyn Dataset>, DatasetError> {
        Ok(Box::new(open(self, reading)?))
    }
}

/// Columns of images and labels, and the names of the classes, as a file declares them.
struct ColumnChoice {
    image: String,
    label: String,
    classes: Option<Vec<String>>,
}

/// Reads the footers and the labels of all shards.
fn open(options: &HuggingFace, reading: DeclaredReading) -> Result<Listed, DatasetError> {
    let root = options.root.resolve(Path::new(""))?;
    let (folder, shards) = shards(&root, options.split.as_deref())?;
    let read: Vec<ShardRows> =
        in_order(shards.par_iter().map(|shard| rows(&folder, shard, options)).collect())?;
    let mut classes = options.classes.clone();
    let (mut records, mut labels) = (Vec::new(), Vec::new());
    for ((own, texts, named), shard) in read.into_iter().zip(&shards) {
        match (&classes, named) {
            (None, named) => classes = named,
            (Some(known), Some(named)) if options.classes.is_none() && *known != named => {
                let problem = "names other classes than the shards before it; set `split` or `classes`";
                return Err(DatasetError::file(&folder.join(shard), problem));
            }
            _ => {}
        }
        records.extend(own);
        labels.extend(texts);
    }
    if records.is_empty() {
        return Err(DatasetError::file(&root, "the shards hold no row"));
    }
    let (classes, labels) = class_labels::resolved(&labels, classes.as_deref())?;
    records.iter_mut().zip(labels).for_each(|(record, label)| record.label = label);
    Ok(Listed {
        reading,
        remarks: Vec::new(),
        images: folder,
        classes,
        records,
        ignore_value: None,
        has_boxes: false,
        has_masks: false,
    })
}

/// The folder of the shards, and their names in it, sorted.
fn shards(root: &Path, split: Option<&str>) -> Result<(PathBuf, Vec<String>), DatasetError> {
    let is_shard = |name: &str| name.to_ascii_lowercase().ends_with(".parquet");
    if let Some(name) = root.file_name().and_then(|name| name.to_str()).filter(|name| is_shard(name)) {
        return Ok((root.parent().map(Path::to_path_buf).unwrap_or_default(), vec![name.to_owned()]));
    }
    let all: Vec<String> = files::below(root, None)?.into_iter().filter(|name| is_shard(name)).collect();
    let Some(first) = all.first() else {
        return Err(DatasetError::file(root, "holds no .parquet; check `root`"));
    };
    let Some(split) = split else { return Ok((root.to_path_buf(), all)) };
    let wanted = |name: &&String| {
        let (folders, file) = name.rsplit_once('/').unwrap_or(("", name));
        let rest = file.strip_prefix(split);
        rest.is_some_and(|rest| rest.starts_with(['-', '.', '_']))
            || folders.split('/').any(|folder| folder == split)
    };
    let own: Vec<String> = all.iter().filter(wanted).cloned().collect();
    match own.is_empty() {
        true => {
            let problem =
                format!("holds no shard of the split `{split}`, but files such as `{first}`; check `split`");
            Err(DatasetError::file(root, problem))
        }
        false => Ok((root.to_path_buf(), own)),
    }
}

/// The rows of a shard with the texts of their labels, and the names of the classes in its metadata.
type ShardRows = (Vec<Record>, Vec<(String, PathBuf)>, Option<Vec<String>>);

fn rows(folder: &Path, shard: &str, options: &HuggingFace) -> Result<ShardRows, DatasetError> {
    let path = folder.join(shard);
    let wrong = |problem: String| DatasetError::file(&path, problem);
    let table = ForeignTable::open(&path).map_err(|error| wrong(format!("is {error}")))?;
    let ColumnChoice { image, label, classes } = columns(&table, options).map_err(&wrong)?;
    let stem = shard.rsplit_once('.').map_or(shard, |(stem, _)| stem);
    let (mut records, mut labels) = (Vec::new(), Vec::new());
    for group in 0..table.groups().len() {
        let column =
            table.column(group, &label).map_err(|error| wrong(format!("column `{label}`: {error}")))?;
        let texts: Vec<Option<String>> = match column {
            ForeignColumn::Integers(numbers) => {
                numbers.into_iter().map(|number| number.map(|number| number.to_string())).collect()
            }
            ForeignColumn::Bytes(texts) => {
                texts.into_iter().map(|text| text.and_then(|text| String::from_utf8(text).ok())).collect()
            }
        };
        for text in texts {
            let row = records.len();
            let text =
                text.ok_or_else(|| wrong(format!("row {row} has no label in the column `{label}`")))?;
            if text.starts_with('-') && text[1..].bytes().all(|byte| byte.is_ascii_digit()) {
                let problem = format!("row {row} has the label {text}: the labels of this split are hidden");
                return Err(wrong(problem));
            }
            records.push(Record {
                id: format!("{stem}/{row}"),
                file: Some(format!("{shard}/{image}/{row}")),
                ..Record::default()
            });
            labels.push((text, path.clone()));
        }
    }
    Ok((records, labels, classes))
}

/// Chooses the columns by the options, the file's metadata, or common names.
fn columns(table: &ForeignTable, options: &HuggingFace) -> Result<ColumnChoice, String> {
    let names = table.columns();
    let declared: Value =
        table.stored("huggingface").and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let features = declared.pointer("/info/features").and_then(Value::as_object);
    let kind = |feature: &Value, wanted: &str| feature.get("_type").and_then(Value::as_str) == Some(wanted);
    let of_kind = |wanted: &str| {
        let found = features.into_iter().flatten().find(|(_, feature)| kind(feature, wanted));
        found.map(|(name, _)| name.clone())
    };
    let common = |known: &[&str]| {
        let there = |name: &&&str| names.iter().any(|column| column.split('.').next() == Some(**name));
        known.iter().find(there).map(|name| (*name).to_owned())
    };
    let image =
        options.image.clone().or_else(|| of_kind("Image")).or_else(|| common(&["image", "img", "jpg"]));
    let label =
        options.label.clone().or_else(|| of_kind("ClassLabel")).or_else(|| common(&["label", "labels"]));
    let all = || names.join(", ");
    let image = image
        .ok_or_else(|| format!("no column is known to hold images; set `image` to one of: {}", all()))?;
    let label = label
        .ok_or_else(|| format!("no column is known to hold labels; set `label` to one of: {}", all()))?;
    // An image of `datasets` is a struct of bytes and path.
    let inner = format!("{image}.bytes");
    let image = [image.clone(), inner].into_iter().find(|name| names.contains(name)).ok_or_else(|| {
        format!("there is no column `{image}`, but {}; set `image` to the one of the images", all())
    })?;
    if !names.contains(&label) {
        return Err(format!(
            "there is no column `{label}`, but {}; set `label` to the one of the labels",
            all()
        ));
    }
    let named = features.and_then(|features| features.get(&label)).and_then(|feature| feature.get("names"));
    let classes = named.and_then(Value::as_array).map(|names| {
        names.iter().map(|name| name.as_str().map_or_else(|| name.to_string(), str::to_owned)).collect()
    });
    Ok(ColumnChoice { image, label, classes })
}
