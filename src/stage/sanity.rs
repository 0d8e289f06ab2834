//! Cascading randomisation (Adebayo et al. 2018): similarity of maps before and after parameters are replaced by
//! random ones, stage by stage from the classifier on.

use std::sync::Arc;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::network::NetworkSource;
use super::work::without;
use super::{Job, TestImages, Work};
use camlab_base::random::{derive, stream};
use camlab_config::{JoinScaling, MapOptions};
use camlab_data::{Batches, Dataset, InputSize};
use camlab_engine::Precision;
use camlab_explain::compute::{BATCH, ComputeOptions};
use camlab_explain::join;
use camlab_explain::request::Request;
use camlab_explain::session::{ImageMap, Session};
use camlab_explain::target::{KnownLabels, Pick, TargetRule};
use camlab_frame::{self as frame, RandomisedRow};
use camlab_nn::{Images, Network};
use camlab_parts::cam::CamSpec;
use camlab_parts::init::InitSpec;
use camlab_raster::{Interpolation, Map, similarity};
use camlab_store::{Cost, Draft};

/// Similarity of the maps of a network and of the same network with some of its stages randomised, one row per map,
/// image and depth.
///
/// Inputs: `images`, and `network` (an artefact or a file).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Randomise {
    /// The network.
    pub network: NetworkSource,
    /// The images that the sample is drawn from.
    pub images: TestImages,
    /// Number format of the forward passes.
    pub precision: Precision,
    /// Images per batch; changes no result.
    pub batch: usize,
    /// The maps.
    pub maps: Vec<SanityMap>,
    /// Number of images.
    pub count: usize,
    /// Distribution of the random parameters.
    pub init: InitSpec,
    /// Seed of the sample and of the parameters.
    pub seed: u64,
    /// Upsampling to the input's size.
    pub interpolation: Interpolation,
    /// `true` if the labels of the images may be read.
    pub labels: bool,
}

/// One kind of map.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct SanityMap {
    /// The method.
    pub method: CamSpec,
    /// Incremented when the method's numbers change.
    pub version: u32,
    /// One layer, or those that are combined.
    pub layers: Vec<String>,
    /// Target class, refinement, augmentation and combination of layers.
    pub look: MapOptions,
}

/// A batch of images with their indices in the data set.
struct SanityBatch {
    images: Images,
    indices: Vec<usize>,
}

/// The network at one depth of the cascade.
struct RandomisedNetwork {
    name: String,
    network: Network,
    share: f32,
}

impl Work for Randomise {
    const KIND: &'static str = "sanity";

    fn version(&self) -> u32 {
        3
    }

    fn counted(&self) -> Option<serde_json::Value> {
        let mut counted = without(self, &["batch"]);
        for (at, map) in self.maps.iter().enumerate() {
            counted["maps"][at]["method"] = map.method.numbers();
        }
        Some(counted)
    }

    fn runs_kernels(&self) -> bool {
        true
    }

    fn units(&self, _: &dyn Fn(&str) -> Option<usize>) -> f64 {
        self.count as f64
    }

    fn size(&self) -> Option<serde_json::Value> {
        let maps = self.maps.iter().map(|map| (&map.method, &map.layers, &map.look));
        Some(serde_json::json!({
            "network": self.network.architecture,
            "images": self.images.size(),
            "precision": self.precision,
            "maps": maps.collect::<Vec<_>>(),
        }))
    }

    fn run(&self, job: &Job<'_>, draft: &mut Draft) -> anyhow::Result<Cost> {
        let network = self.network.load(job, "network")?;
        let set = job.dataset("images")?;
        let batches = self.batches(&set)?;
        let depths = self.depths(&network)?;
        // Maps that need the same versions of the images share passes.
        let mut groups: Vec<Vec<usize>> = Vec::new();
        for (at, map) in self.maps.iter().enumerate() {
            let like = |group: &&mut Vec<usize>| {
                group.first().is_some_and(|first| shared(&self.maps[*first].look, &map.look))
            };
            match groups.iter_mut().find(like) {
                Some(group) => group.push(at),
                None => groups.push(vec![at]),
            }
        }
        let images: usize = batches.iter().map(|batch| batch.indices.len()).sum();
        let steps = groups.len() * (1 + depths.len());
        let mut task = job.progress.task(format!("sanity of {}", job.label()), steps * images, "images");
        let mut rows = Vec::new();
        for group in &groups {
            let (original, picks) = self.maps_of(group, &network, &set, &batches, None)?;
            task.advance(images)?;
            for (depth, changed) in (1u32..).zip(&depths) {
                let (maps, _) = self.maps_of(group, &changed.network, &set, &batches, Some(&picks))?;
                task.advance(images)?;
                rows.extend(self.compare(
                    group,
                    set.as_ref(),
                    &batches,
                    [&original, &maps],
                    depth,
                    changed,
                )?);
            }
        }
        frame::write_artefact(draft.folder(), &rows)?;
        task.finish("");
        Ok(Cost::default())
    }
}

/// `true` if maps with these options are made by the same passes.
fn shared(a: &MapOptions, b: &MapOptions) -> bool {
    a.target == b.target && a.refine == b.refine && a.aug_smooth == b.aug_smooth
}

impl Randomise {
    fn batches(&self, set: &Arc<dyn Dataset>) -> anyhow::Result<Vec<SanityBatch>> {
        let all = self.images.indices_in(&**set)?;
        let count = self.count.min(all.len());
        let mut rng = stream(self.seed, "sanity/images");
        let mut chosen: Vec<usize> =
            rand::seq::index::sample(&mut rng, all.len(), count).into_iter().map(|at| all[at]).collect();
        chosen.sort_unstable();
        let loading = self.images.loading(self.batch);
        let InputSize { height, width } = self.images.input.size;
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
    fn depths(&self, network: &Network) -> anyhow::Result<Vec<RandomisedNetwork>> {
        let mut drawn = network.clone();
        self.init.apply(&mut drawn, derive(self.seed, "sanity/weights"))?;
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
            depths.push(RandomisedNetwork {
                name,
                network: changed.clone(),
                share: count as f32 / all.max(1) as f32,
            });
        }
        Ok(depths)
    }

    fn maps_of(
        &self,
        group: &[usize],
        network: &Network,
        set: &Arc<dyn Dataset>,
        batches: &[SanityBatch],
        given: Option<&Vec<Vec<Vec<Pick>>>>,
    ) -> anyhow::Result<Looks> {
        let maps: Vec<&SanityMap> = group.iter().map(|at| &self.maps[*at]).collect();
        let Some(first) = maps.first() else { return Ok((Vec::new(), Vec::new())) };
        let requests = maps.iter().map(|map| Request::new(&map.method, &map.layers, &map.look, network));
        let requests: Vec<_> = requests.collect::<Result<_, _>>()?;
        let rule =
            TargetRule::new(&first.look.target, set.classes(), self.labels.then(|| KnownLabels::new(set)))?;
        let numbers = ComputeOptions { precision: self.precision, size: self.images.size(), batch: BATCH };
        let session = Session::new(network, requests, &first.look, numbers, self.interpolation)?
            .within(self.images.input.normalise.range());
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
        &self,
        group: &[usize],
        set: &dyn Dataset,
        batches: &[SanityBatch],
        [before, after]: [&Vec<Vec<Vec<ImageMap>>>; 2],
        depth: u32,
        changed: &RandomisedNetwork,
    ) -> anyhow::Result<Vec<RandomisedRow>> {
        let (size, interpolation) = (self.images.size(), self.interpolation);
        let prepare = |map: &Map| join::scaled(map.clone(), JoinScaling::MinMax, size, interpolation);
        let mut rows = Vec::new();
        for (kind, at_maps) in group.iter().enumerate() {
            for (at, batch) in batches.iter().enumerate() {
                let pairs = before[at][kind].par_iter().zip(&after[at][kind]).zip(&batch.indices);
                let row = |((before, after), index): ((&ImageMap, &ImageMap), &usize)| {
                    let found = similarity(&prepare(&before.map), &prepare(&after.map));
                    let found = found.ok_or_else(|| anyhow::anyhow!("a map has no pixels"))?;
                    Ok(RandomisedRow {
                        map: *at_maps as u32,
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
