use std::sync::OnceLock;

use rand::RngExt as _;
use rand_distr::{Distribution as _, StandardNormal};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::options;
use crate::metric::mean::Means;
use crate::metric::{
    ChangedImages, Direction, Estimator, ImageColumns, Measure, Measured, MeasuredColumn, MeasuredImage,
    Measurement, Metric, TargetScore, TruthKind, pixel_deviation,
};
use camlab_base::random::stream;
use camlab_raster::infidelity_of_products;

/// Infidelity: squared difference between the change that the map predicts for a perturbation of the image and the
/// change of the target class's softmax probability, mean over perturbations and images.
///
/// `INFD = mean over I of (b I . M - (p(x) - p(x - I)))^2` (Yeh et al. 2019, definition 2.1), the map `M` taken for
/// every channel of the preprocessed image `x`; `b` is 1, or with `normalise = true` the factor that makes the mean
/// smallest, 0 if no perturbation touches the map (Captum's `infidelity` with `normalize`). A plain number, lower is
/// better. Needs no ground truth, and `samples + 1` passes per image. Not defined for a constant map.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Infidelity {
    /// Number of perturbations per image.
    #[serde(deserialize_with = "options::count")]
    #[schemars(schema_with = "options::count_schema")]
    pub samples: usize,
    /// Distribution of the perturbations.
    pub noise: Noise,
    /// Standard deviation of Gaussian noise, in standard deviations of the preprocessed image.
    #[serde(deserialize_with = "options::positive")]
    #[schemars(schema_with = "options::positive_schema")]
    pub sigma: f32,
    /// Side of a removed square, pixels; at most that of the image.
    #[serde(deserialize_with = "options::count")]
    #[schemars(schema_with = "options::count_schema")]
    pub side: usize,
    /// `true`: the map is scaled by the factor that makes the error smallest, so that its own scale does not matter.
    pub normalise: bool,
}

/// Distribution of the perturbations of [`Infidelity`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Noise {
    /// Independent Gaussian noise on every value (Yeh et al. 2019, section 2.2).
    Gaussian,
    /// A square anywhere in the image is set to zero in the preprocessed image: square removal (Yeh et al. 2019,
    /// section 2.3).
    Square,
}

impl Default for Infidelity {
    fn default() -> Self {
        Self { samples: 20, noise: Noise::Square, sigma: 0.1, side: 32, normalise: true }
    }
}

impl Infidelity {
    fn name(&self) -> String {
        let standard = Self::default();
        let samples = (self.samples != standard.samples).then(|| self.samples.to_string());
        let noise = (self.noise != standard.noise).then(|| "gaussian".to_owned());
        let gaussian = self.noise == Noise::Gaussian;
        let sigma = (gaussian && self.sigma != standard.sigma).then(|| self.sigma.to_string());
        let side = (!gaussian && self.side != standard.side).then(|| self.side.to_string());
        let normalise = (!self.normalise).then(|| "false".to_owned());
        options::named(
            "infidelity",
            &[
                ("samples", samples),
                ("noise", noise),
                ("sigma", sigma),
                ("side", side),
                ("normalise", normalise),
            ],
        )
    }
}

impl Metric for Infidelity {
    fn measures(&self) -> Vec<Measure> {
        vec![Measure::number(self.name(), "", Direction::LowerIsBetter, TruthKind::None)]
    }

    fn measurement(&self) -> Option<&dyn Measurement> {
        Some(self)
    }

    fn estimator(&self, rows: &ImageColumns) -> Box<dyn Estimator> {
        Box::new(Means::of(rows.quantity(&self.name()), 1.0))
    }
}

impl Measurement for Infidelity {
    fn columns(&self) -> Vec<MeasuredColumn> {
        vec![MeasuredColumn::number(self.name())]
    }

    fn version(&self) -> u32 {
        1
    }

    fn passes(&self, _pixels: usize) -> usize {
        self.samples + 1
    }

    fn draws(&self) -> bool {
        true
    }

    fn changed<'a>(&'a self, image: &MeasuredImage<'a>) -> Option<Box<dyn ChangedImages + 'a>> {
        let values = &image.map.data;
        let first = values.first()?;
        if values.iter().all(|value| value == first) || values.iter().any(|value| value.is_nan()) {
            return None;
        }
        let responses = (0..self.samples).map(|_| OnceLock::new()).collect();
        let deviation = pixel_deviation(image.pixels);
        Some(Box::new(PerturbedImages { options: self, image: *image, deviation, responses }))
    }
}

/// The whole image, then the perturbed ones.
struct PerturbedImages<'a> {
    options: &'a Infidelity,
    image: MeasuredImage<'a>,
    /// Standard deviation of the image's values.
    deviation: f32,
    /// `I . M` of every perturbation, noted while it is written.
    responses: Vec<OnceLock<f64>>,
}

impl ChangedImages for PerturbedImages<'_> {
    fn count(&self) -> usize {
        1 + self.options.samples
    }

    fn write(&self, at: usize, pixels: &mut [f32]) {
        let MeasuredImage { pixels: whole, map, id, seed, .. } = self.image;
        pixels.copy_from_slice(whole);
        let Some(sample) = at.checked_sub(1) else { return };
        let channels = self.image.channels();
        let mut random = stream(seed, &format!("infidelity/{id}/{sample}"));
        let mut response = 0.0;
        match self.options.noise {
            Noise::Gaussian => {
                let sigma = self.options.sigma * self.deviation;
                for (pixel, value) in pixels.chunks_exact_mut(channels.max(1)).zip(&map.data) {
                    for channel in pixel {
                        let normal: f32 = StandardNormal.sample(&mut random);
                        let noise = sigma * normal;
                        *channel -= noise;
                        response += f64::from(noise) * f64::from(*value);
                    }
                }
            }
            Noise::Square => {
                let side = self.options.side;
                let (rows, columns) = (side.min(map.height), side.min(map.width));
                let top = random.random_range(0..=map.height - rows);
                let left = random.random_range(0..=map.width - columns);
                for place in
                    (top..top + rows).flat_map(|y| (left..left + columns).map(move |x| y * map.width + x))
                {
                    for channel in &mut pixels[place * channels..(place + 1) * channels] {
                        response += f64::from(*channel) * f64::from(map.data[place]);
                        *channel = 0.0;
                    }
                }
            }
        }
        // The same number if it is written again.
        let _ = self.responses[sample].set(response);
    }

    fn measured(&self, scores: &[TargetScore]) -> Vec<Measured> {
        let Some((whole, rest)) = scores.split_first() else { return Vec::new() };
        let responses: Vec<f64> =
            self.responses.iter().map(|response| response.get().copied().unwrap_or(f64::NAN)).collect();
        let drops: Vec<f64> =
            rest.iter().map(|score| f64::from(whole.probability) - f64::from(score.probability)).collect();
        vec![Measured::Number(infidelity_of_products(&responses, &drops, self.options.normalise))]
    }
}
