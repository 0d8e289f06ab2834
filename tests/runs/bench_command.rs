//! `camlab bench`: what it prints, and that what it times is the network it says.

use std::path::Path;

use crate::support::{golden, network, relative_error, tensor};
use camlab::nn::checkpoint;
use npyz::WriterBuilder as _;

const BOTTLENECK: &str =
    "{ resnet = { block = \"bottleneck\", depths = [1, 2, 2, 2], widths = [3, 4, 5, 6] } }";

fn bench(arguments: &[&str]) -> assert_cmd::assert::Assert {
    let mut command = assert_cmd::Command::cargo_bin("camlab").expect("the binary is built");
    command.args(["bench", "--seconds", "0.05", "--classes", "5", "--network", BOTTLENECK, "--threads", "2"]);
    command.args(arguments).assert()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

fn json(arguments: &[&str]) -> serde_json::Value {
    let assert = bench(&[arguments, &["--json"]].concat()).success();
    serde_json::from_slice(&assert.get_output().stdout).expect("one JSON object")
}

#[test]
fn every_figure_is_there_and_they_fit_each_other() {
    for arguments in [&["--input", "64", "--batch", "3"][..], &["--input", "64", "--batch", "3", "--train"]] {
        let report = json(arguments);
        let number = |key: &str| report[key].as_f64().unwrap_or_else(|| panic!("{key} in {report}"));
        assert_eq!((report["network"].as_str(), number("batch")), (Some("resnet"), 3.0));
        assert_eq!(number("threads"), 2.0);
        let per_batch = number("images_per_s") * number("seconds_per_batch");
        assert!((per_batch - 3.0).abs() < 1e-6, "{report}");
        let share = number("gflops") / number("peak_gflops");
        assert!((share - number("share_of_peak")).abs() < 1e-9 && (0.0..1.0).contains(&share), "{report}");
        assert!(report["peak_memory_mb"].as_f64().is_none_or(|memory| memory > 1.0));
    }
}

#[test]
fn a_person_reads_how_long_an_experiment_takes() {
    let shown = text(&bench(&["--input", "32"]).success().get_output().stdout);
    for wanted in ["images/s", "GFLOP/s", "for 1 000 images", "for 50 000 images"] {
        assert!(shown.contains(wanted), "{shown}");
    }
}

fn write_npy(path: &Path, shape: &[usize], data: &[f32]) {
    let mut bytes = Vec::new();
    let shape: Vec<u64> = shape.iter().map(|side| *side as u64).collect();
    let options = npyz::WriteOptions::new().default_dtype().shape(&shape);
    let mut writer = options.writer(&mut bytes).begin_nd().expect("a header");
    writer.extend(data.iter().copied()).expect("numbers");
    writer.finish().expect("an end");
    std::fs::write(path, bytes).expect("a writable folder");
}

fn read_npy(path: &Path) -> Vec<f32> {
    let bytes = std::fs::read(path).expect("a file");
    npyz::NpyFile::new(&bytes[..]).expect("an NPY file").into_vec().expect("numbers")
}

#[test]
fn logits_and_maps_are_pytorchs() {
    let golden = golden("forward.safetensors");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = |name: &str| folder.path().join(name).display().to_string();
    let network = network(BOTTLENECK, 5, &golden, "bottleneck/state/");
    checkpoint::write(&folder.path().join("weights.safetensors"), &network).expect("written");
    let input = tensor(&golden, "input");
    write_npy(&folder.path().join("inputs.npy"), &input.shape, &input.data);
    let (weights, inputs, output) = (path("weights.safetensors"), path("inputs.npy"), path("out.npy"));
    let files = ["--weights", &weights, "--inputs", &inputs, "--output", &output];
    bench(&files).success();
    let error = relative_error(&read_npy(Path::new(&output)), &tensor(&golden, "bottleneck/logits").data);
    assert!(error < 2e-5, "{error}");
    bench(&[&files[..], &["--method", "grad-cam", "--layer", "layer3"]].concat()).success();
    assert_eq!(read_npy(Path::new(&output)).len(), 2 * 41 * 36);
}

#[test]
fn what_cannot_be_measured_is_named() {
    let refused = |arguments: &[&str]| text(&bench(arguments).failure().get_output().stderr);
    assert!(refused(&["--method", "grad-cam"]).contains("--layer"));
    assert!(refused(&["--method", "center-gaussian", "--layer", "layer4"]).contains("is a baseline"));
    assert!(
        refused(&["--method", "cam", "--layer", "layer3"])
            .contains("is defined only at the layer that feeds")
    );
    assert!(refused(&["--method", "grad-cam", "--layer", "layr3"]).contains("did you mean `layer3`?"));
    assert!(refused(&["--inputs", "Cargo.toml"]).contains("Cargo.toml is not an NPY file"));
    assert!(refused(&["--input", "0"]).contains("--input"));
    assert!(refused(&["--seconds", "nan"]).contains("--seconds"));
}
