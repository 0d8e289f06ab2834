//! Shares a made-up experiment of three seeds with everything that a tracker may stumble over: many parameters and metrics,
//! characters that are refused, values that are no numbers. `.ci/extra share` reads it back by the trackers' own tools.
//! Usage: share_sample MLFLOW_URL TENSORBOARD_FOLDER JSON_LINES_FILE

use std::error::Error;
use std::path::Path;

use camlab_share::{
    MlflowAuth, MlflowServer, SharedExperiment, SharedMetric, SharedRun, write_event_files, write_json_lines,
};

const START: i64 = 1_780_000_000_123;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, folder, lines] = &arguments[..] else {
        return Err("usage: share_sample MLFLOW_URL TENSORBOARD_FOLDER JSON_LINES_FILE".into());
    };
    let report = Path::new(folder).join("report.md");
    std::fs::create_dir_all(folder)?;
    std::fs::write(&report, "# Report\n\n| a | b |\n|---|---|\n| 1 | 2 |\n")?;
    let experiment = experiment(&report);
    let server = MlflowServer::new(url, &MlflowAuth::Open)?;
    let sent = server.send(&experiment)?;
    println!("{sent:?}");
    let again = server.send(&experiment)?;
    if (again.unchanged, again.run_ids) != (experiment.runs.len(), sent.run_ids) {
        return Err("the second sending changed something".into());
    }
    // Another result of one run: it is replaced, and the other runs stay.
    let mut other = experiment.clone();
    other.runs[2].metrics[0].value += 1.0;
    for experiment in [other, experiment.clone()] {
        let changed = server.send(&experiment)?;
        if (changed.created, changed.replaced, changed.unchanged) != (0, 1, experiment.runs.len() - 1) {
            return Err(format!("another result was not replaced: {changed:?}").into());
        }
    }
    write_event_files(&experiment, Path::new(folder))?;
    write_json_lines(&[experiment], Path::new(lines))?;
    Ok(())
}

fn experiment(report: &Path) -> SharedExperiment {
    let mut parent = run("p", "sample lr=0.1", None);
    parent.note = std::fs::read_to_string(report).unwrap_or_default();
    parent.files = vec![("report.md".into(), report.into()), ("figures/a b+c.md".into(), report.into())];
    parent.metrics.push(metric("acc/net/grad-cam++", 0.123_456_789_012_345_67, 0));
    let mut runs = vec![parent];
    runs.extend((0..3).map(|seed| cell(seed as u32)));
    SharedExperiment { name: "a sample: ä/b".into(), runs }
}

fn cell(seed: u32) -> SharedRun {
    let mut run = run(&format!("c{seed}"), &format!("sample lr=0.1 seed {seed}"), Some(0));
    run.tags.push(("seed".into(), seed.to_string()));
    let third = f64::from(seed + 1) / 3.0;
    for (key, value) in [
        ("acc/net/grad-cam++", third),
        ("acc/net_x2B_/@0.5%", -third / 7.0),
        ("huge", 1e300),
        ("tiny", 5e-324),
        ("below-zero", -0.0),
        ("not-a-number", f64::NAN),
        ("infinite", f64::INFINITY),
        ("below-all", f64::NEG_INFINITY),
        ("/odd//key/../", 1.5),
        ("colon:caf\u{e9}", 2.5),
    ] {
        run.metrics.push(metric(key, value, 0));
    }
    // More than two requests take.
    run.metrics.extend((1..=2100).map(|step| metric("train/net/loss", third / f64::from(step), step.into())));
    run
}

fn run(key: &str, name: &str, parent: Option<usize>) -> SharedRun {
    let mut parameters: Vec<(String, String)> =
        (0..150).map(|at| (format!("table.key-{at}"), at.to_string())).collect();
    for (key, value) in [
        ("method@layer", "grad-cam++"),
        ("truth", "true"),
        ("rate", "0.1"),
        ("empty", ""),
        ("text", "a\n\"b\" \u{e9}"),
    ] {
        parameters.push((key.into(), value.into()));
    }
    SharedRun {
        key: key.into(),
        name: name.into(),
        parent,
        start_ms: START,
        end_ms: START + 60_000,
        parameters,
        tags: vec![("commit".into(), "0123abc".into()), ("camlab.report".into(), "reports/a | b".into())],
        metrics: Vec::new(),
        note: String::new(),
        files: Vec::new(),
    }
}

fn metric(key: &str, value: f64, step: i64) -> SharedMetric {
    SharedMetric { key: key.into(), value, step, time_ms: START + 1_000 + step }
}
