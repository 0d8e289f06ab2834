//! A folder of images: classes are its sub-folders, or a list gives the labels.

use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::error::DatasetError;
use super::listed::{Listed, Record, by_id};
use super::mask_source::MaskSource;
use super::names::{NameIndex, composed};
use super::rows::{ListFile, ListRow};
use super::{Dataset, Reader, Reading, files};
use crate::path::{DataPath, InnerPath};
use camlab_base::registry::unknown;

/// Locations of the images, labels and ground truth. All paths except `root` are relative to `root`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Folder {
    /// The folder of images, or of one sub-folder per class; a ZIP or uncompressed tar archive is read in place.
    #[serde(skip_serializing_if = "DataPath::is_empty")]
    pub root: DataPath,
    /// A CSV with rows `image,label`. If omitted, an image's class is its sub-folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub labels: Option<InnerPath>,
    /// A CSV with rows `image,x0,y0,x1,y1[,label]`: inclusive corners, any number of rows per image. With a label,
    /// only boxes of the image's own class are used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boxes: Option<InnerPath>,
    /// A folder of mask PNGs with the images' relative names: 0 is background, other values are object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub masks: Option<InnerPath>,
    /// Mask value of pixels that metrics ignore.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ignore_value: Option<u8>,
    /// Class names in label order. If omitted: the names found, sorted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub classes: Option<Vec<String>>,
}

impl Reader for Folder {
    fn open(&self, reading: Reading) -> Result<Box<dyn Dataset>, DatasetError> {
        Ok(Box::new(open(self, reading)?))
    }
}

/// Lists the images in sorted order and reads labels, boxes and mask names.
fn open(options: &Folder, reading: Reading) -> Result<Listed, DatasetError> {
    let root = options.root.resolve(Path::new(""))?;
    let below = |path: &Option<InnerPath>| path.as_ref().map(|path| path.resolve(&root)).transpose();
    let masks = below(&options.masks)?;
    let mut records: Vec<Record> = images(&root, masks.as_deref())?;
    if records.is_empty() {
        return Err(DatasetError::file(&root, "holds no image (.jpg, .jpeg or .png); check `root`"));
    }
    let index = by_id(&records, |id| DatasetError::file(&root, format!("lists `{id}` twice")))?;

    let names = match below(&options.labels)? {
        Some(list) => listed_names(&list, &index, &records)?,
        None => folder_names(&root, &records)?,
    };
    let classes = match &options.classes {
        Some(classes) => classes.iter().map(|class| composed(class)).collect(),
        None => sorted(&names),
    };
    check_classes(&classes)?;
    for (record, name) in records.iter_mut().zip(&names) {
        record.label = classes.iter().position(|class| class == name).ok_or_else(|| {
            let known: Vec<&str> = classes.iter().map(String::as_str).collect();
            DatasetError::file(&root.join(&record.id), unknown("class", name, &known))
        })?;
    }
    if let Some(list) = below(&options.boxes)? {
        read_boxes(&list, &index, &classes, &mut records)?;
    }
    if let Some(folder) = &masks {
        for record in &mut records {
            let mask = folder.join(&record.id).with_extension("png");
            if !files::is_file(&mask) {
                let problem =
                    format!("the mask of image `{}` does not exist; add it, or check `masks`", record.id);
                return Err(DatasetError::file(&mask, problem));
            }
            record.masks.push(MaskSource::image(mask));
        }
    }
    Ok(Listed {
        reading,
        remarks: Vec::new(),
        images: root,
        classes,
        records,
        ignore_value: options.ignore_value,
        has_boxes: options.boxes.is_some(),
        has_masks: masks.is_some(),
    })
}

/// Files with an image extension, in sorted order, without hidden files and masks.
fn images(root: &Path, masks: Option<&Path>) -> Result<Vec<Record>, DatasetError> {
    const EXTENSIONS: [&str; 9] = ["jpg", "jpeg", "jpe", "png", "gif", "bmp", "tif", "tiff", "webp"];
    let is_image = |id: &String| {
        let extension = id.rsplit('/').next().and_then(|name| name.rsplit_once('.')).map(|(_, end)| end);
        extension.is_some_and(|end| EXTENSIONS.contains(&end.to_lowercase().as_str()))
    };
    let names = files::below(root, masks)?.into_iter().filter(is_image);
    Ok(names.map(|id| Record { id, ..Record::default() }).collect())
}

fn folder_names(root: &Path, records: &[Record]) -> Result<Vec<String>, DatasetError> {
    let class = |record: &Record| match record.id.split_once('/') {
        Some((folder, _)) => Ok(composed(folder)),
        None => Err(DatasetError::file(
            &root.join(&record.id),
            "is not in a class folder; move it into one, or set `labels = \"labels.csv\"`",
        )),
    };
    records.iter().map(class).collect()
}

fn listed_names(list: &Path, index: &NameIndex, records: &[Record]) -> Result<Vec<String>, DatasetError> {
    let mut names: Vec<Option<String>> = vec![None; records.len()];
    for row in ListFile::read(list, b',')?.after_header("image") {
        row.expect_fields(&[2], "image,label")?;
        let i = find(&row, index)?;
        if names[i].is_some() {
            return Err(row.error(format!("`{}` is listed twice; remove one row", records[i].id)));
        }
        names[i] = Some(composed(row.text(1, "label")?));
    }
    let named = names.into_iter().zip(records).map(|(name, record)| {
        name.ok_or_else(|| {
            DatasetError::file(
                list,
                format!("has no label for `{}`; add a row or remove the image", record.id),
            )
        })
    });
    named.collect()
}

fn find(row: &ListRow<'_>, index: &NameIndex) -> Result<usize, DatasetError> {
    let id = row.text(0, "image")?;
    let closest = || camlab_base::registry::closest(id, index.names());
    index.get(id).ok_or_else(|| match closest() {
        _ if row.is_first() && !id.contains('.') => {
            row.error(format!("the first column is called `{id}`; it must be called `image`"))
        }
        _ if index.look_alikes(id) > 1 => row.error(format!(
            "there are several images whose names look like `{id}` under `root`, with composed and decomposed letters; \
             rename them"
        )),
        Some(near) => row.error(format!("there is no image `{id}` under `root`, did you mean `{near}`?")),
        None => row.error(format!("there is no image `{id}` under `root`; remove the row or check `root`")),
    })
}

fn read_boxes(
    list: &Path,
    index: &NameIndex,
    classes: &[String],
    records: &mut [Record],
) -> Result<(), DatasetError> {
    for row in ListFile::read(list, b',')?.after_header("image") {
        row.expect_fields(&[5, 6], "image,x0,y0,x1,y1[,label]")?;
        let record = &mut records[find(&row, index)?];
        let found = row.pixel_box(1)?;
        if let Some(label) = row.get(5).map(composed) {
            let known: Vec<&str> = classes.iter().map(String::as_str).collect();
            if !known.contains(&label.as_str()) {
                return Err(row.error(unknown("class", &label, &known)));
            }
            if known[record.label] != label {
                continue;
            }
        }
        record.boxes.push(found);
    }
    match records.iter().find(|record| record.boxes.is_empty()) {
        None => Ok(()),
        Some(record) => Err(DatasetError::file(
            list,
            format!("has no box of its class for `{}`; add a row or remove the image", record.id),
        )),
    }
}

fn sorted(names: &[String]) -> Vec<String> {
    let set: std::collections::BTreeSet<&String> = names.iter().collect();
    set.into_iter().cloned().collect()
}

fn check_classes(classes: &[String]) -> Result<(), DatasetError> {
    match classes.iter().enumerate().find(|(i, class)| classes[..*i].contains(class)) {
        None => Ok(()),
        Some((_, class)) => {
            Err(DatasetError::option("classes", format!("`{class}` is listed twice; remove one")))
        }
    }
}
