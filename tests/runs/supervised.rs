//! The few-shot supervised localiser: trained, evaluated, compared; images that train it do nothing else.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use crate::experiment::{Experiment, camlab, stderr, stdout};
use camlab::frame::{self, AnnotationRow, HeadTrainingRow, ImageRow, MapThresholdRow, RunRow, SummaryRow};

const VAL: &str = r#"val = { synthetic = { split = "val", images = 30, size = 32, classes = 3 } }"#;
const HEADS: &str = r#"
[[supervised]]
name = "few-mask"
network = "orthogonal"
layer = "layer1"
per-class = 2
steps = 40

[[supervised]]
name = "few-box"
layer = "layer2"
head = "box"
per-class = 2
steps = 40
"#;

/// The tiny experiment with another line in `[data]` and more tables.
fn with(data: &str, tables: &str) -> Experiment {
    let experiment = Experiment::tiny();
    let path = experiment.path("tiny.toml");
    let text = std::fs::read_to_string(&path).unwrap().replace("[data]\n", &format!("[data]\n{data}\n"));
    std::fs::write(path, text + tables).unwrap();
    experiment.argument("--set").argument("maps.0.methods=[\"grad-cam\"]")
}

fn artefacts(experiment: &Experiment, kind: &str) -> Vec<PathBuf> {
    let folder = experiment.path(".camlab/store").join(kind);
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut found: Vec<PathBuf> = entries.filter(|path| path.join("manifest.json").is_file()).collect();
    found.sort();
    found
}

fn rows(report: &Path, method: &str) -> Vec<ImageRow> {
    let rows: Vec<ImageRow> = frame::read(report).unwrap();
    rows.into_iter().filter(|row| row.method == method).collect()
}

#[test]
fn a_few_shot_localiser_is_judged_like_any_method() {
    let claim = "\n[[claim]]\nbetter = { method = \"few-mask\" }\nthan = { method = \"grad-cam\", network = \"orthogonal\" }\n";
    let experiment = with(VAL, &format!("{HEADS}{claim}"));
    experiment.run().success();
    let report = experiment.report();
    let (mask, boxed) = (rows(&report, "few-mask"), rows(&report, "few-box"));
    assert_eq!((mask.len(), boxed.len()), (20, 20));
    assert!(mask.iter().all(|row| row.network == "orthogonal" && row.layer == "layer1"));
    assert!(boxed.iter().all(|row| row.network == "kaiming" && row.layer == "layer2"));
    // Their network classifies the images.
    assert!(mask.iter().all(|row| row.predicted.is_some()));
    // Whatever the threshold, the box of a 0/1 map is the same.
    for row in &boxed {
        let first = row.iou_any.first().copied().unwrap_or_default();
        assert!(row.iou_any.iter().all(|iou| *iou == first), "{:?}", row.iou_any);
    }
    let summary: Vec<SummaryRow> = frame::read(&report).unwrap();
    let has = |metric: &str| summary.iter().any(|row| row.method == "few-mask" && row.metric == metric);
    assert!(has("max-box-acc-v2") && has("max-box-acc-v2@val"));
    let page = std::fs::read_to_string(report.join("report.md")).unwrap();
    assert!(page.contains("few-mask · layer1 (orthogonal)"), "the claim names the maps");

    let training: Vec<HeadTrainingRow> = frame::read(&report).unwrap();
    for method in ["few-mask", "few-box"] {
        let losses: Vec<f64> =
            training.iter().filter(|row| row.method == method).map(|row| row.loss).collect();
        assert_eq!(losses.len(), 40, "{method}");
        assert!(losses[39] < losses[0], "{method}: {losses:?}");
    }
    let budget: Vec<AnnotationRow> = frame::read(&report).unwrap();
    let counted: Vec<(&str, &str, u32, u32)> = budget
        .iter()
        .map(|row| (row.method.as_str(), row.purpose.as_str(), row.all_images, row.images))
        .collect();
    let expected = [("few-mask", "training", 6, 6), ("few-mask", "thresholds", 24, 24)];
    assert_eq!(counted[..2], expected);
    // The mask head reads masks, everything else boxes.
    for row in &budget {
        let masks = row.method == "few-mask" && row.purpose == "training";
        let [boxes, masks] = if masks { [0, row.images] } else { [row.images, 0] };
        assert_eq!((row.boxes, row.masks), (boxes, masks), "{row:?}");
    }
    let about: Vec<RunRow> = frame::read(&report).unwrap();
    let told = RunRow::find(&about, "choice of few-mask");
    assert!(
        told.starts_with("6 images with 6 masks") && told.contains(" of data.val train it, 24 images"),
        "{told}"
    );
    assert!(told.ends_with("annotation budget: 30 images"), "{told}");
    assert!(page.contains("annotation budget: 30 images"), "{page}");
    assert!(stdout(&experiment.run().success()).contains("everything was cached"));
}

/// Thresholds of the head come from the images that did not train it; those of other methods from all.
#[test]
fn no_image_trains_a_head_and_chooses_its_thresholds() {
    let experiment = with(VAL, HEADS);
    experiment.run().success();
    let indices = |text: &str, key: &str| -> Vec<u64> {
        let value: serde_json::Value = serde_json::from_str(text).unwrap();
        value[key].as_array().unwrap().iter().map(|index| index.as_u64().unwrap()).collect()
    };
    let features = artefacts(&experiment, "features");
    // Two layers of two networks.
    assert_eq!(features.len(), 2);
    let trained = indices(&std::fs::read_to_string(features[0].join("features.json")).unwrap(), "indices");
    assert_eq!(trained.len(), 6);
    // Maps of 20 test images and of the 24 others.
    let mut counts: Vec<usize> = artefacts(&experiment, "supervised")
        .iter()
        .map(|folder| std::fs::read_to_string(folder.join("rows.jsonl")).unwrap().lines().count())
        .collect();
    counts.sort_unstable();
    assert_eq!(counts, [20, 20, 24, 24]);
    // Masks and boxes of those that train, boxes of those that choose.
    assert_eq!(artefacts(&experiment, "annotations").len(), 3);
    let levels: Vec<MapThresholdRow> = frame::read(&experiment.report()).unwrap();
    assert!(levels.iter().any(|row| row.method == "few-mask"));
    let boxes: Vec<ImageRow> = rows(&experiment.report(), "few-mask");
    let named: HashSet<&str> = boxes.iter().map(|row| row.image.as_str()).collect();
    assert!(named.len() == 20 && named.iter().all(|name| name.starts_with("test-")));
    assert!(boxes.iter().all(|row| !row.val_ious.is_empty()));
}

/// The same bits on any number of threads; other options or another seed of the draw train other heads.
#[test]
fn heads_depend_on_their_options_alone() {
    let heads = |threads: &str, more: &str| -> Vec<Vec<u8>> {
        let experiment = with(VAL, &HEADS.replace("steps = 40", &format!("steps = 40\n{more}")));
        let folder = experiment.path("");
        let mut command = camlab(&folder);
        command.env("RAYON_NUM_THREADS", threads).args(["run", "tiny.toml", "--set"]);
        command.arg("maps.0.methods=[\"grad-cam\"]").assert().success();
        let read = |folder: &PathBuf| std::fs::read(folder.join("head.json")).unwrap();
        let mut heads: Vec<Vec<u8>> = artefacts(&experiment, "supervise").iter().map(read).collect();
        heads.sort();
        heads
    };
    let one = heads("1", "");
    assert_eq!(one.len(), 2);
    assert!(one == heads("3", ""), "threads");
    for more in ["seed = 1", "lr = 0.1", "batch = 3"] {
        assert!(heads("2", more).iter().all(|head| !one.contains(head)), "{more}");
    }
}

#[test]
fn training_images_that_are_evaluated_are_refused() {
    // The first 20 validation images are the test images.
    let same = VAL.replace("split = \"val\"", "split = \"test\"") + "\noverlap = \"allow\"";
    let told = stderr(&with(&same, HEADS).run().code(2));
    assert!(
        told.contains("images that train the head of `few-mask` also evaluate it, in `data.test`: `test-0"),
        "{told}"
    );
    assert!(told.contains("overlap = \"allow\" does not allow this"), "{told}");

    let own = r#"train = { synthetic = { split = "val", images = 10, size = 32, classes = 3 } }"#;
    let head = format!("\n[[supervised]]\nname = \"few\"\nlayer = \"layer1\"\nsteps = 5\n{own}\n");
    let told = stderr(&with(VAL, &head).run().code(2));
    assert!(
        told.contains(
            "10 of 10 images that train the head of `few` also choose its thresholds, in `data.val`"
        ),
        "{told}"
    );
    // Images of their own do.
    let elsewhere = head.replace("\"val\"", "\"train\"");
    let experiment = with(VAL, &elsewhere);
    experiment.run().success();
    let about: Vec<RunRow> = frame::read(&experiment.report()).unwrap();
    let told = RunRow::find(&about, "choice of few");
    assert!(
        told.contains(" of train train it, 30 images with ") && told.contains("of data.val choose"),
        "{told}"
    );
    // Without validation images, the oracle's threshold remains.
    let experiment = with("", &elsewhere);
    experiment.run().success();
    let budget: Vec<AnnotationRow> = frame::read(&experiment.report()).unwrap();
    assert_eq!(budget.len(), 1);
}

#[test]
fn more_images_than_there_are_and_images_without_truth_are_refused() {
    let told = stderr(&with(VAL, &HEADS.replace("per-class = 2", "per-class = 50")).run().code(2));
    assert!(
        told.contains("`per-class` = 50, but some of the 3 classes of `data.val` have fewer images: only 30 can be drawn"),
        "{told}"
    );
    assert!(told.contains("tiny.toml:") && told.contains("per-class = 50"), "{told}");

    let mask = HEADS.replace("per-class = 2", "per-class = 10");
    let told = stderr(&with(VAL, &mask).run().code(2));
    assert!(told.contains("takes all 30 images of `data.val`, and none is left to choose"), "{told}");
    with(VAL, &mask).argument("--set").argument("evaluation.thresholds=[]").run().success();

    let experiment = with(
        "",
        "\n[[supervised]]\nname = \"few\"\nlayer = \"layer1\"\nhead = \"box\"\ntrain = { folder = { root = \"photos\" } }\n",
    );
    for class in ["a", "b"] {
        let folder = experiment.path("photos").join(class);
        std::fs::create_dir_all(&folder).unwrap();
        let shade = class.as_bytes()[0];
        image::RgbImage::from_pixel(32, 32, image::Rgb([shade, 9, 9])).save(folder.join("1.png")).unwrap();
    }
    let told = stderr(&experiment.run().code(2));
    assert!(told.contains("the head `box` needs boxes, which `train` does not have"), "{told}");
    assert!(told.contains("add boxes = ... to the data set"), "{told}");
}
