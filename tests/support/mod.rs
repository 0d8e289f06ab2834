//! Helpers of the network tests.
#![allow(dead_code, reason = "each test binary uses a part")]

pub mod gradients;
pub mod layered;
pub mod photographs;
pub mod small;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use camlab::config::FromToml;
use camlab::nn::checkpoint::{Checkpoint, StoredTensor};
use camlab::nn::graph::{Graph, ParameterKind};
use camlab::nn::{Images, Network};
use camlab::parts::backbone::BackboneSpec;
use camlab::parts::cam::CamSpec;

/// The golden tensors of `fixtures/golden/resnet/<file>`.
pub fn golden(file: &str) -> Checkpoint {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/golden/resnet").join(file);
    Checkpoint::read(&path).expect("the golden file is readable")
}

/// A golden tensor by name.
pub fn tensor<'a>(golden: &'a Checkpoint, name: &str) -> &'a StoredTensor {
    golden.tensors().get(name).unwrap_or_else(|| panic!("golden tensor {name}"))
}

/// Golden tensors that are called `FILE/NAME`, by file and name.
pub fn tensors_by_file(golden: &Path) -> BTreeMap<String, BTreeMap<String, StoredTensor>> {
    let all = Checkpoint::read(golden).expect("readable tensors");
    let mut files: BTreeMap<String, BTreeMap<String, StoredTensor>> = BTreeMap::new();
    for (name, tensor) in all.tensors() {
        let (file, name) = name.split_once('/').expect("a file and a name");
        files.entry(file.into()).or_default().insert(name.into(), tensor.clone());
    }
    files
}

/// Golden images, `[n, c, h, w]` in the file.
pub fn images(stored: &StoredTensor) -> Images {
    let [count, channels, height, width] = stored.shape[..] else { panic!("images have four dimensions") };
    let pixels = to_nhwc(&stored.data, channels, height * width);
    Images { pixels: Arc::new(pixels), count, height, width }
}

/// Images of torch's order, `[n, channels, pixels]`, in ours.
pub fn to_nhwc(data: &[f32], channels: usize, pixels: usize) -> Vec<f32> {
    let at = |index: usize| {
        let (channel, pixel, image) =
            (index % channels, index / channels % pixels, index / channels / pixels);
        data[(image * channels + channel) * pixels + pixel]
    };
    (0..data.len()).map(at).collect()
}

/// Arbitrary numbers in (-1, 1).
pub fn numbers(len: usize, seed: u32) -> Vec<f32> {
    let number = |at: u32| (at.wrapping_mul(2_654_435_761) ^ seed.wrapping_mul(0x9E37_79B9)) as f32;
    (0..len as u32).map(|at| number(at.wrapping_add(seed)) / u32::MAX as f32 * 2.0 - 1.0).collect()
}

/// A network with arbitrary parameters, of sizes at which activations neither grow nor vanish.
pub fn drawn_network(graph: Graph) -> Network {
    let mut network = Network::new(graph);
    for (seed, spec) in network.specs().to_vec().iter().enumerate() {
        let fan: usize = spec.shape.iter().skip(1).product();
        let scale = match spec.kind {
            ParameterKind::ConvWeight | ParameterKind::LinearWeight => (6.0 / fan as f32).sqrt(),
            _ => 0.2,
        };
        let draws = numbers(spec.elements(), seed as u32 + 1).into_iter();
        let values = draws.map(|draw| spec.kind.neutral() + scale * draw).collect();
        network.set(&spec.name, values).expect("a value that fits");
    }
    network
}

/// A backbone from its TOML value.
pub fn backbone(toml: &str) -> BackboneSpec {
    BackboneSpec::from_toml(toml).expect("a valid backbone")
}

/// A CAM method from its TOML value.
pub fn method(toml: &str) -> CamSpec {
    CamSpec::from_toml(toml).expect("a valid method")
}

/// A network with the golden state whose names start with `prefix`.
pub fn network(toml: &str, classes: usize, golden: &Checkpoint, prefix: &str) -> Network {
    let mut state = Checkpoint::new(prefix);
    for (name, tensor) in golden.tensors() {
        if let Some(name) = name.strip_prefix(prefix) {
            state.insert(name, tensor.shape.clone(), tensor.data.clone());
        }
    }
    let mut network = Network::new(backbone(toml).build(classes).expect("a buildable backbone"));
    state.load_into(&mut network).expect("the golden state fits");
    network
}

/// The largest difference, relative to the largest magnitude of `wanted`.
pub fn relative_error(found: &[f32], wanted: &[f32]) -> f32 {
    assert_eq!(found.len(), wanted.len());
    let scale = wanted.iter().fold(0f32, |max, x| max.max(x.abs()));
    let error = found.iter().zip(wanted).fold(0f32, |max, (a, b)| max.max((a - b).abs()));
    error / scale.max(f32::MIN_POSITIVE)
}

/// `CAMLAB_SHARED`, or a notice and `None`.
pub fn shared() -> Option<PathBuf> {
    match std::env::var_os("CAMLAB_SHARED") {
        Some(path) => Some(PathBuf::from(path)),
        None => {
            eprintln!("skipped: CAMLAB_SHARED is not set");
            None
        }
    }
}
