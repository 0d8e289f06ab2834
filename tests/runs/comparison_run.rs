//! Contrasts, the intuitive picture, predictions and claims from a file to frames, with labels that nobody may know.

use crate::experiment::{Experiment, stderr, stdout};
use camlab::frame::{
    self, ClaimRow, Finding, ImageRow, IntuitiveRow, PredictionRow, PredictionSummaryRow, SOFTMAX, SummaryRow,
};

const DECLARED: &str = r#"
metrics = ["max-box-acc-v2", "pixel-auc", "kl", "mean-average-precision"]
contrast = ["histogram-stretch", { texture-mask = { energy = "laws", window = 5, threshold = 0.5 } }]
intuitive = { method = "grad-cam" }

[prediction]
thresholds = [0.5, 0.9]
classes = 2
methods = ["cam", "grad-cam"]

[[claim]]
better = { method = "cam" }
than = { method = "grad-cam" }

[[claim]]
better = { method = "cam", network = "kaiming" }
than = { method = "random" }
metric = "pixel-auc"
contrast = "histogram-stretch"
"#;

/// 40 test images, enough to conclude anything.
fn declared() -> Experiment {
    Experiment::tiny()
        .and(DECLARED)
        .argument("--set")
        .argument("target=predicted")
        .argument("--set")
        .argument("data.labels=unknown")
        .argument("--set")
        .argument("data.test.synthetic.images=40")
}

#[test]
fn everything_declared_is_computed_once() {
    let experiment = declared();
    experiment.run().success();
    let report = experiment.report();
    let images: Vec<ImageRow> = frame::read(&report).unwrap();
    assert_eq!(images.len(), 40 * 3 * 6, "2 networks x 2 methods and 2 baselines, under 3 contrasts");
    assert!(images.iter().all(|row| row.predicted.is_none_or(|predicted| predicted == row.target)));
    let of = |contrast: &str| images.iter().filter(|row| row.contrast == contrast).collect::<Vec<_>>();
    let (plain, stretched) = (of("none"), of("histogram-stretch"));
    assert_eq!((plain.len(), stretched.len()), (240, 240));
    // Stretching ranks pixels as they were, but for those at the ends.
    for (plain, stretched) in plain.iter().zip(&stretched) {
        assert_eq!((&plain.image, &plain.method), (&stretched.image, &stretched.method));
        if let (Some(plain), Some(stretched)) = (plain.auc, stretched.auc) {
            assert!((plain - stretched).abs() < 0.06, "{plain} became {stretched}");
        }
    }
    assert!(
        of("texture-mask (energy laws, threshold 0.5, window 5)").len() == 240,
        "{:?}",
        images[5].contrast
    );

    let likenesses: Vec<IntuitiveRow> = frame::read(&report).unwrap();
    assert_eq!(likenesses.len(), 40 * 3 * 8, "2 networks x 2 methods, and 2 baselines beside each");
    // A picture is like itself, before and after stretching; masking changes one of the two.
    for row in
        likenesses.iter().filter(|row| row.method == "grad-cam" && !row.contrast.starts_with("texture"))
    {
        assert!(row.pearson.is_none_or(|found| found > 0.999_999), "{row:?}");
        assert!(row.kl.is_none_or(|found| found < 1e-9), "{row:?}");
    }

    let predictions: Vec<PredictionRow> = frame::read(&report).unwrap();
    for row in &predictions {
        assert!(row.confidence_above >= f64::from(row.pixels_above) * f64::from(row.threshold) - 1e-6);
        assert!(row.confidence_above + row.confidence_below <= f64::from(row.pixels) + 1e-6);
    }
    // All three classes of `cam` share the confidence of every cell.
    let first = &predictions[0];
    let same = predictions.iter().filter(|row| {
        (&row.network, &row.method, &row.image) == (&first.network, &first.method, &first.image)
            && row.threshold == first.threshold
    });
    let total: f64 = same.map(|row| row.confidence_above + row.confidence_below).sum();
    assert!(total <= f64::from(first.pixels) + 1e-6 && total > 0.5 * f64::from(first.pixels));
    let answers: Vec<PredictionSummaryRow> = frame::read(&report).unwrap();
    // Per network: 2 methods x 2 thresholds, and the network itself; Top-1, Top-5 and mAP each.
    assert_eq!(answers.len(), 2 * 5 * 3);
    for network in ["kaiming", "orthogonal"] {
        let own = answers
            .iter()
            .find(|row| row.network == network && row.method == SOFTMAX && row.metric == "top1");
        let right = images.iter().filter(|row| {
            row.network == network
                && row.method == "cam"
                && row.contrast == "none"
                && row.label_rank == Some(0)
        });
        assert!((own.unwrap().value - 100.0 * right.count() as f64 / 40.0).abs() < 1e-9);
    }

    // The metric and the analysis know the same softmax.
    let summary: Vec<SummaryRow> = frame::read(&report).unwrap();
    let of_metric: Vec<_> = summary.iter().filter(|row| row.metric == "mean-average-precision").collect();
    assert_eq!(of_metric.len(), 2 * 2 * 3, "of networks, not of baselines");
    for row in of_metric {
        let own = answers.iter().find(|own| {
            (&own.network, own.method.as_str(), own.metric.as_str()) == (&row.network, SOFTMAX, "map")
        });
        assert!((own.unwrap().value - row.value).abs() < 1e-9, "{row:?}");
    }

    let claims: Vec<ClaimRow> = frame::read(&report).unwrap();
    assert_eq!(claims.len(), 3, "the first for each network");
    assert!(claims.iter().all(|row| row.images == 40 && row.seeds == 1), "{claims:?}");
    assert!(claims.iter().all(|row| row.finding != Finding::Missing && row.p_holm >= row.p));
    let html = std::fs::read_to_string(report.join("index.html")).unwrap();
    for section in ["claims", "contrasts", "intuitive", "predictions"] {
        assert!(html.contains(&format!("id=\"{section}\"")), "no section {section}");
    }

    let again = experiment.run().success();
    assert!(stdout(&again).contains("everything was cached"), "{}", stdout(&again));
    // A threshold more: neither maps nor rows again.
    let plan = stdout(&experiment.camlab("plan", &["--set", "prediction.thresholds=[0.7]"]).success());
    for line in plan.lines() {
        match line.split_whitespace().next().unwrap_or_default() {
            "train" | "map" | "evaluate" => assert!(line.ends_with("cached"), "{line}"),
            "analyse" => assert!(line.contains("thresholds"), "{line}"),
            _ => {}
        }
    }
}

#[test]
fn the_candidates_are_known_before_the_run() {
    let experiment = declared();
    let plan = stdout(&experiment.camlab("plan", &[]).success());
    let of = |words: &str| plan.lines().filter(|line| line.contains(words)).count();
    assert_eq!(of("grad-cam · layer2 · 2 classes"), 2, "for each network: {plan}");
    let all = stdout(&experiment.camlab("plan", &["--set", "prediction.classes=all"]).success());
    assert!(all.contains("grad-cam · layer2 · 3 classes"), "{all}");
    let refused = experiment.camlab("plan", &["--set", "prediction.classes=4"]).failure().code(2);
    let said = stderr(&refused);
    assert!(said.contains("`classes` = 4 is more than the 3 classes"), "{said}");
    assert!(said.contains("write classes = \"all\", or a number from 2 to 3"), "{said}");
}

#[test]
fn the_number_of_threads_changes_none_of_it() {
    let read = |jobs: &str| {
        let experiment = declared().argument("--jobs").argument(jobs);
        experiment.run().success();
        let report = experiment.report();
        let (likenesses, predictions): (Vec<IntuitiveRow>, Vec<PredictionRow>) =
            (frame::read(&report).unwrap(), frame::read(&report).unwrap());
        let (answers, claims): (Vec<PredictionSummaryRow>, Vec<ClaimRow>) =
            (frame::read(&report).unwrap(), frame::read(&report).unwrap());
        format!("{likenesses:?} {predictions:?} {answers:?} {claims:?}")
    };
    assert!(read("1") == read("2"), "1 and 2 threads disagree");
}

#[test]
fn unknown_labels_are_no_target() {
    let refused = Experiment::tiny().camlab("check", &["--set", "data.labels=unknown"]).failure().code(2);
    let said = stderr(&refused);
    assert!(
        said.contains("needs `data.labels = \"known\"`") && said.contains("target = \"predicted\""),
        "{said}"
    );
}
