mod metrics;
mod parameters;
mod runs;

use std::path::{Path, PathBuf};

use camlab::base::terminal;
use camlab::share::{
    MlflowAuth, MlflowSent, MlflowServer, SharedExperiment, write_event_files, write_json_lines,
};
use camlab::stage::Verbosity;

use super::report::report_folder;
use super::{check_file, show};
use crate::cli::ShareArgs;
use runs::ReportRuns;

/// Sends reports to an MLflow server, or writes them for TensorBoard or as JSON lines.
pub fn share(arguments: &ShareArgs, verbosity: Verbosity) -> anyhow::Result<()> {
    let tags = arguments.tags.iter().map(|tag| pair(tag)).collect::<anyhow::Result<Vec<_>>>()?;
    // What the command line has wrong is said before anything is read.
    let server = arguments.mlflow.as_deref().map(|url| MlflowServer::new(url, &mlflow_auth())).transpose()?;
    if let Some(file) = &arguments.json_lines {
        check_file("--json-lines", file)?;
    }
    let experiments = experiments(arguments, &tags)?;
    let mut told = String::new();
    if let Some(file) = &arguments.json_lines {
        write_json_lines(&experiments, file)?;
        told.push_str(&format!("{}\n", file.display()));
    }
    if let Some(folder) = &arguments.tensorboard {
        for experiment in &experiments {
            let files = write_event_files(experiment, folder)?;
            let folder = files.first().and_then(|file| file.parent()).unwrap_or(folder);
            told.push_str(&format!("tensorboard --logdir {}\n", quoted(folder)));
        }
    }
    if let Some(server) = &server {
        for experiment in &experiments {
            let sent = server.send(experiment)?;
            warn(&sent, verbosity);
            told.push_str(&words(&experiment.name, &sent));
        }
    }
    if verbosity > Verbosity::Quiet {
        show(&told)?;
    }
    Ok(())
}

/// The runs of all reports, by the name of the experiment in the tracker.
fn experiments(arguments: &ShareArgs, tags: &[(String, String)]) -> anyhow::Result<Vec<SharedExperiment>> {
    let mut experiments: Vec<SharedExperiment> = Vec::new();
    let mut folders: Vec<PathBuf> = Vec::new();
    for name in &arguments.reports {
        let folder = std::path::absolute(report_folder(name)?)?;
        if folders.contains(&folder) {
            continue;
        }
        let ReportRuns { experiment, runs } = ReportRuns::read(&folder, tags)?;
        folders.push(folder);
        let name = arguments.experiment.clone().unwrap_or(experiment);
        let at = experiments.iter().position(|known| known.name == name).unwrap_or_else(|| {
            experiments.push(SharedExperiment { name, runs: Vec::new() });
            experiments.len() - 1
        });
        let all = &mut experiments[at].runs;
        let before = all.len();
        all.extend(runs.into_iter().map(|mut run| {
            run.parent = run.parent.map(|parent| parent + before);
            run
        }));
    }
    Ok(experiments)
}

/// The credentials in the variables that MLflow's own client reads; as there, a name with a password comes first.
fn mlflow_auth() -> MlflowAuth {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    match (variable("MLFLOW_TRACKING_USERNAME"), variable("MLFLOW_TRACKING_PASSWORD")) {
        (Some(user), Some(password)) => MlflowAuth::Basic { user, password },
        _ => variable("MLFLOW_TRACKING_TOKEN").map_or(MlflowAuth::Open, MlflowAuth::Token),
    }
}

/// Key and value of `--tag`.
fn pair(tag: &str) -> anyhow::Result<(String, String)> {
    match tag.split_once('=') {
        Some((key, value)) if !key.trim().is_empty() => Ok((key.trim().to_owned(), value.to_owned())),
        _ => anyhow::bail!("--tag `{tag}` is no KEY=VALUE"),
    }
}

fn warn(sent: &MlflowSent, verbosity: Verbosity) {
    if verbosity > Verbosity::Quiet {
        if let Some(reason) = &sent.files_left {
            terminal::note(format!("warning: the files of the report were not uploaded: {reason}"));
        }
        if !sent.cut.is_empty() {
            terminal::note(format!("warning: too long for MLflow and cut: {}", sent.cut.join(", ")));
        }
    }
}

/// The outcome of sending, in a line.
fn words(experiment: &str, sent: &MlflowSent) -> String {
    let MlflowSent { created, replaced, unchanged, files, .. } = sent;
    format!(
        "mlflow: experiment `{experiment}`: {created} new runs, {replaced} replaced, {unchanged} there already; {files} \
         files uploaded\n"
    )
}

/// A path as a shell takes it.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = text.chars().all(|letter| letter.is_alphanumeric() || "-_./=,+@".contains(letter));
    if plain { text } else { format!("'{}'", text.replace('\'', r"'\''")) }
}
