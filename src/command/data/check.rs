use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use anyhow::Context as _;
use camlab::base::{counted, file};
use camlab::config::Overlap;
use camlab::data::check::{
    CheckedSplit, DataCheck, DataCheckObserver, DataCheckOptions, DataFinding, Severity, check as check_data,
};
use camlab::data::path::DataPath;
use camlab::data::{self, DatasetSpec, Folder};
use camlab::stage::Verbosity;
use serde_json::json;

use super::progress::ImageProgress;
use super::{page, pictures, text};
use crate::cli::DataCheckArgs;
use crate::command::{load, show};

/// Checks an experiment's data sets or a folder; fails if there are errors.
pub(super) fn check(arguments: &DataCheckArgs, verbosity: Verbosity) -> anyhow::Result<()> {
    let mut options = DataCheckOptions {
        on_bad_image: None,
        overlap_allowed: false,
        near: (!arguments.no_near).then_some(arguments.near),
    };
    let splits = match camlab::data::is_folder(&arguments.path) {
        true => vec![of_folder(&arguments.path)?],
        false => of_experiment(arguments, &mut options)?,
    };
    let mut lines = arguments.out.as_deref().map(lines_file).transpose()?;
    let total = splits.iter().flat_map(|split| &split.dataset).map(|dataset| dataset.len()).sum();
    let shown = verbosity > Verbosity::Quiet;
    let mut observer = FindingWriter {
        splits: &splits,
        progress: ImageProgress::new(total, shown),
        file: lines.as_mut().map(|lines| BufWriter::new(lines.file())),
        printed: arguments.json,
    };
    let found = check_data(&splits, &options, &mut observer).context("cannot write the findings")?;
    observer.end().context("cannot write findings.jsonl")?;
    let title = arguments.path.display().to_string();
    if let (Some(out), Some(lines)) = (&arguments.out, lines) {
        lines.finish().context("cannot write findings.jsonl")?;
        let sample = pictures::sample(&splits);
        if let Some(sheet) = pictures::contact_sheet(&sample) {
            write_file(&out.join("contact-sheet.png"), &camlab::raster::encode::png(&sheet)?)?;
        }
        let html = page::page(&title, &splits, &found, sample)?.html()?;
        write_file(&out.join("index.html"), html.as_bytes())?;
    }
    if shown && !arguments.json {
        show(&text::summary(&title, &splits, &found))?;
        if let Some(out) = &arguments.out {
            show(&format!("wrote {}\n", out.join("index.html").display()))?;
        }
    }
    verdict(&found, arguments.strict)
}

/// Fails with errors, and with warnings too if `strict`.
fn verdict(found: &DataCheck, strict: bool) -> anyhow::Result<()> {
    let (errors, warnings) = (found.count(Severity::Error), found.count(Severity::Warning));
    let counts = match (errors, warnings) {
        (0, _) => counted(warnings, "warning"),
        (_, 0) => counted(errors, "error"),
        _ => format!("{} and {}", counted(errors, "error"), counted(warnings, "warning")),
    };
    anyhow::ensure!(errors == 0 && (warnings == 0 || !strict), "the data check found {counts}");
    Ok(())
}

/// A folder as one split; labelled if every image is in a sub-folder.
fn of_folder(path: &Path) -> anyhow::Result<CheckedSplit> {
    let root = path.to_str().with_context(|| format!("the name {} is not valid UTF-8", path.display()))?;
    let root = DataPath::new(root);
    let labelled = data::open(&DatasetSpec::Folder(Folder { root: root.clone(), ..Folder::default() }));
    let dataset = match labelled {
        Ok(dataset) => Ok(dataset),
        // Without a class folder for every image, the images alone.
        Err(_) => data::images_only(&root),
    };
    Ok(CheckedSplit { name: "images".into(), dataset })
}

/// The splits of an experiment, in the order train, val, test.
fn of_experiment(
    arguments: &DataCheckArgs,
    options: &mut DataCheckOptions,
) -> anyhow::Result<Vec<CheckedSplit>> {
    let loaded = load(&arguments.path, &arguments.overrides.set)?;
    let cell = loaded.cells.first().context("the experiment has no cell")?;
    let data = &cell.experiment.data;
    options.on_bad_image = Some(data.on_bad_image);
    options.overlap_allowed = data.overlap == Overlap::Allow;
    let split = |(key, spec): (&str, &DatasetSpec)| CheckedSplit {
        name: key.trim_start_matches("data.").to_string(),
        dataset: data::open(spec),
    };
    Ok(data.sets().map(split).collect())
}

/// The file of all findings, in a folder that is made if needed.
fn lines_file(out: &Path) -> anyhow::Result<file::Replacement> {
    let failed = || format!("cannot write into {}; name another folder with --out", out.display());
    std::fs::create_dir_all(out).with_context(failed)?;
    file::check_writable(out).with_context(failed)?;
    file::Replacement::new(&out.join("findings.jsonl")).with_context(failed)
}

fn write_file(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    file::replace(path, bytes).with_context(|| format!("cannot write {}", path.display()))
}

/// Hands findings on as they are found: lines of JSON to a file and to standard output.
struct FindingWriter<'a> {
    splits: &'a [CheckedSplit],
    progress: ImageProgress,
    file: Option<BufWriter<&'a mut File>>,
    printed: bool,
}

impl FindingWriter<'_> {
    /// Removes the progress and completes the file.
    fn end(self) -> std::io::Result<()> {
        self.progress.end();
        self.file.map_or(Ok(()), |mut file| file.flush())
    }
}

impl DataCheckObserver for FindingWriter<'_> {
    fn progress(&mut self, done: usize) {
        self.progress.set(done);
    }

    fn finding(&mut self, finding: &DataFinding) -> std::io::Result<()> {
        if self.file.is_none() && !self.printed {
            return Ok(());
        }
        let line = format!("{}\n", json_of(self.splits, finding));
        if let Some(file) = &mut self.file {
            file.write_all(line.as_bytes())?;
        }
        if self.printed {
            show(&line).map_err(std::io::Error::other)?;
        }
        Ok(())
    }
}

fn json_of(splits: &[CheckedSplit], finding: &DataFinding) -> serde_json::Value {
    let mut value = json!({
        "severity": finding.severity.name(),
        "kind": finding.kind.name(),
        "split": text::split_name(splits, finding.split),
    });
    if let Some(image) = finding.image {
        value["image"] = text::image_name(splits, (finding.split, image)).into();
    }
    if let Some(other) = finding.other {
        let (split, image) = (text::split_name(splits, other.0), text::image_name(splits, other));
        value["other"] = json!({ "split": split, "image": image });
    }
    if !finding.detail.is_empty() {
        value["detail"] = finding.detail.as_str().into();
    }
    value
}
