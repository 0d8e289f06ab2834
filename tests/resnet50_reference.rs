//! The ImageNet ResNet-50 against torch and torchcam on six photographs (`CAMLAB_SHARED`).

mod support;

use std::path::Path;
use std::sync::Arc;

use camlab::nn::checkpoint::Checkpoint;
use camlab::nn::{Activation, Images, Network};
use support::{backbone, relative_error, shared, tensor};

const MEAN: [f32; 3] = [123.68, 116.779, 103.939];

fn pretrained(shared: &Path) -> Network {
    let backbone = backbone("{ resnet50 = { variant = \"v1\", bn-eps = 1e-3 } }");
    let mut network = Network::new(backbone.build(1000).expect("a buildable backbone"));
    let weights = Checkpoint::read(&shared.join("weights/resnet50-v1-imagenet.safetensors"));
    weights.expect("readable weights").load_into(&mut network).expect("weights that fit");
    network
}

fn photograph(path: &Path) -> Vec<f32> {
    let image = image::open(path).expect("a readable photograph").to_rgb8();
    assert_eq!(image.dimensions(), (224, 224));
    let plane = |channel: usize| image.pixels().map(move |pixel| f32::from(pixel.0[channel]) - MEAN[channel]);
    (0..3).flat_map(plane).collect()
}

/// Selvaraju et al. 2017, equations 1 and 2: ReLU of the channels' sum, weighted by their mean gradients.
fn grad_cam(activation: &Activation, gradient: &Activation, image: usize) -> Vec<f32> {
    let pixels = activation.height * activation.width;
    let mut map = vec![0f32; pixels];
    let channels = activation.image(image).chunks(pixels).zip(gradient.image(image).chunks(pixels));
    for (channel, gradient) in channels {
        let weight = gradient.iter().sum::<f32>() / pixels as f32;
        map.iter_mut().zip(channel).for_each(|(sum, value)| *sum += weight * value);
    }
    map.iter().map(|value| value.max(0.0)).collect()
}

fn correlation(a: &[f32], b: &[f32]) -> f64 {
    let mean = |x: &[f32]| x.iter().map(|v| f64::from(*v)).sum::<f64>() / x.len() as f64;
    let (ma, mb) = (mean(a), mean(b));
    let product = |x: &[f32], mx: f64, y: &[f32], my: f64| -> f64 {
        x.iter().zip(y).map(|(x, y)| (f64::from(*x) - mx) * (f64::from(*y) - my)).sum()
    };
    product(a, ma, b, mb) / (product(a, ma, a, ma) * product(b, mb, b, mb)).sqrt()
}

#[test]
fn logits_activations_and_grad_cam_agree_with_the_peers() {
    let Some(shared) = shared() else { return };
    let network = pretrained(&shared);
    let reference = shared.join("reference/resnet50");
    let maps = Checkpoint::read(&reference.join("maps.safetensors")).expect("readable references");
    let taps = ["layer3", "layer4"].map(|name| network.graph().tap(name).expect("a stage"));
    // Two batches of three: less memory than one, and both more than one image.
    for batch in [[0, 1, 2], [3, 4, 5]] {
        let pixels =
            batch.iter().flat_map(|index| photograph(&reference.join(format!("{index}.png")))).collect();
        let images = Images { pixels: Arc::new(pixels), count: 3, height: 224, width: 224 };
        let predicted = |logits: &[f32]| -> Vec<usize> {
            let best =
                |row: &[f32]| (0..row.len()).max_by(|a, b| row[*a].total_cmp(&row[*b])).expect("classes");
            logits.chunks(1000).map(best).collect()
        };
        let found = network.forward_with_gradients(&images, &taps, predicted).expect("a forward pass");
        for (at, index) in batch.iter().enumerate() {
            let logits = &found.logits[1000 * at..1000 * (at + 1)];
            let error = relative_error(logits, &tensor(&maps, &format!("{index}/logits")).data);
            assert!(error < 1e-3, "{index}/logits differ by {error}");
            for (tap, layer) in ["layer3", "layer4"].iter().enumerate() {
                let activation = &found.taps[tap];
                let error =
                    relative_error(activation.image(at), &tensor(&maps, &format!("{index}/{layer}")).data);
                assert!(error < 1e-3, "{index}/{layer} differs by {error}");
                let map = grad_cam(activation, &found.gradients[tap], at);
                let wanted = tensor(&maps, &format!("{index}/torchcam/GradCAM/{layer}"));
                let alike = correlation(&map, &wanted.data);
                assert!(alike > 0.9999, "{index}: Grad-CAM at {layer} correlates at {alike}");
                println!("{index} {layer}: activations {error:.1e}, Grad-CAM {alike:.7}");
            }
        }
    }
}
