use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::options;
use crate::metric::mean::Means;
use crate::metric::{
    Alteration, Direction, Estimator, ImageColumns, Measure, Measured, MeasuredColumn, MeasuredImage,
    Measurement, Metric, TruthKind,
};
use camlab_raster::sensitivity;

/// Max-sensitivity: largest relative change of the scaled map under small uniform noise on the preprocessed image, mean
/// over images.
///
/// `max over e of |M(x + e) - M(x)| / |M(x)|`, `e` uniform in `[-radius, radius]`, Frobenius norms (Yeh et al. 2019,
/// definition 3.1; Captum's `sensitivity_max`, which divides by the norm of the map). A plain number, lower is better.
/// Needs no ground truth; the method makes its maps again for every draw. Not defined for a constant map, and for maps
/// whose method camlab does not run (`[[external]]`, chains, ensembles, baselines).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct MaxSensitivity {
    /// Largest noise, in standard deviations of the preprocessed image.
    #[serde(deserialize_with = "options::positive")]
    #[schemars(schema_with = "options::positive_schema")]
    pub radius: f32,
    /// Number of draws of noise per image.
    #[serde(deserialize_with = "options::draws")]
    #[schemars(schema_with = "options::draws_schema")]
    pub samples: usize,
}

impl Default for MaxSensitivity {
    fn default() -> Self {
        Self { radius: 0.02, samples: 10 }
    }
}

impl MaxSensitivity {
    fn name(&self) -> String {
        let standard = Self::default();
        let radius = (self.radius != standard.radius).then(|| self.radius.to_string());
        let samples = (self.samples != standard.samples).then(|| self.samples.to_string());
        options::named("max-sensitivity", &[("radius", radius), ("samples", samples)])
    }

    fn column(&self) -> String {
        self.name().replace('-', "_")
    }
}

impl Metric for MaxSensitivity {
    fn measures(&self) -> Vec<Measure> {
        vec![Measure::number(self.name(), "", Direction::LowerIsBetter, TruthKind::None)]
    }

    fn measurement(&self) -> Option<&dyn Measurement> {
        Some(self)
    }

    fn estimator(&self, rows: &ImageColumns) -> Box<dyn Estimator> {
        Box::new(Means::of(rows.quantity(&self.column()), 1.0))
    }
}

impl Measurement for MaxSensitivity {
    fn columns(&self) -> Vec<MeasuredColumn> {
        vec![MeasuredColumn::number(self.column())]
    }

    fn version(&self) -> u32 {
        1
    }

    fn explained_again(&self) -> Option<Alteration> {
        Some(Alteration::Noise { radius: self.radius, draws: self.samples as u32 })
    }

    fn measure(&self, image: &MeasuredImage<'_>) -> Vec<Measured> {
        let values = &image.map.data;
        if values.iter().all(|value| Some(value) == values.first()) {
            return vec![Measured::Number(None)];
        }
        let again: Vec<&[f32]> = image.again.iter().map(|map| map.data.as_slice()).collect();
        vec![Measured::Number(sensitivity(values, &again))]
    }
}
