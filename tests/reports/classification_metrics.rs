//! Classification metrics against scikit-learn and torchmetrics (`fixtures/golden/classification/make.py`).

use camlab::config::FromToml;
use camlab::nn::softmax;
use camlab::parts::metric::{
    Bootstrap, ImageColumns, MetricSpec, by_class, calibration, class_answers, per_image, summarise,
};
use serde_json::Value;

/// torchmetrics computes in f32; scikit-learn's numbers are met far closer.
const TOLERANCE: f64 = 1e-4;
const CLOSE: f64 = 1e-9;

fn golden() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/golden/classification/golden.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect()
}

fn columns(golden: &Value) -> ImageColumns {
    let probabilities = |row: &Value| {
        let logits: Vec<f32> = numbers(row).into_iter().map(|value| value as f32).collect();
        softmax(&logits, 1.0)
    };
    ImageColumns {
        labels: numbers(&golden["labels"]).into_iter().map(|label| label as usize).collect(),
        class_probabilities: golden["logits"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| probabilities(row).into())
            .collect(),
        ..ImageColumns::default()
    }
}

fn spec(toml: &str) -> MetricSpec {
    MetricSpec::from_toml(toml).unwrap()
}

fn value(toml: &str, rows: &ImageColumns, weights: &[u32]) -> f64 {
    spec(toml).metric().estimator(rows).values(weights)[0].unwrap()
}

#[track_caller]
fn assert_near(found: f64, expected: f64, tolerance: f64) {
    assert!((found - expected).abs() <= tolerance, "{found}, not {expected}");
}

#[test]
fn values_are_those_of_scikit_learn_and_torchmetrics() {
    let golden = golden();
    let rows = columns(&golden);
    let once = vec![1; rows.len()];
    let weights: Vec<u32> = numbers(&golden["weights"]).into_iter().map(|weight| weight as u32).collect();
    for (bins, expected) in golden["ece"].as_object().unwrap() {
        let toml = format!("{{ expected-calibration-error = {{ bins = {bins} }} }}");
        assert_near(value(&toml, &rows, &once), expected.as_f64().unwrap(), TOLERANCE);
    }
    for (bins, expected) in golden["mce"].as_object().unwrap() {
        let toml = format!("{{ expected-calibration-error = {{ bins = {bins}, norm = \"max\" }} }}");
        assert_near(value(&toml, &rows, &once), expected.as_f64().unwrap(), TOLERANCE);
    }
    for (toml, weights, name, tolerance) in [
        ("\"expected-calibration-error\"", &weights, "weighted_ece", TOLERANCE),
        ("\"brier-score\"", &once, "brier", CLOSE),
        ("\"brier-score\"", &weights, "weighted_brier", CLOSE),
        ("{ brier-score = { form = \"top-label\" } }", &once, "top_label_brier", CLOSE),
        ("\"class-accuracy\"", &once, "class_accuracy", CLOSE),
        ("\"class-accuracy\"", &weights, "weighted_class_accuracy", CLOSE),
    ] {
        assert_near(value(toml, &rows, weights), golden[name].as_f64().unwrap(), tolerance);
    }
}

#[test]
fn classes_have_values_of_their_own() {
    let golden = golden();
    let mut rows = columns(&golden);
    // Rank 0 where the answer is right.
    let answers = class_answers(&rows);
    rows.label_rank =
        answers.iter().map(|answer| answer.map(|answer| u32::from(!answer.is_right()))).collect();
    rows.label_rank[0] = None;
    let specs = ["brier-score", "class-accuracy", "mean-average-precision", "expected-calibration-error"];
    let specs: Vec<MetricSpec> =
        specs.iter().chain(&["top1-acc"]).map(|name| spec(&format!("\"{name}\""))).collect();
    let scores = by_class(&specs, &rows);
    let of = |name: &str| -> Vec<f64> {
        scores.iter().filter(|score| score.measure.name == name).map(|score| score.value).collect()
    };
    for (metric, expected, tolerance) in [
        ("brier-score", "brier_of_class", CLOSE),
        ("class-accuracy", "accuracy_of_class", CLOSE),
        ("mean-average-precision", "precision_of_class", CLOSE),
        ("expected-calibration-error", "ece_of_class", TOLERANCE),
    ] {
        let (found, expected) = (of(metric), numbers(&golden[expected]));
        assert_eq!(found.len(), expected.len(), "{metric}");
        found.iter().zip(expected).for_each(|(found, expected)| assert_near(*found, expected, tolerance));
    }
    // Classes come in order, each with all metrics; images without a value are not counted.
    let classes: Vec<usize> = scores.iter().step_by(specs.len()).map(|score| score.class).collect();
    assert_eq!(classes, [0, 1, 2, 3, 4, 5, 6]);
    let n = |metric: &str| scores.iter().find(|score| score.measure.name == metric).unwrap().n;
    assert_eq!([n("brier-score"), n("expected-calibration-error"), n("top1-acc")], [3, 3, 2]);
    // The mean over the images of class values, weighted by their images, is that of all images.
    let brier = scores.iter().filter(|score| score.measure.name == "brier-score");
    let sum: f64 = brier.map(|score| score.value * score.n as f64).sum();
    assert_near(sum / rows.len() as f64, golden["brier"].as_f64().unwrap(), CLOSE);
    // Without labels there are no classes.
    assert!(by_class(&specs, &ImageColumns { labels: Vec::new(), ..rows }).is_empty());
}

#[test]
fn bins_hold_accuracy_and_confidence() {
    let golden = golden();
    let bins = calibration(&class_answers(&columns(&golden)), 15);
    assert_eq!(bins.iter().map(|bin| bin.images).sum::<u64>(), 30);
    let filled: Vec<_> = bins.iter().filter(|bin| bin.images > 0).collect();
    let (accuracy, confidence) = (numbers(&golden["bin_accuracy"]), numbers(&golden["bin_confidence"]));
    assert_eq!(filled.len(), accuracy.len());
    for (bin, (accuracy, confidence)) in filled.iter().zip(accuracy.iter().zip(confidence)) {
        assert_near(bin.accuracy().unwrap(), *accuracy, CLOSE);
        assert_near(bin.confidence().unwrap(), confidence, CLOSE);
    }
    let gaps: f64 = filled.iter().map(|bin| bin.gap().unwrap() * bin.images as f64).sum();
    assert_near(100.0 * gaps / 30.0, golden["ece"]["15"].as_f64().unwrap(), TOLERANCE);
}

#[test]
fn answers_are_those_of_the_confusion_matrix() {
    let golden = golden();
    let mut found = vec![vec![0i64; 7]; 7];
    for answer in class_answers(&columns(&golden)).into_iter().flatten() {
        found[answer.label][answer.class] += 1;
    }
    assert_eq!(serde_json::json!(found), golden["confusion"]);
}

#[test]
fn names_say_the_options_and_baselines_have_no_value() {
    let names = |toml: &str| spec(toml).metric().measures()[0].name.clone();
    assert_eq!(names("\"expected-calibration-error\""), "expected-calibration-error");
    assert_eq!(
        names("{ expected-calibration-error = { bins = 10, norm = \"max\" } }"),
        "expected-calibration-error@bins=10,max"
    );
    assert_eq!(names("{ brier-score = { form = \"top-label\" } }"), "brier-score@top-label");
    for (toml, words) in [
        ("{ expected-calibration-error = { bins = 0 } }", "0 bins are out of range"),
        ("{ expected-calibration-error = { bins = -3 } }", "-3 bins are out of range"),
        ("{ expected-calibration-error = { norm = \"l2\" } }", "unknown variant `l2`"),
    ] {
        let error = MetricSpec::from_toml(toml).unwrap_err().to_string();
        assert!(error.contains(words), "{toml}: {error}");
    }
    let all =
        ["expected-calibration-error", "brier-score", "class-accuracy"].map(|n| spec(&format!("\"{n}\"")));
    // A baseline has labels and no probabilities.
    let rows = ImageColumns { labels: vec![0, 1], auc: vec![Some(0.5); 2], ..ImageColumns::default() };
    assert_eq!(summarise(&all, &rows, Bootstrap::default()), []);
    let rows = columns(&golden());
    let (_, images) = per_image(&all, &rows, "brier-score").unwrap();
    assert_eq!(images.len(), 30);
    assert!(per_image(&all, &rows, "class-accuracy").is_none());
}

/// Rows of images with several labels, as scikit-learn saw the images (`fixtures/golden/multi-label-loss/make.py`), and
/// the images' weights by row.
fn several_labels() -> (Value, ImageColumns, Vec<u32>) {
    let path =
        concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/golden/multi-label-loss/average_precision.json");
    let golden: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let (mut rows, mut weights) = (ImageColumns::default(), Vec::new());
    let of_images = numbers(&golden["weights"]);
    for (image, labels) in golden["label_sets"].as_array().unwrap().iter().enumerate() {
        let scores: Vec<f32> =
            numbers(&golden["scores"][image]).into_iter().map(|score| score as f32).collect();
        for label in numbers(labels) {
            rows.labels.push(label as usize);
            rows.images.push(image as u32);
            rows.class_probabilities.push(scores.clone().into());
            weights.push(of_images[image] as u32);
        }
    }
    (golden, rows, weights)
}

#[test]
fn average_precision_of_label_sets_is_scikit_learns() {
    let (golden, rows, weights) = several_labels();
    assert!(rows.len() > 40);
    let metric = "'mean-average-precision'";
    let wanted = |key: &str| 100.0 * golden[key].as_f64().unwrap();
    assert_near(value(metric, &rows, &vec![1; rows.len()]), wanted("macro"), CLOSE);
    assert_near(value(metric, &rows, &weights), wanted("weighted"), CLOSE);
    let classes = by_class(&[spec(metric)], &rows);
    let own: Vec<f64> = numbers(&golden["classes"]).into_iter().map(|value| 100.0 * value).collect();
    assert_eq!(classes.len(), own.len());
    for (found, own) in classes.iter().zip(own) {
        assert_near(found.value, own, CLOSE);
    }
    // 40 images, whatever the number of their labels.
    let scores = summarise(&[spec(metric)], &rows, Bootstrap::default());
    assert_eq!(scores[0].n, 40);
    // Answers are of one label.
    assert!(class_answers(&rows).is_empty());
}

#[test]
fn rows_of_an_image_are_resampled_together() {
    // Every image has two rows of equal value: the intervals are those of the images alone.
    let values: Vec<f32> = (0..30u8).map(|image| f32::from(image % 7) / 7.0).collect();
    let alone = ImageColumns {
        label_probability: values.iter().map(|value| Some(*value)).collect(),
        ..ImageColumns::default()
    };
    let twice = |images: bool| ImageColumns {
        label_probability: values.iter().flat_map(|value| [Some(*value); 2]).collect(),
        images: if images { (0..30).flat_map(|image| [image; 2]).collect() } else { Vec::new() },
        ..ImageColumns::default()
    };
    let of = |rows: &ImageColumns| {
        let found = summarise(&[spec("'mean-probability'")], rows, Bootstrap::default());
        (found[0].value, found[0].ci_low.unwrap(), found[0].ci_high.unwrap())
    };
    let ((value, low, high), joined) = (of(&alone), of(&twice(true)));
    assert_near(joined.0, value, CLOSE);
    assert_near(joined.1, low, CLOSE);
    assert_near(joined.2, high, CLOSE);
    // As independent rows they would say more than they know.
    let apart = of(&twice(false));
    assert!(apart.2 - apart.1 < 0.85 * (high - low), "{apart:?} {joined:?}");
}
