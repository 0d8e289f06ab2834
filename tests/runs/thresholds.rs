//! Map thresholds that other images choose, from a file to frames and report.

use std::collections::BTreeSet;

use crate::experiment::{Experiment, stderr};
use camlab::frame::{self, ClaimRow, ClusteringRow, ImageRow, MapThresholdRow, SummaryRow};

const CLAIM: &str = r#"
thresholds = ["val", { pseudo-boxes = { saliency = "spectral-residual" } }]

[[claim]]
better = { method = "cam", network = "kaiming" }
than = { method = "random" }

[[claim]]
better = { method = "cam", network = "kaiming" }
than = { method = "random" }
metric = "max-box-acc@oracle"
"#;

fn with_val() -> Experiment {
    Experiment::tiny()
        .argument("--set")
        .argument("data.test.synthetic.images=40")
        .argument("--set")
        .argument("data.val={ synthetic = { split = \"val\", images = 36, size = 32, classes = 3 } }")
}

/// Accuracy of the rows at a level.
fn accuracy(rows: &[&ImageRow], level: u32, delta: f32) -> f64 {
    let hits = rows.iter().filter(|row| row.iou_any[level as usize] >= delta).count();
    100.0 * hits as f64 / rows.len() as f64
}

#[test]
fn the_columns_follow_from_the_thresholds_and_the_images() {
    let experiment = with_val().and(CLAIM);
    experiment.run().success();
    let report = experiment.report();
    let images: Vec<ImageRow> = frame::read(&report).unwrap();
    let thresholds: Vec<MapThresholdRow> = frame::read(&report).unwrap();
    let summary: Vec<SummaryRow> = frame::read(&report).unwrap();
    let sources: BTreeSet<&str> = thresholds.iter().map(|row| row.chosen_by.as_str()).collect();
    assert_eq!(sources, BTreeSet::from(["oracle", "val", "pseudo-boxes"]));
    let mut compared = 0;
    for row in thresholds.iter().filter(|row| row.contours == "any") {
        let own = |image: &&ImageRow| {
            (&image.network, &image.method, &image.layer) == (&row.network, &row.method, &row.layer)
        };
        let own: Vec<&ImageRow> = images.iter().filter(own).collect();
        let percent = (100.0 * row.delta).round();
        let metric = match row.chosen_by.as_str() {
            "oracle" => format!("max-box-acc-v2@{percent}"),
            other => format!("max-box-acc-v2@{percent},{other}"),
        };
        let value = summary.iter().find(|line| {
            (&line.network, &line.method, &line.layer, &line.metric)
                == (&row.network, &row.method, &row.layer, &metric)
        });
        let found = accuracy(&own, row.level, row.delta);
        assert!((value.unwrap().value - found).abs() < 1e-9, "{metric} of {}", row.method);
        if row.chosen_by == "val" {
            let place = own[0].iou_thresholds.iter().position(|delta| *delta == row.delta).unwrap();
            for image in own {
                assert_eq!(image.val_levels[place], row.level);
                assert_eq!(image.val_ious[place], image.iou_any[row.level as usize]);
            }
        }
        compared += 1;
    }
    assert!(compared >= 3 * 3 * 6);
    let claims: Vec<ClaimRow> = frame::read(&report).unwrap();
    let metrics: Vec<&str> = claims.iter().map(|claim| claim.metric.as_str()).collect();
    assert_eq!(metrics, ["max-box-acc-v2@val", "max-box-acc@oracle"]);
    let text = std::fs::read_to_string(report.join("report.md")).unwrap();
    assert!(text.contains("has the best MaxBoxAccV2 (val threshold)"), "{text}");
    assert!(text.contains("MaxBoxAccV2 (oracle threshold)") && text.contains("(pseudo-box threshold)"));
    assert!(text.contains("map thresholds: data.val, pseudo-boxes of data.val, data.test (oracle)"));
    assert!(!text.contains("so that box metrics are upper bounds"));

    // The images that choose are other stages, and nothing of the test images is computed again without them.
    let again = experiment.camlab("run", &["--set", "evaluation.thresholds=[]"]);
    let told = stderr(&again);
    again.success();
    assert!(!told.contains("\n  train") && !told.contains("\n  map"), "{told}");
    let text = std::fs::read_to_string(report.join("report.md")).unwrap();
    assert!(text.contains("so that box metrics are upper bounds"), "{text}");
}

#[test]
fn a_chain_is_shown_once_where_pseudo_boxes_of_the_test_images_choose() {
    let chain = r#"
thresholds = ["pseudo-boxes"]

[[chain]]
name = "mine"
layers = ["layer1", "layer2"]
polynomial = { degree = 2 }
cluster = { k-means = { k = 3 } }
"#;
    let experiment = Experiment::tiny().and(chain);
    experiment.run().success();
    let report = experiment.report();
    let clusterings: Vec<ClusteringRow> = frame::read(&report).unwrap();
    assert_eq!(clusterings.len(), 2, "one for each network");
    let summary: Vec<SummaryRow> = frame::read(&report).unwrap();
    let chosen = |row: &&SummaryRow| row.method == "mine" && row.metric == "max-box-acc@pseudo-boxes";
    assert_eq!(summary.iter().filter(chosen).count(), 2);
    let text = std::fs::read_to_string(report.join("report.md")).unwrap();
    assert!(text.contains("map thresholds: pseudo-boxes of data.test, data.test (oracle)"), "{text}");
}

#[test]
fn a_headline_that_is_no_box_metric_warns_of_no_threshold() {
    let experiment = with_val().and("metrics = [\"pixel-auc\", \"max-box-acc\"]\n");
    experiment.run().success();
    let text = std::fs::read_to_string(experiment.report().join("report.md")).unwrap();
    assert!(
        text.contains("MaxBoxAcc (val threshold)") && !text.contains("No validation images with boxes"),
        "{text}"
    );
}
