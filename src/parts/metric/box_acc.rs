use super::curve::Contours;
use super::mean::Means;
use super::{Estimator, ImageColumns, Measure, Metric, TruthKind, options};
use camlab_raster::boxes::level_of;
use serde::{Deserialize, Serialize};

/// Box accuracy at thresholds fixed beforehand: the part of images whose largest contour's box is right where
/// the map is above `tau` times its maximum (0.2: Zhou et al., CVPR 2016; 0.15: Grad-CAM).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct BoxAcc {
    /// The thresholds, as parts of the map's maximum; each gives a measure.
    #[serde(deserialize_with = "options::taus")]
    pub taus: Vec<f64>,
    /// The IoU from which on a box is right.
    #[serde(deserialize_with = "options::iou")]
    pub iou: f64,
}

impl Default for BoxAcc {
    fn default() -> Self {
        Self { taus: vec![0.2], iou: 0.5 }
    }
}

impl Metric for BoxAcc {
    fn measures(&self) -> Vec<Measure> {
        // One threshold needs no name of its own, so that a sweep over it compares like with like.
        let name = |tau: &f64| {
            let tau = (self.taus.len() > 1).then(|| format!("tau={tau}"));
            let iou = (self.iou != 0.5).then(|| format!("iou={}", self.iou));
            let options: Vec<_> = tau.into_iter().chain(iou).collect();
            let at = if options.is_empty() { "" } else { "@" };
            Measure::percent(format!("box-acc{at}{}", options.join(",")), TruthKind::Boxes)
        };
        self.taus.iter().map(name).collect()
    }

    fn estimator(&self, rows: &ImageColumns) -> Box<dyn Estimator> {
        let hits = Contours::Largest.hits(rows, self.iou);
        let columns = self.taus.iter().map(|&tau| {
            // The map is min-max normalised: its maximum is 255, or it has no box at any threshold.
            let level = level_of(tau, 255) as usize;
            let mut column = vec![None; rows.len()];
            for (image, hits) in hits.by_image() {
                column[image] = Some(f64::from(u8::from(hits[level] != 0)));
            }
            column.into_iter()
        });
        Box::new(Means::of_all(columns, 100.0))
    }
}
