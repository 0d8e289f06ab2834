//! Step A9 of the source article: class maps after polynomial feature correction.

use anyhow::Context as _;

use super::Job;
use super::stacks::{StackedImage, Stacks};
use crate::StageError;
use crate::map_file::{MapRow, MapWriter};
use crate::prediction_file::PredictionReader;
use crate::progress::Progress;
use camlab_explain::ClassPrediction;
use camlab_explain::target::{KnownLabels, TargetRule};
use camlab_parts::polynomial::{Ridge, Weights};
use camlab_plan::MapStage;
use camlab_raster::Flag;

/// File with the weights of the stack's channels, next to the maps.
const COEFFICIENTS: &str = "coefficients.json";

/// Computes the class map of every image; fitted coefficients need one additional pass over all images first.
pub(crate) fn run(
    job: &Job<'_>,
    stage: &MapStage,
    predictions: Option<usize>,
    progress: Progress,
) -> anyhow::Result<()> {
    let chain = job.chain()?;
    let mut stacks = Stacks::open(job)?;
    let set = stacks.set.clone();
    let labels = KnownLabels::of(job.experiment(), &set);
    let rule = TargetRule::new(&job.experiment().target, set.classes(), labels)?;
    let target = |seen: &StackedImage<'_>| match seen.row {
        Some(row) => row.target,
        // The first of several classes: result rows name that one.
        None => rule.choose(seen.logits, &[seen.index])[0].first().map_or(0, |pick| pick.class),
    };
    let mut weights = match chain.coefficients.ridge() {
        None => None,
        Some(ridge) => {
            let mut task = progress.task(format!("fit {}", stage.spec.label), 1, "regression");
            let weights = fit(job, &mut stacks, ridge, predictions, &target)?;
            task.advance(1);
            task.finish("");
            Some(weights)
        }
    };
    let draft = job.store.draft(&stage.spec)?;
    let mut writer = MapWriter::create(&draft.path(""))?;
    let mut task = progress.task(format!("correct {}", stage.spec.label), stacks.images(), "images");
    stacks.each(false, |seen| {
        let degree = chain.polynomial.degree;
        let weights = match &weights {
            Some(known) => known,
            None => {
                let fixed = chain.coefficients.fixed(seen.stack.pixels.dims / degree, degree);
                weights.insert(fixed.context("the coefficients have not been fitted yet")?)
            }
        };
        let target = target(&seen);
        let prediction = match seen.row {
            Some(row) => row.prediction.clone(),
            None => ClassPrediction::new(seen.logits, set.label(seen.index)),
        };
        let map = seen.stack.class_map(weights.of(target));
        let row = MapRow {
            index: seen.index,
            target,
            prediction,
            flag: Flag::of(&map),
            refined_probability: None,
            seconds: seen.seconds,
            forwards: seen.forwards,
        };
        writer.push(&map, &row)?;
        task.advance(1);
        Ok(())
    })?;
    writer.finish()?;
    let path = draft.path(COEFFICIENTS);
    let text = serde_json::to_string(&weights)?;
    std::fs::write(&path, text).map_err(StageError::io("write", &path))?;
    draft.finish()?;
    task.finish("");
    Ok(())
}

/// Ridge regression of the logits on the mean pixel vectors.
fn fit(
    job: &Job<'_>,
    stacks: &mut Stacks<'_>,
    ridge: &Ridge,
    predictions: Option<usize>,
    target: &dyn Fn(&StackedImage<'_>) -> usize,
) -> anyhow::Result<Weights> {
    let mut scores = predictions
        .map(|stage| PredictionReader::open(&job.store.require(&job.plan.predictions[stage].spec)?))
        .transpose()?;
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
