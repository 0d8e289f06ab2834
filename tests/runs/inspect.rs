//! `camlab inspect`, and what it leads to: checkpoints in shards, names that options bring into form, aliases of layers.

use std::path::{Path, PathBuf};

use crate::experiment::{Experiment, camlab, stderr, stdout};

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/golden")
}

fn inspected(file: &Path, options: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let assert = camlab(folder.path()).arg("inspect").arg(file).args(options).assert().success();
    stdout(&assert).replace(&fixtures().display().to_string(), "GOLDEN")
}

#[test]
fn files_are_listed() {
    let mut text = String::new();
    for file in ["checkpoints/ema.pth", "checkpoints/model.safetensors.index.json", "onnx/square.onnx"] {
        text.push_str(&format!("== {file}\n{}\n", inspected(&fixtures().join(file), &[])));
    }
    insta::assert_snapshot!(text);
}

/// An experiment with a small network, and its exported weights as PyTorch's users find them.
const EXPERIMENT: &str = r#"
name = "tiny"
question = "Do weights fit under other names?"
backbone = { resnet = { depths = [1], widths = [4], stem = "small" } }

[data]
test = { synthetic = { split = "test", images = 8, size = 32, classes = 3 } }
input = { size = 32, normalise = "imagenet" }

[[init]]
name = "found"
scheme = "kaiming-normal"
train = false

[[maps]]
methods = ["cam"]
layers = ["layer1"]

[evaluation]
bootstrap = 50
"#;

#[test]
fn weights_in_shards_count_with_all_their_files() {
    let experiment = Experiment::with(EXPERIMENT);
    let at = |name: &str| experiment.path(name);
    let export = ["export", "tiny.toml", "--out", "whole.safetensors"];
    camlab(&at(".")).args(["run", "tiny.toml"]).assert().success();
    camlab(&at(".")).args(export).assert().success();
    // Two shards under another prefix.
    let whole = camlab::nn::checkpoint::Checkpoint::read(&at("whole.safetensors")).unwrap();
    let mut map = serde_json::Map::new();
    let write = |file: &str, odd: usize, scale: f32| {
        let held = whole.tensors().iter().enumerate().filter(|(index, _)| index % 2 == odd);
        let held: Vec<(String, Vec<usize>, Vec<u8>)> = held
            .map(|(_, (name, tensor))| {
                let bytes = tensor.data.iter().flat_map(|value| (value * scale).to_le_bytes()).collect();
                (format!("encoder.{name}"), tensor.shape.clone(), bytes)
            })
            .collect();
        let views = held.iter().map(|(name, shape, bytes)| {
            let view = safetensors::tensor::TensorView::new(safetensors::Dtype::F32, shape.clone(), bytes);
            (name, view.unwrap())
        });
        std::fs::write(at(file), safetensors::serialize(views, None).unwrap()).unwrap();
        held.into_iter().map(|(name, ..)| name).collect::<Vec<_>>()
    };
    for (file, odd) in [("a.safetensors", 0), ("b.safetensors", 1)] {
        for name in write(file, odd, 1.0) {
            map.insert(name, file.into());
        }
    }
    let index = serde_json::json!({ "metadata": {}, "weight_map": map });
    std::fs::write(at("all.safetensors.index.json"), index.to_string()).unwrap();
    let scheme = r#"{ pretrained = { checkpoint = "all.safetensors.index.json" } }"#;
    let text = EXPERIMENT.replace("\"kaiming-normal\"", scheme).replace("\"tiny\"", "\"second\"");
    std::fs::write(at("second.toml"), &text).unwrap();
    let said = stderr(&camlab(&at(".")).args(["run", "second.toml"]).assert().failure());
    assert!(said.contains("write prefix = \"encoder.\"") && said.contains("second.toml:12:"), "{said}");
    let text = text.replace("index.json\"", "index.json\", prefix = \"encoder.\"");
    std::fs::write(at("second.toml"), &text).unwrap();
    camlab(&at(".")).args(["run", "second.toml"]).assert().success();
    let maps = |name: &str| {
        let rows: Vec<camlab::frame::SummaryRow> =
            camlab::frame::read(&at(&format!("reports/{name}"))).unwrap();
        rows.iter().map(|row| row.value.to_bits()).collect::<Vec<_>>()
    };
    assert_eq!(maps("second"), maps("tiny"));
    let left = || {
        let assert = camlab(&at(".")).args(["plan", "second.toml", "--json"]).assert().success();
        let plan: serde_json::Value = serde_json::from_str(&stdout(&assert)).unwrap();
        plan["stages"].as_array().unwrap().iter().filter(|stage| stage["state"] != "cached").count()
    };
    assert_eq!(left(), 0);
    // Another shard makes other networks, though the index is as it was.
    write("b.safetensors", 1, 2.0);
    assert!(left() > 0);
}

#[test]
fn layers_have_aliases_and_places() {
    let network = fixtures().join("onnx/square.onnx");
    let backbone = format!(
        "backbone = {{ onnx = {{ file = {:?}, aliases = {{ last = \"/MaxPool_output_0\" }} }} }}",
        network.display().to_string()
    );
    let line = EXPERIMENT.lines().find(|line| line.starts_with("backbone")).unwrap();
    let text = EXPERIMENT.replace(line, &backbone).replace("\"layer1\"", "\"last\"");
    let experiment = Experiment::with(&text);
    let listed =
        stdout(&camlab(&experiment.path(".")).args(["list", "layers", "tiny.toml"]).assert().success());
    let row = |name: &str| {
        listed.lines().find(|row| row.trim_start().starts_with(&format!("{name} "))).unwrap_or("")
    };
    assert!(row("last").contains("before the head"), "{listed}");
    assert!(listed.contains(" classes"), "{listed}");
    camlab(&experiment.path(".")).args(["run", "tiny.toml"]).assert().success();
    for (alias, wanted) in [
        ("\"/MaxPol\"", "the alias `last` cannot be given"),
        ("\"x\", \"/MaxPool\" = \"/MaxPool_output_0\"", "choose another alias"),
    ] {
        let text = text.replace("\"/MaxPool_output_0\" }", &format!("{alias} }}"));
        std::fs::write(experiment.path("tiny.toml"), text).unwrap();
        let said = stderr(&camlab(&experiment.path(".")).args(["check", "tiny.toml"]).assert().failure());
        assert!(said.contains(wanted), "{said}");
    }
}

#[test]
fn photographs_without_labels_get_the_classes_of_the_checkpoint() {
    let experiment = Experiment::with(EXPERIMENT);
    let at = |name: &str| experiment.path(name);
    camlab(&at(".")).args(["export", "tiny.toml", "--out", "whole.safetensors"]).assert().success();
    std::fs::create_dir(at("photographs")).unwrap();
    let photograph = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/images/grey.png");
    std::fs::copy(photograph, at("photographs/grey.png")).unwrap();
    let text = EXPERIMENT
        .replace(
            "{ synthetic = { split = \"test\", images = 8, size = 32, classes = 3 } }",
            "{ folder = { root = \"photographs\" } }\nlabels = \"unknown\"\non-bad-image = \"convert\"",
        )
        .replace("\"kaiming-normal\"", "{ pretrained = { checkpoint = \"whole.safetensors\" } }")
        .replace("name = \"tiny\"", "name = \"own\"\ntarget = \"predicted\"");
    std::fs::write(at("own.toml"), &text).unwrap();
    let said = stderr(&camlab(&at(".")).args(["run", "own.toml"]).assert().success());
    assert!(said.contains("the 3 classes of the checkpoint count"), "{said}");
}
