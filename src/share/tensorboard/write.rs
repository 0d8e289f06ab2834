use std::path::{Path, PathBuf};

use super::event::EventFile;
use super::folder::{FolderNames, folder_name, put};
use super::hparams::{Hparams, end, sessions};
use crate::{ShareError, SharedExperiment};

/// Writes an experiment as event files, `FOLDER/EXPERIMENT/RUN/events.out.tfevents.SECONDS.camlab`, and one in
/// `FOLDER/EXPERIMENT` with the parameters and results that the HPARAMS tab lists. `SECONDS` is the start of the run: the
/// same runs give the same files. Files of an earlier export of the same runs are replaced.
///
/// Values are rounded to single precision. Returns the files.
///
/// # Errors
/// [`ShareError`]: runs that cannot be shared, a folder that cannot be written.
pub fn write_event_files(experiment: &SharedExperiment, folder: &Path) -> Result<Vec<PathBuf>, ShareError> {
    experiment.check()?;
    let folder = folder.join(folder_name(&experiment.name));
    let hparams = Hparams::new(experiment);
    let start = experiment.runs.iter().map(|run| run.start_ms).min().unwrap_or_default();
    let mut root = EventFile::new(start);
    root.hparams("_hparams_/experiment", &hparams.experiment(experiment), start);
    let mut files = vec![put(&folder, start, root.as_bytes())?];
    let shown: Vec<usize> = sessions(experiment).map(|(at, _)| at).collect();
    let mut names = FolderNames::default();
    for (at, run) in experiment.runs.iter().enumerate() {
        let mut file = EventFile::new(run.start_ms);
        let is_session = shown.contains(&at);
        if is_session {
            let group = run.parent.map_or(run, |parent| &experiment.runs[parent]);
            file.hparams("_hparams_/session_start_info", &hparams.start(run, &group.name), run.start_ms);
        }
        for metric in &run.metrics {
            file.scalar(&metric.key, metric.value, metric.step, metric.time_ms);
        }
        if !run.note.is_empty() {
            file.text("report", &run.note, run.start_ms);
        }
        if !run.tags.is_empty() {
            file.text("tags", &table(&run.tags), run.start_ms);
        }
        if is_session {
            file.hparams("_hparams_/session_end_info", &end(run), run.end_ms);
        }
        files.push(put(&folder.join(names.name(&run.name, &run.key)), run.start_ms, file.as_bytes())?);
    }
    Ok(files)
}

/// Pairs as a Markdown table.
fn table(pairs: &[(String, String)]) -> String {
    let cell = |text: &str| text.replace('|', "\\|").split_whitespace().collect::<Vec<_>>().join(" ");
    let rows = pairs.iter().map(|(key, value)| format!("| {} | {} |\n", cell(key), cell(value)));
    format!("| tag | value |\n|---|---|\n{}", rows.collect::<String>())
}
