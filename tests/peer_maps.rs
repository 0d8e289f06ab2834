//! The methods that look at one layer once, against pytorch-grad-cam's and torchcam's maps of six photographs
//! (`CAMLAB_SHARED`).

mod support;

use std::sync::Arc;

use camlab::nn::checkpoint::Checkpoint;
use camlab::nn::{Images, Network};
use camlab::parts::cam::{CamSpec, Features};
use camlab::raster::{Interpolation, Map, min_max, resize};
use support::photographs::{correlation, photograph, pretrained};
use support::{method, shared};

const LAYERS: [&str; 2] = ["layer3", "layer4"];

/// Our method and the peer's name for it. pytorch-grad-cam's principal components have whichever sign LAPACK returns:
/// there the better of both signs is compared.
const PEERS: &[(&[&str], &str)] = &[
    (&["'hires-cam'"], "pgc/HiResCAM"),
    (&["'element-wise-grad-cam'"], "pgc/GradCAMElementWise"),
    (&["'layer-cam'"], "pgc/LayerCAM"),
    (&["'layer-cam'"], "torchcam/LayerCAM"),
    (&["'xgrad-cam'"], "pgc/XGradCAM"),
    (&["'xgrad-cam'"], "torchcam/XGradCAM"),
    (&["{ 'grad-cam++' = { reading = 'pytorch-grad-cam' } }"], "pgc/GradCAMPlusPlus"),
    (&["{ 'grad-cam++' = { reading = 'torchcam' } }"], "torchcam/GradCAMpp"),
    (&["{ fem = { reading = 'pytorch-grad-cam' } }"], "pgc/FEM"),
    (&["'kpca-cam'"], "pgc/KPCA_CAM"),
    (&["'eigen-cam'", "{ eigen-cam = { sign = 'opposite-sum' } }"], "pgc/EigenCAM"),
    (&["'eigen-grad-cam'", "{ eigen-grad-cam = { sign = 'opposite-sum' } }"], "pgc/EigenGradCAM"),
];

fn best(row: &[f32]) -> usize {
    (0..row.len()).max_by(|a, b| row[*a].total_cmp(&row[*b])).expect("classes")
}

fn look(network: &Network, pixels: Vec<f32>) -> camlab::nn::Attribution {
    let taps = LAYERS.map(|name| network.graph().tap(name).expect("a stage"));
    let images = Images { pixels: Arc::new(pixels), count: 1, height: 224, width: 224 };
    let predicted = |logits: &[f32]| vec![best(logits)];
    network.forward_with_gradients(&images, &taps, predicted).expect("a pass")
}

/// Correlation and mean difference of the maps scaled to [0, 1].
fn compare(native: &Map, peer: &str, wanted: &[f32]) -> (f64, f64) {
    // torchcam leaves its maps on the layer's grid, pytorch-grad-cam enlarges them.
    let map = match peer.starts_with("pgc") {
        true => resize(native, 224, 224, Interpolation::Bilinear),
        false => native.clone(),
    };
    let found = min_max(&map).data;
    let wanted = min_max(&Map::new(map.height, map.width, wanted.to_vec())).data;
    let apart: f64 = found.iter().zip(&wanted).map(|(a, b)| f64::from((a - b).abs())).sum();
    (correlation(&found, &wanted), apart / found.len() as f64)
}

#[test]
fn maps_are_the_peers() {
    let Some(shared) = shared() else { return };
    let network = pretrained(&shared);
    let reference = shared.join("reference/resnet50");
    let maps = Checkpoint::read(&reference.join("maps.safetensors")).expect("readable references");
    let specs: Vec<Vec<CamSpec>> =
        PEERS.iter().map(|(ours, _)| ours.iter().map(|ours| method(ours)).collect()).collect();
    let mut worst = vec![(1.0f64, 0.0f64, 0); PEERS.len()];
    for index in 0..6 {
        let seen = look(&network, photograph(&reference.join(format!("{index}.png"))));
        for (tap, layer) in LAYERS.iter().enumerate() {
            let activation = &seen.taps[tap];
            let features = Features {
                activations: activation.image(0),
                gradients: seen.gradients[tap].image(0),
                classifier: &[],
                weights: &[],
                image: [224; 2],
                channels: activation.channels,
                height: activation.height,
                width: activation.width,
            };
            for ((spec, (_, peer)), worst) in specs.iter().zip(PEERS).zip(&mut worst) {
                let Some(wanted) = maps.tensors().get(&format!("{index}/{peer}/{layer}")) else { continue };
                let compare = |spec: &CamSpec| {
                    compare(&spec.cam().expect("a method that looks").map(features), peer, &wanted.data)
                };
                let (alike, apart) =
                    spec.iter().map(compare).max_by(|a, b| a.0.total_cmp(&b.0)).expect("a method");
                *worst = (worst.0.min(alike), worst.1.max(apart), worst.2 + 1);
            }
        }
    }
    for ((alike, apart, _), (ours, peer)) in worst.iter().zip(PEERS) {
        println!("{ours:?} against {peer}: correlation {alike:.7}, mean difference {apart:.2e}");
    }
    for ((alike, apart, compared), (ours, peer)) in worst.into_iter().zip(PEERS) {
        assert_eq!(compared, 12, "{peer}: a map is missing");
        assert!(alike > 0.999 && apart < 0.01, "{ours:?}, {peer}: correlation {alike}, difference {apart}");
    }
}
