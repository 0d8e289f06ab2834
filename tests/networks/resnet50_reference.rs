//! The ImageNet ResNet-50 against torch and torchcam on six photographs (`CAMLAB_SHARED`).

use std::sync::Arc;

use crate::support::photographs::{correlation, photograph, pretrained};
use crate::support::{relative_error, shared, tensor, to_nhwc};
use camlab::nn::Images;
use camlab::nn::checkpoint::Checkpoint;
use camlab::parts::cam::{Cam, CamOptions, Features, GradCam, LayerCam};
use camlab::raster::{Interpolation, resize};

/// Our names of the methods, and the peers'.
const METHODS: [(&str, &str); 3] = [("cam", "CAM"), ("grad-cam", "GradCAM"), ("layer-cam", "LayerCAM")];

fn cam(name: &str) -> Box<dyn Cam> {
    match name {
        "cam" => Box::new(CamOptions::default()),
        "grad-cam" => Box::new(GradCam::default()),
        _ => Box::new(LayerCam::default()),
    }
}

fn best(row: &[f32]) -> usize {
    (0..row.len()).max_by(|a, b| row[*a].total_cmp(&row[*b])).expect("classes")
}

#[test]
fn logits_activations_and_maps_agree_with_the_peers() {
    let Some(shared) = shared() else { return };
    let network = pretrained(&shared);
    let reference = shared.join("reference/resnet50");
    let maps = Checkpoint::read(&reference.join("maps.safetensors")).expect("readable references");
    let taps = ["layer3", "layer4"].map(|name| network.graph().tap(name).expect("a stage"));
    let mut compared = 0;
    // Two batches of three: less memory than one, and both more than one image.
    for batch in [[0, 1, 2], [3, 4, 5]] {
        let pixels =
            batch.iter().flat_map(|index| photograph(&reference.join(format!("{index}.png")))).collect();
        let images = Images { pixels: Arc::new(pixels), count: 3, height: 224, width: 224 };
        let predicted = |logits: &[f32]| -> Vec<usize> { logits.chunks(1000).map(best).collect() };
        let found = network.forward_with_gradients(&images, &taps, predicted).expect("a forward pass");
        for (at, index) in batch.iter().enumerate() {
            let logits = &found.logits[1000 * at..1000 * (at + 1)];
            let error = relative_error(logits, &tensor(&maps, &format!("{index}/logits")).data);
            assert!(error < 1e-3, "{index}/logits differ by {error}");
            for (tap, layer) in ["layer3", "layer4"].iter().enumerate() {
                let activation = &found.taps[tap];
                let wanted = &tensor(&maps, &format!("{index}/{layer}")).data;
                let wanted = to_nhwc(wanted, activation.channels, activation.height * activation.width);
                let error = relative_error(activation.image(at), &wanted);
                assert!(error < 1e-3, "{index}/{layer} differs by {error}");
                let class = best(logits);
                for (method, peers) in METHODS {
                    let features = Features {
                        activations: activation.image(at),
                        gradients: found.gradients[tap].image(at),
                        classifier: network.classifier_weights(class).expect("a class of the network"),
                        weights: &[],
                        image: [224; 2],
                        channels: activation.channels,
                        height: activation.height,
                        width: activation.width,
                    };
                    let native = cam(method).map(features);
                    let large = resize(&native, 224, 224, Interpolation::Bilinear);
                    // torchcam leaves its maps on the layer's grid, pytorch-grad-cam enlarges them.
                    for (peer, map) in [("torchcam", &native), ("pgc", &large)] {
                        let name = format!("{index}/{peer}/{peers}/{layer}");
                        let Some(wanted) = maps.tensors().get(&name) else { continue };
                        let alike = correlation(&map.data, &wanted.data);
                        assert!(alike > 0.9999, "{name} correlates at {alike}");
                        compared += 1;
                    }
                }
            }
        }
    }
    // cam at layer4 (torchcam); grad-cam and layer-cam at both layers, both peers.
    assert_eq!(compared, 6 * (1 + 2 * 2 * 2), "a peer's map is missing");
}
