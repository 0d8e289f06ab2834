//! Weights of a network without batch norm in the same network with batch norm.

use std::path::Path;
use std::sync::Arc;

use crate::support::backbone;
use camlab::nn::{Images, Network, checkpoint};
use camlab::parts::init::InitSpec;

fn logits(network: &Network) -> Vec<f32> {
    let pixels: Vec<f32> = (0..2 * 3 * 64 * 64).map(|at| (at * 7919 % 101) as f32 / 101.0 - 0.5).collect();
    let images = Images { pixels: Arc::new(pixels), count: 2, height: 64, width: 64 };
    network.infer(&images, &[]).expect("a forward pass").logits
}

fn pretrained(file: &Path) -> InitSpec {
    let options = serde_json::json!({ "pretrained": { "checkpoint": file, "without-batch-norm": true } });
    serde_json::from_value(options).expect("an initialisation")
}

/// Neutral batch norms divide by `sqrt(1 + eps)`: the network begins as the one without.
#[test]
fn a_network_with_batch_norm_starts_as_the_one_without() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("vgg11.safetensors");
    let plain = backbone("{ vgg11 = { classifier = \"gap-linear\" } }").build(5).expect("a backbone");
    let mut plain = Network::new(plain);
    InitSpec::KaimingNormal(Default::default()).apply(&mut plain, 3).expect("an initialisation");
    checkpoint::write(&file, &plain).expect("a checkpoint");

    let normed = backbone("{ vgg11_bn = { classifier = \"gap-linear\", bn-eps = 1e-6 } }").build(5);
    let mut normed = Network::new(normed.expect("a backbone"));
    pretrained(&file).apply(&mut normed, 0).expect("weights that fit");
    let (wanted, found) = (logits(&plain), logits(&normed));
    let largest = wanted.iter().fold(0.0f32, |a, b| a.max(b.abs()));
    for (wanted, found) in wanted.iter().zip(&found) {
        assert!((wanted - found).abs() < 1e-4 * largest, "{wanted} {found}");
    }

    // A file that has batch norms is refused, since their values would be lost.
    checkpoint::write(&file, &normed).expect("a checkpoint");
    let error = pretrained(&file).apply(&mut normed, 0).expect_err("a refusal").to_string();
    assert!(error.contains("`features.1.running_mean`") && error.contains("without-batch-norm"), "{error}");
}
