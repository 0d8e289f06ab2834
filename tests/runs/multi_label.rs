//! Images with several labels, from a file to a report.

use std::collections::{BTreeMap, BTreeSet};

use crate::experiment::{Experiment, stderr};
use camlab::frame::{self, ClassRow, ImageRow, RunRow, SummaryRow, TrainingRow};

const SEVERAL: &str = r#"
name = "tiny"
target = "label"
# Of every image, whole: no row of one is in the sample without the other.
seeds = [0]

[backbone.resnet]
stem = "small-stride-2"
block = "basic"
depths = [1, 1, 1]
widths = [8, 8, 16]

[data]
train = { synthetic = { split = "train", images = 60, size = 32, classes = 4, labels = 2 } }
test = { synthetic = { split = "test", images = 24, size = 32, classes = 4, labels = 2 } }
sample = { count = 16 }
labels = "known"
input = { size = 32, normalise = "imagenet" }

[[init]]
name = "kaiming"
scheme = "kaiming-normal"

[training]
loss = "binary-cross-entropy"
epochs = 2
batch = 16
validation = { metric = "mean-average-precision", fraction = 0.2, patience = 2 }
keep = "best"

[[maps]]
methods = ["cam", "layer-cam"]
layers = ["layer3"]

[evaluation]
metrics = ["max-box-acc", "top1-acc", "mean-average-precision", "mean-probability"]
per-class = true
"#;

#[test]
fn rows_metrics_and_training_of_images_with_several_labels() {
    let experiment = Experiment::with(SEVERAL);
    experiment.run().success();
    let report = experiment.report();
    let images: Vec<ImageRow> = frame::read(&report).unwrap();
    let own = images.iter().filter(|row| row.network == "kaiming" && row.method == "layer-cam");
    let mut by_image: BTreeMap<&str, Vec<&ImageRow>> = BTreeMap::new();
    for row in own {
        by_image.entry(row.image.rsplit_once('-').unwrap().0).or_default().push(row);
    }
    assert_eq!(by_image.len(), 16);
    for rows in by_image.values() {
        assert_eq!(rows.len(), 2);
        let classes: BTreeSet<u32> = rows.iter().map(|row| row.label).collect();
        assert_eq!(classes.len(), 2);
        assert!(rows.iter().all(|row| row.target == row.label && !row.truth_boxes.is_empty()));
        assert_ne!(rows[0].truth_boxes, rows[1].truth_boxes);
        // The same image: the same answer; two sigmoids do not share one probability mass.
        assert_eq!(rows[0].predicted, rows[1].predicted);
        // Neither class ranks below the other: with four classes, at most two are not shown.
        assert!(rows.iter().all(|row| row.label_rank.unwrap() <= 2));
    }
    let summary: Vec<SummaryRow> = frame::read(&report).unwrap();
    let of = |metric: &str| {
        let own = |row: &&SummaryRow| row.method == "layer-cam" && row.metric == metric;
        summary.iter().find(own).unwrap()
    };
    assert_eq!((of("mean-average-precision").n, of("top1-acc").n), (16, 32));
    assert!(of("mean-average-precision").ci_low.is_some());
    let classes: Vec<ClassRow> = frame::read(&report).unwrap();
    let precision: Vec<f64> = classes
        .iter()
        .filter(|row| &*row.method == "layer-cam" && &*row.metric == "mean-average-precision")
        .map(|row| row.value)
        .collect();
    let mean = precision.iter().sum::<f64>() / precision.len() as f64;
    assert!(precision.len() == 4 && (mean - of("mean-average-precision").value).abs() < 1e-9);
    // Four sigmoids of an untrained network are near a half; a softmax would be near a quarter.
    let epochs: Vec<TrainingRow> = frame::read(&report).unwrap();
    assert!(!epochs.is_empty() && epochs.iter().all(|row| row.validation_accuracy.is_some()));
    let run: Vec<RunRow> = frame::read(&report).unwrap();
    let said = |words: &str| run.iter().any(|row| row.value.contains(words));
    assert!(said("24 images, 48 image-class pairs"), "{run:?}");
}

#[test]
fn what_needs_one_label_per_image_is_refused() {
    let told = |argument: &str, words: &[&str]| {
        let experiment = Experiment::with(SEVERAL).argument("--set").argument(argument);
        let text = stderr(&experiment.run().failure().code(2));
        assert!(words.iter().all(|words| text.contains(words)), "{text}");
    };
    let one = SEVERAL.replace("metric = \"mean-average-precision\", ", "");
    let one = Experiment::with(&one.replace("\"binary-cross-entropy\"", "\"cross-entropy\""));
    let text = stderr(&one.run().failure().code(2));
    assert!(
        text.contains("takes one label per image") && text.contains("loss = \"binary-cross-entropy\""),
        "{text}"
    );
    told("training.validation.metric=\"top-1\"", &["mean-average-precision"]);
    told("evaluation.metrics=[\"brier-score\"]", &["`brier-score` is not defined", "several labels"]);
    told("data.sample.count=25", &["more than the 24 test images"]);
    told("prediction={}", &["one class per image"]);
}

#[test]
fn images_with_one_label_may_be_trained_with_sigmoids() {
    let one = SEVERAL.replace(", labels = 2", "").replace("\"binary-cross-entropy\"", "{ asymmetric = {} }");
    let experiment = Experiment::with(&one);
    experiment.run().success();
    let images: Vec<ImageRow> = frame::read(&experiment.report()).unwrap();
    let probabilities = images.iter().filter_map(|row| row.predicted_probability.zip(row.label_probability));
    assert!(probabilities.into_iter().all(|(most, own)| most >= own && most > 0.0 && most < 1.0));
}
