//! CAM under an affine head: its class maps, and how confident they are at every position.

use crate::support::{method, relative_error, small, tensor, to_nhwc};
use camlab::engine::Precision;
use camlab::explain::CamExtractor;
use camlab::nn::checkpoint::Checkpoint;
use camlab::nn::graph::Head;
use camlab::nn::{Classifier, Network};
use camlab::parts::cam::{Cam as _, CamOptions, Confidence, Features};

#[test]
fn confidences_are_torchs_softmax_over_the_classes() {
    let file = std::path::Path::new("fixtures/golden/training/training.safetensors");
    let golden = Checkpoint::read(file).expect("the golden file is readable");
    let nhwc = |name: &str, channels: usize| to_nhwc(&tensor(&golden, name).data, channels, 20);
    let features = nhwc("head/features", 6);
    let (maps, confidences) = (nhwc("head/maps", 4), nhwc("head/confidences", 4));
    let (weights, biases) = (&tensor(&golden, "head/mu").data, &tensor(&golden, "head/gamma").data);
    for image in 0..3 {
        for class in 0..4 {
            let features = Features {
                activations: &features[image * 120..][..120],
                gradients: &[],
                classifier: &weights[class * 6..][..6],
                weights: &[],
                image: [50, 40],
                channels: 6,
                height: 5,
                width: 4,
            };
            let of = |values: &[f32]| -> Vec<f32> {
                values[image * 80..][..80].iter().skip(class).step_by(4).copied().collect()
            };
            let plain = CamOptions::default();
            let softmax = CamOptions { confidence: Confidence::Softmax, ..plain.clone() };
            let affine = Classifier { weights, biases, at_positions: true };
            let linear = Classifier { at_positions: false, ..affine };
            assert!(relative_error(&plain.map_of(features, affine, class).data, &of(&maps)) < 1e-6);
            for head in [affine, linear] {
                let map = softmax.map_of(features, head, class);
                assert!(relative_error(&map.data, &of(&confidences)) < 1e-6);
            }
            // Without an affine head, CAM is what it always was: the bias is no part of it.
            let bare: Vec<f32> = of(&maps).iter().map(|value| value - biases[class]).collect();
            assert!(relative_error(&plain.map_of(features, linear, class).data, &bare) < 1e-5);
        }
    }
}

/// The small network under an affine head with the same weights.
fn affine(network: &Network) -> Network {
    let mut state = Checkpoint::new("the linear head");
    for (spec, value) in network.specs().iter().zip(network.values()) {
        state.insert(&spec.name, spec.shape.clone(), value.to_vec());
    }
    let mut affine = Network::new(network.graph().with_head(Head::Affine));
    state.load_into(&mut affine).expect("a linear layer is a 1x1 convolution");
    affine
}

#[test]
fn what_is_seen_through_an_affine_head_are_the_networks_own_class_maps() {
    let linear = small::network();
    let (affine, images) = (affine(&linear), small::images(3));
    let fc = affine.graph().tap("fc").expect("the class maps");
    let own = affine.infer(&images, &[fc]).expect("a pass");
    let look = |network: &Network, cam: &str, class| {
        let extractor = CamExtractor::new(network, &method(cam), "last", Precision::F32, small::SIZE, 3)
            .expect("a extractor");
        extractor.maps(&images, Some(class)).expect("maps")
    };
    let (scores, same) = (own.logits, linear.infer(&images, &[]).expect("a pass").logits);
    assert!(relative_error(&scores, &same) < 1e-6);
    for class in 0..small::CLASSES {
        let seen = look(&affine, "\"cam\"", class);
        for (image, output) in seen.iter().enumerate() {
            let map: Vec<f32> =
                own.taps[0].image(image).iter().skip(class).step_by(small::CLASSES).copied().collect();
            assert!(relative_error(&output.map.data, &map) < 1e-5);
            // The class score is the map's mean.
            let mean = output.map.data.iter().sum::<f32>() / output.map.data.len() as f32;
            assert!((mean - scores[image * small::CLASSES + class]).abs() < 1e-5);
            assert!((output.logits[class] - scores[image * small::CLASSES + class]).abs() < 1e-5);
        }
        // Both heads are equally confident, and other methods see no difference.
        for cam in
            ["{ cam = { confidence = \"softmax\" } }", "\"grad-cam\"", "\"score-cam\"", "\"ablation-cam\""]
        {
            let (one, other) = (look(&affine, cam, class), look(&linear, cam, class));
            for (one, other) in one.iter().zip(&other) {
                let error = relative_error(&one.map.data, &other.map.data);
                assert!(error < 1e-4, "{cam}: {error}");
            }
        }
    }
}

#[test]
fn class_maps_can_be_looked_at_by_methods_that_take_gradients() {
    let (network, images) = (affine(&small::network()), small::images(2));
    let extractor =
        CamExtractor::new(&network, &method("\"grad-cam\""), "fc", Precision::F32, small::SIZE, 2)
            .expect("a extractor");
    // The score is the mean of its own map, so that only this map counts: Grad-CAM's is it without what is negative.
    let fc = network.graph().tap("fc").expect("the class maps");
    let own = network.infer(&images, &[fc]).expect("a pass");
    let mut compared = 0;
    for class in 0..small::CLASSES {
        for (image, output) in extractor.maps(&images, Some(class)).expect("maps").iter().enumerate() {
            let values = own.taps[0].image(image).iter().skip(class).step_by(small::CLASSES);
            let map: Vec<f32> = values.map(|value| value.max(0.0) / (output.map.data.len() as f32)).collect();
            if map.iter().any(|value| *value > 0.0) {
                assert!(relative_error(&output.map.data, &map) < 1e-4);
                compared += 1;
            } else {
                assert!(output.map.data.iter().all(|value| *value == 0.0));
            }
        }
    }
    assert!(compared > 0, "no class map has anything positive");
}
