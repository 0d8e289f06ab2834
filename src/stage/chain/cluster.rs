//! Step A10 of the source article: clustering of the pixels of all images.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::cluster_file;
use super::stacks::{EVALUATED, LABELLED, StackedChannels, Stacks};
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

/// Clusters of the pixels of all test images. Pixels of other images, whose labels are known, may take part; labels of
/// test images are never read.
///
/// Inputs: those of [`StackedChannels`]; with labelled images also theirs ([`LABELLED`]), and `labelled-maps`, their class
/// maps.
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
    /// The labelled images, which are another data set than that of the channels; `None` without.
    pub labelled: Option<TestImages>,
}

impl Work for Cluster {
    const KIND: &'static str = "cluster";

    fn version(&self) -> u32 {
        4
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
        let mut stacks = Stacks::open(job, &self.channels, EVALUATED)?;
        let classes = stacks.set.classes().to_vec();
        let channels =
            self.labelled.clone().map(|images| StackedChannels { images, ..self.channels.clone() });
        let mut labelled = match &channels {
            None => None,
            Some(channels) => Some(LabelledImages {
                stacks: Stacks::open(job, channels, LABELLED)?,
                maps: MapReader::open(&job.folder("labelled-maps")?)?,
            }),
        };
        let mut task = job.progress.task(format!("cluster {}", job.label()), 3, "steps");
        let pool = self.pool(&mut stacks, labelled.as_mut(), &mut || Ok(task.advance(1)?))?;
        let Pool { points, known, channels, .. } = &pool;
        let input = ClusterInput { points, seeds: known, seed: self.seed };
        let found = self.cluster.find(input, pool.reduce.clone())?;
        task.advance(1)?;

        cluster_file::write(draft.folder(), &found.clusters)?;
        let rows = rows(&found, points, pool.test, &classes);
        let inertia = match known.is_empty() {
            true => found.inertia,
            // Without the labelled pixels, which are no pixels of the test images.
            false => rows.iter().map(|row| row.inertia).sum(),
        };
        frame::write_artefact(draft.folder(), &rows)?;
        let summary = summary(&self.cluster, &found, &pool, *channels);
        frame::write_artefact(draft.folder(), &[ClusteringRow { inertia, ..summary }])?;
        let labelled = match points.count() - pool.test {
            0 => String::new(),
            number => format!(" from {number} labelled pixels"),
        };
        let inertia = inertia.map_or_else(String::new, |inertia| format!(", inertia {inertia:.4}"));
        task.finish(format!("{} clusters{labelled}{inertia}", found.clusters.count()));
        Ok(Cost::default())
    }
}

/// Images whose labels are known.
struct LabelledImages<'a> {
    stacks: Stacks<'a>,
    /// Their class maps, in the same order.
    maps: MapReader,
}

/// The pixel vectors that are clustered.
struct Pool {
    /// Those of the test images, then the labelled ones.
    points: Points,
    /// Number of vectors of test images.
    test: usize,
    /// Known label of each vector; empty without labelled images.
    known: Vec<Option<u32>>,
    /// Reduction that was applied.
    reduce: Option<Pca>,
    /// Length of a vector before it.
    channels: usize,
}

impl Cluster {
    /// The pixel vectors; `step` is called after the reduction is fitted and after the vectors are gathered.
    fn pool(
        &self,
        stacks: &mut Stacks<'_>,
        labelled: Option<&mut LabelledImages<'_>>,
        step: &mut dyn FnMut() -> anyhow::Result<()>,
    ) -> anyhow::Result<Pool> {
        let (spec, budget) = (&self.cluster, self.memory);
        let (images, grid) = (stacks.usable(), stacks.grid()?);
        let pixels = images * grid.0 * grid.1;
        let reduce = match spec.reduce() {
            None => None,
            Some(Reduce::Pca(count)) => {
                let chosen = sample(pixels, PCA_SAMPLE, &mut stream(self.seed, "cluster/pca"));
                let vectors = chosen.as_ref().map_or(pixels, BTreeSet::len);
                let mut gathered = Points::default();
                gather(stacks, chosen.as_ref(), &mut gathered, vectors, budget, |points| points)?;
                Some(Pca::fit(&gathered, *count))
            }
        };
        step()?;
        let seeds = match (spec.labelled(), &labelled) {
            (Some(options), Some(_)) => Some(options),
            (None, None) => None,
            _ => anyhow::bail!("the clustering needs labelled images; run again"),
        };
        let chosen =
            spec.pixels().and_then(|most| sample(pixels, most, &mut stream(self.seed, "cluster/pixels")));
        let mut channels = 0;
        let mut shorten = |points: Points| {
            channels = points.dims;
            match &reduce {
                Some(pca) => pca.project(&points),
                None => points,
            }
        };
        let test = chosen.as_ref().map_or(pixels, BTreeSet::len);
        let mut points = Points::default();
        let mut known = Vec::new();
        match labelled.zip(seeds) {
            None => gather(stacks, chosen.as_ref(), &mut points, test, budget, &mut shorten)?,
            Some((LabelledImages { stacks: own, maps }, options)) => {
                let labels = KnownLabels::new(&own.set);
                let seeds = labelled_pixels(maps, &labels, own.set.classes().len() as u32, options)?;
                let vectors = test + seeds.len();
                gather(stacks, chosen.as_ref(), &mut points, vectors, budget, &mut shorten)?;
                gather(
                    own,
                    Some(&seeds.keys().copied().collect()),
                    &mut points,
                    vectors,
                    budget,
                    &mut shorten,
                )?;
                known.resize(test, None);
                known.extend(seeds.into_values().map(Some));
                let all = points.count() == known.len();
                anyhow::ensure!(all, "labelled images have changed since their maps were made; run again");
            }
        }
        if spec.spherical() {
            points.to_unit_length();
        }
        step()?;
        Ok(Pool { points, test, known, reduce, channels })
    }
}

/// `most` of `pixels` pixels, drawn at random; `None` if there are no more than that.
fn sample(pixels: usize, most: usize, rng: &mut impl rand::Rng) -> Option<BTreeSet<usize>> {
    (pixels > most).then(|| rand::seq::index::sample(rng, pixels, most).into_iter().collect())
}

/// Appends the chosen (or all) pixel vectors of all images to `gathered`, after `shorten` was applied to each image's
/// vectors. In the end there are to be `vectors`, maybe with those of other images.
fn gather(
    stacks: &mut Stacks<'_>,
    chosen: Option<&BTreeSet<usize>>,
    gathered: &mut Points,
    vectors: usize,
    budget: Budget,
    mut shorten: impl FnMut(Points) -> Points,
) -> anyhow::Result<()> {
    stacks.each(false, |seen| {
        let size = seen.stack.pixels.count();
        let mut points = seen.stack.pixels;
        if let Some(chosen) = chosen {
            let first = seen.position * size;
            let own: Vec<usize> = chosen.range(first..first + size).map(|place| place - first).collect();
            points = points.select(&own);
        }
        let points = shorten(points);
        if gathered.data.is_empty() {
            fits(vectors, points.dims, budget)?;
            gathered.dims = points.dims;
            gathered.data.reserve_exact(vectors * points.dims);
        }
        let same = gathered.dims == points.dims;
        anyhow::ensure!(same, "the labelled images have other channels than the test images; run again");
        gathered.data.extend_from_slice(&points.data);
        Ok(())
    })
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

/// Labels of the pixels that serve as seeds, by their position among all pixels of the labelled images.
fn labelled_pixels(
    maps: &mut MapReader,
    labels: &KnownLabels,
    background: u32,
    options: &Labelled,
) -> anyhow::Result<BTreeMap<usize, u32>> {
    let mut found = BTreeMap::new();
    for position in 0..maps.rows.len() {
        let class = labels.label(maps.rows[position].index) as u32;
        let map = maps.read_at(position)?;
        let first = position * map.data.len();
        let (object, rest) = options.choose(&map.data);
        found.extend(object.into_iter().map(|at| (first + at, class)));
        found.extend(rest.into_iter().map(|at| (first + at, background)));
    }
    Ok(found)
}

/// Name of a label.
fn name(label: u32, classes: &[String]) -> String {
    classes.get(label as usize).cloned().unwrap_or_else(|| BACKGROUND.to_owned())
}

/// A row per cluster, which counts the first `test` points: the pixels of test images.
fn rows(found: &Found, points: &Points, test: usize, classes: &[String]) -> Vec<ClusterRow> {
    let Clusters { rule, labels, .. } = &found.clusters;
    let mut sizes = vec![0u32; labels.len()];
    let mut within = vec![0.0f64; labels.len()];
    for (point, label) in points.rows().zip(&found.labels).take(test) {
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

fn summary(spec: &ClusterSpec, found: &Found, pool: &Pool, channels: usize) -> ClusteringRow {
    ClusteringRow {
        cell: String::new(),
        seed: 0,
        network: String::new(),
        chain: String::new(),
        clustering: spec.name().to_owned(),
        clusters: found.clusters.count() as u32,
        pixels: pool.test as u32,
        channels: channels as u32,
        dims: pool.points.dims as u32,
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

#[cfg(test)]
mod tests;
