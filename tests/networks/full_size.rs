//! Full-size torchvision networks against files that `fixtures/golden/full-size/make.py` makes; see there.

use std::path::Path;

use crate::support::{backbone, gradients, images, relative_error, tensor, to_nhwc};
use camlab::nn::Network;
use camlab::nn::checkpoint::Checkpoint;
use camlab::nn::train::BatchNormMode;

#[test]
#[ignore = "needs files that fixtures/golden/full-size/make.py makes, gigabytes of them"]
fn whole_networks_agree_with_torchvision() {
    let folder = std::env::var_os("CAMLAB_FULL_SIZE").expect("CAMLAB_FULL_SIZE names the folder of make.py");
    let mut compared = 0;
    for name in ["resnet18", "resnet34", "resnet50", "resnet101", "vgg16", "vgg16_bn"] {
        if Path::new(&folder).join(format!("{name}.safetensors")).is_file() {
            compare(Path::new(&folder), name);
            compared += 1;
        }
    }
    assert!(compared > 0, "the folder has none of the networks");
}

fn compare(folder: &Path, name: &str) {
    let golden = Checkpoint::read(&folder.join(format!("{name}.safetensors"))).expect("readable numbers");
    let loaded = || {
        let mut network = Network::new(backbone(&format!("\"{name}\"")).build(1000).expect("a backbone"));
        let weights = Checkpoint::read(&folder.join(format!("{name}.pth"))).expect("a readable checkpoint");
        weights.load_into(&mut network).expect("weights that fit");
        network
    };
    let mut network = loaded();
    let images = images(tensor(&golden, "images"));
    let labels: Vec<usize> = tensor(&golden, "labels").data.iter().map(|label| *label as usize).collect();
    let last = if name.starts_with("vgg") { "features" } else { "layer4" };
    let tap = network.graph().tap(last).expect("a tap");
    let found = network.infer(&images, &[tap]).expect("a forward pass");
    let logits = relative_error(&found.logits, &tensor(&golden, "logits").data);
    let features = tensor(&golden, "features");
    let wanted = to_nhwc(&features.data, features.shape[1], features.shape[2] * features.shape[3]);
    let features = relative_error(&found.taps[0].data, &wanted);
    println!("{name}: logits {logits:.1e}, last features {features:.1e}");
    assert!(logits < 1e-4 && features < 1e-4, "{name}");

    let has_norms = golden.tensors().keys().any(|name| name.starts_with("batch/"));
    for (mode, prefix) in [(BatchNormMode::Affine, "running"), (BatchNormMode::Free, "batch")] {
        if prefix == "batch" && !has_norms {
            continue;
        }
        if prefix == "batch" {
            network = loaded();
        }
        let (loss, found) = gradients::of_parameters(&mut network, &images, &labels, mode);
        let loss = (loss - tensor(&golden, &format!("{prefix}/loss")).data[0]).abs();
        let one = |key: &str| f64::from(tensor(&golden, &format!("{prefix}/{key}")).data[0]);
        let (least, own) = (one("least"), one("own"));
        let mut worst = (0f64, "");
        for (parameter, gradient) in &found {
            let wanted = &tensor(&golden, &format!("{prefix}/{parameter}")).data;
            let error = distance(gradient, wanted, least);
            if error > worst.0 {
                worst = (error, parameter);
            }
        }
        println!(
            "{name}, {prefix} statistics: loss {loss:.1e}, gradients {:.1e} at most ({}), PyTorch's own f32 {own:.1e}",
            worst.0, worst.1
        );
        assert!(loss < 1e-4, "{name}: the loss differs by {loss}");
        // PyTorch's own f32 is off its f64 by `own`: small gradients are what is left of large ones.
        assert!(worst.0 < 3.0 * own + 1e-3, "{name}: the gradient of {} differs by {:.1e}", worst.1, worst.0);
    }
    if has_norms {
        let mut worst = 0f32;
        for (spec, value) in
            network.specs().iter().zip(network.values()).filter(|(spec, _)| spec.kind.is_buffer())
        {
            worst = worst.max(relative_error(value, &tensor(&golden, &format!("after/{}", spec.name)).data));
        }
        println!("{name}: running statistics behind a step {worst:.1e}");
        assert!(worst < 1e-4, "{name}: running statistics differ by {worst}");
    }
}

/// The length of the difference, as a share of the length of `wanted`, or of `least` where that is more.
fn distance(found: &[f32], wanted: &[f32], least: f64) -> f64 {
    assert_eq!(found.len(), wanted.len());
    let squares = |numbers: &mut dyn Iterator<Item = f64>| numbers.map(|x| x * x).sum::<f64>().sqrt();
    let difference = squares(&mut found.iter().zip(wanted).map(|(a, b)| f64::from(*a) - f64::from(*b)));
    difference / squares(&mut wanted.iter().map(|x| f64::from(*x))).max(least)
}
