//! Cascading randomisation (Adebayo et al. 2018): similarity of maps before and after parameters are replaced by
//! random ones, stage by stage from the classifier on.

use std::collections::BTreeMap;
use std::sync::Arc;

use rayon::prelude::*;

use super::progress::Progress;
use super::{network, sample};
use camlab_base::random::{derive, stream};
use camlab_config::{Experiment, JoinScaling};
use camlab_data::{self as data, Batches, Dataset, InputSize};
use camlab_explain::frozen::{BATCH, ComputeOptions};
use camlab_explain::join;
use camlab_explain::request::Request;
use camlab_explain::session::{ImageMap, Session};
use camlab_explain::target::{KnownLabels, Pick, TargetRule};
use camlab_frame::{self as frame, SanityRow};
use camlab_nn::{Images, Network};
use camlab_plan::{Facts, MapStage, Passes, Plan, SanityStage};
use camlab_raster::{Map, similarity};
use camlab_store::Store;

/// A batch of images with their indices in the data set.
struct SanityBatch {
    images: Images,
    indices: Vec<usize>,
}

/// The network at one depth of the cascade.
struct Depth {
    name: String,
    network: Network,
    share: f32,
}

/// Computes the maps of the original network and of every depth; writes a row per image, depth and kind of map.
///
/// # Errors
/// A network or images that are missing or cannot be used, a request that the network cannot fulfil.
pub fn run(
    plan: &Plan,
    facts: &Facts,
    store: &Store,
    stage: &SanityStage,
    progress: Progress,
) -> anyhow::Result<()> {
    let experiment = &plan.cells[stage.cell].experiment;
    let network = network::finished(plan, facts, store, &plan.networks[stage.network])?;
    let set: Arc<dyn Dataset> = data::open(&experiment.data.test)?.into();
    let batches = batches(experiment, stage, &set)?;
    let depths = depths(&network, stage)?;
    let mut groups: BTreeMap<String, Vec<(&MapStage, &Passes)>> = BTreeMap::new();
    for map in &stage.maps {
        let map = &plan.maps[*map];
        if let Some(passes) = map.passes() {
            groups.entry(passes.look.shared()).or_default().push((map, passes));
        }
    }
    let images: usize = batches.iter().map(|batch| batch.indices.len()).sum();
    let steps = groups.len() * (1 + depths.len());
    let mut task = progress.task(format!("sanity of {}", stage.spec.label), steps * images, "images");
    let mut rows = Vec::new();
    for group in groups.values() {
        let look = |network: &Network, given: Option<&Vec<Vec<Vec<Pick>>>>| {
            looks(experiment, group, network, &set, &batches, given)
        };
        let (original, picks) = look(&network, None)?;
        task.advance(images);
        for (depth, changed) in (1u32..).zip(&depths) {
            let (maps, _) = look(&changed.network, Some(&picks))?;
            task.advance(images);
            rows.extend(compare(experiment, group, &set, &batches, [&original, &maps], depth, changed)?);
        }
    }
    let draft = store.draft(&stage.spec)?;
    frame::write(&draft.path(""), &rows)?;
    draft.finish()?;
    task.finish("");
    Ok(())
}

fn batches(
    experiment: &Experiment,
    stage: &SanityStage,
    set: &Arc<dyn Dataset>,
) -> anyhow::Result<Vec<SanityBatch>> {
    let all = sample::indices(experiment, set.len())?;
    let count = stage.sanity.images.min(all.len());
    let mut rng = stream(stage.sanity.seed, "sanity/images");
    let mut chosen: Vec<usize> =
        rand::seq::index::sample(&mut rng, all.len(), count).into_iter().map(|at| all[at]).collect();
    chosen.sort_unstable();
    let loading = experiment.data.loading();
    let InputSize { height, width } = experiment.data.input.size;
    let mut found = Vec::new();
    for batch in Batches::new(set.clone(), chosen, loading) {
        let batch = batch?;
        if !batch.indices.is_empty() {
            let count = batch.indices.len();
            let images = Images { pixels: batch.pixels.into(), count, height, width };
            found.push(SanityBatch { images, indices: batch.indices });
        }
    }
    anyhow::ensure!(
        !found.is_empty(),
        "none of the {count} sampled images can be read; increase sanity.images"
    );
    Ok(found)
}

/// The network at every depth, from the classifier alone to all parameters randomised.
fn depths(network: &Network, stage: &SanityStage) -> anyhow::Result<Vec<Depth>> {
    let mut drawn = network.clone();
    stage.sanity.init.apply(&mut drawn, derive(stage.sanity.seed, "sanity/weights"))?;
    let mut names: Vec<String> = Vec::new();
    for spec in network.specs() {
        let name = stage_of(&spec.name);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.reverse();
    let all: usize = network.specs().iter().map(|spec| spec.elements()).sum();
    let (mut changed, mut count, mut depths) = (network.clone(), 0, Vec::new());
    for name in names {
        let specs = network.specs().iter().zip(drawn.values());
        for (spec, value) in specs.filter(|(spec, _)| stage_of(&spec.name) == name) {
            changed.set(&spec.name, value.to_vec())?;
            count += spec.elements();
        }
        depths.push(Depth { name, network: changed.clone(), share: count as f32 / all.max(1) as f32 });
    }
    Ok(depths)
}

/// The part of a parameter's name that identifies a stage of the network: `layer4` of `layer4.2.conv1.weight`; in
/// VGG, whose stages have no names, `features.28` of `features.28.weight`.
fn stage_of(parameter: &str) -> String {
    let mut parts = parameter.split('.');
    let first = parts.next().unwrap_or_default();
    match (first, parts.next()) {
        ("features" | "classifier", Some(second)) => format!("{first}.{second}"),
        _ => first.to_owned(),
    }
}

/// Maps indexed by batch, kind and image, and the target classes indexed by batch and image.
type Looks = (Vec<Vec<Vec<ImageMap>>>, Vec<Vec<Vec<Pick>>>);

fn looks(
    experiment: &Experiment,
    group: &[(&MapStage, &Passes)],
    network: &Network,
    set: &Arc<dyn Dataset>,
    batches: &[SanityBatch],
    given: Option<&Vec<Vec<Vec<Pick>>>>,
) -> anyhow::Result<Looks> {
    let Some((_, first)) = group.first() else { return Ok((Vec::new(), Vec::new())) };
    let requests =
        group.iter().map(|(_, passes)| Request::new(&passes.method, &passes.layers, &passes.look, network));
    let requests: Vec<_> = requests.collect::<Result<_, _>>()?;
    let rule = TargetRule::new(&first.look.target, set.classes(), KnownLabels::of(experiment, set))?;
    let InputSize { height, width } = experiment.data.input.size;
    let numbers = ComputeOptions { precision: first.precision, size: [height, width], batch: BATCH };
    let interpolation = experiment.evaluation.interpolation;
    let session = Session::new(network, requests, &first.look, numbers, interpolation)?;
    let (mut maps, mut chosen) = (Vec::new(), Vec::new());
    for (at, batch) in batches.iter().enumerate() {
        let mut picks = Vec::new();
        let seen = session.maps(&batch.images, |logits| {
            // Every depth keeps the target classes of the original network.
            picks = given.map_or_else(|| rule.choose(logits, &batch.indices), |given| given[at].clone());
            picks.clone()
        })?;
        maps.push(seen.maps);
        chosen.push(picks);
    }
    Ok((maps, chosen))
}

fn compare(
    experiment: &Experiment,
    group: &[(&MapStage, &Passes)],
    set: &Arc<dyn Dataset>,
    batches: &[SanityBatch],
    [before, after]: [&Vec<Vec<Vec<ImageMap>>>; 2],
    depth: u32,
    changed: &Depth,
) -> anyhow::Result<Vec<SanityRow>> {
    let InputSize { height, width } = experiment.data.input.size;
    let interpolation = experiment.evaluation.interpolation;
    let prepare = |map: &Map| join::scaled(map.clone(), JoinScaling::MinMax, [height, width], interpolation);
    let mut rows = Vec::new();
    for (kind, (stage, _)) in group.iter().enumerate() {
        for (at, batch) in batches.iter().enumerate() {
            let pairs = before[at][kind].par_iter().zip(&after[at][kind]).zip(&batch.indices);
            let row = |((before, after), index): ((&ImageMap, &ImageMap), &usize)| {
                let found = similarity(&prepare(&before.map), &prepare(&after.map));
                let found = found.ok_or_else(|| anyhow::anyhow!("a map has no pixels"))?;
                Ok(SanityRow {
                    cell: String::new(),
                    seed: 0,
                    network: String::new(),
                    method: stage.method.clone(),
                    layer: stage.layer.clone(),
                    image: set.id(*index).to_string(),
                    depth,
                    randomised: changed.name.clone(),
                    share: changed.share,
                    spearman: found.spearman.map(|value| value as f32),
                    pearson: found.pearson.map(|value| value as f32),
                    ssim: found.ssim.map(|value| value as f32),
                    flag: after.flag.name().to_owned(),
                })
            };
            rows.extend(pairs.map(row).collect::<anyhow::Result<Vec<_>>>()?);
        }
    }
    Ok(rows)
}
