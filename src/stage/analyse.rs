//! Classification from class maps: per-pixel class confidences, split at thresholds, summed and ranked (step A13 of
//! the source article).

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::network::NetworkSource;
use super::rankings::{Ranked, Rankings};
use super::work::{version_of, without};
use super::{Job, TestImages, Work};
use camlab_config::{MapOptions, Prediction};
use camlab_data::Batches;
use camlab_engine::Precision;
use camlab_explain::compute::{BATCH, ComputeOptions};
use camlab_explain::request::Request;
use camlab_explain::session::Session;
use camlab_explain::target::Pick;
use camlab_frame::{self as frame, Assembly, PredictionRow};
use camlab_nn::{Activation, Images, Network};
use camlab_parts::cam::{CamSpec, Needs};
use camlab_parts::metric::Bootstrap;
use camlab_raster::{Interpolation, Map, confidences, min_max, ranked};
use camlab_store::{Cost, Draft};

/// Rankings of the classes of every test image by one method's class maps, and their accuracies.
///
/// Inputs: `images`, and `network` (an artefact or a file).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Analyse {
    /// The network.
    pub network: NetworkSource,
    /// The images.
    pub images: TestImages,
    /// Number format of the forward passes.
    pub precision: Precision,
    /// Images per batch; changes no result.
    pub batch: usize,
    /// The method.
    pub method: CamSpec,
    /// One layer, or those that are combined.
    pub layers: Vec<String>,
    /// Refinement, augmentation and combination of layers.
    pub look: MapOptions,
    /// Upsampling of maps that are combined; `None` if there is nothing to combine.
    pub interpolation: Option<Interpolation>,
    /// Smallest confidences at which a pixel counts as confident for a class.
    pub thresholds: Vec<f64>,
    /// Number of candidate classes.
    pub classes: usize,
    /// Resamples of the intervals, and their seed.
    pub resamples: usize,
    /// Seed of the resamples.
    pub seed: u64,
}

impl Work for Analyse {
    const KIND: &'static str = "analyse";
    const FRAMES: &'static [Assembly] = &[Assembly::of::<PredictionRow>()];

    fn version(&self) -> u32 {
        version_of(4, self.method.cam().map_or(0, |cam| cam.version()))
    }

    fn counted(&self) -> Option<serde_json::Value> {
        let mut counted = without(self, &["batch"]);
        counted["method"] = self.method.numbers();
        Some(counted)
    }

    fn runs_kernels(&self) -> bool {
        true
    }

    fn test_images(&self) -> Option<&TestImages> {
        Some(&self.images)
    }

    fn size(&self) -> Option<serde_json::Value> {
        let Self { network, images, precision, method, layers, look, classes, .. } = self;
        Some(serde_json::json!({
            "network": network.architecture,
            "images": images.size(),
            "precision": precision,
            "method": method,
            "layers": layers,
            "look": look,
            "classes": classes,
        }))
    }

    fn run(&self, job: &Job<'_>, draft: &mut Draft) -> anyhow::Result<Cost> {
        let asked =
            &Prediction { thresholds: self.thresholds.clone(), classes: self.classes, methods: Vec::new() };
        let network = self.network.load(job, "network")?;
        let set = job.dataset("images")?;
        let indices = self.images.indices(set.len())?;
        let request = Request::new(&self.method, &self.layers, &self.look, &network)?;
        let needs = request.cam.needs();
        let [height, width] = self.images.size();
        let numbers = ComputeOptions { precision: self.precision, size: [height, width], batch: BATCH };
        let interpolation = self.interpolation.unwrap_or(Interpolation::Bilinear);
        let session = Session::new(&network, vec![request], &self.look, numbers, interpolation)?;
        let mut task = job.progress.task(format!("analyse {}", job.label()), indices.len(), "images");
        let mut rankings = Rankings::new(asked, set.clone());
        for batch in Batches::new(set.clone(), indices, self.images.loading(self.batch)) {
            let batch = batch?;
            task.advance(batch.indices.len() + batch.skipped.len())?;
            if batch.indices.is_empty() {
                continue;
            }
            let count = batch.indices.len();
            let images = Images { pixels: batch.pixels.into(), count, height, width };
            let (all, activation) = session.features(&images)?;
            let logits: Vec<&[f32]> = all.chunks_exact((all.len() / count).max(1)).collect();
            let evidence = match needs {
                Needs::Classifier => (0..count)
                    .into_par_iter()
                    .map(|image| all_classes(&network, &activation, logits[image], image))
                    .collect::<anyhow::Result<Vec<_>>>()?,
                _ => {
                    let again = |targets: Vec<usize>| -> anyhow::Result<Vec<Map>> {
                        let one = |class| vec![Pick { class, weight: 1.0 }];
                        let mut seen = session.maps(&images, |_| targets.into_iter().map(one).collect())?;
                        Ok(seen.maps.remove(0).into_iter().map(|made| made.map).collect())
                    };
                    candidates(asked, &logits, again)?
                }
            };
            let evaluated: Vec<Ranked> = evidence
                .into_par_iter()
                .zip(&batch.indices)
                .zip(&logits)
                .map(|((evidence, index), logits)| {
                    let confidences = confidences(&evidence.maps);
                    let sums = asked.thresholds.iter().map(|threshold| ranked(&confidences, *threshold));
                    Ranked::new(*index, evidence.classes, sums.collect(), evidence.pixels, logits)
                })
                .collect();
            rankings.extend(evaluated);
        }
        if rankings.is_empty() {
            anyhow::bail!("none of the test images can be read");
        }
        let bootstrap = Bootstrap { resamples: self.resamples, seed: self.seed, confidence: 0.95 };
        rankings.write(draft.folder())?;
        frame::write_artefact(draft.folder(), &rankings.summary(bootstrap))?;
        task.finish("");
        Ok(Cost::default())
    }
}

/// The class maps of one image as input of a per-pixel softmax: a score per candidate class and pixel.
struct Evidence {
    classes: Vec<usize>,
    /// `[candidate][pixel]`.
    maps: Vec<Vec<f64>>,
    pixels: usize,
}

/// `M_c(p) = sum_k w_ck A_k(p) + b_c` for all classes. Because the head pools over the pixels, the mean of `M_c` is
/// the class's logit; the bias is therefore the logit minus the mean of the sum, for every kind of head.
fn all_classes(
    network: &Network,
    activation: &Activation,
    logits: &[f32],
    image: usize,
) -> anyhow::Result<Evidence> {
    let (channels, pixels) = (activation.channels, activation.height * activation.width);
    let features = activation.image(image);
    let class_map = |(class, logit): (usize, &f32)| -> anyhow::Result<Vec<f64>> {
        let weights = network.classifier_weights(class)?;
        let sum = |pixel: &[f32]| pixel.iter().zip(weights).map(|(a, w)| f64::from(a * w)).sum::<f64>();
        Ok(centred(features.chunks_exact(channels).map(sum).collect(), f64::from(*logit), 1.0))
    };
    let maps = logits.iter().enumerate().map(class_map).collect::<anyhow::Result<_>>()?;
    Ok(Evidence { classes: (0..logits.len()).collect(), maps, pixels })
}

/// Maps of the most probable classes of each image, one class per pass. These maps have no common scale, so each is
/// min-max scaled, multiplied by the range of the candidates' logits, and shifted to the class's logit as its mean, a
/// property that [`all_classes`] has by construction.
fn candidates(
    asked: &Prediction,
    logits: &[&[f32]],
    mut maps_for: impl FnMut(Vec<usize>) -> anyhow::Result<Vec<Map>>,
) -> anyhow::Result<Vec<Evidence>> {
    let order = |logits: &&[f32]| {
        let mut order: Vec<usize> = (0..logits.len()).collect();
        order.sort_by(|a, b| logits[*b].total_cmp(&logits[*a]).then(a.cmp(b)));
        order.truncate(asked.classes);
        order
    };
    let classes: Vec<Vec<usize>> = logits.iter().map(order).collect();
    let mut evidence: Vec<Evidence> = classes
        .iter()
        .map(|classes| Evidence { classes: classes.clone(), maps: Vec::new(), pixels: 0 })
        .collect();
    for rank in 0..classes.first().map_or(0, Vec::len) {
        let maps = maps_for(classes.iter().map(|classes| classes[rank]).collect())?;
        for ((evidence, map), logits) in evidence.iter_mut().zip(maps).zip(logits) {
            let score = |class: usize| f64::from(logits[class]);
            let range = score(evidence.classes[0]) - evidence.classes.last().map_or(0.0, |last| score(*last));
            let map = min_max(&map).data.iter().map(|value| f64::from(*value)).collect();
            evidence.maps.push(centred(map, score(evidence.classes[rank]), range));
            evidence.pixels = evidence.maps[0].len();
        }
    }
    Ok(evidence)
}

/// A map times `scale`, shifted to the mean `mean`.
fn centred(mut map: Vec<f64>, mean: f64, scale: f64) -> Vec<f64> {
    let own = map.iter().sum::<f64>() / map.len().max(1) as f64;
    map.iter_mut().for_each(|value| *value = mean + scale * (*value - own));
    map
}
