//! The comparison report. [`write()`] reads only the Parquet files of a report directory, so a report can be rebuilt
//! at any time after its run.

mod agreement;
mod analysis;
mod chain;
mod claims;
mod contrasts;
mod data;
mod error;
mod figure;
mod format;
mod gallery;
mod means;
mod networks;
mod page;
mod palette;
mod plate;
mod predictions;
mod render;
mod sanity;
mod section;
mod series;
mod table;
mod titles;
mod training;
mod verdict;

use std::path::{Path, PathBuf};

pub use error::ReportError;

use camlab_frame as frame;

/// Writes `summary.csv`, `contrasts.csv` (if maps were evaluated under contrasts), `report.md`, `index.html` and
/// `figures/*.svg` into `dir` from its Parquet files; files are replaced by renaming. Returns the paths written,
/// `index.html` last.
///
/// # Errors
/// A frame that is missing or damaged, a picture that cannot be decoded or drawn, a file that cannot be written.
pub fn write(dir: &Path) -> Result<Vec<PathBuf>, ReportError> {
    let named = data::Frames::read(dir)?;
    let summary = frame::csv(&named.summary)?;
    let contrasted = named.summary.iter().any(|row| row.contrast != frame::UNCHANGED);
    let contrasts = contrasted.then(|| frame::contrasts_csv(&named.summary)).transpose()?;
    let frames = titles::titled(named);
    let title = |kind: &str, name: &mut String| titles::replace(&frames.titles, kind, name);
    let tables = frame::TABLES.iter().map(|read| read(dir, &title)).collect::<Result<Vec<_>, _>>()?;
    let analysis = analysis::Analysis::new(&frames);
    let gallery = gallery::gallery(&analysis)?;
    let figures = figure::all(&analysis, &gallery)?;
    let chain = figure::chain(&analysis)?;
    let page = page::page(&analysis, &tables, &figures, &chain, gallery);
    let folder = dir.join(figure::DIRECTORY);
    std::fs::create_dir_all(&folder)
        .map_err(|source| ReportError::Directory { path: folder.clone(), source })?;
    let mut files = vec![(dir.join("summary.csv"), summary)];
    files.extend(contrasts.map(|text| (dir.join("contrasts.csv"), text)));
    let drawn = figures.iter().chain(&chain);
    files.extend(drawn.map(|f| (folder.join(format!("{}.svg", f.name)), f.file().into_bytes())));
    files.push((dir.join("report.md"), render::markdown(&page)?.into_bytes()));
    files.push((dir.join("index.html"), render::html(&page)?.into_bytes()));
    for (path, bytes) in &files {
        frame::replace(path, bytes)?;
    }
    let written: Vec<PathBuf> = files.into_iter().map(|(path, _)| path).collect();
    drop_old_figures(&folder, &written).map_err(|source| ReportError::Directory { path: folder, source })?;
    Ok(written)
}

/// Deletes figures of an earlier report in the same directory.
fn drop_old_figures(folder: &Path, written: &[PathBuf]) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "svg") && !written.contains(&path) {
            std::fs::remove_file(path)?;
        }
    }
    Ok(())
}
