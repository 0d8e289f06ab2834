use std::collections::BTreeMap;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use camlab_config::External;
use camlab_data::{DatasetSpec, ImageLabels, Remark};
use camlab_engine::Precision;
use camlab_graph::SharedText;
use camlab_stage::InstructionNames;

/// Facts about files and the machine, collected before stages are planned.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// Data sets by their serialised specification, see [`Facts::name`].
    pub datasets: BTreeMap<String, DatasetFacts>,
    /// Checkpoints by their path or URL as written in the file.
    pub checkpoints: BTreeMap<String, CheckpointFacts>,
    /// Files of external maps, by [`Facts::external_name`].
    pub externals: BTreeMap<String, ExternalFacts>,
    /// Images that two splits have in common, by the digests of the data sets.
    pub overlaps: BTreeMap<(SharedText, SharedText), SharedImages>,
    /// Instructions of the kernels in this run.
    pub instructions: InstructionNames,
    /// The folder that relative paths start from.
    pub folder: PathBuf,
}

/// Facts about a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckpointFacts {
    /// sha256 of the file: computed, or as declared if it is not downloaded yet.
    pub sha256: String,
    /// Path of the file, or of the future download.
    pub file: PathBuf,
    /// URL from which it must be downloaded first, if it is not present.
    pub download: Option<String>,
}

/// Facts about the files of an `[[external]]` for the images of one data set.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ExternalFacts {
    /// blake3 of the names and contents of the files that belong to an image.
    pub digest: SharedText,
    /// The folder.
    pub root: PathBuf,
    /// Indices of the images without a file, ascending.
    pub missing: Vec<usize>,
    /// Number of images with a file.
    pub found: usize,
    /// Number of files of the format that belong to no image.
    pub surplus: usize,
    /// Names of the first of these.
    pub first_surplus: Vec<String>,
    /// Reason why the files cannot be found: no folder, or two images of one file.
    pub fault: Option<String>,
}

/// Facts about a data set.
#[derive(Debug, Clone, PartialEq)]
pub struct DatasetFacts {
    /// The data set, as the file has it.
    pub written: Arc<DatasetSpec>,
    /// The data set, as all stages share it: as written, or with the classes of the checkpoint.
    pub spec: Arc<DatasetSpec>,
    /// blake3 of the contents.
    pub digest: SharedText,
    /// Class names; the index is the label.
    pub classes: Vec<String>,
    /// Number of images; of images with several labels, that of their rows.
    pub images: usize,
    /// The images whose rows these are, if some have several labels.
    pub several: Option<Arc<ImageLabels>>,
    /// `true` if the images have boxes.
    pub boxes: bool,
    /// `true` if the images have masks.
    pub masks: bool,
    /// Images and annotations that are not taken as they are.
    pub remarks: Vec<Remark>,
    /// `true` if the images have labels.
    pub labels: bool,
}

impl DatasetFacts {
    /// Number of images, each counted once whatever it shows.
    pub fn distinct(&self) -> usize {
        self.several.as_ref().map_or(self.images, |several| several.rows().len())
    }

    /// The rows of every image.
    pub fn rows(&self) -> Vec<Range<usize>> {
        let alone = || (0..self.images).map(|image| image..image + 1).collect();
        self.several.as_ref().map_or_else(alone, |several| several.rows().to_vec())
    }

    /// Words on how its classes differ from those of the test images; `None` if they are the same in the same order.
    pub fn class_difference(&self, key: &str, test: &Self) -> Option<String> {
        if self.classes == test.classes {
            return None;
        }
        let lacks =
            |of: &Self, other: &Self| of.classes.iter().find(|name| !other.classes.contains(name)).cloned();
        let odd = lacks(self, test).or_else(|| lacks(test, self));
        let (own, other) = (self.classes.len(), test.classes.len());
        Some(match odd {
            None if own == other => format!("`{key}` and `data.test` have the same classes in another order"),
            None => format!("`{key}` has {own} classes and `data.test` {other}"),
            Some(name) => {
                format!("`{key}` has {own} classes and `data.test` {other} (only one of them has `{name}`)")
            }
        })
    }
}

/// Images of one data set that are in another as well, by content.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SharedImages {
    /// Their number.
    pub count: usize,
    /// Names of the first ones in both sets.
    pub first: Vec<(String, String)>,
}

/// Number of data sets that are faster compared than named.
const MOST_COMPARED: usize = 8;

impl Facts {
    /// Lines for a terminal about images and annotations that are not taken as they are.
    pub fn remarks(&self) -> impl Iterator<Item = String> {
        let mut lines = Vec::new();
        for facts in self.datasets.values() {
            let name = facts.spec.layout();
            lines.extend(facts.remarks.iter().map(|remark| format!("note: data set `{name}`: {remark}")));
        }
        // Parts of one data set repeat its remarks.
        lines.sort();
        lines.dedup();
        lines.into_iter()
    }

    /// Key of a data set in [`Facts::datasets`].
    pub fn name(dataset: &DatasetSpec) -> String {
        serde_json::to_string(dataset).unwrap_or_default()
    }

    /// Key of an external source for the images of a data set in [`Facts::externals`].
    pub fn external_name(external: &External, dataset: &DatasetSpec) -> String {
        // The file's root as it is resolved from the working directory.
        let files = (&external.root, external.format, external.names(), Self::name(dataset));
        serde_json::to_string(&files).unwrap_or_default()
    }

    /// The facts of an external source for the images of a data set, if they were collected.
    pub fn external(&self, external: &External, dataset: &DatasetSpec) -> Option<&ExternalFacts> {
        self.externals.get(&Self::external_name(external, dataset))
    }

    /// The precision used for `wanted`: f32 instead of bf16 if this machine lacks it.
    pub fn precision(&self, wanted: Precision) -> Precision {
        match wanted {
            Precision::Bf16 if self.instructions.bf16.is_none() => Precision::F32,
            other => other,
        }
    }

    /// The facts of a data set, if they were collected.
    pub fn dataset(&self, dataset: &DatasetSpec) -> Option<&DatasetFacts> {
        match self.datasets.len() {
            0..=MOST_COMPARED => self.datasets.values().find(|known| *known.written == *dataset),
            _ => self.datasets.get(&Self::name(dataset)),
        }
    }
}
