//! A short run on the miniature of each layout in `fixtures/datasets`.

use std::path::Path;

use camlab::frame::{self, ImageRow, RunRow};

use crate::experiment::{Experiment, stderr};

/// An experiment on the data sets in `data`, where `DATASETS` stands for the folder of the miniatures.
fn run(data: &str, init: &str) -> (Experiment, Vec<ImageRow>, Vec<RunRow>) {
    let miniatures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/datasets");
    let data = data.replace("DATASETS", &miniatures.display().to_string());
    let text = format!(
        "name = \"tiny\"\nbackbone = {{ resnet = {{ stem = \"small-stride-2\", depths = [1, 1], widths = [4, 8], block = \
         \"basic\" }} }}\n[data]\n{data}\ninput = {{ size = 32 }}\n[[init]]\nname = \"network\"\nscheme = \
         \"kaiming-normal\"\n{init}\n[[maps]]\nmethods = [\"grad-cam\"]\nlayers = [\"layer2\"]\n"
    );
    let experiment = Experiment::with(&text);
    experiment.run().success();
    let images = frame::read(&experiment.report()).unwrap();
    let about = frame::read(&experiment.report()).unwrap();
    (experiment, images, about)
}

const TRAINED: &str = "[training]\nepochs = 1\nbatch = 2\nlr = 0.01\nloss = \"binary-cross-entropy\"";
const UNTRAINED: &str = "train = false";

#[test]
fn voc_trains_and_is_evaluated_with_masks() {
    let voc = |split: &str| {
        format!("{{ voc = {{ root = \"DATASETS/voc\", set = \"segmentation\", split = \"{split}\" }} }}")
    };
    let (experiment, images, about) =
        run(&format!("train = {}\ntest = {}", voc("train"), voc("val")), TRAINED);
    // Three rows of two images, for one map and two baselines each.
    assert_eq!(images.len(), 3 * 3);
    assert!(images.iter().any(|row| row.image == "2010_000103#bird"));
    let remarks: Vec<&str> =
        about.iter().filter(|row| row.key == "remark on the data").map(|row| row.value.as_str()).collect();
    assert!(remarks.iter().any(|remark| remark.contains("2 difficult objects left out")), "{remarks:?}");
    let told = stderr(&experiment.run().success());
    assert!(told.contains("1 image without objects left out, such as `2009_000015`"), "{told}");
}

#[test]
fn coco_trains_and_is_evaluated_with_crowds_ignored() {
    let coco = |labels: &str| {
        format!(
            "{{ coco = {{ root = \"DATASETS/coco\", annotations = \"annotations/instances_mini.json\", labels = \"{labels}\" }} }}"
        )
    };
    let data = format!("train = {}\ntest = {}\noverlap = \"allow\"", coco("all"), coco("largest"));
    let (_experiment, images, about) = run(&data, TRAINED);
    assert_eq!(images.len(), 4 * 3);
    assert!(about.iter().any(|row| row.value.contains("2 crowds are no objects")));
}

#[test]
fn the_other_layouts_are_evaluated() {
    let sets = [
        ("{ cub = { root = \"DATASETS/cub\", split = \"test\" } }", 3),
        (
            "{ wsol-metadata = { root = \"DATASETS/openimages/metadata/OpenImages/test\", images = \"DATASETS/openimages/images\", \
          masks = \"DATASETS/openimages/masks\" } }",
            3,
        ),
        ("{ yolo = { root = \"DATASETS/yolo\", split = \"val\" } }", 3),
    ];
    for (set, rows) in sets {
        let (_experiment, images, _) = run(&format!("test = {set}"), UNTRAINED);
        assert_eq!(images.len(), rows * 3, "{set}");
    }
}

#[test]
fn shards_are_classified() {
    for kind in [
        "webdataset = { root = \"DATASETS/webdataset\" }",
        "huggingface = { root = \"DATASETS/huggingface/data\" }",
    ] {
        let metrics = format!("{UNTRAINED}\n[evaluation]\nmetrics = [\"top1-acc\"]");
        let (_experiment, images, _) = run(&format!("test = {{ {kind} }}"), &metrics);
        assert_eq!(images.len(), 8 * 3, "{kind}");
    }
}

#[test]
fn a_report_without_boxes_and_masks_says_that_localisation_is_not_evaluated() {
    let cases = [
        ("", "neither boxes nor masks: localisation is not evaluated"),
        (", masks = \"masks\"", "no boxes: box metrics are not evaluated"),
    ];
    for (annotations, words) in cases {
        let set =
            format!("{{ places365 = {{ root = \"DATASETS/places365\", split = \"val\"{annotations} }} }}");
        let data = format!("test = {{ class-sample = {{ of = {set}, images = 1 }} }}");
        let (experiment, _images, about) = run(&data, UNTRAINED);
        let remarks: Vec<&str> = about
            .iter()
            .filter(|row| row.key == "remark on the data")
            .map(|row| row.value.as_str())
            .collect();
        assert!(remarks.iter().any(|remark| remark.contains(words)), "{remarks:?}");
        let html = std::fs::read_to_string(experiment.report().join("index.html")).unwrap();
        assert!(html.contains(words));
    }
}
