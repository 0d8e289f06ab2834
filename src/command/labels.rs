use std::path::{Path, PathBuf};

use camlab::index::{ReportLabels, is_report};

use super::report::report_folder;
use super::show;
use crate::cli::{NoteArgs, TagArgs};

/// Adds and removes tags of a report, or prints them, one per line.
pub fn tag(arguments: &TagArgs) -> anyhow::Result<()> {
    let folder = folder(&arguments.report)?;
    if arguments.add.is_empty() && arguments.remove.is_empty() {
        let labels = ReportLabels::read(&folder)?;
        return show(&labels.tags.iter().map(|tag| format!("{tag}\n")).collect::<String>());
    }
    ReportLabels::change(&folder, |labels| {
        arguments.add.iter().try_for_each(|tag| labels.tag(tag))?;
        labels.tags.retain(|tag| !arguments.remove.contains(tag));
        Ok(())
    })?;
    Ok(())
}

/// Sets the note of a report, or prints it.
pub fn note(arguments: &NoteArgs) -> anyhow::Result<()> {
    let folder = folder(&arguments.report)?;
    let Some(text) = &arguments.text else {
        let note = ReportLabels::read(&folder)?.note;
        return show(&if note.is_empty() { note } else { format!("{note}\n") });
    };
    ReportLabels::change(&folder, |labels| {
        text.trim().clone_into(&mut labels.note);
        Ok(())
    })?;
    Ok(())
}

/// The folder of a report, which must hold one: labels of other folders would never be listed.
fn folder(name: &Path) -> anyhow::Result<PathBuf> {
    let folder = report_folder(name)?;
    anyhow::ensure!(
        is_report(&folder),
        "{} holds no report (run.parquet); `camlab ls` lists the reports",
        folder.display()
    );
    Ok(folder)
}
