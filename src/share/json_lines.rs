//! Runs as JSON lines with the names that Weights & Biases gives its own files (`config`, `wandb-history.jsonl`,
//! `wandb-summary.json`). Each run is a line with `config`, a line per step of its history, and a line with `summary`:
//!
//! ```text
//! {"run": KEY, "experiment": NAME, "name": NAME, "group": NAME or null, "job_type": "cell" or "seeds",
//!  "_timestamp": SECONDS, "config": {PARAMETER: VALUE, ...}, "tags": {TAG: TEXT, ...}, "notes": MARKDOWN}
//! {"run": KEY, "_step": STEP, "_timestamp": SECONDS, METRIC: VALUE, ...}
//! {"run": KEY, "_timestamp": SECONDS, "_runtime": SECONDS, "summary": {METRIC: VALUE, ...}}
//! ```
//!
//! `notes` is left out where there are none. `group` is the run over all seeds that the run belongs to. A run without a
//! series has one history line, step 0. The summary has the last value of every metric.

use std::collections::BTreeMap;
use std::path::Path;

use camlab_base::file;
use serde_json::{Map, Value, json};

use crate::value::{measured, typed};
use crate::{ShareError, SharedExperiment, SharedMetric, SharedRun};

/// Writes experiments as JSON lines; an existing file is replaced. The module's documentation and docs/share.md describe
/// the layout. Numbers are written so that they are read back as the same `f64`; those that are none are the texts `NaN`,
/// `Infinity` and `-Infinity`.
///
/// # Errors
/// [`ShareError`]: runs that cannot be shared, a file that cannot be written.
pub fn write_json_lines(experiments: &[SharedExperiment], path: &Path) -> Result<(), ShareError> {
    experiments.iter().try_for_each(SharedExperiment::check)?;
    let mut text = String::new();
    let mut line = |value: Value| {
        text.push_str(&value.to_string());
        text.push('\n');
    };
    let runs = experiments.iter().flat_map(|experiment| {
        experiment.runs.iter().enumerate().map(move |(at, run)| (experiment, at, run))
    });
    for (experiment, at, run) in runs {
        line(config(experiment, at, run));
        let mut steps: BTreeMap<i64, Vec<&SharedMetric>> = BTreeMap::new();
        for metric in &run.metrics {
            steps.entry(metric.step).or_default().push(metric);
        }
        let mut summary = Map::new();
        for (step, metrics) in steps {
            let time = metrics.iter().map(|metric| metric.time_ms).max().unwrap_or(run.end_ms);
            let mut row = Map::new();
            row.insert("run".into(), run.key.clone().into());
            row.insert("_step".into(), step.into());
            row.insert("_timestamp".into(), seconds(time));
            for metric in metrics {
                row.insert(metric.key.clone(), measured(metric.value));
                summary.insert(metric.key.clone(), measured(metric.value));
            }
            line(Value::Object(row));
        }
        line(json!({
            "run": run.key,
            "_timestamp": seconds(run.end_ms),
            "_runtime": seconds(run.end_ms - run.start_ms),
            "summary": summary,
        }));
    }
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(ShareError::io("create", folder))?;
    }
    file::replace(path, text.as_bytes()).map_err(ShareError::io("write", path))
}

fn config(experiment: &SharedExperiment, at: usize, run: &SharedRun) -> Value {
    let parameters: Map<String, Value> =
        run.parameters.iter().map(|(key, value)| (key.clone(), typed(value))).collect();
    let tags: Map<String, Value> =
        run.tags.iter().map(|(key, value)| (key.clone(), value.clone().into())).collect();
    let is_parent = experiment.runs.iter().any(|other| other.parent == Some(at));
    let mut line = json!({
        "run": run.key,
        "experiment": experiment.name,
        "name": run.name,
        "group": run.parent.map(|parent| &experiment.runs[parent].name),
        "job_type": if is_parent { "seeds" } else { "cell" },
        "_timestamp": seconds(run.start_ms),
        "config": parameters,
        "tags": tags,
    });
    if !run.note.is_empty() {
        line["notes"] = run.note.clone().into();
    }
    line
}

/// Milliseconds as seconds.
fn seconds(time_ms: i64) -> Value {
    (time_ms as f64 / 1000.0).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_a_config_a_history_and_a_summary() {
        let metric =
            |key: &str, value, step| SharedMetric { key: key.into(), value, step, time_ms: 1_500 + step };
        let run = |key: &str, parent| SharedRun {
            key: key.into(),
            name: format!("run {key}"),
            parent,
            start_ms: 1_000,
            end_ms: 3_500,
            parameters: vec![("training.epochs".into(), "2".into()), ("net".into(), "vgg".into())],
            tags: vec![("seed".into(), "0".into())],
            metrics: vec![metric("acc", 0.1 + 0.2, 0), metric("loss", 1.5, 1), metric("loss", f64::NAN, 2)],
            note: String::new(),
            files: Vec::new(),
        };
        let mut runs = vec![run("p", None), run("c", Some(0))];
        runs[0].note = "# Report".into();
        let experiment = SharedExperiment { name: "e".into(), runs };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/e.jsonl");
        write_json_lines(&[experiment], &path).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 10);
        assert_eq!(lines[0]["notes"], "# Report");
        assert_eq!(lines[0]["job_type"], "seeds");
        assert_eq!(
            lines[5],
            json!({ "run": "c", "experiment": "e", "name": "run c", "group": "run p", "job_type": "cell", "_timestamp": 1.0,
                "config": { "training.epochs": 2, "net": "vgg" }, "tags": { "seed": "0" } })
        );
        assert_eq!(lines[6], json!({ "run": "c", "_step": 0, "_timestamp": 1.5, "acc": 0.1 + 0.2 }));
        assert_eq!(lines[8], json!({ "run": "c", "_step": 2, "_timestamp": 1.502, "loss": "NaN" }));
        let summary = json!({ "acc": 0.1 + 0.2, "loss": "NaN" });
        assert_eq!(lines[9], json!({ "run": "c", "_timestamp": 3.5, "_runtime": 2.5, "summary": summary }));
    }
}
