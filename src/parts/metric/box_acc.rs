use super::curve::Contours;
use super::mean::Means;
use super::{Estimator, ImageColumns, Measure, Metric, TruthKind, options};
use camlab_raster::boxes::level_of;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Box accuracy at fixed thresholds: percentage of images whose largest contour's box is correct when the map is
/// thresholded at `tau` times its maximum (0.2: Zhou et al., CVPR 2016; 0.15: Grad-CAM).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct BoxAcc {
    /// Thresholds as fractions of the map's maximum, from 0 to below 1; one measure each.
    #[serde(deserialize_with = "options::taus")]
    #[schemars(schema_with = "options::taus_schema")]
    pub taus: Vec<f64>,
    /// Minimum IoU of a correct box.
    #[serde(deserialize_with = "options::iou")]
    #[schemars(schema_with = "options::iou_schema")]
    pub iou: f64,
}

impl Default for BoxAcc {
    fn default() -> Self {
        Self { taus: vec![0.2], iou: 0.5 }
    }
}

impl Metric for BoxAcc {
    fn measures(&self) -> Vec<Measure> {
        // A single threshold is not part of the name, so that runs of a sweep over it share the measure's name.
        let name = |tau: &f64| {
            let tau = (self.taus.len() > 1).then(|| format!("tau={tau}"));
            let iou = (self.iou != 0.5).then(|| format!("iou={}", self.iou));
            let options: Vec<_> = tau.into_iter().chain(iou).collect();
            let at = if options.is_empty() { "" } else { "@" };
            Measure::percent(format!("box-acc{at}{}", options.join(",")), TruthKind::Boxes)
        };
        self.taus.iter().map(name).collect()
    }

    fn boxes(&self) -> Vec<(Contours, f64)> {
        vec![(Contours::Largest, self.iou)]
    }

    fn estimator(&self, rows: &ImageColumns) -> Box<dyn Estimator> {
        let hits = rows.boxes.get(Contours::Largest, self.iou);
        let columns = self.taus.iter().map(|&tau| {
            // Maps are min-max normalised: the 8-bit maximum is 255, or the map is 0 and has no box at any threshold.
            let level = level_of(tau, 255) as usize;
            let mut column = vec![None; rows.len()];
            for (image, hits) in hits.by_image() {
                column[image] = Some(f64::from(u8::from(hits.at(level))));
            }
            column.into_iter()
        });
        Box::new(Means::of_all(columns, 100.0))
    }
}
