//! Classification from class maps: per-pixel class confidences, split at thresholds, summed and ranked (step A13 of
//! the source article).

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::network::NetworkSource;
use super::rankings::{Ranked, Rankings};
use super::work::{version_of, without};
use super::{Job, TestImages, Work};
use camlab_config::MapOptions;
use camlab_data::Batches;
use camlab_engine::Precision;
use camlab_explain::compute::{BATCH, ComputeOptions};
use camlab_explain::request::Request;
use camlab_explain::session::Session;
use camlab_frame::{self as frame, Assembly, PredictionRow};
use camlab_nn::{Activation, Images, Network};
use camlab_parts::cam::CamSpec;
use camlab_parts::metric::Bootstrap;
use camlab_raster::{ClassSum, Interpolation, confidences, ranked, scaled_together};
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
    /// Number of candidate classes, those that the network takes for most probable.
    pub classes: usize,
    /// Largest absolute value of an image's maps before the softmax; `None` for plain `cam`, whose maps are class
    /// scores.
    pub sharpness: Option<f64>,
    /// Resamples of the intervals, and their seed.
    pub resamples: usize,
    /// Seed of the resamples.
    pub seed: u64,
}

impl Work for Analyse {
    const KIND: &'static str = "analyse";
    const FRAMES: &'static [Assembly] = &[Assembly::of::<PredictionRow>()];

    fn version(&self) -> u32 {
        version_of(5, self.method.cam().map_or(0, |cam| cam.version()))
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

    /// Images times maps of each: plain `cam` gives the maps of all classes in one pass.
    fn units(&self, images: &dyn Fn(&str) -> Option<usize>) -> f64 {
        let count = images("images").map_or(1, |all| self.images.count(all));
        (count * if self.sharpness.is_none() { 1 } else { self.classes }) as f64
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
        let network = self.network.load(job, "network")?;
        let set = job.dataset("images")?;
        let indices = self.images.indices_in(&*set)?;
        let request = Request::new(&self.method, &self.layers, &self.look, &network)?;
        let [height, width] = self.images.size();
        let numbers = ComputeOptions { precision: self.precision, size: [height, width], batch: BATCH };
        let interpolation = self.interpolation.unwrap_or(Interpolation::Bilinear);
        let session = Session::new(&network, vec![request], &self.look, numbers, interpolation)?
            .within(self.images.input.normalise.range());
        let mut task = job.progress.task(format!("analyse {}", job.label()), indices.len(), "images");
        let mut rankings = Rankings::new(&self.thresholds, set.clone());
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
            let classes: Vec<Vec<usize>> =
                logits.iter().map(|logits| candidates(logits, self.classes)).collect();
            let evidence = match self.sharpness {
                None => classes
                    .into_par_iter()
                    .enumerate()
                    .map(|(image, classes)| head_maps(&network, &activation, image, classes))
                    .collect::<anyhow::Result<Vec<_>>>()?,
                Some(_) => method_maps(&session, &images, classes, &mut || Ok(task.advance(0)?))?,
            };
            let evaluated: Vec<Ranked> = evidence
                .into_par_iter()
                .zip(&batch.indices)
                .zip(&logits)
                .map(|((evidence, index), logits)| {
                    let (pixels, sums) = evidence.sums(self.sharpness, &self.thresholds);
                    Ranked::new(
                        *index,
                        evidence.classes,
                        sums,
                        pixels,
                        network.graph().probabilities().of(logits),
                    )
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

/// The class maps of one image. Class scores of the network are no part of it.
#[derive(Debug)]
struct Evidence {
    /// The candidates, ascending, so that a tie of two maps is not decided by the network.
    classes: Vec<usize>,
    /// `[candidate][pixel]`.
    maps: Vec<Vec<f32>>,
}

impl Evidence {
    /// Number of pixels, and the candidates ranked by their confidences at each threshold.
    fn sums(&self, sharpness: Option<f64>, thresholds: &[f64]) -> (usize, Vec<Vec<ClassSum>>) {
        let scores = match sharpness {
            Some(sharpness) => scaled_together(&self.maps, sharpness),
            None => self.maps.iter().map(|map| map.iter().map(|value| f64::from(*value)).collect()).collect(),
        };
        let confidences = confidences(&scores);
        let sums = thresholds.iter().map(|threshold| ranked(&confidences, *threshold));
        (self.maps.first().map_or(0, Vec::len), sums.collect())
    }
}

/// The `count` most probable classes of an image, in ascending order; on a tie the lower one is a candidate.
fn candidates(logits: &[f32], count: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..logits.len()).collect();
    order.sort_by(|a, b| logits[*b].total_cmp(&logits[*a]).then(a.cmp(b)));
    order.truncate(count);
    order.sort_unstable();
    order
}

/// `M_c(p) = sum_k w_ck A_k(p) + b_c` of the candidates, from the head's weights and biases (Zhou et al. 2016).
fn head_maps(
    network: &Network,
    activation: &Activation,
    image: usize,
    classes: Vec<usize>,
) -> anyhow::Result<Evidence> {
    let biases = network.classifier()?.biases;
    let features = activation.image(image);
    let class_map = |class: &usize| -> anyhow::Result<Vec<f32>> {
        let (weights, bias) = (network.classifier_weights(*class)?, f64::from(biases[*class]));
        let sum = |pixel: &[f32]| pixel.iter().zip(weights).map(|(a, w)| f64::from(a * w)).sum::<f64>();
        let pixels = features.chunks_exact(activation.channels);
        Ok(pixels.map(|pixel| (sum(pixel) + bias) as f32).collect())
    };
    let maps = classes.iter().map(class_map).collect::<anyhow::Result<_>>()?;
    Ok(Evidence { classes, maps })
}

/// The method's maps of the candidates of every image, not scaled. `step` is called before each candidate.
fn method_maps(
    session: &Session,
    images: &Images,
    classes: Vec<Vec<usize>>,
    step: &mut dyn FnMut() -> anyhow::Result<()>,
) -> anyhow::Result<Vec<Evidence>> {
    let found = session.class_maps(images, &classes, step)?;
    let mut evidence: Vec<Evidence> =
        classes.into_iter().map(|classes| Evidence { classes, maps: Vec::new() }).collect();
    for mut requests in found {
        // The only request.
        for (evidence, made) in evidence.iter_mut().zip(requests.remove(0)) {
            evidence.maps.push(made.map.data);
        }
    }
    Ok(evidence)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three classes, of which the network prefers the true one, 1.
    const LOGITS: [f32; 3] = [0.0, 9.0, 1.0];

    fn answers(maps: [[f32; 4]; 3], sharpness: Option<f64>) -> Vec<usize> {
        let evidence =
            Evidence { classes: candidates(&LOGITS, 3), maps: maps.map(|map| map.to_vec()).to_vec() };
        let (pixels, sums) = evidence.sums(sharpness, &[0.5]);
        assert_eq!(pixels, 4);
        sums[0].iter().map(|sum| evidence.classes[sum.candidate]).collect()
    }

    #[test]
    fn wrong_maps_give_wrong_answers_whatever_the_network_says() {
        let (low, right, other) = ([0.1; 4], [4.0, 3.0, 0.0, 2.0], [1.0, 0.0, 2.0, 0.0]);
        for sharpness in [None, Some(10.0)] {
            assert_eq!(answers([low, right, other], sharpness)[0], 1);
            assert_eq!(answers([right, low, other], sharpness)[0], 0, "maps of two classes swapped");
            assert_eq!(answers([low, [0.0; 4], other], sharpness)[0], 2, "no map of the true class");
            assert_eq!(answers([[0.0; 4]; 3], sharpness), [0, 1, 2], "without maps the order of the classes");
        }
    }

    #[test]
    fn the_strength_of_a_map_counts() {
        // Class 0 covers all pixels, but a hundredth as strongly: scaled to its own range it would win.
        let maps = [[0.01, 0.01, 0.01, 0.0], [1.0, 1.0, 0.0, 0.0], [0.0; 4]];
        assert_eq!(answers(maps, Some(10.0))[0], 1);
    }

    #[test]
    fn candidates_are_the_most_probable_classes() {
        assert_eq!(candidates(&LOGITS, 2), [1, 2]);
        assert_eq!(candidates(&LOGITS, 3), [0, 1, 2]);
        assert_eq!(candidates(&[1.0, 1.0, 1.0], 2), [0, 1]);
    }
}
