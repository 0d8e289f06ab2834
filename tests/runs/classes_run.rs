//! Metrics class by class, confusion and calibration from a file to frames.

use std::collections::BTreeMap;

use crate::experiment::Experiment;
use camlab::frame::{self, CalibrationRow, ClassRow, ConfusionRow, ImageRow, SummaryRow};

const DECLARED: &str = r#"
metrics = ["pixel-auc", "max-box-acc", "top1-acc", "class-accuracy", "brier-score",
  { expected-calibration-error = { bins = 5 } }]
per-class = true
"#;

fn declared() -> Experiment {
    Experiment::tiny().and(DECLARED).argument("--set").argument("data.test.synthetic.images=40")
}

#[test]
fn frames_about_classes_add_up_to_the_metrics() {
    let experiment = declared();
    experiment.run().success();
    let report = experiment.report();
    let summary: Vec<SummaryRow> = frame::read(&report).unwrap();
    let of = |network: &str, method: &str, metric: &str| {
        let own = |row: &&SummaryRow| {
            row.network == network && row.method == method && row.metric == metric && row.contrast == "none"
        };
        summary.iter().find(own).map(|row| row.value)
    };
    let images: Vec<ImageRow> = frame::read(&report).unwrap();
    let confusion: Vec<ConfusionRow> = frame::read(&report).unwrap();
    let calibration: Vec<CalibrationRow> = frame::read(&report).unwrap();
    for network in ["kaiming", "orthogonal"] {
        // One row per pair, whatever the number of maps.
        let own: Vec<_> = confusion.iter().filter(|row| row.network == network).collect();
        assert_eq!(own.iter().map(|row| row.images).sum::<u32>(), 40);
        let right: u32 = own.iter().filter(|row| row.label == row.predicted).map(|row| row.images).sum();
        let top = of(network, "cam", "top1-acc").unwrap();
        assert!((100.0 * f64::from(right) / 40.0 - top).abs() < 1e-9);
        assert!(own.iter().all(|row| !row.label_name.is_empty() && !row.predicted_name.is_empty()));
        for pair in &own {
            let same = |row: &&ImageRow| {
                row.network == network
                    && row.method == "cam"
                    && (row.label, row.predicted) == (pair.label, Some(pair.predicted))
            };
            assert_eq!(images.iter().filter(same).count(), pair.images as usize);
        }
        let mut by_label: BTreeMap<u32, (u32, u32)> = BTreeMap::new();
        for row in &own {
            let (right, all) = by_label.entry(row.label).or_default();
            *right += if row.label == row.predicted { row.images } else { 0 };
            *all += row.images;
        }
        let shares = by_label.values().map(|(right, all)| f64::from(*right) / f64::from(*all));
        let mean = 100.0 * shares.sum::<f64>() / by_label.len() as f64;
        assert!((mean - of(network, "cam", "class-accuracy").unwrap()).abs() < 1e-9);

        let bins: Vec<_> = calibration.iter().filter(|row| row.network == network).collect();
        assert_eq!(bins.len(), 5);
        let gap = |row: &&CalibrationRow| {
            Some((row.accuracy? - row.confidence?).abs() * f64::from(row.images) / 40.0)
        };
        let error = 100.0 * bins.iter().filter_map(gap).sum::<f64>();
        let known = of(network, "cam", "expected-calibration-error@bins=5").unwrap();
        assert!((error - known).abs() < 1e-9, "{error}, not {known}");
        // Metrics of the network are those of all its maps.
        assert_eq!(of(network, "cam", "brier-score"), of(network, "grad-cam", "brier-score"));
    }
    assert_eq!(of("baseline", "random", "brier-score"), None);

    let classes: Vec<ClassRow> = frame::read(&report).unwrap();
    let sum = |metric: &str, network: &str, method: &str| -> f64 {
        let own = classes
            .iter()
            .filter(|row| &*row.metric == metric && &*row.network == network && &*row.method == method);
        let (sum, n) = own.fold((0.0, 0u32), |(sum, n), row| (sum + row.value * f64::from(row.n), n + row.n));
        sum / f64::from(n)
    };
    for (network, method) in [("kaiming", "cam"), ("orthogonal", "grad-cam"), ("baseline", "random")] {
        let whole = of(network, method, "pixel-auc").unwrap();
        assert!((sum("pixel-auc", network, method) - whole).abs() < 1e-9);
        // A threshold for each class is at least as good as one for all.
        assert!(sum("max-box-acc", network, method) >= of(network, method, "max-box-acc").unwrap() - 1e-9);
    }
    let html = std::fs::read_to_string(report.join("index.html")).unwrap();
    for section in ["classes", "classification"] {
        assert!(html.contains(&format!("id=\"{section}\"")), "no section {section}");
    }
    assert!(html.contains("ECE (bins 5)"));
}

/// Without the option and without such a metric the frames are there and empty.
#[test]
fn frames_about_classes_are_empty_where_nothing_asks_for_them() {
    let experiment = Experiment::tiny();
    experiment.run().success();
    let report = experiment.report();
    assert_eq!(frame::read::<ClassRow>(&report).unwrap(), []);
    assert_eq!(frame::read::<ConfusionRow>(&report).unwrap(), []);
    assert_eq!(frame::read::<CalibrationRow>(&report).unwrap(), []);
}
