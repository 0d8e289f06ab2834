//! The files of external maps, before anything runs.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use rayon::prelude::*;

use camlab_base::stamp;
use camlab_config::External;
use camlab_data::{self as data, DatasetSpec};
use camlab_graph::{SharedSet, Stage};
use camlab_mapfile::{FilePattern, FoundMaps, MapFolder, MapFormat, PatternImage};
use camlab_plan::ExternalFacts;
use camlab_stage::external::{ExternalMaps, content_digest};
use camlab_stage::{StageError, work_of};
use camlab_store::KnownSums;

/// Finds the files of the images of a data set and hashes them; a file is hashed again only if it changed.
///
/// A folder that cannot be read and images that share a file are facts too ([`ExternalFacts::fault`]).
///
/// # Errors
/// A file that cannot be read.
pub(super) fn look_at(
    external: &External,
    spec: &DatasetSpec,
    sums: &KnownSums,
) -> Result<ExternalFacts, StageError> {
    let located = || {
        let root = external.root.resolve(Path::new(""))?;
        let found = find(&root, external.format, &external.names(), spec)?;
        anyhow::Ok((root, found))
    };
    let (root, found) = match located() {
        Ok(located) => located,
        // Told at its place in the file.
        Err(error) => {
            return Ok(ExternalFacts { fault: Some(format!("{error:#}")), ..ExternalFacts::default() });
        }
    };
    let missing: Vec<usize> = (0..found.len()).filter(|index| found.path(*index).is_none()).collect();
    Ok(ExternalFacts {
        digest: digest(&found, sums)?.into(),
        root,
        found: found.len() - missing.len(),
        missing,
        surplus: found.surplus.count,
        first_surplus: found.surplus.first.clone(),
        fault: None,
    })
}

/// The digest that the folder of a stage of external maps has now.
///
/// # Errors
/// As [`look_at`], and a stage of another kind.
pub(super) fn current_digest(stage: &Stage, root: &Path, sums: &KnownSums) -> anyhow::Result<String> {
    let work: ExternalMaps = work_of(stage)?;
    let (_, SharedSet(spec)) = stage.hints.datasets.iter().next().context("the stage has no images")?;
    Ok(digest(&find(root, work.files.format, &work.pattern, spec)?, sums)?)
}

/// The files of the images of a data set.
fn find(
    root: &Path,
    format: MapFormat,
    pattern: &FilePattern,
    spec: &DatasetSpec,
) -> anyhow::Result<FoundMaps> {
    let set = data::open(spec).with_context(|| format!("data set `{}`", spec.name()))?;
    let images = (0..set.len()).map(|index| {
        let label = set.label(index);
        PatternImage { id: set.id(index), class: &set.classes()[label], class_index: label }
    });
    Ok(MapFolder::open(root, format)?.find(pattern, images)?)
}

/// blake3 of the names and contents of the found files, in the images' order.
fn digest(found: &FoundMaps, sums: &KnownSums) -> Result<String, StageError> {
    let files: Vec<(&str, PathBuf)> = found.files().collect();
    let stamps: Option<Vec<String>> =
        files.par_iter().map(|(name, path)| Some(format!("{name} {}", stamp(path, sums.now)?))).collect();
    let stamp = stamps.map(|stamps| blake3::hash(stamps.join("\n").as_bytes()).to_hex().to_string());
    sums.get(stamp, || content_digest(found))
}
