//! Published networks as they are, against what PyTorch and ONNX Runtime compute of them (`reference/onnx` of
//! `CAMLAB_SHARED`).

use std::path::{Path, PathBuf};

use camlab_nn::{Images, Network};
use camlab_onnx::{ImageLayout, ImportOptions, Imported, OnnxModel, import};
use safetensors::SafeTensors;

fn shared() -> Option<PathBuf> {
    let shared = std::env::var_os("CAMLAB_SHARED").map(PathBuf::from);
    if shared.is_none() {
        println!("skipped: CAMLAB_SHARED is not set");
    }
    shared
}

fn imported(shared: &Path, file: &str) -> (Network, Imported) {
    let model = OnnxModel::read(&shared.join("models").join(file)).expect("a readable model");
    let imported = import(&model, &ImportOptions::default()).expect("a network that can be imported");
    (imported.network().expect("values of its parameters"), imported)
}

/// Photographs scaled by `(x / 255 - mean) / deviation`.
fn photographs(paths: &[PathBuf], mean: f32, deviation: f32) -> Images {
    let mut pixels = Vec::new();
    let (mut height, mut width) = (0, 0);
    for path in paths {
        let image = image::open(path).expect("a readable photograph").to_rgb8();
        (width, height) = (image.width() as usize, image.height() as usize);
        pixels.extend(image.as_raw().iter().map(|byte| (f32::from(*byte) / 255.0 - mean) / deviation));
    }
    Images { pixels: pixels.into(), count: paths.len(), height, width }
}

fn tensor(file: &SafeTensors<'_>, name: &str) -> Vec<f32> {
    let view = file.tensor(name).expect("a reference");
    view.data()
        .chunks_exact(4)
        .map(|bytes| f32::from_le_bytes(bytes.try_into().expect("four bytes")))
        .collect()
}

fn correlation(a: &[f32], b: &[f32]) -> f64 {
    let mean = |x: &[f32]| x.iter().map(|value| f64::from(*value)).sum::<f64>() / x.len() as f64;
    let (p, q) = (mean(a), mean(b));
    let product = |x: &[f32], p: f64, y: &[f32], q: f64| -> f64 {
        x.iter().zip(y).map(|(x, y)| (f64::from(*x) - p) * (f64::from(*y) - q)).sum()
    };
    product(a, p, b, q) / (product(a, p, a, p) * product(b, q, b, q)).sqrt()
}

/// Logits, and Grad-CAM and LayerCAM at some layers, for six photographs.
fn check(network: &Network, images: &Images, reference: &[u8], model: &str, layers: &[(&str, &str)]) {
    let file = SafeTensors::deserialize(reference).expect("references");
    let taps: Vec<_> = layers.iter().map(|(layer, _)| network.graph().tap(layer).expect("a layer")).collect();
    let classes = network.graph().classes().expect("a classifier");
    let best = |logits: &[f32]| (0..classes).max_by(|a, b| logits[*a].total_cmp(&logits[*b])).unwrap_or(0);
    let found = network
        .forward_with_gradients(images, &taps, |logits| logits.chunks(classes).map(best).collect())
        .expect("a forward and a backward pass");
    for image in 0..images.count {
        let wanted = tensor(&file, &format!("{model}/{image}/logits"));
        let logits = &found.logits[image * classes..][..classes];
        let scale = wanted.iter().fold(0.0f32, |most, x| most.max(x.abs()));
        let error = logits.iter().zip(&wanted).fold(0.0f32, |most, (a, b)| most.max((a - b).abs())) / scale;
        assert!(error < 1e-4, "{model}: the logits of image {image} differ by {error}");
        for (at, (_, name)) in layers.iter().enumerate() {
            let channels = found.taps[at].channels;
            let (values, gradients) = (found.taps[at].image(image), found.gradients[at].image(image));
            let mut weights = vec![0.0f32; channels];
            gradients.iter().enumerate().for_each(|(at, gradient)| weights[at % channels] += gradient);
            let pixels = || values.chunks(channels).zip(gradients.chunks(channels));
            let grad_cam: Vec<f32> = pixels()
                .map(|(x, _)| x.iter().zip(&weights).map(|(x, weight)| x * weight).sum::<f32>().max(0.0))
                .collect();
            let layer_cam: Vec<f32> = pixels()
                .map(|(x, gradient)| x.iter().zip(gradient).map(|(x, gradient)| x * gradient.max(0.0)).sum())
                .collect();
            for (method, map) in [("grad-cam", grad_cam), ("layer-cam", layer_cam)] {
                let wanted = tensor(&file, &format!("{model}/{image}/{name}/{method}"));
                let similarity = correlation(&map, &wanted);
                assert!(similarity > 0.9999, "{model}, image {image}, {name}, {method}: {similarity}");
            }
        }
    }
}

#[test]
fn efficientnet_lite0_by_the_tracing_exporter() {
    let Some(shared) = shared() else { return };
    let (network, imported) = imported(&shared, "efficientnet-lite0.onnx");
    assert_eq!((imported.size, imported.layout), ([224; 2], ImageLayout::ChannelsFirst));
    assert_eq!(imported.softmax, None);
    let paths: Vec<PathBuf> =
        (0..6).map(|image| shared.join(format!("reference/resnet50/{image}.png"))).collect();
    let images = photographs(&paths, 127.0 / 255.0, 128.0 / 255.0);
    let reference = std::fs::read(shared.join("reference/onnx/maps.safetensors")).expect("references");
    let layers = [("/_swish_1/Clip_output_0", "head"), ("/_blocks.10/Add_output_0", "b10")];
    check(&network, &images, &reference, "efficientnet-lite0", &layers);
}

#[test]
fn a_vgg_of_keras_with_channels_last() {
    let Some(shared) = shared() else { return };
    let (network, imported) = imported(&shared, "brain-mri-vgg16.onnx");
    assert_eq!((imported.size, imported.layout), ([240; 2], ImageLayout::ChannelsLast));
    assert_eq!(imported.softmax.as_deref(), Some("functional_1/dense_3_1/Softmax"));
    let paths: Vec<PathBuf> =
        (0..6).map(|image| shared.join(format!("reference/onnx/mri-{image}.png"))).collect();
    let images = photographs(&paths, 0.0, 1.0);
    let reference = std::fs::read(shared.join("reference/onnx/maps.safetensors")).expect("references");
    let layers = ["functional_1/block5_conv3_1/Relu:0", "functional_1/block4_conv3_1/Relu:0"];
    check(&network, &images, &reference, "brain-mri-vgg16", &layers.map(|layer| (layer, layer)));
}
