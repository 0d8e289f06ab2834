//! Step A9 of the source article: class maps after polynomial feature correction.

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

use super::stacks::{EVALUATED, StackedChannels, StackedImage, Stacks};
use crate::map_file::{MapRow, MapWriter};
use crate::prediction_file::PredictionReader;
use crate::{Job, StageError, TestImages, Work};
use camlab_config::{PredictedTarget, Target};
use camlab_explain::ClassPrediction;
use camlab_explain::target::{KnownLabels, TargetRule};
use camlab_parts::polynomial::{Coefficients, Ridge, Weights};
use camlab_raster::Flag;
use camlab_store::{Cost, Draft};

/// File with the weights of the stack's channels, next to the maps.
const COEFFICIENTS: &str = "coefficients.json";

/// The class map of every image; fitted coefficients need one additional pass over all images first.
///
/// Inputs: those of [`StackedChannels`], and `predictions` if coefficients of maps are fitted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct PolynomialMaps {
    /// The channels.
    pub channels: StackedChannels,
    /// Weights of the stack's channels.
    pub coefficients: Coefficients,
    /// The target class; `None` for maps, which have one.
    pub target: Option<Target>,
    /// `true` if the labels of the images may be read.
    pub labels: bool,
}

impl Work for PolynomialMaps {
    const KIND: &'static str = "polynomial";

    fn version(&self) -> u32 {
        2
    }

    fn counted(&self) -> Option<serde_json::Value> {
        Some(StackedChannels::counted(self))
    }

    fn runs_kernels(&self) -> bool {
        self.channels.activations.is_some()
    }

    fn test_images(&self) -> Option<&TestImages> {
        Some(&self.channels.images)
    }

    fn run(&self, job: &Job<'_>, draft: &mut Draft) -> anyhow::Result<Cost> {
        let mut stacks = Stacks::open(job, &self.channels, EVALUATED)?;
        let set = stacks.set.clone();
        let labels = self.labels.then(|| KnownLabels::new(&set));
        let target = self.target.clone().unwrap_or(Target::Predicted(PredictedTarget::default()));
        let rule = TargetRule::new(&target, set.classes(), labels)?;
        let target = |seen: &StackedImage<'_>| match seen.row {
            Some(row) => row.target,
            // The first of several classes: result rows name that one.
            None => rule.choose(seen.logits, &[seen.index])[0].first().map_or(0, |pick| pick.class),
        };
        let mut weights = match self.coefficients.ridge() {
            None => None,
            Some(ridge) => {
                let mut task = job.progress.task(format!("fit {}", job.label()), 1, "regression");
                let weights = self.fit(job, &mut stacks, ridge, &target)?;
                task.advance(1)?;
                task.finish("");
                Some(weights)
            }
        };
        let mut writer = MapWriter::create(draft.folder())?;
        let mut cost = Cost::default();
        let mut task = job.progress.task(format!("correct {}", job.label()), stacks.images(), "images");
        let probabilities = self.channels.probabilities();
        stacks.each(false, |seen| {
            let degree = self.channels.polynomial.degree;
            let weights = match &weights {
                Some(known) => known,
                None => {
                    let fixed = self.coefficients.fixed(seen.stack.pixels.dims / degree, degree);
                    weights.insert(fixed.context("the coefficients have not been fitted yet")?)
                }
            };
            let target = target(&seen);
            let prediction = match seen.row {
                Some(row) => row.prediction.clone(),
                None => Some(ClassPrediction::new(
                    seen.logits,
                    set.label(seen.index),
                    &set.labels(seen.index),
                    probabilities,
                )),
            };
            let map = seen.stack.class_map(weights.of(target));
            let row = MapRow {
                index: seen.index,
                target,
                prediction,
                flag: Flag::of(&map),
                refined_probability: None,
            };
            writer.push(&map, &row)?;
            cost.images.push(seen.cost());
            task.advance(1)?;
            Ok(())
        })?;
        writer.finish()?;
        let path = draft.path(COEFFICIENTS);
        let text = serde_json::to_string(&weights)?;
        std::fs::write(&path, text).map_err(StageError::io("write", &path))?;
        task.finish("");
        Ok(cost)
    }
}

impl PolynomialMaps {
    /// Ridge regression of the logits on the mean pixel vectors.
    fn fit(
        &self,
        job: &Job<'_>,
        stacks: &mut Stacks<'_>,
        ridge: &Ridge,
        target: &dyn Fn(&StackedImage<'_>) -> usize,
    ) -> anyhow::Result<Weights> {
        let mut scores = match job.has("predictions") {
            true => Some(PredictionReader::open(&job.folder("predictions")?)?),
            false => None,
        };
        let (mut means, mut outputs) = (Vec::new(), Vec::new());
        stacks.each(false, |seen| {
            means.push(seen.stack.mean());
            outputs.push(match &mut scores {
                // One output, the target's logit: the maps are of the target class only.
                Some(reader) => {
                    let known = reader.indices.get(seen.position) == Some(&seen.index);
                    anyhow::ensure!(known, "image {} has no class scores; run again", seen.index);
                    vec![f64::from(reader.read()?[target(&seen)])]
                }
                None => seen.logits.iter().map(|logit| f64::from(*logit)).collect(),
            });
            Ok(())
        })?;
        ridge
            .fit(&means, &outputs)
            .context("the class scores or the stacked maps are not finite, so no coefficients can be fitted")
    }
}
