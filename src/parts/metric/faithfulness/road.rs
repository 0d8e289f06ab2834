use rand_distr::{Distribution as _, StandardNormal};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::options;
use crate::metric::mean::Means;
use crate::metric::{
    ChangedImages, Direction, Estimator, ImageColumns, Measure, Measured, MeasuredColumn, MeasuredImage,
    Measurement, Metric, ProbabilityCurve, TargetScore, TruthKind, pixel_deviation,
};
use camlab_base::random::stream;
use camlab_raster::{add_noise, impute, removed_above};

/// ROAD: change of the target class's softmax probability when the most (MoRF) or the least relevant pixels (LeRF) are
/// imputed from their neighbours, mean over percentiles and images.
///
/// For percentile `q`, MoRF imputes the pixels with a map value of at least the `q`-th percentile of the map, LeRF
/// those with `1 - M` of at least the `q`-th percentile of `1 - M`, by noisy linear imputation: each pixel is the
/// weighted mean of its eight neighbours (1/6 and 1/12), plus noise. Where the percentile is the smallest value, as in
/// maps of many zeros, all pixels are removed, and the image is zero plus noise, as in pytorch-grad-cam. `road@morf`
/// and `road@lerf` are `mean of p(imputed) - p(whole)`, `road = (LeRF - MoRF) / 2` (Rong et al. 2022;
/// pytorch-grad-cam's `ROADCombined`). In percent; `road` and `road@lerf`: higher is better, `road@morf`: lower is
/// better. Needs no ground truth, and two passes per percentile and one more per image. Not defined for a constant map.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Road {
    /// Percentiles of the map's values, above 0 and below 100: pixels from there on are imputed.
    #[serde(deserialize_with = "options::percentiles")]
    #[schemars(schema_with = "options::percentiles_schema")]
    pub percentiles: Vec<f64>,
    /// Standard deviation of the noise that is added to imputed values, in standard deviations of the preprocessed
    /// image.
    #[serde(deserialize_with = "options::noise")]
    #[schemars(schema_with = "options::noise_schema")]
    pub noise: f32,
}

impl Default for Road {
    fn default() -> Self {
        Self { percentiles: vec![10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0, 90.0], noise: 0.01 }
    }
}

impl Road {
    fn name(&self, order: &str) -> String {
        let standard = Self::default();
        let listed = || self.percentiles.iter().map(f64::to_string).collect::<Vec<_>>().join("+");
        let percentiles = (self.percentiles != standard.percentiles).then(listed);
        let noise = (self.noise != standard.noise).then(|| self.noise.to_string());
        let name = options::named("road", &[("percentiles", percentiles), ("noise", noise)]);
        match order {
            "" => name,
            order => format!("{name}{}{order}", if name.contains('@') { "," } else { "@" }),
        }
    }

    /// ROAD of every image, the mean over the percentiles: `(LeRF - MoRF) / 2`, -0.5 to 0.5.
    pub(super) fn combined<'a>(&self, rows: &'a ImageColumns) -> impl Iterator<Item = Option<f64>> + use<'a> {
        let [morf, lerf] = self.changes();
        let both = rows.quantity(&morf).collect::<Vec<_>>().into_iter();
        both.zip(rows.quantity(&lerf).collect::<Vec<_>>()).map(|(morf, lerf)| Some((lerf? - morf?) / 2.0))
    }

    /// The columns of the probabilities at every percentile, MoRF and LeRF.
    fn curves(&self) -> [String; 2] {
        self.changes().map(|name| format!("{name}_curve"))
    }

    /// The columns of the mean changes, MoRF and LeRF.
    fn changes(&self) -> [String; 2] {
        ["morf", "lerf"].map(|order| self.name(order).replace('-', "_"))
    }
}

impl Metric for Road {
    fn measures(&self) -> Vec<Measure> {
        let of = |order: &str, direction| Measure::number(self.name(order), "%", direction, TruthKind::None);
        vec![
            of("", Direction::HigherIsBetter),
            of("morf", Direction::LowerIsBetter),
            of("lerf", Direction::HigherIsBetter),
        ]
    }

    fn measurement(&self) -> Option<&dyn Measurement> {
        Some(self)
    }

    /// A percentile `q` is at `1 - q / 100`, the share of pixels from there on.
    fn mean_curves(&self, rows: &ImageColumns) -> Vec<ProbabilityCurve> {
        let share = |percentile: &f64| 1.0 - percentile / 100.0;
        let shares = |_: usize| -> Vec<f64> { self.percentiles.iter().map(share).collect() };
        let of = |column: String| {
            let curves = rows.list(&column);
            ProbabilityCurve::mean(column.clone(), &curves, shares)
        };
        self.curves().into_iter().filter_map(of).collect()
    }

    fn estimator(&self, rows: &ImageColumns) -> Box<dyn Estimator> {
        let [morf, lerf] = self.changes();
        let columns: [Vec<Option<f64>>; 3] =
            [self.combined(rows).collect(), rows.quantity(&morf).collect(), rows.quantity(&lerf).collect()];
        Box::new(Means::of_all(columns.into_iter().map(Vec::into_iter), 100.0))
    }
}

impl Measurement for Road {
    fn columns(&self) -> Vec<MeasuredColumn> {
        let curves = self.curves().map(MeasuredColumn::list);
        self.changes().map(MeasuredColumn::number).into_iter().chain(curves).collect()
    }

    fn version(&self) -> u32 {
        1
    }

    fn passes(&self, _pixels: usize) -> usize {
        1 + 2 * self.percentiles.len()
    }

    fn draws(&self) -> bool {
        self.noise > 0.0
    }

    fn changed<'a>(&'a self, image: &MeasuredImage<'a>) -> Option<Box<dyn ChangedImages + 'a>> {
        let values = &image.map.data;
        let first = values.first()?;
        if values.iter().all(|value| value == first) || values.iter().any(|value| value.is_nan()) {
            return None;
        }
        let turned: Vec<f32> = values.iter().map(|value| 1.0 - value).collect();
        let mut removals = Vec::with_capacity(2 * self.percentiles.len());
        for (order, relevance) in [("morf", values), ("lerf", &turned)] {
            for percentile in &self.percentiles {
                let removed = removed_above(relevance, *percentile as f32)?;
                removals.push(ImputedPixels {
                    removed,
                    stream: format!("road/{}/{order}/{percentile}", image.id),
                });
            }
        }
        let size = [image.map.height, image.map.width];
        let (pixels, channels, seed) = (image.pixels, image.channels(), image.seed);
        let noise = self.noise * pixel_deviation(pixels);
        Some(Box::new(ImputedImages { pixels, size, channels, noise, seed, removals }))
    }
}

/// Pixels that one version imputes.
struct ImputedPixels {
    removed: Vec<bool>,
    /// Name of the noise's random stream.
    stream: String,
}

/// The whole image, then the imputed versions.
struct ImputedImages<'a> {
    pixels: &'a [f32],
    size: [usize; 2],
    channels: usize,
    noise: f32,
    seed: u64,
    removals: Vec<ImputedPixels>,
}

impl ChangedImages for ImputedImages<'_> {
    fn count(&self) -> usize {
        1 + self.removals.len()
    }

    fn write(&self, at: usize, pixels: &mut [f32]) {
        pixels.copy_from_slice(self.pixels);
        let Some(removal) = at.checked_sub(1).and_then(|at| self.removals.get(at)) else { return };
        let mut random = stream(self.seed, &removal.stream);
        let mut draw = || StandardNormal.sample(&mut random);
        if !removal.removed.contains(&false) {
            // The equations have no right-hand side; pytorch-grad-cam's solver returns 0.
            pixels.fill(0.0);
            add_noise(pixels, self.channels, &removal.removed, self.noise, &mut draw);
        } else if impute(pixels, self.size, self.channels, &removal.removed, self.noise, &mut draw).is_err() {
            pixels.fill(f32::NAN);
        }
    }

    fn measured(&self, scores: &[TargetScore]) -> Vec<Measured> {
        let Some((whole, rest)) = scores.split_first() else { return Vec::new() };
        let (morf, lerf) = rest.split_at(rest.len() / 2);
        let mean = |part: &[TargetScore]| {
            let sum: f64 =
                part.iter().map(|score| f64::from(score.probability) - f64::from(whole.probability)).sum();
            let mean = sum / part.len() as f64;
            Measured::Number(mean.is_finite().then_some(mean))
        };
        let curve = |part: &[TargetScore]| {
            let curve: Vec<f32> = part.iter().map(|score| score.probability).collect();
            Measured::List(if curve.iter().all(|value| value.is_finite()) { curve } else { Vec::new() })
        };
        vec![mean(morf), mean(lerf), curve(morf), curve(lerf)]
    }
}
