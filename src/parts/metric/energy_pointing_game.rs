use super::mean::Means;
use super::{
    Estimator, ImageColumns, Measure, Measured, MeasuredColumn, MeasuredImage, Measurement, Metric, TruthKind,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

const COLUMN: &str = "energy_in_boxes";

/// Energy-based pointing game: share of the map's sum that lies inside the ground-truth boxes, mean over images (Wang
/// et al. 2020, Score-CAM, section 4.3).
///
/// `E = sum of M inside the boxes / sum of M`, in percent, higher is better. Truth: boxes. Not defined without a box,
/// and for a map that is zero everywhere.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct EnergyPointingGame {}

impl Metric for EnergyPointingGame {
    fn measures(&self) -> Vec<Measure> {
        vec![Measure::percent("energy-pointing-game", TruthKind::Boxes)]
    }

    fn measurement(&self) -> Option<&dyn Measurement> {
        Some(self)
    }

    fn estimator(&self, rows: &ImageColumns) -> Box<dyn Estimator> {
        Box::new(Means::of(rows.quantity(COLUMN), 100.0))
    }
}

impl Measurement for EnergyPointingGame {
    fn columns(&self) -> Vec<MeasuredColumn> {
        vec![MeasuredColumn::number(COLUMN)]
    }

    fn version(&self) -> u32 {
        1
    }

    fn measure(&self, image: &MeasuredImage<'_>) -> Vec<Measured> {
        let MeasuredImage { map, boxes, .. } = image;
        let (mut inside, mut all) = (0.0, 0.0);
        for (at, value) in map.data.iter().enumerate() {
            let (y, x) = ((at / map.width) as i32, (at % map.width) as i32);
            let value = f64::from(*value);
            all += value;
            if boxes.iter().any(|b| (b.x0..=b.x1).contains(&x) && (b.y0..=b.y1).contains(&y)) {
                inside += value;
            }
        }
        vec![Measured::Number((!boxes.is_empty() && all > 0.0 && all.is_finite()).then(|| inside / all))]
    }
}
