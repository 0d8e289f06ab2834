//! Step A10 of the source article: clustering of the pixels of all images.

use std::collections::{BTreeMap, BTreeSet};

use rand::seq::SliceRandom as _;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::cluster_file;
use super::stacks::{StackedChannels, Stacks};
use crate::map_file::MapReader;
use crate::work::remove;
use crate::{Job, TestImages, Work};
use camlab_base::random::stream;
use camlab_explain::target::KnownLabels;
use camlab_frame::{self as frame, ClusterRow, ClusteringRow};
use camlab_parts::cluster::{
    AssignmentRule, Budget, ClusterError, ClusterInput, ClusterSpec, Clusters, Found, Labelled, PCA_SAMPLE,
    Pca, Points, Reduce, SubMaps,
};
use camlab_store::{Cost, Draft};

/// Name of the background label.
const BACKGROUND: &str = "background";

/// Clusters of the pixels of all images.
///
/// Inputs: those of [`StackedChannels`], and `maps`, the class maps, if they give known labels to pixels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Cluster {
    /// The channels whose pixels are clustered.
    pub channels: StackedChannels,
    /// Method of clustering.
    pub cluster: ClusterSpec,
    /// Memory limit for the pixel vectors held at once; changes no result.
    pub memory: Budget,
    /// Seed of the random streams.
    pub seed: u64,
    /// `true` if the labels of the images may be read.
    pub labels: bool,
}

impl Work for Cluster {
    const KIND: &'static str = "cluster";

    fn version(&self) -> u32 {
        3
    }

    fn counted(&self) -> Option<serde_json::Value> {
        let mut counted = StackedChannels::counted(self);
        counted["cluster"] = self.cluster.numbers();
        // Sub-maps are made of the clusters and do not change them.
        counted["cluster"][self.cluster.name()]["sub-maps"] = json!(SubMaps::default());
        remove(&mut counted, &["memory"]);
        Some(counted)
    }

    fn runs_kernels(&self) -> bool {
        self.channels.activations.is_some()
    }

    fn test_images(&self) -> Option<&TestImages> {
        Some(&self.channels.images)
    }

    fn size(&self) -> Option<serde_json::Value> {
        let StackedChannels { images, polynomial, activations, .. } = &self.channels;
        Some(serde_json::json!({
            "cluster": self.cluster,
            "images": images.size(),
            "polynomial": polynomial,
            "activations": activations.as_ref().map(|activations| &activations.layers),
        }))
    }

    fn run(&self, job: &Job<'_>, draft: &mut Draft) -> anyhow::Result<Cost> {
        let (spec, budget) = (&self.cluster, self.memory);
        let mut stacks = Stacks::open(job, &self.channels)?;
        let set = stacks.set.clone();
        let seeds = match spec.labelled() {
            Some(labelled) => {
                anyhow::ensure!(
                    self.labels,
                    "the clustering needs `data.labels = \"known\"`; or use cluster = \"k-means\""
                );
                let labels = KnownLabels::new(&set);
                let mut maps = MapReader::open(&job.folder("maps")?)?;
                seeds(&mut maps, &labels, set.classes().len() as u32, labelled, self.seed)?
            }
            None => BTreeMap::new(),
        };
        let (images, grid) = (stacks.usable(), stacks.grid()?);
        let pixels = images * grid.0 * grid.1;
        let mut task = job.progress.task(format!("cluster {}", job.label()), 3, "steps");

        let reduce = match spec.reduce() {
            None => None,
            Some(Reduce::Pca(count)) => {
                let chosen = sample(pixels, PCA_SAMPLE, &mut stream(self.seed, "cluster/pca"));
                let gathered = gather(&mut stacks, chosen.as_ref(), images, budget, |points| points)?;
                Some(Pca::fit(&gathered, *count))
            }
        };
        task.advance(1)?;
        let mut chosen =
            spec.pixels().and_then(|most| sample(pixels, most, &mut stream(self.seed, "cluster/pixels")));
        if let Some(chosen) = &mut chosen {
            chosen.extend(seeds.keys());
        }
        let mut channels = 0;
        let mut points = gather(&mut stacks, chosen.as_ref(), images, budget, |points| {
            channels = points.dims;
            match &reduce {
                Some(pca) => pca.project(&points),
                None => points,
            }
        })?;
        if spec.spherical() {
            points.to_unit_length();
        }
        task.advance(1)?;
        let places: Vec<usize> = match chosen {
            Some(chosen) => chosen.into_iter().collect(),
            None => (0..pixels).collect(),
        };
        let known: Vec<Option<u32>> = match seeds.is_empty() {
            true => Vec::new(),
            false => places.iter().map(|place| seeds.get(place).copied()).collect(),
        };
        let found = spec.find(ClusterInput { points: &points, seeds: &known, seed: self.seed }, reduce)?;
        task.advance(1)?;

        cluster_file::write(draft.folder(), &found.clusters)?;
        frame::write_artefact(draft.folder(), &rows(&found, &points, set.classes()))?;
        frame::write_artefact(draft.folder(), &[summary(spec, &found, &points, channels)])?;
        task.finish(match found.inertia {
            Some(inertia) => format!("{} clusters, inertia {inertia:.4}", found.clusters.count()),
            None => format!("{} clusters", found.clusters.count()),
        });
        Ok(Cost::default())
    }
}

/// `most` of `pixels` pixels, drawn at random; `None` if there are no more than that.
fn sample(pixels: usize, most: usize, rng: &mut impl rand::Rng) -> Option<BTreeSet<usize>> {
    (pixels > most).then(|| rand::seq::index::sample(rng, pixels, most).into_iter().collect())
}

/// The chosen (or all) pixel vectors of all images, after `shorten` was applied to each image's vectors.
fn gather(
    stacks: &mut Stacks<'_>,
    chosen: Option<&BTreeSet<usize>>,
    images: usize,
    budget: Budget,
    mut shorten: impl FnMut(Points) -> Points,
) -> anyhow::Result<Points> {
    let mut gathered: Option<Points> = None;
    stacks.each(false, |seen| {
        let size = seen.stack.pixels.count();
        let mut points = seen.stack.pixels;
        if let Some(chosen) = chosen {
            let first = seen.position * size;
            let own: Vec<usize> = chosen.range(first..first + size).map(|place| place - first).collect();
            points = points.select(&own);
        }
        let points = shorten(points);
        let all = match &mut gathered {
            Some(all) => all,
            None => {
                let vectors = chosen.map_or(images * size, BTreeSet::len);
                fits(vectors, points.dims, budget)?;
                let mut all = Points::new(points.dims);
                all.data.reserve_exact(vectors * points.dims);
                gathered.insert(all)
            }
        };
        all.data.extend_from_slice(&points.data);
        Ok(())
    })?;
    Ok(gathered.unwrap_or_default())
}

/// Checks that the vectors fit into the memory budget.
fn fits(vectors: usize, dims: usize, budget: Budget) -> Result<(), ClusterError> {
    let bytes = 4 * vectors as u64 * dims as u64;
    if bytes <= budget.0 {
        return Ok(());
    }
    let needed = bytes.div_ceil(1_000_000);
    Err(ClusterError::Memory { vectors, dims, needed, budget: budget.to_string() })
}

/// Labels of the pixels that serve as seeds, by their position among all pixels; taken from some randomly drawn
/// images per class.
fn seeds(
    maps: &mut MapReader,
    labels: &KnownLabels,
    background: u32,
    labelled: &Labelled,
    seed: u64,
) -> anyhow::Result<BTreeMap<usize, u32>> {
    let mut by_class: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (position, row) in maps.rows.iter().enumerate() {
        by_class.entry(labels.label(row.index)).or_default().push(position);
    }
    let mut found = BTreeMap::new();
    for (class, mut positions) in by_class {
        positions.shuffle(&mut stream(seed, &format!("cluster/labelled/{class}")));
        let count = (labelled.images * positions.len() as f64).round() as usize;
        for position in positions.into_iter().take(count.max(1)) {
            let map = maps.read_at(position)?;
            let first = position * map.data.len();
            let (object, rest) = labelled.choose(&map.data);
            found.extend(object.into_iter().map(|at| (first + at, class as u32)));
            found.extend(rest.into_iter().map(|at| (first + at, background)));
        }
    }
    Ok(found)
}

/// Name of a label.
fn name(label: u32, classes: &[String]) -> String {
    classes.get(label as usize).cloned().unwrap_or_else(|| BACKGROUND.to_owned())
}

fn rows(found: &Found, points: &Points, classes: &[String]) -> Vec<ClusterRow> {
    let Clusters { rule, labels, .. } = &found.clusters;
    let mut sizes = vec![0u32; labels.len()];
    let mut within = vec![0.0f64; labels.len()];
    for (point, label) in points.rows().zip(&found.labels) {
        let cluster = *label as usize;
        sizes[cluster] += 1;
        if let AssignmentRule::Centres(centres) = rule {
            let centre = centres.row(cluster);
            within[cluster] += point.iter().zip(centre).map(|(a, b)| f64::from(a - b).powi(2)).sum::<f64>();
        }
    }
    let total = f64::from(sizes.iter().sum::<u32>().max(1));
    let row = |cluster: usize| ClusterRow {
        cell: String::new(),
        seed: 0,
        network: String::new(),
        chain: String::new(),
        cluster: cluster as u32,
        label: labels[cluster].map(|label| name(label, classes)),
        pixels: sizes[cluster],
        share: f64::from(sizes[cluster]) / total,
        inertia: matches!(rule, AssignmentRule::Centres(_)).then(|| within[cluster]),
    };
    (0..labels.len()).map(row).collect()
}

fn summary(spec: &ClusterSpec, found: &Found, points: &Points, channels: usize) -> ClusteringRow {
    ClusteringRow {
        cell: String::new(),
        seed: 0,
        network: String::new(),
        chain: String::new(),
        clustering: spec.name().to_owned(),
        clusters: found.clusters.count() as u32,
        pixels: points.count() as u32,
        channels: channels as u32,
        dims: points.dims as u32,
        kept: found.clusters.reduce.as_ref().map(Pca::kept),
        inertia: found.inertia,
        worst_inertia: found.inertias.iter().copied().reduce(f64::max),
        iterations: found.iterations as u32,
        object_rand: None,
        object_information: None,
        object_purity: None,
        class_rand: None,
        class_information: None,
        class_purity: None,
    }
}
