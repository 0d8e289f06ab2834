//! Validation images, and mistakes that only data and checkpoints tell.

use std::collections::HashSet;

use crate::experiment::{Experiment, camlab, stderr};
use camlab::frame::{self, ImageRow, RunRow, TrainingRow};

const HELD_OUT: &str = r#"
[training.validation]
patience = 1
"#;

fn with_data(line: &str) -> Experiment {
    let experiment = Experiment::tiny();
    let path = experiment.path("tiny.toml");
    let text = std::fs::read_to_string(&path).unwrap().replace("[data]\n", &format!("[data]\n{line}\n"));
    std::fs::write(path, text).unwrap();
    experiment
}

#[test]
fn a_part_of_the_test_images_validates_and_is_not_tested() {
    let experiment = with_data(r#"val = { of = "test", fraction = 0.3 }"#).and(HELD_OUT);
    experiment.run().success();
    let images: Vec<ImageRow> = frame::read(&experiment.report()).unwrap();
    let tested: HashSet<&str> = images.iter().map(|row| row.image.as_str()).collect();
    assert_eq!(tested.len(), 14);
    let training: Vec<TrainingRow> = frame::read(&experiment.report()).unwrap();
    // Accuracies are multiples of one of six validation images; all 48 training images are trained on.
    for row in &training {
        let accuracy = row.validation_accuracy.unwrap();
        assert!((accuracy * 6.0 / 100.0 - (accuracy * 6.0 / 100.0).round()).abs() < 1e-6, "{accuracy}");
        assert!((row.accuracy * 48.0 / 100.0 - (row.accuracy * 48.0 / 100.0).round()).abs() < 1e-6);
    }
}

#[test]
fn a_validation_set_of_its_own_serves_early_stopping_and_soups() {
    let val = r#"val = { synthetic = { split = "val", images = 15, size = 32, classes = 3 } }"#;
    let soup = "[[fusion]]\nname = \"soup\"\nmethod = \"greedy-soup\"\n";
    let experiment = with_data(val).and(HELD_OUT).and(soup);
    experiment.run().success();
    let training: Vec<TrainingRow> = frame::read(&experiment.report()).unwrap();
    assert!(training.iter().all(|row| row.validation_loss.is_some()));
    // The soup needs `data.val`, or images held out of the training images.
    let without = Experiment::tiny().and(soup);
    let told = stderr(&without.run().failure().code(2));
    assert!(told.contains("add val = { ... } to [data]"), "{told}");
}

#[test]
fn images_that_two_splits_share_are_found_by_content() {
    let experiment = Experiment::tiny();
    let path = experiment.path("tiny.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("split = \"test\", images = 20", "split = \"train\", images = 20"))
        .unwrap();
    let told = stderr(&experiment.run().failure().code(2));
    assert!(
        told.contains("20 of 48 images of `data.train` are in `data.test` as well: `train-000000`"),
        "{told}"
    );
    assert!(told.contains("tiny.toml:12:"), "{told}");
    experiment.camlab("run", &["--set", "data.overlap=allow"]).success();
    let rows: Vec<RunRow> = frame::read(&experiment.report()).unwrap();
    assert!(RunRow::find(&rows, "images in two splits").starts_with("20, such as "));
}

#[test]
fn what_data_and_checkpoints_tell_is_told_before_anything_runs() {
    let experiment = Experiment::tiny();
    experiment.run().success();
    let folder = experiment.path("tiny.toml");
    let folder = folder.parent().unwrap();
    camlab(folder)
        .args(["export", "tiny.toml", "--network", "kaiming", "--out", "weights.safetensors"])
        .assert()
        .success();
    for class in ["one", "two", "three", "four"] {
        std::fs::create_dir_all(folder.join("photographs").join(class)).unwrap();
        std::fs::copy("fixtures/images/grey.png", folder.join(format!("photographs/{class}/a.png"))).unwrap();
    }
    let text = r#"
name = "told"
target = { class = "five" }
[backbone.resnet]
stem = "small-stride-2"
block = "basic"
depths = [1, 1]
widths = [8, 16]
[data]
test = { folder = { root = "photographs" } }
input = { size = 32 }
on-bad-image = "convert"
sample = { count = 9 }
[[init]]
name = "weights"
scheme = { pretrained = { checkpoint = "weights.safetensors" } }
[[maps]]
methods = ["grad-cam"]
layers = ["layer2"]
[evaluation]
metrics = ["top1-acc", "max-box-acc-v2", "pixel-auc"]
[[chain]]
name = "chain"
layers = ["layer2"]
cluster = { k-means = { k = 500 } }
"#;
    std::fs::write(folder.join("told.toml"), text).unwrap();
    for command in ["plan", "run"] {
        let told = stderr(&camlab(folder).args([command, "told.toml"]).assert().failure().code(2));
        for (line, words) in [
            (3, "no class `five`"),
            (13, "`count` = 9 is more than the 4 test images"),
            (16, "weights.safetensors"),
            (21, "`max-box-acc-v2` needs boxes"),
            (21, "`pixel-auc` needs masks or boxes"),
            (25, "`k` = 500 is more than the 256 pixel vectors (4 images, 64 each)"),
        ] {
            assert!(told.contains(&format!("told.toml:{line}:")), "{line}: {told}");
            assert!(told.contains(words), "{words}: {told}");
        }
        assert!(told.contains("4 classes") || told.contains("3 classes"), "{told}");
    }
}
