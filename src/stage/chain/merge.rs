//! Steps A10 and A11 of the source article: division of every image's map into sub-maps by cluster, and their merging
//! into one map.

use std::time::Instant;

use super::Job;
use super::cluster_file;
use super::stacks::Stacks;
use crate::map_file::{MapReader, MapRow, MapWriter};
use crate::network;
use crate::progress::Progress;
use camlab_data::{Dataset, InputSize};
use camlab_engine::Variants;
use camlab_explain::frozen::{BATCH, ComputeOptions, freeze};
use camlab_frame::{self as frame, AssignmentRow, SubMapRow, SubMapState};
use camlab_parts::merge::{Divided, DivisionState, Merged, confidences};
use camlab_plan::{ClusterStage, MapStage};
use camlab_raster::Flag;

/// Divides the class map of every image by cluster, runs a forward pass per sub-map for its class confidences, and
/// merges the sub-maps.
pub(crate) fn run(
    job: &Job<'_>,
    stage: &MapStage,
    cluster: &ClusterStage,
    polynomial: &MapStage,
    progress: Progress,
) -> anyhow::Result<()> {
    let chain = job.chain()?;
    let clusters = cluster_file::read(&job.store.require(&cluster.spec)?)?;
    let mut maps = MapReader::open(&job.store.require(&polynomial.spec)?)?;
    let mut stacks = Stacks::open(job)?;
    let set = stacks.set.clone();
    let network = network::finished(job.plan, job.facts, job.store, &job.plan.networks[job.stacked.network])?;
    let InputSize { height, width } = job.experiment().data.input.size;
    let size = [height, width];
    let precision = job.stacked.precision;
    let engine = freeze(&network, ComputeOptions { precision, size, batch: BATCH }, Vec::new())?;

    let draft = job.store.draft(&stage.spec)?;
    let mut writer = MapWriter::create(&draft.path(""))?;
    let (mut sub_maps, mut assignments) = (Vec::new(), Vec::new());
    let mut task = progress.task(format!("merge {}", stage.spec.label), maps.rows.len(), "images");
    stacks.each(true, |seen| {
        let known = maps.rows.get(seen.position).filter(|row| row.index == seen.index).cloned();
        let Some(row) = known else {
            anyhow::bail!("image {} has no class map; run again", set.id(seen.index))
        };
        let map = maps.read_at(seen.position)?;
        let started = Instant::now();
        let pixels = clusters.seen(&seen.stack.pixels);
        let memberships = clusters.memberships(&pixels, chain.cluster.sub_maps());
        let divided = Divided::new(&map, &memberships, clusters.count());
        let variants = Variants::new(&engine, seen.pixels, size)?;
        let confidences = confidences(&divided, variants, chain.merge.normalise, chain.merge.memory)?;
        let merged = chain.merge.apply(&divided, &confidences, row.target);
        let seconds = row.seconds + started.elapsed().as_secs_f64();
        let image = MergedImage { index: seen.index, target: row.target, set: set.as_ref() };
        sub_maps.extend((0..divided.count).map(|at| image.row(at, &divided, &confidences, &merged)));
        assignments.push(AssignmentRow {
            index: seen.index as u32,
            height: divided.height as u32,
            width: divided.width as u32,
            clusters: clusters.nearest(&pixels),
        });
        let forwards = row.forwards + confidences.iter().flatten().count() as u64;
        writer.push(&merged.map, &MapRow { seconds, forwards, flag: Flag::of(&merged.map), ..row })?;
        task.advance(1);
        Ok(())
    })?;
    writer.finish()?;
    frame::write(&draft.path(""), &sub_maps)?;
    frame::write(&draft.path(""), &assignments)?;
    draft.finish()?;
    task.finish("");
    Ok(())
}

struct MergedImage<'a> {
    index: usize,
    target: usize,
    set: &'a dyn Dataset,
}

impl MergedImage<'_> {
    fn row(
        &self,
        at: usize,
        divided: &Divided,
        confidences: &[Option<Vec<f64>>],
        merged: &Merged,
    ) -> SubMapRow {
        let class = |class: usize| self.set.classes().get(class).cloned().unwrap_or_default();
        let of = |class: usize| confidences[at].as_ref().and_then(|all| all.get(class)).map(|p| *p as f32);
        SubMapRow {
            cell: String::new(),
            seed: 0,
            network: String::new(),
            chain: String::new(),
            image: self.set.id(self.index).to_owned(),
            index: self.index as u32,
            cluster: at as u32,
            state: match divided.states[at] {
                DivisionState::Present => SubMapState::Present,
                DivisionState::Flat => SubMapState::Flat,
                DivisionState::Absent => SubMapState::Absent,
            },
            energy: divided.shares[at] as f32,
            assigned: merged.assigned[at].map(class),
            confidence: merged.assigned[at].and_then(of),
            rank: merged.ranks[at].map(|rank| rank as u32),
            target: class(self.target),
            target_confidence: of(self.target),
            joined: merged.joined[at],
            fell_back: merged.fell_back,
            map_height: divided.height as u32,
            map_width: divided.width as u32,
            map: divided.map(at).data,
        }
    }
}
