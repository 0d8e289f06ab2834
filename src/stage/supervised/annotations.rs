use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{Job, Work};
use camlab_data::image_rows;
use camlab_frame::{self as frame, AnnotationRow, Assembly};
use camlab_parts::localiser::HeadTruth;
use camlab_store::{Cost, Draft};

/// Count of the annotations of a data set that some purpose reads: what a person has to draw for it.
///
/// Input: `images`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct CountAnnotations {
    /// `training` or `thresholds`.
    pub purpose: AnnotationPurpose,
    /// The annotations that this purpose reads; others cost nothing.
    pub truth: HeadTruth,
}

/// Use of annotations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AnnotationPurpose {
    /// They train a head.
    Training,
    /// They choose map thresholds.
    Thresholds,
}

impl AnnotationPurpose {
    /// The word in frames.
    pub fn name(self) -> &'static str {
        match self {
            Self::Training => "training",
            Self::Thresholds => "thresholds",
        }
    }
}

impl Work for CountAnnotations {
    const KIND: &'static str = "annotations";
    const FRAMES: &'static [Assembly] = &[Assembly::of::<AnnotationRow>()];

    fn version(&self) -> u32 {
        2
    }

    fn run(&self, job: &Job<'_>, draft: &mut Draft) -> anyhow::Result<Cost> {
        let set = job.dataset("images")?;
        let of_row = |index: usize| -> anyhow::Result<[u32; 2]> {
            let truth = set.truth(index)?;
            let masks = u32::from(self.truth == HeadTruth::MasksOrBoxes && truth.mask.is_some());
            let boxes = if masks == 0 { truth.boxes.len() as u32 } else { 0 };
            Ok([boxes, masks])
        };
        // Rows of an image with several labels are one annotated image.
        let of = |rows: &std::ops::Range<usize>| -> anyhow::Result<[u32; 3]> {
            let mut sums = [0u32; 3];
            for index in rows.clone() {
                let [boxes, masks] = of_row(index)?;
                sums = [sums[0].max(u32::from(boxes + masks > 0)), sums[1] + boxes, sums[2] + masks];
            }
            Ok(sums)
        };
        let all = image_rows(&*set);
        let none = || [0u32; 3];
        let plus = |one: [u32; 3], other: [u32; 3]| [one[0] + other[0], one[1] + other[1], one[2] + other[2]];
        let counted = all.par_iter().map(of);
        let [images, boxes, masks] = counted.try_reduce(none, |one, other| Ok(plus(one, other)))?;
        let row = AnnotationRow {
            cell: String::new(),
            seed: 0,
            network: String::new(),
            method: String::new(),
            layer: String::new(),
            purpose: self.purpose.name().to_owned(),
            all_images: all.len() as u32,
            images,
            boxes,
            masks,
        };
        frame::write_artefact(draft.folder(), &[row])?;
        Ok(Cost::default())
    }
}
