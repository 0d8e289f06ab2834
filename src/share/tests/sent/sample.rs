use camlab_share::{SharedExperiment, SharedMetric, SharedRun};

/// A result at step 0.
pub fn result(key: &str, value: f64) -> SharedMetric {
    SharedMetric { key: key.into(), value, step: 0, time_ms: 2_000 }
}

/// A run over two seeds and its two cells, without files.
pub fn two_seeds() -> SharedExperiment {
    let run = |key: &str, name: &str, parent| SharedRun {
        key: key.into(),
        name: name.into(),
        parent,
        start_ms: 1_700_000_000_000,
        end_ms: 1_700_000_002_500,
        parameters: vec![("training.epochs".into(), "2".into()), ("data.source".into(), "synthetic".into())],
        tags: vec![("commit".into(), "abc".into())],
        metrics: vec![result("acc/net/grad-cam++", 0.1 + 0.2)],
        note: String::new(),
        files: Vec::new(),
    };
    let mut runs =
        vec![run("p", "quick", None), run("a", "quick seed 0", Some(0)), run("b", "quick seed 1", Some(0))];
    for (at, run) in runs.iter_mut().enumerate().skip(1) {
        run.metrics.extend((1..=2).map(|step| SharedMetric {
            key: "train/net/loss".into(),
            value: at as f64 / step as f64,
            step,
            time_ms: 1_700_000_001_000 + step,
        }));
    }
    runs[0].note = "# Report".into();
    SharedExperiment { name: "quick runs".into(), runs }
}
