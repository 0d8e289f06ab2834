use std::collections::HashMap;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::map_source::{KnownImage, MapOrigin, MapSource};
use super::prepare::Preparation;
use super::{Job, TestImages, Work};
use camlab_data::{Dataset, GroundTruth};
use camlab_frame::{self as frame, FrameWriter, ImageRow, PseudoBoxRow};
use camlab_raster::boxes::Evaluator;
use camlab_raster::{Flag, Map, Mask, PixelBox, kl_divergence, rates, roc_auc};
use camlab_store::{Cost, Draft};

/// Number of maps upsampled and evaluated at a time; bounds the memory independently of the number of images.
pub(super) const CHUNK: usize = 64;

/// Evaluation of maps against the ground truth, one row per image; whatever depends on a threshold chosen over the
/// images is made by later stages.
///
/// Inputs: `images`, `maps` unless they are a baseline's, and `pseudo-boxes` if those take the place of the true ones.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Evaluate {
    /// The evaluated maps.
    pub maps: MapOrigin,
    /// The images.
    pub images: TestImages,
    /// Upsampling and contrast.
    pub preparation: Preparation,
    /// Thresholds of the per-image true and false positive rates.
    pub thresholds: Vec<f32>,
    /// `true`: pseudo-boxes take the place of the true boxes and masks.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pseudo_boxes: bool,
}

impl Work for Evaluate {
    const KIND: &'static str = "evaluate";

    fn version(&self) -> u32 {
        5
    }

    fn test_images(&self) -> Option<&TestImages> {
        Some(&self.images)
    }

    fn size(&self) -> Option<serde_json::Value> {
        let thresholds = self.thresholds.len();
        let Self { images, preparation, .. } = self;
        Some(
            serde_json::json!({ "images": images.size(), "preparation": preparation, "thresholds": thresholds }),
        )
    }

    fn run(&self, job: &Job<'_>, draft: &mut Draft) -> anyhow::Result<Cost> {
        let set = job.dataset("images")?;
        let set = set.as_ref();
        let mut maps = MapSource::open(job, "maps", &self.maps, &self.images, set)?;
        let count = maps.rows.len();
        let pseudo_boxes = match self.pseudo_boxes {
            true => Some(known_boxes(&frame::read_artefact(&job.folder("pseudo-boxes")?)?)),
            false => None,
        };
        let mut task = job.progress.task(format!("evaluate {}", job.label()), count, "images");
        let mut writer = FrameWriter::artefact::<ImageRow>(draft.folder())?;
        for start in (0..count).step_by(CHUNK) {
            let chunk = maps.chunk(start, CHUNK)?;
            let evaluated: Vec<ImageRow> = chunk
                .par_iter()
                .map_init(
                    || None,
                    |sweep, (row, raw)| self.image(set, row, raw, sweep, pseudo_boxes.as_ref()),
                )
                .collect::<Result<_, _>>()?;
            writer.rows(&evaluated)?;
            task.advance(chunk.len())?;
        }
        writer.finish()?;
        task.finish("");
        Ok(Cost::default())
    }
}

impl Evaluate {
    /// The row of one image, whose map is `raw`.
    fn image(
        &self,
        set: &dyn Dataset,
        known: &KnownImage,
        raw: &Map,
        sweep: &mut Option<Evaluator>,
        pseudo_boxes: Option<&HashMap<usize, Vec<PixelBox>>>,
    ) -> anyhow::Result<ImageRow> {
        let [height, width] = self.images.size();
        let map = self.preparation.map(&self.images, set, known.index, raw)?;
        // The stored flag may say more than the map itself: NaN was replaced by zeros.
        let known_flag = known.seen.as_ref().map_or(Flag::None, |row| row.flag);
        let flag = if known_flag == Flag::None { Flag::of(raw) } else { known_flag };
        let truth = match pseudo_boxes {
            Some(drawn) => GroundTruth {
                size: (height, width),
                boxes: drawn.get(&known.index).cloned().unwrap_or_default(),
                mask: None,
            },
            None => set.truth(known.index)?.at(height, width),
        };
        let mask = truth.mask.unwrap_or_else(|| Mask::from_boxes(height, width, &truth.boxes));
        let sweep = match sweep {
            Some(sweep) => sweep,
            None => sweep.insert(Evaluator::new(height, width)?),
        };
        let iou = sweep.sweep(&map)?.iou(&truth.boxes);
        let rates = rates(&map, &mask, &self.thresholds);
        // In a set without boxes and masks, background is not known either.
        let known_truth = pseudo_boxes.is_some() || set.has_boxes() || set.has_masks();
        let rate = |value: Option<f64>| value.filter(|_| known_truth).map_or(f32::NAN, |value| value as f32);
        let label = set.label(known.index);
        let labelled = set.has_labels();
        let seen = known.seen.as_ref();
        let prediction = seen.and_then(|row| row.prediction.as_ref());
        Ok(ImageRow {
            cell: String::new(),
            seed: 0,
            network: String::new(),
            method: String::new(),
            layer: String::new(),
            contrast: String::new(),
            image: set.id(known.index).to_string(),
            index: known.index as u32,
            label: label as u32,
            label_name: if labelled { set.classes()[label].clone() } else { String::new() },
            target: seen.map_or(label, |row| row.target) as u32,
            predicted: prediction.map(|known| known.class as u32),
            label_probability: prediction.filter(|_| labelled).map(|known| known.label_probability),
            predicted_probability: prediction.map(|known| known.probability),
            label_rank: prediction.filter(|_| labelled).map(|known| known.label_rank),
            height: height as u32,
            width: width as u32,
            truth_boxes: flatten(&truth.boxes),
            iou_thresholds: Vec::new(),
            tau_levels: Vec::new(),
            boxes: Vec::new(),
            ious: Vec::new(),
            val_levels: Vec::new(),
            val_boxes: Vec::new(),
            val_ious: Vec::new(),
            largest_box: Vec::new(),
            largest_iou: f32::NAN,
            iou_any: iou.any,
            iou_largest: iou.largest,
            auc: roc_auc(&map, &mask).map(|value| value as f32),
            kl: kl_divergence(&map, &mask).map(|value| value as f32),
            tpr: rates.iter().map(|r| rate(r.true_positive)).collect(),
            fpr: rates.iter().map(|r| rate(r.false_positive)).collect(),
            thresholds: self.thresholds.clone(),
            flag: flag.name().to_string(),
            refined_probability: seen.and_then(|row| row.refined_probability),
            seconds: 0.0,
            forwards: None,
        })
    }
}

/// Pseudo-boxes by index of the image.
fn known_boxes(rows: &[PseudoBoxRow]) -> HashMap<usize, Vec<PixelBox>> {
    let of = |row: &PseudoBoxRow| {
        row.corners.chunks_exact(4).map(|b| PixelBox::new(b[0], b[1], b[2], b[3])).collect()
    };
    rows.iter().map(|row| (row.index as usize, of(row))).collect()
}

/// Boxes as a list of numbers, four each.
pub(super) fn flatten(boxes: &[PixelBox]) -> Vec<i32> {
    boxes.iter().flat_map(|b| [b.x0, b.y0, b.x1, b.y1]).collect()
}
