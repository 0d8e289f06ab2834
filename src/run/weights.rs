//! Checkpoint files: located, downloaded, and checked against the declared sha256.

use std::path::Path;

use camlab_fetch::{self as fetch, Cache, DownloadStep, FetchError};
use camlab_nn::checkpoint::Checkpoint;
use camlab_onnx::OnnxModel;
use camlab_parts::init::PretrainedOptions;
use camlab_plan::{CheckpointFacts, Facts};
use camlab_stage::{Progress, StageError};
use camlab_store::KnownSums;

/// Unit of the download's progress bar, bytes.
const MEGABYTE: u64 = 1 << 20;

/// Facts about a checkpoint: its sha256, and the path of the file or of the future download.
pub(super) fn look_at(
    options: &PretrainedOptions,
    cache: &Cache,
    sums: &KnownSums,
) -> Result<CheckpointFacts, StageError> {
    let input = |error: camlab_data::path::PathError| StageError::Input(error.to_string());
    let (file, url) = match options.checkpoint.is_url() {
        true => {
            let url = options.checkpoint.filled().map_err(input)?;
            (cache.place(&url).map_err(fetching)?, Some(url))
        }
        false => (options.checkpoint.resolve(Path::new("")).map_err(input)?, None),
    };
    if let (Some(url), Some(sum), false) = (&url, &options.sha256, file.is_file()) {
        return Ok(CheckpointFacts { sha256: sum.as_str().into(), file, download: Some(url.clone()) });
    }
    let sha256 = digest(options, &file, sums)?;
    Ok(CheckpointFacts { sha256, file, download: None })
}

/// sha256 of a file with weights; of several files that belong together, that of their digests, one per line.
fn digest(options: &PretrainedOptions, file: &Path, sums: &KnownSums) -> Result<String, StageError> {
    let one = |file: &Path| {
        sums.of_file("sha256", file, || fetch::sha256(file)).map_err(StageError::io("read", file))
    };
    let own = one(file)?;
    // Which files belong to it is read again only when it has changed.
    let known = format!("parts of {own}");
    if sums.recorded(&known).is_some() {
        return Ok(own);
    }
    let others = match options.is_onnx() {
        true => OnnxModel::external_files(file).ok(),
        false => Checkpoint::files(file).ok().map(|mut files| files.split_off(1)),
    };
    // A file that cannot be read is told where the experiment names it.
    let Some(others) = others else { return Ok(own) };
    if others.is_empty() {
        sums.record(&known, "none");
        return Ok(own);
    }
    if let Some(declared) = &options.sha256 {
        return Err(StageError::Input(format!(
            "sha256 = \"{}\" is that of one file, and the weights of {} are in {} others; remove it",
            declared.as_str(),
            file.display(),
            others.len()
        )));
    }
    let mut lines = format!("{own}\n");
    for other in &others {
        lines.push_str(&one(other)?);
        lines.push('\n');
    }
    Ok(fetch::sha256_of(lines.as_bytes()))
}

/// Fails if the experiment declares another sha256 than that of the file.
pub(super) fn same_sum(options: &PretrainedOptions, facts: &CheckpointFacts) -> Result<(), StageError> {
    match &options.sha256 {
        Some(declared) if declared.as_str() != facts.sha256 => {
            let remedy = match options.checkpoint.is_url() {
                true => "delete the file to download it anew, or correct sha256",
                false => "set checkpoint to the right file, or correct sha256",
            };
            Err(StageError::Input(format!(
                "the checkpoint {} has the sha256\n  {}, but the experiment declares\n  {}; {remedy}",
                facts.file.display(),
                facts.sha256,
                declared.as_str()
            )))
        }
        _ => Ok(()),
    }
}

/// Downloads every checkpoint that is named by URL and not in the cache.
pub(super) fn download(facts: &Facts, progress: Progress<'_>) -> Result<(), StageError> {
    for known in facts.checkpoints.values() {
        let Some(url) = &known.download else { continue };
        let mut task = None;
        // Bytes beyond the last whole megabyte.
        let mut rest = 0;
        fetch::download(url, &known.file, &known.sha256, &mut |step| match step {
            DownloadStep::Answer { at, total } => {
                let total = total.unwrap_or(at).div_ceil(MEGABYTE) as usize;
                let name = url.rsplit('/').next().unwrap_or(url);
                let done = (at / MEGABYTE) as usize;
                rest = at % MEGABYTE;
                task = Some(progress.continued(format!("download {name}"), total, "MB", done));
            }
            DownloadStep::Bytes(bytes) => {
                rest += bytes;
                if let Some(task) = &mut task {
                    task.count((rest / MEGABYTE) as usize);
                    rest %= MEGABYTE;
                }
            }
        })
        .map_err(fetching)?;
        if let Some(task) = task {
            task.finish(format!("{}, sha256 as declared", known.file.display()));
        }
    }
    Ok(())
}

fn fetching(error: FetchError) -> StageError {
    StageError::Input(error.to_string())
}
