use serde::{Deserialize, Serialize};

use super::{Job, Work};
use camlab_frame::{self as frame, FrameReader, LevelRow, ThresholdRow};
use camlab_parts::metric::{BoxHits, Contours, chosen_level};
use camlab_store::{Cost, Draft};

/// The map thresholds that are best over the images of an evaluation; none without ground-truth boxes.
///
/// Input: `evaluation`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Threshold {
    /// IoUs (delta) from which a box of any contour counts as right.
    pub deltas: Vec<f64>,
}

/// IoU from which the box of the largest contour counts as right.
const LARGEST_DELTA: f64 = 0.5;
/// Words of the two kinds of contours in the artefact.
pub(super) const ANY: &str = "any";
pub(super) const LARGEST: &str = "largest";

impl Work for Threshold {
    const KIND: &'static str = "threshold";

    fn version(&self) -> u32 {
        1
    }

    fn run(&self, job: &Job<'_>, draft: &mut Draft) -> anyhow::Result<Cost> {
        let asked = self.deltas.iter().map(|delta| (Contours::Any, *delta));
        let mut boxes = BoxHits::new(asked.chain([(Contours::Largest, LARGEST_DELTA)]));
        for rows in FrameReader::artefact::<LevelRow>(&job.folder("evaluation")?)? {
            for row in rows?.rows::<LevelRow>()? {
                boxes.push(&row.iou_any, &row.iou_largest);
            }
        }
        let any = self.deltas.iter().map(|delta| (*delta, ANY, Contours::Any));
        let all = any.chain([(LARGEST_DELTA, LARGEST, Contours::Largest)]);
        let row = |(delta, word, contours): (f64, &str, Contours)| {
            let level = chosen_level(&boxes, delta, contours)?;
            Some(ThresholdRow { delta: delta as f32, contours: word.to_owned(), level: u32::from(level) })
        };
        let chosen: Option<Vec<ThresholdRow>> = all.map(row).collect();
        frame::write_artefact(draft.folder(), &chosen.unwrap_or_default())?;
        Ok(Cost::default())
    }
}
