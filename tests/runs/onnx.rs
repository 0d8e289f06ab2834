//! Backbones from ONNX files.

use std::path::Path;

use crate::experiment::{Experiment, camlab, stderr, stdout};
use camlab::frame::{self, SummaryRow};

/// A small network that PyTorch exported for images of 32 pixels and five classes.
const NETWORK: &str = "fixtures/golden/onnx/square.onnx";

const EXPERIMENT: &str = r#"
name = "tiny"
question = "Does a network of another tool fit?"
backbone = { onnx = { file = "net.onnx" } }

[data]
train = { synthetic = { split = "train", images = 48, size = 32, classes = 3 } }
test = { synthetic = { split = "test", images = 20, size = 32, classes = 3 } }
input = { size = 32, normalise = "imagenet" }

[[init]]
name = "exported"
scheme = { pretrained = { checkpoint = "net.onnx", fresh-head = true } }

[[init]]
name = "kaiming"
scheme = "kaiming-normal"

[[fusion]]
name = "fused"
method = { weight-average = { align = "weight-matching" } }

[training]
epochs = 1
batch = 16
lr = 0.01

[[maps]]
methods = ["cam", "grad-cam", "score-cam"]
layers = ["/MaxPool_output_0"]

[[maps]]
methods = ["layer-cam"]
layers = ["/depthwise/Conv_output_0"]

[evaluation]
bootstrap = 50
"#;

fn experiment() -> Experiment {
    let experiment = Experiment::with(EXPERIMENT);
    let network = Path::new(env!("CARGO_MANIFEST_DIR")).join(NETWORK);
    std::fs::copy(network, experiment.path("net.onnx")).unwrap();
    experiment
}

fn left_to_run(experiment: &Experiment) -> usize {
    let assert = camlab(&experiment.path(".")).args(["plan", "tiny.toml", "--json"]).assert().success();
    let plan: serde_json::Value = serde_json::from_str(&stdout(&assert)).unwrap();
    plan["stages"].as_array().unwrap().iter().filter(|stage| stage["state"] != "cached").count()
}

#[test]
fn a_network_of_a_file_is_trained_fused_and_looked_at() {
    let experiment = experiment();
    camlab(&experiment.path(".")).args(["run", "tiny.toml"]).assert().success();
    let rows: Vec<SummaryRow> = frame::read(&experiment.path("reports/tiny")).unwrap();
    for network in ["exported", "kaiming", "fused"] {
        for method in ["cam", "grad-cam", "score-cam", "layer-cam"] {
            assert!(
                rows.iter().any(|row| row.network == network && row.method == method),
                "{network}, {method}"
            );
        }
    }
    assert_eq!(left_to_run(&experiment), 0);
    // Written again with its new weights and head, it is the backbone of another experiment.
    let export = ["export", "tiny.toml", "--network", "fused", "--out", "fused.onnx"];
    camlab(&experiment.path(".")).args(export).assert().success();
    let mut second = EXPERIMENT.to_owned();
    for [from, to] in [
        ["net.onnx", "fused.onnx"],
        [", fresh-head = true", ""],
        ["\"tiny\"", "\"second\""],
        ["\"kaiming-normal\"", "\"kaiming-normal\"\ntrain = false"],
        ["[training]\nepochs = 1\nbatch = 16\nlr = 0.01\n", ""],
        ["/MaxPool_output_0", "/MaxPool"],
        ["/depthwise/Conv_output_0", "depthwise"],
    ] {
        second = second.replace(from, to);
    }
    std::fs::write(experiment.path("second.toml"), second).unwrap();
    camlab(&experiment.path(".")).args(["run", "second.toml"]).assert().success();
    let again: Vec<SummaryRow> = frame::read(&experiment.path("reports/second")).unwrap();
    let accuracy = |rows: &[SummaryRow], network: &str| {
        let row =
            rows.iter().find(|row| row.network == network && row.method == "cam" && row.metric == "top1-acc");
        row.expect("an accuracy").value
    };
    assert_eq!(accuracy(&again, "exported"), accuracy(&rows, "fused"));
    // An empty text is appended as the version of the producer: the same network in another file.
    let mut bytes = std::fs::read(experiment.path("net.onnx")).unwrap();
    bytes.extend([0x1a, 0]);
    std::fs::write(experiment.path("net.onnx"), bytes).unwrap();
    assert!(left_to_run(&experiment) > 0);
}

#[test]
fn mistakes_are_told_at_the_key() {
    let experiment = experiment();
    let said = |change: [&str; 2]| {
        let text = EXPERIMENT.replace(change[0], change[1]);
        std::fs::write(experiment.path("tiny.toml"), text).unwrap();
        stderr(&camlab(&experiment.path(".")).args(["check", "tiny.toml"]).assert().failure())
    };
    let layer = said(["/depthwise/Conv_output_0", "/depthwise/Conv_output_1"]);
    assert!(layer.contains("did you mean `/depthwise/Conv_output_0`?"), "{layer}");
    let size = said(["input = { size = 32", "input = { size = 40"]);
    assert!(size.contains("40x40 pixels") && size.contains("made for 32x32"), "{size}");
    let file = said(["{ file = \"net.onnx\" }", "{}"]);
    assert!(file.contains("`onnx` names no file") && file.contains("tiny.toml:4"), "{file}");
    let declared = format!("{{ file = \"net.onnx\", sha256 = \"{}\" }}", "0".repeat(64));
    let text = EXPERIMENT.replace("{ file = \"net.onnx\" }", &declared);
    std::fs::write(experiment.path("tiny.toml"), text).unwrap();
    let digest = stderr(&camlab(&experiment.path(".")).args(["plan", "tiny.toml"]).assert().failure());
    assert!(digest.contains("but the experiment declares"), "{digest}");
    std::fs::write(experiment.path("net.onnx"), "no network").unwrap();
    let broken = said(["", ""]);
    assert!(broken.contains("net.onnx is not an ONNX model"), "{broken}");
}
