//! `camlab compare` on reports that runs wrote.

use serde_json::Value;

use crate::experiment::{Experiment, camlab, stdout};

fn compared(experiment: &Experiment, arguments: &[&str]) -> Value {
    let found = camlab(&experiment.path("")).arg("compare").args(arguments).arg("--json").assert().success();
    serde_json::from_str(&stdout(&found)).unwrap()
}

/// The difference of two values is the mean of the differences per image, for every metric that is a mean over images: the
/// numbers per image that are computed again are those of the report.
#[test]
fn every_mean_over_images_is_paired_and_adds_up() {
    let metrics = r#"
[evaluation]
bootstrap = 50
metrics = ["max-box-acc-v2", "max-box-acc", "gt-known-loc", "top1-loc", "top5-loc", "top1-acc", "top5-acc",
  "mean-probability", "pixel-auc", "tpr", "fpr", "kl", "box-acc", "energy-pointing-game", "average-drop",
  "mean-average-precision"]
"#;
    let tiny = std::fs::read_to_string(Experiment::tiny().path("tiny.toml")).unwrap();
    let experiment = Experiment::with(&tiny.replace("\n[evaluation]\nbootstrap = 50\n", metrics));
    let set = |more: &[&str]| experiment.camlab("run", more).success();
    set(&[]);
    set(&["--set", "training.lr=0.01", "--out", "reports/slower"]);
    let found = compared(&experiment, &["tiny", "slower"]);
    let different = found["configuration"]["different"].as_array().unwrap();
    assert_eq!(different.len(), 1, "{different:?}");
    assert_eq!(different[0]["key"], "training.lr");
    assert_eq!(different[0]["values"], serde_json::json!(["0.05", "0.01"]));
    assert!(found["run"]["different"].as_array().unwrap().is_empty(), "{}", found["run"]);
    let rows = found["results"].as_array().unwrap();
    let mut paired = 0;
    for row in rows {
        let difference = &row["differences"][1];
        let metric = row["metric"].as_str().unwrap();
        let is_mean = !["mean-average-precision", "forwards"].contains(&metric);
        if difference["paired"] == false {
            assert!(!is_mean, "{row}");
            continue;
        }
        let value = |at: usize| row["values"][at]["value"].as_f64().unwrap();
        let (found, wanted) = (difference["difference"].as_f64().unwrap(), value(1) - value(0));
        assert!((found - wanted).abs() < 1e-4, "{found}, not {wanted}: {row}");
        assert_eq!(difference["images"], 20, "{row}");
        paired += 1;
    }
    assert!(paired > 60 && rows.len() > paired, "{paired} of {}", rows.len());
    assert!(
        !found["training"].as_array().unwrap().is_empty() && !found["cost"].as_array().unwrap().is_empty()
    );
}

#[test]
fn a_configuration_of_a_sweep_is_resolved_from_the_record() {
    let experiment = Experiment::tiny().and("\n[sweep]\n\"training.lr\" = [0.05, 0.01]\n");
    experiment.run().success();
    let found = compared(&experiment, &["tiny:c00", "tiny:c01"]);
    let different = found["configuration"]["different"].as_array().unwrap();
    assert_eq!(different.len(), 1, "{different:?}");
    assert_eq!(different[0]["values"], serde_json::json!(["0.05", "0.01"]));
    assert!(
        found["reports"].as_array().unwrap().iter().all(|report| report["notes"] == serde_json::json!([]))
    );
}
