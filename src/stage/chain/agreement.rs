//! Agreement of clusters with the ground truth, computed during evaluation only.

use std::path::Path;

use camlab_data::Dataset;
use camlab_frame::{self as frame, AssignmentRow, DivisionRow};
use camlab_parts::cluster::ClusterAgreement;
use camlab_raster::Mask;

/// Object pixels against background pixels.
pub(crate) const OBJECT: &str = "object";
/// Object pixels by class.
pub(crate) const CLASS: &str = "class";

/// Compares the nearest clusters of all pixels (an artefact of the chain) with masks and classes. Images without a
/// mask and boxes are skipped.
pub(crate) fn rows(folder: &Path, set: &dyn Dataset) -> anyhow::Result<Vec<DivisionRow>> {
    let assignments: Vec<AssignmentRow> = frame::read(folder)?;
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
    Ok(of(OBJECT, object).into_iter().chain(of(CLASS, class)).collect())
}
