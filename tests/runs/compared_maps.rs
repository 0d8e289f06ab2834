//! Options that hold for every method, agreement and cascading randomisation, from the file to the frames.

use crate::experiment::{Experiment, stdout};
use camlab::frame::{self, AgreementRow, ImageRow, SanityRow};

const MORE: &str = r#"
[[maps]]
methods = ["grad-cam", "score-cam", { score-cam = { channels = { groups = 4 } } }, "eigen-cam"]
layers = ["layer1", "layer2"]

[[maps]]
methods = ["grad-cam", "refine-cam", "bag-cam", "guided-grad-cam"]
layers = ["layer1", "layer2"]
combine = "max"
aug-smooth = true
target = "predicted"

[[maps]]
methods = ["layer-cam"]
layers = ["layer2"]
eigen-smooth = true
target = { class-mean = { weights = "probability" } }

[[maps]]
methods = ["xgrad-cam"]
layers = ["layer2"]
refine = { steps = 2, step-size = 0.02, norm = "linf" }

[[agreement]]
reference = "score-cam"

[[agreement]]
reference = "grad-cam"
layer = "layer2"
others = ["score-cam", "center-gaussian"]

[sanity]
images = 5
methods = ["grad-cam", "eigen-cam"]
"#;

#[test]
fn every_option_reaches_the_frames() {
    let maps = "[[maps]]\nmethods = [\"cam\", \"grad-cam\"]\nlayers = [\"layer2\"]\n";
    let experiment = Experiment::tiny();
    let path = experiment.path("tiny.toml");
    let text = std::fs::read_to_string(&path).expect("the file");
    assert!(text.contains(maps));
    std::fs::write(&path, text.replace(maps, "") + MORE).expect("the file");
    experiment.run().success();

    let images: Vec<ImageRow> = frame::read(&experiment.report()).expect("rows");
    let of = |method: &str, layer: &str| -> Vec<&ImageRow> {
        images.iter().filter(|row| row.method == method && row.layer == layer).collect()
    };
    // 20 images and 2 networks each.
    for (method, layer) in [
        ("grad-cam", "layer1"),
        ("score-cam (channels = groups 4)", "layer2"),
        ("grad-cam (predicted, aug-smooth, max)", "layer1+layer2"),
        ("refine-cam (predicted, aug-smooth, product)", "layer1+layer2"),
        ("guided-grad-cam (predicted, aug-smooth, max)", "layer1+layer2"),
        ("layer-cam (mean of classes by probability, eigen-smooth)", "layer2"),
        ("xgrad-cam (refine 2 x 0.02 linf)", "layer2"),
    ] {
        assert_eq!(of(method, layer).len(), 40, "{method} at {layer}");
    }
    for row in &images {
        assert!(["none", "zero", "constant", "negative", "nan"].contains(&row.flag.as_str()), "{}", row.flag);
        assert!(row.iou_any.iter().all(|iou| iou.is_finite()));
    }
    let forwards = |method: &str, layer: &str| of(method, layer)[0].forwards;
    assert_eq!(forwards("grad-cam", "layer2"), Some(1));
    assert!(forwards("score-cam", "layer2") > forwards("score-cam (channels = groups 4)", "layer2"));
    assert_eq!(of("center-gaussian", "-")[0].forwards, None);
    // A corrected image's target is no less probable by much: its score has grown.
    let refined = of("xgrad-cam (refine 2 x 0.02 linf)", "layer2");
    assert!(refined.iter().all(|row| row.refined_probability.is_some()));

    let agreements: Vec<AgreementRow> = frame::read(&experiment.report()).expect("agreement");
    let pairs = |reference: &str, method: &str| {
        let rows = agreements.iter().filter(|row| row.reference == reference && row.method == method);
        rows.count()
    };
    assert_eq!(pairs("score-cam", "score-cam (channels = groups 4)"), 2 * 2 * 20);
    assert_eq!(pairs("score-cam", "center-gaussian"), 2 * 2 * 20);
    assert_eq!(pairs("grad-cam", "score-cam"), 2 * 2 * 20);
    assert_eq!(pairs("grad-cam", "eigen-cam"), 0);
    let bounds = |value: Option<f32>| value.is_none_or(|value| (-1.0..=1.0).contains(&value));
    assert!(agreements.iter().all(|row| bounds(row.pearson) && bounds(row.spearman) && row.kl >= 0.0));

    let sanity: Vec<SanityRow> = frame::read(&experiment.report()).expect("sanity");
    let depths: Vec<(u32, &str)> = sanity
        .iter()
        .filter(|row| row.method == "eigen-cam" && row.layer == "layer2" && row.network == "kaiming")
        .filter(|row| row.image == sanity[0].image)
        .map(|row| (row.depth, row.randomised.as_str()))
        .collect();
    assert_eq!(depths, [(1, "fc"), (2, "layer2"), (3, "layer1"), (4, "bn1"), (5, "conv1")]);
    // Eigen-CAM never asks the classifier.
    let eigen = sanity.iter().filter(|row| row.method == "eigen-cam" && row.depth == 1);
    assert!(eigen.filter_map(|row| row.spearman).all(|alike| alike > 0.999));
    assert!(sanity.iter().any(|row| row.depth == 5 && row.spearman.is_none_or(|alike| alike < 0.9)));

    for figure in ["agreement.svg", "agreement-2.svg", "sanity.svg", "sanity-2.svg"] {
        assert!(experiment.report().join("figures").join(figure).is_file(), "{figure}");
    }
    let page = std::fs::read_to_string(experiment.report().join("index.html")).expect("the page");
    assert!(page.contains("Agreement with a reference") && page.contains("Sanity: cascading randomisation"));
    let again = experiment.run().success();
    assert!(stdout(&again).contains("everything was cached"), "{}", stdout(&again));
}
