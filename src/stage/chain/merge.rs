//! Steps A10 and A11 of the source article: division of every image's map into sub-maps by cluster, and their merging
//! into one map per class.

use std::time::Instant;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::cluster_file;
use super::stacks::{EVALUATED, StackedChannels, Stacks};
use crate::map_file::{MapReader, MapRow, MapWriter};
use crate::network::NetworkSource;
use crate::{Job, TestImages, Work};
use camlab_data::Dataset;
use camlab_engine::{Precision, Variants};
use camlab_explain::compute::{BATCH, ComputeOptions, freeze};
use camlab_frame::{AssignmentRow, ClassMapRow, FrameWriter, SubMapRow, SubMapState};
use camlab_parts::cluster::SubMaps;
use camlab_parts::merge::{Divided, DivisionState, FinalMap, Merge, Merged, confidences};
use camlab_raster::Flag;
use camlab_store::{Cost, Draft, ImageCost};

/// The class map of every image divided by cluster, and merged again by the class confidences of the sub-maps, which
/// take a forward pass each. The artefact's maps are those of the target classes; `class-maps.parquet` holds the maps of
/// all classes.
///
/// Inputs: those of [`StackedChannels`], `network`, `maps` (the class maps) and `clusters`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct MergedMaps {
    /// The channels whose pixels were clustered.
    pub channels: StackedChannels,
    /// The network.
    pub network: NetworkSource,
    /// Number format of the forward passes.
    pub precision: Precision,
    /// Assignment of pixels to sub-maps.
    pub sub_maps: SubMaps,
    /// Merging of the sub-maps.
    pub merge: Merge,
}

impl Work for MergedMaps {
    const KIND: &'static str = "merge";

    fn version(&self) -> u32 {
        3
    }

    fn counted(&self) -> Option<serde_json::Value> {
        let mut counted = StackedChannels::counted(self);
        counted["merge"] = json!(self.merge.numbers());
        Some(counted)
    }

    fn runs_kernels(&self) -> bool {
        true
    }

    fn test_images(&self) -> Option<&TestImages> {
        Some(&self.channels.images)
    }

    fn run(&self, job: &Job<'_>, draft: &mut Draft) -> anyhow::Result<Cost> {
        let clusters = cluster_file::read(&job.folder("clusters")?)?;
        let folder = job.folder("maps")?;
        let (mut maps, costs) = (MapReader::open(&folder)?, Cost::read(&folder)?);
        let mut stacks = Stacks::open(job, &self.channels, EVALUATED)?;
        let set = stacks.set.clone();
        let network = self.network.load(job, "network")?;
        let size = self.channels.images.size();
        let engine =
            freeze(&network, ComputeOptions { precision: self.precision, size, batch: BATCH }, Vec::new())?;

        let mut writer = MapWriter::create(draft.folder())?;
        let mut cost = Cost::default();
        let mut sub_maps = FrameWriter::artefact::<SubMapRow>(draft.folder())?;
        let mut class_maps = FrameWriter::artefact::<ClassMapRow>(draft.folder())?;
        let mut assignments = FrameWriter::artefact::<AssignmentRow>(draft.folder())?;
        let mut task = job.progress.task(format!("merge {}", job.label()), maps.rows.len(), "images");
        stacks.each(true, |seen| {
            let known = maps.rows.get(seen.position).filter(|row| row.index == seen.index).cloned();
            let Some(row) = known else {
                anyhow::bail!("image {} has no class map; run again", set.id(seen.index))
            };
            let map = maps.read_at(seen.position)?;
            let started = Instant::now();
            let pixels = clusters.seen(&seen.stack.pixels);
            let memberships = clusters.memberships(&pixels, &self.sub_maps);
            let divided = Divided::new(&map, &memberships, clusters.count());
            let variants = Variants::new(&engine, seen.pixels, size)?;
            let confidences = confidences(&divided, variants, self.merge.normalise, self.merge.memory)?;
            let merged = self.merge.apply(&divided, &confidences, row.target);
            let seconds = started.elapsed().as_secs_f64();
            let image = MergedImage { index: seen.index, target: row.target, set: set.as_ref() };
            let row_of = |at| image.row(at, &divided, &confidences, &merged);
            sub_maps.rows(&(0..divided.count).map(row_of).collect::<Vec<_>>())?;
            let of_class = |map| image.class_row(map, &merged);
            class_maps.rows(&merged.by_rank().into_iter().map(of_class).collect::<Vec<_>>())?;
            assignments.rows(&[AssignmentRow {
                index: seen.index as u32,
                height: divided.height as u32,
                width: divided.width as u32,
                clusters: clusters.nearest(&pixels),
            }])?;
            let before = costs.images.get(seen.position).copied().unwrap_or_default();
            cost.images.push(ImageCost {
                index: seen.index,
                seconds: before.seconds + seconds,
                forwards: before.forwards + confidences.iter().flatten().count() as u64,
            });
            let map = &merged.target.map;
            writer.push(map, &MapRow { flag: Flag::of(map), ..row })?;
            task.advance(1)?;
            Ok(())
        })?;
        writer.finish()?;
        sub_maps.finish()?;
        class_maps.finish()?;
        assignments.finish()?;
        task.finish("");
        Ok(cost)
    }
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
            assigned: merged.assigned[at].map(|class| self.class(class)),
            confidence: merged.assigned[at].and_then(of),
            rank: merged.ranks[at].map(|rank| rank as u32),
            target: self.class(self.target),
            target_confidence: of(self.target),
            joined: merged.target.joined.contains(&at),
            fell_back: merged.fell_back(),
            map_height: divided.height as u32,
            map_width: divided.width as u32,
            map: divided.map(at).data,
        }
    }

    fn class_row(&self, map: &FinalMap, merged: &Merged) -> ClassMapRow {
        ClassMapRow {
            cell: String::new(),
            seed: 0,
            network: String::new(),
            chain: String::new(),
            image: self.set.id(self.index).to_owned(),
            index: self.index as u32,
            class: self.class(map.class),
            class_confidence: map.confidence.map(|confidence| confidence as f32),
            rank: map.rank.map(|rank| rank as u32),
            sub_maps: map.joined.len() as u32,
            is_target: map.class == merged.target.class,
            is_true: None,
            map_height: map.map.height as u32,
            map_width: map.map.width as u32,
            map: map.map.data.clone(),
        }
    }

    fn class(&self, class: usize) -> String {
        self.set.classes().get(class).cloned().unwrap_or_default()
    }
}
