//! The comparison report. [`write()`] reads only the Parquet files of a report directory, so a report can be rebuilt
//! at any time after its run.

mod agreement;
mod analysis;
mod chain;
mod claims;
mod classes;
mod classification;
mod columns;
mod comparison;
mod contrasts;
mod data;
mod data_check;
mod distinct;
mod error;
mod figure;
mod fold;
mod format;
mod gallery;
mod means;
mod networks;
mod overview;
mod page;
mod palette;
mod plate;
mod predictions;
mod reliability;
mod render;
mod sanity;
mod search;
mod section;
mod series;
mod statements;
mod table;
mod titles;
mod training;
mod verdict;

use std::path::{Path, PathBuf};

pub use comparison::{ComparedReport, ReportComparison};
pub use data_check::{CheckedKind, CheckedPicture, ClassBalance, DataCheckPage, ShownPicture};
pub use error::ReportError;

use camlab_frame as frame;

/// Writes `summary.csv`, `contrasts.csv` (if maps were evaluated under contrasts), `report.md`, `index.html` and
/// `figures/*.svg` into `dir` from its Parquet files; files are replaced by renaming. Returns the paths written,
/// `index.html` last.
///
/// # Errors
/// A frame that is missing or damaged, a picture that cannot be decoded or drawn, a file that cannot be written.
pub fn write(dir: &Path) -> Result<Vec<PathBuf>, ReportError> {
    let contrasted = frame::write_csv(dir)?;
    let contrasts = dir.join(frame::CONTRASTS_CSV);
    match contrasted {
        true => frame::write_contrasts_csv(dir)?,
        // Left by an earlier report in the same folder.
        false => match std::fs::remove_file(&contrasts) {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                return Err(ReportError::Directory { path: contrasts, source });
            }
            _ => {}
        },
    }
    let overview = overview::Overview::read(dir)?;
    let frames = data::Frames::read(dir, &overview)?;
    let title = |kind: &str, name: &mut String| titles::replace(&overview.titles, kind, name);
    let reference = overview.cells_of(std::slice::from_ref(&overview.reference));
    let tables =
        frame::TABLES.iter().map(|read| read(dir, &reference, &title)).collect::<Result<Vec<_>, _>>()?;
    let analysis = analysis::Analysis::new(&overview, &frames);
    let gallery = gallery::gallery(&analysis)?;
    let figures = figure::all(&analysis, &gallery)?;
    let chain = figure::chain(&analysis)?;
    let classification = figure::classification(&analysis)?;
    let search = search::SearchFrames::read(dir, &titles::Titles(overview.titles.clone()))?;
    let search_figures = search.as_ref().map_or(Ok(Vec::new()), |search| search.figures())?;
    let search = search.map(|search| search::section(&search, &search_figures));
    let page = page::page(&analysis, &tables, [&figures, &chain, &classification], gallery, search);
    let folder = dir.join(figure::DIRECTORY);
    std::fs::create_dir_all(&folder)
        .map_err(|source| ReportError::Directory { path: folder.clone(), source })?;
    let mut files = Vec::new();
    let drawn = figures.iter().chain(&chain).chain(&classification).chain(&search_figures);
    files.extend(drawn.map(|f| (folder.join(format!("{}.svg", f.name)), f.file().into_bytes())));
    files.push((dir.join("report.md"), render::markdown(&page)?.into_bytes()));
    files.push((dir.join("index.html"), render::html(&page)?.into_bytes()));
    for (path, bytes) in &files {
        frame::replace(path, bytes)?;
    }
    let csv = std::iter::once(frame::SUMMARY_CSV).chain(contrasted.then_some(frame::CONTRASTS_CSV));
    let written: Vec<PathBuf> =
        csv.map(|name| dir.join(name)).chain(files.into_iter().map(|(path, _)| path)).collect();
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
