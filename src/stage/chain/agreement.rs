//! Agreement of clusters with the ground truth.

use serde::{Deserialize, Serialize};

use crate::{Job, Work};
use camlab_frame::{self as frame, AssignmentRow, DivisionRow};
use camlab_parts::cluster::ClusterAgreement;
use camlab_raster::Mask;
use camlab_store::{Cost, Draft};

/// Object pixels against background pixels.
pub const OBJECT: &str = "object";
/// Object pixels by class.
pub const CLASS: &str = "class";

/// The nearest clusters of all pixels compared with masks and classes. Images without a mask and boxes are skipped.
///
/// Inputs: `images`, and `merged`, whose artefact has the nearest cluster of every pixel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClusterTruth {}

impl Work for ClusterTruth {
    const KIND: &'static str = "cluster-truth";

    fn version(&self) -> u32 {
        2
    }

    fn run(&self, job: &Job<'_>, draft: &mut Draft) -> anyhow::Result<Cost> {
        let set = job.dataset("images")?;
        let assignments: Vec<AssignmentRow> = frame::read_artefact(&job.folder("merged")?)?;
        let (mut object, mut class) = (Vec::new(), Vec::new());
        for row in &assignments {
            let (height, width) = (row.height as usize, row.width as usize);
            let truth = set.truth(row.index as usize)?.at(height, width);
            if truth.mask.is_none() && truth.boxes.is_empty() {
                continue;
            }
            let mask = truth.mask.unwrap_or_else(|| Mask::from_boxes(height, width, &truth.boxes));
            let label = set.label(row.index as usize) as u32;
            for (cluster, inside) in row.clusters.iter().zip(&mask.data) {
                // Other values (the border of an annotation) are ignored.
                match *inside {
                    0 => object.push((*cluster, 0)),
                    1 => {
                        object.push((*cluster, 1));
                        class.push((*cluster, label));
                    }
                    _ => {}
                }
            }
        }
        let of = |against: &str, pairs: Vec<(u32, u32)>| {
            ClusterAgreement::of(pairs).map(|found| DivisionRow {
                against: against.to_owned(),
                rand: found.rand,
                information: found.information,
                purity: found.purity,
            })
        };
        let rows: Vec<DivisionRow> = of(OBJECT, object).into_iter().chain(of(CLASS, class)).collect();
        frame::write_artefact(draft.folder(), &rows)?;
        Ok(Cost::default())
    }
}
