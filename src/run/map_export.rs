//! Maps of a run as files for other programs.

use std::path::{Component, Path, PathBuf};

use anyhow::Context as _;
use rayon::prelude::*;

use camlab_data::{self as data, Dataset};
use camlab_frame::{ClassMapRow, FrameReader, UNCHANGED};
use camlab_graph::StageInput;
use camlab_mapfile::{FilePattern, MapFormat, NumberType, PatternImage, write_map};
use camlab_plan::{Plan, Shown};
use camlab_raster::Map;
use camlab_stage::chain::merge::MergedMaps;
use camlab_stage::evaluate::Evaluate;
use camlab_stage::map_source::MapSource;
use camlab_stage::{Job, Progress, Work as _, work_of};
use camlab_store::Store;

/// Maps that are read, scaled and written together.
const CHUNK: usize = 64;
/// Folder of the final maps of a chain's classes, below that of its maps.
const CLASSES: &str = "classes";
/// Role of an evaluation's maps.
const MAPS: &str = "maps";

/// Choice of the maps to write, and their form.
#[derive(Debug, Clone)]
pub struct MapExport<'a> {
    /// Cell; `None`: the first.
    pub cell: Option<&'a str>,
    /// Network; `None`: all, baselines and external maps included.
    pub network: Option<&'a str>,
    /// Method by its name in tables; `None`: all.
    pub method: Option<&'a str>,
    /// Format of the files.
    pub format: MapFormat,
    /// Type of the numbers in NPY and NPZ files.
    pub numbers: NumberType,
    /// `true`: maps on the layer's grid in the values that the method gives; `false`: as they are evaluated, at the size
    /// of the network's input and scaled to `[0, 1]`.
    pub raw: bool,
    /// `true`: of chains, also the final maps of all classes.
    pub classes: bool,
}

/// Maps of one method, written into one folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportedMaps {
    /// The folder.
    pub folder: PathBuf,
    /// Number of files.
    pub maps: usize,
}

/// Writes the finished maps of a plan below `out`, a folder `NETWORK/METHOD/LAYER` for each method (without the last if
/// there is no layer, with a contrast one more), in it a file per image, named by the image's id and the format's extension as in wsolevaluation's
/// `--scoremap_root`. The final maps of a chain's classes are in folders `classes/INDEX-CLASS` below it.
///
/// # Errors
/// An unknown cell, nothing to write, classes without a chain, maps that are not made yet, a map that the format cannot hold, a file that cannot be
/// written.
pub fn export_maps(
    plan: &Plan,
    store: &Store,
    options: &MapExport<'_>,
    out: &Path,
    progress: Progress<'_>,
) -> anyhow::Result<Vec<ExportedMaps>> {
    let cells: Vec<&str> = plan.cells.iter().map(|cell| cell.id.as_str()).collect();
    let cell = match options.cell {
        Some(id) => cells.iter().position(|known| *known == id),
        None => (!cells.is_empty()).then_some(0),
    };
    let cell = cell.with_context(|| {
        let shown: Vec<&str> = cells.iter().copied().take(10).collect();
        let more = if cells.len() > shown.len() { ", ..." } else { "" };
        format!("no cell `{}`; use --cell with one of {}{more}", options.cell.unwrap_or(""), shown.join(", "))
    })?;
    let all: Vec<&Shown> = plan.shown_of(Evaluate::KIND).filter(|shown| shown.cell == cell).collect();
    let is = |shown: &Shown, column: &str, wanted: Option<&str>| {
        wanted.is_none_or(|wanted| shown.names.text(column) == wanted)
    };
    let chosen: Vec<&Shown> = all
        .iter()
        .copied()
        .filter(|shown| is(shown, "network", options.network) && is(shown, "method", options.method))
        // Contrasts apply to the scaled maps.
        .filter(|shown| !options.raw || shown.names.text("contrast") == UNCHANGED)
        .collect();
    if chosen.is_empty() {
        let mut known: Vec<String> =
            all.iter().map(|s| format!("{} · {}", s.names.text("network"), s.names.text("method"))).collect();
        known.dedup();
        anyhow::bail!("no such maps; use --network and --method with names of {}", known.join(", "));
    }
    let folders: Vec<PathBuf> = chosen.iter().map(|shown| folder(shown, out)).collect();
    if let Some(twice) = folders.iter().enumerate().find(|(at, folder)| folders[..*at].contains(folder)) {
        anyhow::bail!(
            "two maps would be written into {}; choose one with --network and --method",
            twice.1.display()
        );
    }
    // Final maps of classes stand beside a chain's maps.
    let merged = |shown: &Shown| {
        let maps = |input: &StageInput| matches!(input, StageInput::Stage(at) if at.kind == MergedMaps::KIND);
        options.classes && plan.stages.get(shown.stage).spec.inputs.get(MAPS).any(maps)
    };
    anyhow::ensure!(
        !options.classes || chosen.iter().any(|shown| merged(shown)),
        "none of these maps is a chain's, and only chains have final maps of classes; leave out --classes, or choose a \
         [[chain]] with --method"
    );
    let mut written = Vec::new();
    for (shown, folder) in chosen.into_iter().zip(folders) {
        let stage = plan.stages.get(shown.stage);
        let job = Job { stage, store, progress, own_process: false };
        let set = data::open(&plan.cells[shown.cell].experiment.data.test)?;
        let files = MapFiles { options, work: work_of(stage)?, set };
        let classes = folder.join(CLASSES);
        written.push(files.maps(&job, shown, folder)?);
        if merged(shown) {
            written.push(files.class_maps(&job, classes)?);
        }
    }
    Ok(written)
}

/// The folder of a method's maps.
fn folder(shown: &Shown, out: &Path) -> PathBuf {
    let mut folder = out.to_path_buf();
    let names = ["network", "method", "layer"].map(|column| shown.names.text(column));
    // Baselines and external maps have no layer.
    folder.extend(names.iter().filter(|name| **name != "-").map(|name| plain(name)));
    let contrast = shown.names.text("contrast");
    if contrast != UNCHANGED {
        folder.push(plain(contrast));
    }
    folder
}

/// Writes maps of one evaluation.
struct MapFiles<'a> {
    options: &'a MapExport<'a>,
    work: Evaluate,
    set: Box<dyn Dataset>,
}

impl MapFiles<'_> {
    /// Writes the maps that are evaluated.
    fn maps(&self, job: &Job<'_>, shown: &Shown, folder: PathBuf) -> anyhow::Result<ExportedMaps> {
        let set = self.set.as_ref();
        let mut maps =
            MapSource::open(job, MAPS, &self.work.maps, &self.work.images, set).with_context(|| {
                let [network, method] = ["network", "method"].map(|column| shown.names.text(column));
                format!("cannot read the maps of {network} · {method}; run `camlab run FILE` first")
            })?;
        let count = maps.rows.len();
        let mut task = job.progress.task(format!("write {}", job.label()), count, "maps");
        for start in (0..count).step_by(CHUNK) {
            let chunk = maps.chunk(start, CHUNK)?;
            chunk.par_iter().try_for_each(|(image, map)| self.write(&folder, image.index, map))?;
            task.advance(chunk.len())?;
        }
        task.finish("");
        Ok(ExportedMaps { folder, maps: count })
    }

    /// Writes the final maps of a chain's classes, a row group after the other.
    fn class_maps(&self, job: &Job<'_>, folder: PathBuf) -> anyhow::Result<ExportedMaps> {
        let classes = self.set.classes();
        let reader = FrameReader::artefact::<ClassMapRow>(&job.folder(MAPS)?)?;
        let count = reader.rows_left();
        let mut task = job.progress.task(format!("write the classes of {}", job.label()), count, "maps");
        for frame in reader {
            let rows: Vec<ClassMapRow> = frame?.rows()?;
            rows.par_iter().try_for_each(|row| {
                let class = classes.iter().position(|known| *known == row.class);
                let class = class.with_context(|| format!("the data set has no class `{}`", row.class))?;
                // Names of classes that differ only in what `plain` replaces have folders of their own.
                let folder = folder.join(format!("{class}-{}", plain(&row.class)));
                let map = Map::new(row.map_height as usize, row.map_width as usize, row.map.clone());
                self.write(&folder, row.index as usize, &map)
            })?;
            task.advance(rows.len())?;
        }
        task.finish("");
        Ok(ExportedMaps { folder, maps: count })
    }

    /// Writes a map of an image into a folder.
    fn write(&self, folder: &Path, index: usize, map: &Map) -> anyhow::Result<()> {
        let MapExport { format, numbers, raw, .. } = *self.options;
        let set = self.set.as_ref();
        let label = set.label(index);
        let named = PatternImage { id: set.id(index), class: &set.classes()[label], class_index: label };
        let name = PathBuf::from(FilePattern::usual(format).name(named));
        let below = name.components().all(|part| matches!(part, Component::Normal(_)));
        anyhow::ensure!(below, "the image `{}` has no name below a folder", named.id);
        let path = folder.join(name);
        match raw {
            true => write_map(&path, format, numbers, map)?,
            false => {
                let map = self.work.preparation.map(&self.work.images, set, index, map)?;
                write_map(&path, format, numbers, &map)?;
            }
        }
        Ok(())
    }
}

/// A name as the name of a folder: everything but letters, digits, `-`, `_`, `+`, `.` and `=` becomes `-`.
fn plain(name: &str) -> String {
    let kept = |c: char| if c.is_alphanumeric() || "-_+.=".contains(c) { c } else { '-' };
    let name: String = name.chars().map(kept).collect();
    match name.trim_matches('.') {
        "" => "-".to_owned(),
        _ => name,
    }
}
