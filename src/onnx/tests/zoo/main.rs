//! Networks that PyTorch exported (`benches/peers/export_zoo.py`), against PyTorch.

use std::path::PathBuf;

use camlab_nn::Images;
use camlab_nn::graph::NodeId;
use camlab_onnx::{ImportOptions, OnnxModel, export, import};
use safetensors::SafeTensors;

fn floats(file: &SafeTensors<'_>, name: &str) -> Option<(Vec<usize>, Vec<f32>)> {
    let view = file.tensor(name).ok()?;
    let values =
        view.data().chunks_exact(4).map(|bytes| f32::from_le_bytes(bytes.try_into().expect("four bytes")));
    Some((view.shape().to_vec(), values.collect()))
}

/// `[n, c, h, w]` as `[n, h, w, c]`.
fn channels_last(shape: &[usize], values: &[f32]) -> Vec<f32> {
    let [n, c, h, w] = shape[..] else { panic!("not images") };
    let at = |index: usize| {
        let (pixel, channel) = (index / c, index % c);
        (pixel / (h * w) * c + channel) * h * w + pixel % (h * w)
    };
    (0..n * c * h * w).map(|index| values[at(index)]).collect()
}

fn error(found: &[f32], wanted: &[f32]) -> f32 {
    let scale = wanted.iter().fold(f32::MIN_POSITIVE, |most, x| most.max(x.abs()));
    found.iter().zip(wanted).fold(0.0f32, |most, (a, b)| most.max((a - b).abs())) / scale
}

#[test]
#[ignore = "needs CAMLAB_ZOO, a folder of exported networks (.ci/extra zoo)"]
fn exported_networks_compute_what_pytorch_does() {
    let folder = PathBuf::from(std::env::var_os("CAMLAB_ZOO").expect("CAMLAB_ZOO"));
    let mut files: Vec<PathBuf> = std::fs::read_dir(&folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|end| end == "onnx"))
        .collect();
    files.sort();
    assert!(!files.is_empty());
    let mut failed = Vec::new();
    for path in &files {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let network = name.split('.').next().expect("a name");
        let bytes = std::fs::read(folder.join(format!("{network}.safetensors"))).expect("references");
        let file = SafeTensors::deserialize(&bytes).expect("references");
        let (shape, x) = floats(&file, "x").expect("images");
        let images = Images {
            pixels: channels_last(&shape, &x).into(),
            count: shape[0],
            height: shape[2],
            width: shape[3],
        };
        let result = OnnxModel::read(path).and_then(|model| import(&model, &ImportOptions::default()));
        let imported = match result {
            Ok(imported) => imported,
            Err(reason) => {
                println!("{name}: {reason}");
                failed.push(name);
                continue;
            }
        };
        let network = imported.network().expect("values of its parameters");
        let gradient = floats(&file, "gradient");
        let taps: &[NodeId] = if gradient.is_some() { &[NodeId(0)] } else { &[] };
        let found = network.forward_with_gradients(&images, taps, |_| vec![7; images.count]).expect("a pass");
        let of_logits = error(&found.logits, &floats(&file, "logits").expect("logits").1);
        let of_gradient =
            gradient.map(|(shape, wanted)| error(&found.gradients[0].data, &channels_last(&shape, &wanted)));
        let exported = folder.join("exported");
        std::fs::create_dir_all(&exported).expect("a folder");
        export(&network, [images.height, images.width], &exported.join(&name)).expect("a written network");
        println!(
            "{name}: logits {of_logits:e}, gradient {of_gradient:?}, {} nodes",
            network.graph().nodes().len()
        );
        if of_logits > 1e-4 || of_gradient.is_some_and(|error| error > 1e-4) {
            failed.push(name);
        }
    }
    assert!(failed.is_empty(), "{failed:?}");
}
