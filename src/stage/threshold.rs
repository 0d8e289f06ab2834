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
    /// IoUs (delta) from which the box of the largest contour counts as right.
    pub largest: Vec<f64>,
}

/// IoU from which the box of the largest contour, which a report shows, counts as right.
pub const LARGEST_DELTA: f64 = 0.5;
/// Word of the artefact for the boxes of all contours.
pub const ANY: &str = "any";
/// Word of the artefact for the box of the largest contour.
pub const LARGEST: &str = "largest";

impl Work for Threshold {
    const KIND: &'static str = "threshold";

    fn version(&self) -> u32 {
        2
    }

    fn run(&self, job: &Job<'_>, draft: &mut Draft) -> anyhow::Result<Cost> {
        let any = self.deltas.iter().map(|delta| (*delta, ANY, Contours::Any));
        let largest = self.largest.iter().map(|delta| (*delta, LARGEST, Contours::Largest));
        let all: Vec<(f64, &str, Contours)> = any.chain(largest).collect();
        let mut boxes = BoxHits::new(all.iter().map(|(delta, _, contours)| (*contours, *delta)));
        for rows in FrameReader::artefact::<LevelRow>(&job.folder("evaluation")?)? {
            for row in rows?.rows::<LevelRow>()? {
                boxes.push(&row.iou_any, &row.iou_largest);
            }
        }
        let row = |(delta, word, contours): (f64, &str, Contours)| {
            let level = chosen_level(&boxes, delta, contours)?;
            Some(ThresholdRow { delta: delta as f32, contours: word.to_owned(), level: u32::from(level) })
        };
        let chosen: Option<Vec<ThresholdRow>> = all.into_iter().map(row).collect();
        frame::write_artefact(draft.folder(), &chosen.unwrap_or_default())?;
        Ok(Cost::default())
    }
}
