//! ImageNet's classification and localisation set (ILSVRC CLS-LOC), as unpacked from Kaggle or image-net.org.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::annotation;
use super::error::{DatasetError, in_order};
use super::lines::Lines;
use super::listed::{Listed, Record, by_id, display_names};
use super::rows::ListFile;
use super::{Dataset, DeclaredReading, Reader, Split, files};
use crate::path::{DataPath, InnerPath};

/// Location of the data set and its split.
///
/// Two layouts are supported. Kaggle's: `ILSVRC/Data/CLS-LOC/{train,val}`, `ILSVRC/Annotations/CLS-LOC/val`,
/// `ILSVRC/ImageSets/CLS-LOC`, `LOC_synset_mapping.txt`, `LOC_val_solution.csv`; `root` is `ILSVRC` or its parent.
/// The plain one: `train/WNID`, `val`, `Annotations` (or `annotations = ...`), `synset_words.txt`, and for the labels
/// of `val` `ILSVRC2012_validation_ground_truth.txt` with `map_clsloc.txt`, both from the development kit.
///
/// Classes are the WordNet ids in sorted order, as in torchvision's checkpoints. `train` has labels only: its boxes
/// cover only part of the images, and camlab does not train on boxes.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ImagenetClsLoc {
    /// The folder of the data set.
    #[serde(skip_serializing_if = "DataPath::is_empty")]
    pub root: DataPath,
    /// `train` or `val`.
    #[serde(default)]
    pub split: Split,
    /// The folder of the XML files of `val`, relative to `root`. If omitted, the layouts' default folders are
    /// searched; if none exists, images have no boxes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub annotations: Option<InnerPath>,
}

/// Folders in which the list files of either layout may be.
struct CandidatePaths {
    root: PathBuf,
    base: PathBuf,
}

impl Reader for ImagenetClsLoc {
    fn open(&self, reading: DeclaredReading) -> Result<Box<dyn Dataset>, DatasetError> {
        Ok(Box::new(open(self, reading)?))
    }
}

/// Reads the lists and, for `val`, every annotation.
fn open(options: &ImagenetClsLoc, reading: DeclaredReading) -> Result<Listed, DatasetError> {
    let root = options.root.resolve(Path::new(""))?;
    let nested = root.join("ILSVRC");
    let places = CandidatePaths { base: if files::is_folder(&nested) { nested } else { root.clone() }, root };
    let split = match options.split {
        Split::Test => {
            let problem = "`test` has no labels in this layout; choose `train` or `val`";
            return Err(DatasetError::option("split", problem));
        }
        split => split.name(),
    };
    let data = ["Data/CLS-LOC", ""].map(|folder| places.base.join(folder).join(split));
    let images = data.iter().find(|folder| files::is_folder(folder)).ok_or_else(|| {
        DatasetError::file(
            &data[0],
            format!("neither this folder nor {} exists; check `root`", data[1].display()),
        )
    })?;
    let mut records = listed(&places, images, split)?;
    if records.is_empty() {
        return Err(DatasetError::file(images, "holds no .JPEG file; check `root` and `split`"));
    }
    let wnids = match options.split {
        Split::Train => folders(images, &records)?,
        _ => labels_of_val(&places, images, &records)?,
    };
    let classes = classes(&places, &wnids)?;
    let index: HashMap<&str, usize> =
        classes.iter().enumerate().map(|(label, (wnid, _))| (wnid.as_str(), label)).collect();
    for (record, wnid) in records.iter_mut().zip(&wnids) {
        record.label = *index.get(wnid.as_str()).ok_or_else(|| {
            DatasetError::file(
                &images.join(&record.id),
                format!("its class `{wnid}` is not in LOC_synset_mapping.txt or synset_words.txt"),
            )
        })?;
    }
    let annotations = match (&options.annotations, options.split) {
        (_, Split::Train) => None,
        (Some(written), _) => Some(written.resolve(&places.root)?),
        (None, _) => {
            let known = ["Annotations/CLS-LOC/val", "Annotations/val", "Annotations"];
            known.map(|folder| places.base.join(folder)).into_iter().find(|folder| files::is_folder(folder))
        }
    };
    if let Some(folder) = &annotations {
        let read = records.par_iter_mut().zip(&wnids).map(|(record, wnid)| boxes(folder, record, wnid));
        in_order(read.collect())?;
    }
    Ok(Listed {
        reading,
        remarks: Vec::new(),
        images: images.clone(),
        classes: display_names(&classes),
        records,
        ignore_value: None,
        has_boxes: annotations.is_some(),
        has_masks: false,
    })
}

impl CandidatePaths {
    /// The first existing file of `names`, in `root` or in `ILSVRC`.
    fn find(&self, names: &[&str]) -> Option<PathBuf> {
        let folders = [&self.root, &self.base];
        let all = names.iter().flat_map(|name| folders.map(|folder| folder.join(name)));
        all.into_iter().find(|path| files::is_file(path))
    }
}

/// The images: those listed in `ImageSets`, otherwise all that exist, sorted.
fn listed(places: &CandidatePaths, images: &Path, split: &str) -> Result<Vec<Record>, DatasetError> {
    let list = if split == "train" { "train_cls" } else { "val" };
    let list = places.base.join(format!("ImageSets/CLS-LOC/{list}.txt"));
    let mut records = Vec::new();
    if files::is_file(&list) {
        for line in Lines::read(&list)?.iter() {
            // Example: `n01440764/n01440764_10026 1`; the number counts lines.
            let (name, _) = line.name_and_number()?;
            records.push(Record { id: format!("{name}.JPEG"), ..Record::default() });
        }
        by_id(&records, |id| DatasetError::file(&list, format!("lists `{id}` twice")))?;
        return Ok(records);
    }
    let jpeg = |name: &String| name.to_ascii_lowercase().ends_with(".jpeg");
    let names = files::below(images, None)?.into_iter().filter(jpeg);
    records.extend(names.map(|id| Record { id, ..Record::default() }));
    Ok(records)
}

/// The class of a training image is the name of its folder.
fn folders(images: &Path, records: &[Record]) -> Result<Vec<String>, DatasetError> {
    let folder = |record: &Record| match record.id.split_once('/') {
        Some((wnid, _)) => Ok(wnid.to_owned()),
        None => {
            let problem = "is not in a folder named by a WordNet id; move it into one, such as `n01440764`";
            Err(DatasetError::file(&images.join(&record.id), problem))
        }
    };
    records.iter().map(folder).collect()
}

/// The classes of the validation images: from `LOC_val_solution.csv`, otherwise from the development kit.
fn labels_of_val(
    places: &CandidatePaths,
    images: &Path,
    records: &[Record],
) -> Result<Vec<String>, DatasetError> {
    if let Some(list) = places.find(&["LOC_val_solution.csv"]) {
        let mut known = HashMap::new();
        for row in ListFile::read(&list, b',')?.after_header("ImageId") {
            row.expect_fields(&[2], "ImageId,PredictionString")?;
            let wnid = row.text(1, "PredictionString")?.split_whitespace().next().unwrap_or_default();
            known.insert(row.text(0, "ImageId")?.to_owned(), wnid.to_owned());
        }
        let label = |record: &Record| {
            known.get(stem(&record.id)).cloned().ok_or_else(|| {
                DatasetError::file(
                    &list,
                    format!("has no row for image `{}`; add the row or remove the image", stem(&record.id)),
                )
            })
        };
        return records.iter().map(label).collect();
    }
    let kit = ["", "data/", "ILSVRC2012_devkit_t12/data/"];
    let all = |name: &str| kit.map(|folder| format!("{folder}{name}"));
    let find = |name: &str| places.find(&all(name).each_ref().map(String::as_str));
    let truth = find("ILSVRC2012_validation_ground_truth.txt").zip(find("map_clsloc.txt"));
    let Some((truth, synsets)) = truth else {
        return Err(DatasetError::file(
            &places.root,
            "has no validation labels: neither LOC_val_solution.csv nor ILSVRC2012_validation_ground_truth.txt with \
             map_clsloc.txt exists; add one of them",
        ));
    };
    let mut wnids = HashMap::new();
    for line in Lines::read(&synsets)?.iter() {
        // Example: `n02119789 1 kit_fox`.
        let mut parts = line.text.split_whitespace();
        let parts = parts.next().zip(parts.next().and_then(|number| number.parse::<usize>().ok()));
        let (wnid, number) =
            parts.ok_or_else(|| line.error("expected `wnid number words`, such as `n02119789 1 kit_fox`"))?;
        wnids.insert(number, wnid.to_owned());
    }
    let lines = Lines::read(&truth)?;
    let mut classes = Vec::new();
    for line in lines.counted()? {
        let number: Option<usize> = line.text.parse().ok();
        let wnid = number.and_then(|number| wnids.get(&number));
        let unknown = || line.error(format!("class `{}` is not in {}", line.text, synsets.display()));
        classes.push(wnid.ok_or_else(unknown)?.clone());
    }
    let label = |record: &Record| {
        // Example: `ILSVRC2012_val_00000001`; the number is the line.
        let number = stem(&record.id).rsplit('_').next().and_then(|digits| digits.parse::<usize>().ok());
        let class = number.and_then(|number| classes.get(number.checked_sub(1)?));
        class.cloned().ok_or_else(|| {
            let problem = format!(
                "its name does not end in a line number of {}, as in `ILSVRC2012_val_00000001`",
                truth.display()
            );
            DatasetError::file(&images.join(&record.id), problem)
        })
    };
    records.iter().map(label).collect()
}

/// WordNet ids and words, sorted by id: from the synset list, otherwise the images' ids.
fn classes(places: &CandidatePaths, wnids: &[String]) -> Result<Vec<(String, String)>, DatasetError> {
    let mut classes: Vec<(String, String)> = match places
        .find(&["LOC_synset_mapping.txt", "synset_words.txt"])
    {
        Some(list) => {
            let lines = Lines::read(&list)?;
            let split = |text: &str| {
                let (wnid, words) = text.split_once(' ').unwrap_or((text, text));
                (wnid.to_owned(), words.trim().to_owned())
            };
            lines.iter().map(|line| split(line.text)).collect()
        }
        None => wnids.iter().collect::<BTreeSet<_>>().into_iter().map(|w| (w.clone(), w.clone())).collect(),
    };
    classes.sort();
    classes.dedup_by(|a, b| a.0 == b.0);
    Ok(classes)
}

/// Reads the boxes of the image's own class.
fn boxes(folder: &Path, record: &mut Record, wnid: &str) -> Result<(), DatasetError> {
    let path = folder.join(&record.id).with_extension("xml");
    // Validation images may be sorted into class folders; their annotations never are.
    let flat = folder.join(format!("{}.xml", stem(&record.id)));
    let path = if files::is_file(&path) { path } else { flat };
    let found = annotation::read(&path)?;
    record.size = Some(found.size);
    let own = found.objects.into_iter().filter(|object| object.name == wnid);
    record.boxes = own.map(|object| object.bounds).collect();
    match record.boxes.is_empty() {
        true => Err(DatasetError::file(
            &path,
            format!("has no box of the image's class `{wnid}`; add one or remove the image"),
        )),
        false => Ok(()),
    }
}

/// File name without folder and extension.
fn stem(id: &str) -> &str {
    let name = id.rsplit('/').next().unwrap_or(id);
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}
