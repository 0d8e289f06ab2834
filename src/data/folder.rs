//! A folder of images: classes are its sub-folders, or a list gives the labels.

use std::collections::HashMap;
use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::beside::{NamedImages, add_mask, read_boxes};
use super::class_list::{ClassList, ListedClass};
use super::error::DatasetError;
use super::listed::{Listed, Record, by_id};
use super::names::{NameIndex, composed};
use super::rows::ListFile;
use super::unlabelled::UnlabelledSet;
use super::{Dataset, DeclaredReading, Reader, files};
use crate::path::{DataPath, InnerPath};
use camlab_base::registry::{closest, unknown};

/// Number of classes from which an error does not list all.
const FEW: usize = 12;
/// Problem of a folder without images.
const NO_IMAGE: &str = "holds no image (.jpg, .jpeg or .png); check `root`";

/// Place of the images, in errors of lists.
const BELOW_ROOT: &str = "under `root`";

/// Name of the only class of images without labels and classes.
const UNKNOWN: &str = "unknown";

/// Locations of the images, labels and ground truth. All paths except `root` are relative to `root`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Folder {
    /// The folder of images, or of one sub-folder per class; a ZIP or uncompressed tar archive is read in place.
    #[serde(skip_serializing_if = "DataPath::is_empty")]
    pub root: DataPath,
    /// A CSV with rows `image,label`. If omitted, an image's class is its sub-folder; images outside of any sub-folder
    /// have no label, which `data.labels = "unknown"` allows.
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
    /// The classes in label order, those of the network: their number (labels are then numbers from 0 on), a list of
    /// names, or a text file with a name per line or `wnid words` (labels are then names or WordNet ids). If omitted: the
    /// names found, sorted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub classes: Option<ClassList>,
}

impl Reader for Folder {
    fn open(&self, reading: DeclaredReading) -> Result<Box<dyn Dataset>, DatasetError> {
        let (set, labelled) = open(self, reading)?;
        Ok(if labelled { Box::new(set) } else { Box::new(UnlabelledSet(set)) })
    }
}

/// Lists the images in sorted order and reads labels, boxes and mask names; `false` without labels.
fn open(options: &Folder, reading: DeclaredReading) -> Result<(Listed, bool), DatasetError> {
    let root = options.root.resolve(Path::new(""))?;
    let below = |path: &Option<InnerPath>| path.as_ref().map(|path| path.resolve(&root)).transpose();
    let masks = below(&options.masks)?;
    let mut records: Vec<Record> = images(&root, masks.as_deref())?;
    if records.is_empty() {
        return Err(DatasetError::file(&root, NO_IMAGE));
    }
    let index = by_id(&records, |id| DatasetError::file(&root, format!("lists `{id}` twice")))?;

    let names = match below(&options.labels)? {
        Some(list) => Some(listed_names(&list, &index, &records)?),
        // Loose photographs: nobody has said what they show.
        None if records.iter().all(|record| !record.id.contains('/')) => None,
        None => Some(folder_names(&root, &records)?),
    };
    let classes = match &options.classes {
        Some(classes) => classes.classes(&root)?,
        None => named(sorted(names.as_deref().unwrap_or_default())),
    };
    let labels = labels_by_name(&classes);
    for (record, name) in records.iter_mut().zip(names.iter().flatten()) {
        record.label = label_of(&labels, name, &classes)
            .map_err(|problem| DatasetError::file(&root.join(&record.id), problem))?;
    }
    let labelled = names.is_some();
    if let Some(list) = below(&options.boxes)? {
        let label_of = |name: &str| match labelled {
            true => label_of(&labels, name, &classes),
            false => Err("boxes with a class need images with a class; set `labels`, or leave it out".into()),
        };
        all_boxes(&list, &NamedImages { index: &index, place: BELOW_ROOT }, label_of, &mut records)?;
    }
    let classes = match classes.is_empty() {
        true => vec![UNKNOWN.to_string()],
        false => classes.into_iter().map(|class| class.display).collect(),
    };
    if let Some(folder) = &masks {
        records.iter_mut().try_for_each(|record| add_mask(folder, record))?;
    }
    let set = Listed {
        reading,
        remarks: Vec::new(),
        images: root,
        classes,
        records,
        ignore_value: options.ignore_value,
        has_boxes: options.boxes.is_some(),
        has_masks: masks.is_some(),
    };
    Ok((set, labelled))
}

fn named(names: Vec<String>) -> Vec<ListedClass> {
    names.into_iter().map(|display| ListedClass { display, id: None }).collect()
}

/// The labels by the names that can mean them: of two classes with one name, the first.
fn labels_by_name(classes: &[ListedClass]) -> HashMap<&str, usize> {
    let mut labels = HashMap::new();
    for (label, class) in classes.iter().enumerate() {
        for name in std::iter::once(&class.display).chain(&class.id) {
            labels.entry(name.as_str()).or_insert(label);
        }
    }
    labels
}

/// The label that a name means.
fn label_of(labels: &HashMap<&str, usize>, name: &str, classes: &[ListedClass]) -> Result<usize, String> {
    labels.get(name).copied().ok_or_else(|| {
        let known: Vec<&str> = classes.iter().map(|class| class.display.as_str()).collect();
        match known.get(..FEW) {
            None => unknown("class", name, &known),
            Some(first) => match closest(name, known.iter().copied()) {
                Some(near) => format!("unknown class `{name}`, did you mean `{near}`?"),
                None => {
                    let first = first.join("`, `");
                    format!("unknown class `{name}`; the {} `classes` begin with `{first}`", known.len())
                }
            },
        }
    })
}

/// All images of a folder and its sub-folders, in sorted order, without labels and ground truth.
///
/// # Errors
/// A folder that cannot be read or holds no image.
pub fn images_only(root: &DataPath) -> Result<Box<dyn Dataset>, DatasetError> {
    let images_root = root.resolve(Path::new(""))?;
    let records = images(&images_root, None)?;
    if records.is_empty() {
        return Err(DatasetError::file(&images_root, NO_IMAGE));
    }
    Ok(Box::new(UnlabelledSet(Listed {
        reading: DeclaredReading::default(),
        remarks: Vec::new(),
        images: images_root,
        classes: vec![UNKNOWN.to_string()],
        records,
        ignore_value: None,
        has_boxes: false,
        has_masks: false,
    })))
}

/// Files with an image extension, in sorted order, without hidden files and masks.
fn images(root: &Path, masks: Option<&Path>) -> Result<Vec<Record>, DatasetError> {
    const EXTENSIONS: [&str; 12] =
        ["jpg", "jpeg", "jpe", "png", "gif", "bmp", "tif", "tiff", "webp", "heic", "heif", "avif"];
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
    let names: Vec<String> = records.iter().map(class).collect::<Result<_, _>>()?;
    // A ZIP of a folder, or a root one level too high.
    if let Some((first, others)) = names.split_first()
        && records.iter().all(|record| record.id.matches('/').count() > 1)
        && others.iter().all(|name| name == first)
    {
        let problem =
            format!("all images are in `{first}`, in folders of their own; add `/{first}` to `root`");
        return Err(DatasetError::file(root, problem));
    }
    Ok(names)
}

fn listed_names(list: &Path, index: &NameIndex, records: &[Record]) -> Result<Vec<String>, DatasetError> {
    let images = NamedImages { index, place: BELOW_ROOT };
    let mut names: Vec<Option<String>> = vec![None; records.len()];
    for row in ListFile::read(list, b',')?.after_header("image") {
        row.expect_fields(&[2], "image,label")?;
        let i = images.find(&row)?;
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

/// Boxes of all images; each must have one.
fn all_boxes(
    list: &Path,
    images: &NamedImages<'_>,
    label_of: impl Fn(&str) -> Result<usize, String>,
    records: &mut [Record],
) -> Result<(), DatasetError> {
    read_boxes(list, images, label_of, records)?;
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
