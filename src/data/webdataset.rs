//! WebDataset: tar shards whose files belong to one sample if their names are the same up to the first dot.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::error::{DatasetError, in_order};
use super::listed::{Listed, Record};
use super::{Dataset, DeclaredReading, Reader, class_labels, files, text};
use crate::path::DataPath;

/// Location of the shards, and of the labels within a sample.
///
/// A sample is an image `KEY.jpg`, `KEY.jpeg` or `KEY.png` with its label in `KEY.cls` or in `KEY.json`; other files of a sample
/// are passed over. Places of all images in the shards are held in memory, so that they are read in any order.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct WebDataset {
    /// The folder of the shards, or one shard.
    #[serde(skip_serializing_if = "DataPath::is_empty")]
    pub root: DataPath,
    /// Names of the shards, such as `train-{000..146}.tar`. If omitted: every `.tar` of the folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shards: Option<String>,
    /// Key of the label in `KEY.json`; dots lead to inner keys. If omitted: the text of `KEY.cls`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label_key: Option<String>,
    /// Class names in label order. If omitted: the numbers, or the names found, sorted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub classes: Option<Vec<String>>,
}

/// Most shards that a pattern may name.
const MOST_SHARDS: usize = 1_000_000;

impl Reader for WebDataset {
    fn check(&self) -> Result<(), DatasetError> {
        self.shards.as_deref().map_or(Ok(()), |pattern| expanded(pattern).map(|_| ()))
    }

    fn open(&self, reading: DeclaredReading) -> Result<Box<dyn Dataset>, DatasetError> {
        Ok(Box::new(open(self, reading)?))
    }
}

/// Reads the list of every shard, and the labels.
fn open(options: &WebDataset, reading: DeclaredReading) -> Result<Listed, DatasetError> {
    let root = options.root.resolve(Path::new(""))?;
    let is_shard = |name: &str| name.to_ascii_lowercase().ends_with(".tar");
    // A shard as the root is in the folder that holds it.
    let (folder, shards) = match (&options.shards, root.file_name().and_then(|name| name.to_str())) {
        (Some(pattern), _) => (root.clone(), expanded(pattern)?),
        (None, Some(name)) if is_shard(name) => {
            (root.parent().map(Path::to_path_buf).unwrap_or_default(), vec![name.to_owned()])
        }
        (None, _) => {
            let all = files::below(&root, None)?.into_iter().filter(|name| is_shard(name)).collect();
            (root.clone(), all)
        }
    };
    if shards.is_empty() {
        return Err(DatasetError::file(&root, "holds no .tar; check `root`, or set `shards`"));
    }
    let read: Vec<Vec<(Record, String, PathBuf)>> =
        in_order(shards.par_iter().map(|shard| samples(&folder, shard, options)).collect())?;
    let (mut records, mut labels) = (Vec::new(), Vec::new());
    for (record, label, place) in read.into_iter().flatten() {
        records.push(record);
        labels.push((label, place));
    }
    if records.is_empty() {
        return Err(DatasetError::file(&root, "the shards hold no image (.jpg, .jpeg or .png)"));
    }
    let (classes, labels) = class_labels::resolved(&labels, options.classes.as_deref())?;
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

/// The samples of a shard with the texts of their labels and the files that these come from.
fn samples(
    folder: &Path,
    shard: &str,
    options: &WebDataset,
) -> Result<Vec<(Record, String, PathBuf)>, DatasetError> {
    let path = folder.join(shard);
    if !files::is_folder(&path) {
        // The error of reading it says more.
        files::read(&path.join("KEY")).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => {
                DatasetError::file(&path, "there is no such shard; check `root` and `shards`")
            }
            _ => DatasetError::unreadable(&path, error),
        })?;
    }
    let mut groups: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    for name in files::below(&path, None)? {
        let start = name.rfind('/').map_or(0, |slash| slash + 1);
        let Some((key, kind)) = name[start..].split_once('.') else { continue };
        let key = format!("{}{key}", &name[..start]);
        groups.entry(key).or_default().push((kind.to_ascii_lowercase(), name));
    }
    let mut found = Vec::with_capacity(groups.len());
    for (key, parts) in groups {
        let images: Vec<&String> = parts
            .iter()
            .filter(|(kind, _)| ["jpg", "jpeg", "png"].contains(&kind.as_str()))
            .map(|(_, name)| name)
            .collect();
        let image = match images.as_slice() {
            [] => continue,
            [image] => *image,
            [first, second, ..] => {
                let problem = format!("sample `{key}` has two images, `{first}` and `{second}`; rename one");
                return Err(DatasetError::file(&path, problem));
            }
        };
        let (kind, remedy) = match &options.label_key {
            Some(_) => ("json", ""),
            None => ("cls", "; set `label-key` if the label is in the samples' JSON"),
        };
        let label = parts.iter().find(|(found, _)| found == kind).ok_or_else(|| {
            DatasetError::file(&path, format!("sample `{key}` has no `{key}.{kind}` for its label{remedy}"))
        })?;
        let place = path.join(&label.1);
        let written = text::read(&place)?;
        let label = match &options.label_key {
            Some(label_key) => of_json(&place, &written, label_key)?,
            None => written.trim().to_owned(),
        };
        if label.is_empty() {
            return Err(DatasetError::file(&place, "the label is empty; write the class's number or name"));
        }
        // Shards may number their samples alike.
        let stem = shard.rsplit_once('.').map_or(shard, |(stem, _)| stem);
        let record = Record {
            id: format!("{stem}/{key}"),
            file: Some(format!("{shard}/{image}")),
            ..Record::default()
        };
        found.push((record, label, place));
    }
    Ok(found)
}

/// The value of a key, a text or a whole number.
fn of_json(path: &Path, text: &str, key: &str) -> Result<String, DatasetError> {
    let broken = |error: serde_json::Error| DatasetError::Row {
        path: path.to_path_buf(),
        line: error.line().max(1) as u64,
        problem: format!("is not valid JSON: {error}"),
    };
    let value: Value = serde_json::from_str(text).map_err(broken)?;
    let found = key.split('.').try_fold(&value, |value, key| value.get(key));
    match found {
        Some(Value::String(name)) => Ok(name.trim().to_owned()),
        Some(Value::Number(number)) if number.is_u64() => Ok(number.to_string()),
        Some(other) => {
            let problem = format!("`{key}` is {other}; it must be a class's name or number");
            Err(DatasetError::file(path, problem))
        }
        None => {
            let keys: Vec<&str> =
                value.as_object().into_iter().flatten().map(|(key, _)| key.as_str()).collect();
            let problem = format!("has no key `{key}`, but {}; check `label-key`", keys.join(", "));
            Err(DatasetError::file(path, problem))
        }
    }
}

/// The names that a pattern with ranges `{000..146}` stands for; leading zeros give the number of digits.
fn expanded(pattern: &str) -> Result<Vec<String>, DatasetError> {
    let wrong = |problem: String| DatasetError::option("shards", problem);
    let Some((before, rest)) = pattern.split_once('{') else { return Ok(vec![pattern.to_owned()]) };
    let Some((range, after)) = rest.split_once('}') else {
        return Err(wrong(format!("`{pattern}` opens a brace and does not close it; write `{{000..146}}`")));
    };
    let ends = range
        .split_once("..")
        .and_then(|(from, to)| Some((from.len(), from.parse::<usize>().ok()?, to.parse::<usize>().ok()?)));
    let Some((digits, from, to)) = ends.filter(|(_, from, to)| from <= to) else {
        return Err(wrong(format!("`{{{range}}}` is no range of numbers; write `{{000..146}}`")));
    };
    let tails = expanded(after)?;
    if (to - from).saturating_add(1).saturating_mul(tails.len()) > MOST_SHARDS {
        return Err(wrong(format!("`{pattern}` names more than {MOST_SHARDS} shards")));
    }
    let all = (from..=to)
        .flat_map(|number| tails.iter().map(move |tail| format!("{before}{number:0digits$}{tail}")));
    Ok(all.collect())
}
