//! Step A10 of the source article: clustering of the pixels of all images.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context as _;
use rand::seq::SliceRandom as _;

use super::Job;
use super::cluster_file;
use super::stacks::Stacks;
use crate::map_file::MapReader;
use crate::progress::Progress;
use camlab_base::random::{derive, stream};
use camlab_explain::target::KnownLabels;
use camlab_frame::{self as frame, ClusterRow, ClusteringRow};
use camlab_parts::cluster::{
    AssignmentRule, Budget, ClusterError, ClusterInput, ClusterSpec, Clusters, Found, Labelled, PCA_SAMPLE,
    Pca, Points, Reduce,
};
use camlab_plan::{ClusterStage, MapStage};

/// Name of the background label.
const BACKGROUND: &str = "background";

/// Computes the clusters of a chain and writes them with the rows for the report. `polynomial` are the class maps:
/// they give the usable images and, where labels are known, the pixels of the object.
pub(crate) fn run(
    job: &Job<'_>,
    stage: &ClusterStage,
    polynomial: &MapStage,
    progress: Progress,
) -> anyhow::Result<()> {
    let chain = job.chain()?;
    let spec = &chain.cluster;
    let mut maps = MapReader::open(&job.store.require(&polynomial.spec)?)?;
    let mut stacks = Stacks::open(job)?;
    let set = stacks.set.clone();
    // The seed depends on the chain's name, so that two chains of one file draw independently.
    let seed = derive(job.of().seed, &format!("chain/{}", chain.name));
    let seeds = match spec.labelled() {
        Some(labelled) => {
            let labels = KnownLabels::of(job.experiment(), &set)
                .context("the clustering needs `data.labels = \"known\"`; or use cluster = \"k-means\"")?;
            seeds(&mut maps, &labels, set.classes().len() as u32, labelled, seed)?
        }
        None => BTreeMap::new(),
    };
    let images = maps.rows.len();
    let pixels = images * maps.pixels();
    let mut task = progress.task(format!("cluster {}", stage.spec.label), 3, "steps");

    let reduce = match spec.reduce() {
        None => None,
        Some(Reduce::Pca(count)) => {
            let chosen = sample(pixels, PCA_SAMPLE, &mut stream(seed, "cluster/pca"));
            let gathered = gather(&mut stacks, chosen.as_ref(), images, chain.memory, |points| points)?;
            Some(Pca::fit(&gathered, *count))
        }
    };
    task.advance(1);
    let mut chosen = spec.pixels().and_then(|most| sample(pixels, most, &mut stream(seed, "cluster/pixels")));
    if let Some(chosen) = &mut chosen {
        chosen.extend(seeds.keys());
    }
    let mut channels = 0;
    let mut points = gather(&mut stacks, chosen.as_ref(), images, chain.memory, |points| {
        channels = points.dims;
        match &reduce {
            Some(pca) => pca.project(&points),
            None => points,
        }
    })?;
    if spec.spherical() {
        points.to_unit_length();
    }
    task.advance(1);
    let places: Vec<usize> = match chosen {
        Some(chosen) => chosen.into_iter().collect(),
        None => (0..pixels).collect(),
    };
    let known: Vec<Option<u32>> = match seeds.is_empty() {
        true => Vec::new(),
        false => places.iter().map(|place| seeds.get(place).copied()).collect(),
    };
    let found = spec.find(ClusterInput { points: &points, seeds: &known, seed }, reduce)?;
    task.advance(1);

    let draft = job.store.draft(&stage.spec)?;
    cluster_file::write(&draft.path(""), &found.clusters)?;
    frame::write(&draft.path(""), &rows(&found, &points, set.classes()))?;
    frame::write(&draft.path(""), &[summary(spec, &found, &points, channels)])?;
    draft.finish()?;
    task.finish(match found.inertia {
        Some(inertia) => format!("{} clusters, inertia {inertia:.4}", found.clusters.count()),
        None => format!("{} clusters", found.clusters.count()),
    });
    Ok(())
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
