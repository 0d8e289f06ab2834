//! The ImageNet ResNet-50 and its photographs, which lie in `CAMLAB_SHARED`.
#![allow(dead_code, reason = "each test binary uses a part")]

use std::path::Path;

use camlab::nn::Network;
use camlab::nn::checkpoint::Checkpoint;

use super::backbone;

const MEAN: [f32; 3] = [123.68, 116.779, 103.939];

/// The network with its weights.
pub fn pretrained(shared: &Path) -> Network {
    let backbone = backbone("{ resnet50 = { variant = \"v1\", bn-eps = 1e-3 } }");
    let mut network = Network::new(backbone.build(1000).expect("a buildable backbone"));
    let weights = Checkpoint::read(&shared.join("weights/resnet50-v1-imagenet.safetensors"));
    weights.expect("readable weights").load_into(&mut network).expect("weights that fit");
    network
}

/// One photograph as the network takes it, `[224, 224, 3]`.
pub fn photograph(path: &Path) -> Vec<f32> {
    let image = image::open(path).expect("a readable photograph").to_rgb8();
    assert_eq!(image.dimensions(), (224, 224));
    pixels(&image)
}

/// A photograph of any size, squashed.
pub fn resized(path: &Path) -> Vec<f32> {
    let image = image::open(path).expect("a readable photograph");
    pixels(&image.resize_exact(224, 224, image::imageops::FilterType::Triangle).to_rgb8())
}

fn pixels(image: &image::RgbImage) -> Vec<f32> {
    let pixels = image.pixels();
    pixels.flat_map(|pixel| [0, 1, 2].map(|channel| f32::from(pixel.0[channel]) - MEAN[channel])).collect()
}

/// Pearson's correlation.
pub fn correlation(a: &[f32], b: &[f32]) -> f64 {
    let mean = |x: &[f32]| x.iter().map(|v| f64::from(*v)).sum::<f64>() / x.len() as f64;
    let (ma, mb) = (mean(a), mean(b));
    let product = |x: &[f32], mx: f64, y: &[f32], my: f64| -> f64 {
        x.iter().zip(y).map(|(x, y)| (f64::from(*x) - mx) * (f64::from(*y) - my)).sum()
    };
    product(a, ma, b, mb) / (product(a, ma, a, ma) * product(b, mb, b, mb)).sqrt()
}
