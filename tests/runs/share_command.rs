//! `camlab share`: JSON lines and event files of a report against its frames. MLflow's server is asked by
//! `.ci/extra share`.

use std::collections::BTreeMap;
use std::path::Path;

use assert_cmd::assert::Assert;
use serde_json::Value;

use crate::experiment::{Experiment, camlab, stderr, stdout};
use camlab::frame::{self, SummaryRow, TrainingRow};

/// `camlab share MORE...` in the experiment's folder.
fn share(experiment: &Experiment, more: &[&str]) -> Assert {
    camlab(&experiment.path(".")).arg("share").args(more).assert()
}

fn lines(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The metric's key in trackers, as docs/share.md states it.
fn key(row: &SummaryRow) -> String {
    let key = format!("{}/{}/{}/{}", row.metric, row.network, row.method, row.layer);
    if row.contrast == "none" { key } else { format!("{key}/{}", row.contrast) }
}

/// A scalar in an event file: a `Summary.Value` with tag (field 1) and `simple_value` (field 2).
fn holds_scalar(file: &[u8], tag: &str, value: f64) -> bool {
    let mut wanted = vec![0x0a, u8::try_from(tag.len()).unwrap()];
    wanted.extend(tag.as_bytes());
    wanted.push(0x15);
    wanted.extend((value as f32).to_le_bytes());
    file.windows(wanted.len()).any(|bytes| bytes == wanted)
}

fn event_file(folder: &Path) -> Vec<u8> {
    let files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    let files: Vec<_> = files.iter().filter(|file| file.is_file()).collect();
    assert_eq!(files.len(), 1, "{files:?}");
    std::fs::read(files[0]).unwrap()
}

#[test]
fn three_seeds_are_shared_with_the_values_of_the_frames() {
    let experiment = Experiment::tiny();
    experiment.camlab("run", &["--set", "seeds=[0, 1, 2]"]).success();
    let to = ["tiny", "--json-lines", "tiny.jsonl", "--tensorboard", "events", "--tag", "team=a=b"];
    let told = stdout(&share(&experiment, &to).success());
    assert!(told.contains("tiny.jsonl") && told.contains("tensorboard --logdir events/tiny"), "{told}");
    let lines = lines(&experiment.path("tiny.jsonl"));
    let configs: Vec<&Value> = lines.iter().filter(|line| line.get("config").is_some()).collect();
    let names: Vec<&str> = configs.iter().map(|line| line["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["tiny", "tiny seed 0", "tiny seed 1", "tiny seed 2"]);
    let report = std::fs::read_to_string(experiment.report().join("report.md")).unwrap();
    assert_eq!(configs[0]["notes"], report);
    assert_eq!(configs[1]["group"], "tiny");
    assert_eq!(configs[1]["config"]["training.epochs"], 2);
    assert_eq!(configs[1]["config"]["init.1.name"], "orthogonal");
    assert_eq!(configs[3]["tags"]["seed"], "2");
    assert_eq!(configs[3]["tags"]["team"], "a=b");
    let summaries: Vec<&Value> = lines.iter().filter_map(|line| line.get("summary")).collect();
    let events = experiment.path("events/tiny");

    let rows: Vec<SummaryRow> = frame::read(&experiment.report()).unwrap();
    let mut over_seeds: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for row in &rows {
        let (key, run) = (key(row), 1 + row.seed as usize);
        let summary = summaries[run];
        assert_eq!(summary[format!("{key}/n")], f64::from(row.n), "{key}");
        if row.value.is_finite() {
            assert_eq!(summary[format!("{key}/ci_low")].as_f64(), row.ci_low, "{key}");
            assert_eq!(summary[&key], row.value, "{key}");
            assert!(holds_scalar(&event_file(&events.join(names[run])), &key, row.value), "{key}");
            over_seeds.entry(key).or_default().push(row.value);
        }
    }
    assert!(over_seeds.len() > 5);
    let parent = event_file(&events.join("tiny"));
    for (key, values) in over_seeds {
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
        assert_eq!(summaries[0][&key], mean, "{key}");
        assert_eq!(summaries[0][format!("{key}/seeds")], count, "{key}");
        if values.len() > 1 {
            let deviation = summaries[0][format!("{key}/std")].as_f64().unwrap();
            let wanted = (squares / (count - 1.0)).sqrt();
            assert!((deviation - wanted).abs() <= 1e-12 * wanted, "{key}: {deviation}, not {wanted}");
        }
        assert!(holds_scalar(&parent, &key, mean), "{key}");
    }
    let training: Vec<TrainingRow> = frame::read(&experiment.report()).unwrap();
    assert_eq!(training.len(), 12, "two networks, three seeds, two epochs");
    for row in training {
        let run = &configs[1 + row.seed as usize]["run"];
        let key = format!("train/{}/loss", row.network);
        let of_epoch = |line: &&Value| line["run"] == *run && line["_step"] == row.epoch;
        let history = lines.iter().find(of_epoch).unwrap();
        assert_eq!(history[&key], row.loss, "{key}");
    }

    // The same report gives the same bytes.
    let before = std::fs::read(experiment.path("tiny.jsonl")).unwrap();
    share(&experiment, &to).success();
    assert!(std::fs::read(experiment.path("tiny.jsonl")).unwrap() == before);
    assert!(event_file(&events.join("tiny")) == parent);
}

#[test]
fn a_sweep_of_one_seed_has_a_run_per_configuration_with_its_own_parameters() {
    let sweep = "[sweep]\n\"training.lr\" = [0.05, 0.1]\n";
    let experiment = Experiment::tiny().and(sweep);
    experiment.camlab("run", &["--set", "training.epochs=1"]).success();
    share(&experiment, &["reports/tiny", "--json-lines", "a.jsonl", "--experiment", "ours"]).success();
    let lines = lines(&experiment.path("a.jsonl"));
    let configs: Vec<&Value> = lines.iter().filter(|line| line.get("config").is_some()).collect();
    let runs: Vec<(&str, f64)> = configs
        .iter()
        .map(|line| (line["name"].as_str().unwrap(), line["config"]["training.lr"].as_f64().unwrap()))
        .collect();
    assert_eq!(runs, [("tiny lr = 0.05 seed 0", 0.05), ("tiny lr = 0.1 seed 0", 0.1)]);
    assert!(configs.iter().all(|line| line["experiment"] == "ours" && line["group"].is_null()));
    assert_ne!(configs[0]["run"], configs[1]["run"]);
}

#[test]
fn a_mistake_on_the_command_line_is_said_before_anything_is_written() {
    let experiment = Experiment::tiny();
    let told = stderr(&share(&experiment, &["tiny"]).failure().code(2));
    assert!(told.contains("--mlflow") && told.contains("--json-lines"), "{told}");
    let told = stderr(&share(&experiment, &["tiny", "--json-lines", "a.jsonl"]).failure().code(1));
    assert!(told.contains("no report in tiny"), "{told}");
    let told = stderr(&share(&experiment, &["tiny", "--mlflow", "sqlite:///a.db"]).failure().code(1));
    assert!(told.contains("http://HOST:PORT"), "{told}");
    let told = stderr(&share(&experiment, &["tiny", "--tensorboard", "b", "--tag", "a"]).failure().code(1));
    assert!(told.contains("--tag `a` is no KEY=VALUE"), "{told}");
    assert!(!experiment.path("a.jsonl").exists() && !experiment.path("b").exists());
}
