//! Small networks as exporters write them, against ONNX Runtime (`fixtures/golden/onnx/make.py`); files that are cut off or
//! changed.

use std::path::{Path, PathBuf};

use camlab_nn::{Images, Network};
use camlab_onnx::{ImageLayout, ImportOptions, OnnxError, OnnxModel, export, import};
use proptest::prelude::*;
use safetensors::SafeTensors;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/golden/onnx")
}

/// Shape and elements of a golden tensor.
fn golden(network: &str, name: &str) -> (Vec<usize>, Vec<f32>) {
    let bytes = std::fs::read(folder().join(format!("{network}.safetensors"))).expect("goldens");
    let file = SafeTensors::deserialize(&bytes).expect("goldens");
    let view = file.tensor(name).expect("a golden tensor");
    let values =
        view.data().chunks_exact(4).map(|bytes| f32::from_le_bytes(bytes.try_into().expect("four bytes")));
    (view.shape().to_vec(), values.collect())
}

fn scores(network: &str) -> (Vec<f32>, Vec<f32>, Option<String>) {
    scores_by(network, &ImportOptions::default())
}

/// The scores of a network, the golden ones, and the softmax that is left out.
fn scores_by(network: &str, options: &ImportOptions) -> (Vec<f32>, Vec<f32>, Option<String>) {
    let model = OnnxModel::read(&folder().join(format!("{network}.onnx"))).expect("a readable model");
    let imported = import(&model, options).expect("a network that can be imported");
    let (shape, x) = golden(network, "x");
    let (pixels, height, width) = match imported.layout {
        ImageLayout::ChannelsLast => (x, shape[1], shape[2]),
        ImageLayout::ChannelsFirst => {
            let (channels, plane) = (shape[1], shape[2] * shape[3]);
            let at = |index: usize| {
                let (pixel, channel) = (index / channels, index % channels);
                x[(pixel / plane * channels + channel) * plane + pixel % plane]
            };
            ((0..x.len()).map(at).collect(), shape[2], shape[3])
        }
    };
    let network_of = imported.network().expect("values of its parameters");
    let images = Images { pixels: pixels.into(), count: shape[0], height, width };
    let found = network_of.infer(&images, &[]).expect("a forward pass").logits;
    (found, golden(network, "scores").1, imported.softmax)
}

fn close(found: &[f32], wanted: &[f32]) {
    assert_eq!(found.len(), wanted.len());
    for (found, wanted) in found.iter().zip(wanted) {
        assert!((found - wanted).abs() < 1e-5, "{found} {wanted}");
    }
}

#[test]
fn both_exporters_of_pytorch() {
    for network in ["tracing", "dynamo"] {
        let (found, wanted, softmax) = scores(network);
        assert_eq!(softmax, None);
        close(&found, &wanted);
    }
}

/// The scores of the luma of colour images, by ONNX Runtime.
#[test]
fn a_network_for_one_channel_takes_the_grey_value() {
    let options = ImportOptions { colour: true, ..ImportOptions::default() };
    let (found, wanted, _) = scores_by("grey", &options);
    close(&found, &wanted);
    let model = OnnxModel::read(&folder().join("grey.onnx")).expect("a readable model");
    let graph = import(&model, &options).expect("a network that can be imported").graph;
    let names: Vec<&str> = graph.taps().iter().map(|tap| tap.name.as_str()).take(3).collect();
    assert_eq!((graph.input_channels(), names), (3, vec!["input", "input/grey", "conv"]));
}

/// Values that are read transposed and scaled, and also as they are, stay as they are.
#[test]
fn values_with_two_readers_are_not_changed() {
    let (found, wanted, _) = scores("alias");
    close(&found, &wanted);
}

#[test]
fn channels_last_with_a_softmax_that_is_left_out() {
    let (found, wanted, softmax) = scores("channels-last");
    assert_eq!(softmax.as_deref(), Some("last/Softmax"));
    let probabilities: Vec<f32> = found
        .chunks(4)
        .flat_map(|scores| {
            let sum: f32 = scores.iter().map(|score| score.exp()).sum();
            scores.iter().map(move |score| score.exp() / sum)
        })
        .collect();
    close(&probabilities, &wanted);
}

/// A network that is written and read again computes the same.
#[test]
fn a_written_network_is_read_back() {
    for (file, size) in [("tracing", [20, 18]), ("dynamo", [20, 18]), ("channels-last", [16, 20])] {
        let read = |path: &Path| {
            let model = OnnxModel::read(path).expect("a readable model");
            let imported = import(&model, &ImportOptions::default()).expect("a network that can be imported");
            imported.network().expect("values of its parameters")
        };
        let network = read(&folder().join(format!("{file}.onnx")));
        let place = std::env::temp_dir().join(format!("camlab-export-{}-{file}.onnx", std::process::id()));
        export(&network, size, &place).expect("a written network");
        let again = read(&place);
        std::fs::remove_file(&place).expect("a file");
        let (_, x) = golden(file, "x");
        let images = Images {
            count: x.len() / size[0] / size[1] / 3,
            pixels: x.into(),
            height: size[0],
            width: size[1],
        };
        let scores = |network: &Network| network.infer(&images, &[]).expect("a forward pass").logits;
        close(&scores(&again), &scores(&network));
    }
}

#[test]
fn layers_have_the_names_of_the_file() {
    let model = OnnxModel::read(&folder().join("tracing.onnx")).expect("a readable model");
    let imported = import(&model, &ImportOptions::default()).expect("a network that can be imported");
    for name in ["depthwise", "head", "/squeeze/Conv", "/MaxPool_output_0"] {
        assert!(imported.graph.tap(name).is_ok(), "{name}: {:?}", imported.graph.taps());
    }
}

#[test]
fn what_does_not_fit_is_said() {
    let model = OnnxModel::read(&folder().join("tracing.onnx")).expect("a readable model");
    let said = |options: ImportOptions| import(&model, &options).expect_err("does not fit").to_string();
    let input = ImportOptions { input: Some("image".into()), ..ImportOptions::default() };
    assert_eq!(said(input), "the network has no input `image`; it has `x`");
    let output = ImportOptions { output: Some("nothing".into()), ..ImportOptions::default() };
    assert_eq!(said(output), "no node computes the output `nothing` from the image; the network has `117`");
    let missing = OnnxModel::read(&folder().join("missing.onnx"));
    assert!(matches!(missing, Err(OnnxError::Read { .. })));
}

/// Writes a changed copy of a network, reads and imports it: an error or a network, never a panic.
fn survives(change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = std::fs::read(folder().join("channels-last.onnx")).expect("a model");
    change(&mut bytes);
    let place = std::env::temp_dir().join(format!("camlab-onnx-{}.onnx", std::process::id()));
    std::fs::write(&place, bytes).expect("a file");
    if let Ok(model) = OnnxModel::read(&place) {
        let _ = import(&model, &ImportOptions::default());
    }
    std::fs::remove_file(&place).expect("a file");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]
    #[test]
    fn damaged_files_are_refused_or_read(cut in any::<prop::sample::Index>(), flips in prop::collection::vec(
        (any::<prop::sample::Index>(), any::<u8>()), 0..6)) {
        survives(|bytes| {
            for (at, by) in &flips {
                let at = at.index(bytes.len());
                bytes[at] ^= by;
            }
            if flips.is_empty() {
                bytes.truncate(cut.index(bytes.len()));
            }
        });
    }
}
