use anyhow::Context as _;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::evaluate::{CHUNK, flatten};
use super::map_source::{KnownImage, MapOrigin, MapSource};
use super::prepare::Preparation;
use super::threshold::{ANY, LARGEST, LARGEST_DELTA};
use super::{Job, TestImages, Work};
use camlab_frame::{self as frame, BoxRow, BoxedRow, FrameReader, FrameWriter, ThresholdRow};
use camlab_raster::boxes::Evaluator;
use camlab_raster::{Map, PixelBox};
use camlab_store::{Cost, Draft};

/// The predicted boxes of every image at the chosen thresholds. They are known only after all images were evaluated,
/// so the maps are thresholded a second time, at those levels only.
///
/// Inputs: `images`, `evaluation`, `thresholds` (those of the images themselves or of others), and `maps` unless they are a
/// baseline's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct PredictedBoxes {
    /// The evaluated maps.
    pub maps: MapOrigin,
    /// The images.
    pub images: TestImages,
    /// Upsampling and contrast.
    pub preparation: Preparation,
    /// IoUs (delta) from which a box counts as right.
    pub deltas: Vec<f64>,
}

/// Thresholds as levels.
struct Levels {
    any: Vec<u8>,
    largest: Option<u8>,
}

/// The part of an evaluated image that is kept.
struct EvaluatedImage {
    index: u32,
    truth: Vec<PixelBox>,
    /// IoU of the largest component's box at the chosen level; NaN without boxes.
    largest_iou: f32,
}

impl EvaluatedImage {
    fn new(row: &BoxedRow, largest: Option<u8>) -> Self {
        let corners = row.truth_boxes.chunks_exact(4);
        let largest_iou = largest.and_then(|level| row.iou_largest.get(usize::from(level)).copied());
        Self {
            index: row.index,
            truth: corners.map(|b| PixelBox::new(b[0], b[1], b[2], b[3])).collect(),
            largest_iou: largest_iou.unwrap_or(f32::NAN),
        }
    }
}

impl Work for PredictedBoxes {
    const KIND: &'static str = "boxes";

    fn version(&self) -> u32 {
        2
    }

    fn test_images(&self) -> Option<&TestImages> {
        Some(&self.images)
    }

    fn run(&self, job: &Job<'_>, draft: &mut Draft) -> anyhow::Result<Cost> {
        let set = job.dataset("images")?;
        let set = set.as_ref();
        let chosen: Vec<ThresholdRow> = frame::read_artefact(&job.folder("thresholds")?)?;
        let largest = at(&chosen, LARGEST, LARGEST_DELTA);
        let any =
            |rows: &[ThresholdRow]| self.deltas.iter().filter_map(|delta| at(rows, ANY, *delta)).collect();
        let levels = Levels { any: any(&chosen), largest };
        let mut evaluated: Vec<EvaluatedImage> = Vec::new();
        for rows in FrameReader::artefact::<BoxedRow>(&job.folder("evaluation")?)? {
            let rows = rows?.rows::<BoxedRow>()?;
            evaluated.extend(rows.into_iter().map(|row| EvaluatedImage::new(&row, levels.largest)));
        }
        let mut maps = MapSource::open(job, "maps", &self.maps, &self.images, set)?;
        let same = maps.rows.iter().map(|row| row.index as u32).eq(evaluated.iter().map(|row| row.index));
        anyhow::ensure!(
            same,
            "the images that can be read have changed since the maps were evaluated; run the experiment again"
        );
        let [height, width] = self.images.size();
        let mut writer = FrameWriter::artefact::<BoxRow>(draft.folder())?;
        for start in (0..evaluated.len()).step_by(CHUNK) {
            let chunk = maps.chunk(start, CHUNK)?;
            let known = evaluated.get(start..start + chunk.len()).context("the maps have changed")?;
            let found = known.par_iter().zip(&chunk).map_init(
                || None,
                |sweep: &mut Option<Evaluator>,
                 (row, (image, map)): (&EvaluatedImage, &(KnownImage, Map))| {
                    let Some(largest) = levels.largest else { return Ok(self.without_boxes(row)) };
                    let sweep = match sweep {
                        Some(sweep) => sweep,
                        None => sweep.insert(Evaluator::new(height, width)?),
                    };
                    let map = self.preparation.map(&self.images, set, image.index, map)?;
                    let found = sweep.sweep(&map)?;
                    let mut boxes = self.without_boxes(row);
                    let at = |level: u8| best(&row.truth, found.boxes_at(level)).unwrap_or_default();
                    for level in &levels.any {
                        let (iou, found) = at(*level);
                        boxes.tau_levels.push(u32::from(*level));
                        boxes.boxes.extend(flatten(&[found]));
                        boxes.ious.push(iou as f32);
                    }
                    boxes.largest_box = flatten(&[found.largest_at(largest)]);
                    boxes.largest_iou = row.largest_iou;
                    anyhow::Ok(boxes)
                },
            );
            writer.rows(&found.collect::<anyhow::Result<Vec<_>>>()?)?;
        }
        writer.finish()?;
        Ok(Cost::default())
    }
}

impl PredictedBoxes {
    fn without_boxes(&self, row: &EvaluatedImage) -> BoxRow {
        BoxRow {
            index: row.index,
            iou_thresholds: self.deltas.iter().map(|delta| *delta as f32).collect(),
            tau_levels: Vec::new(),
            boxes: Vec::new(),
            ious: Vec::new(),
            largest_box: Vec::new(),
            largest_iou: f32::NAN,
        }
    }
}

/// The level that was chosen for boxes of these contours and a minimum IoU.
fn at(chosen: &[ThresholdRow], contours: &str, delta: f64) -> Option<u8> {
    let same = |row: &&ThresholdRow| row.contours == contours && row.delta == delta as f32;
    chosen.iter().find(same).and_then(|row| u8::try_from(row.level).ok())
}

/// The box with the highest IoU with any true box; on a tie the first in reading order.
fn best(truth: &[PixelBox], boxes: Vec<PixelBox>) -> Option<(f64, PixelBox)> {
    let scored = boxes.into_iter().map(|b| (truth.iter().map(|t| b.iou(*t)).fold(0.0, f64::max), b));
    scored.max_by(|a, b| {
        let order = |b: &PixelBox| (b.y0, b.x0, b.y1, b.x1);
        a.0.total_cmp(&b.0).then_with(|| order(&b.1).cmp(&order(&a.1)))
    })
}
