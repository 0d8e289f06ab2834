//! Every map that pytorch-grad-cam and torchcam made of the six photographs of `CAMLAB_SHARED`, against ours; and of
//! more images, layers and networks where `CAMLAB_PEER_MAPS` names a folder (`fixtures/golden/peer-maps/make.py`).

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use crate::support::photographs::{correlation, photograph, pretrained};
use crate::support::{images, method, relative_error, shared, to_nhwc};
use camlab::config::MapOptions;
use camlab::engine::Precision;
use camlab::explain::CamExtractor;
use camlab::nn::checkpoint::Checkpoint;
use camlab::nn::{Activation, Images, Network};
use camlab::parts::cam::{CamSpec, Combine, Features, Needs};
use camlab::raster::{Interpolation, Map, min_max, resize};

/// Variants that give the peer's map: several where the peer's sign is what LAPACK returned, and the better one is compared.
struct Counterpart {
    peer: &'static str,
    ours: &'static [&'static str],
    /// Takes thousands of passes: compared by the ignored test alone.
    slow: bool,
}

const fn quick(peer: &'static str, ours: &'static [&'static str]) -> Counterpart {
    Counterpart { peer, ours, slow: false }
}

const fn slow(peer: &'static str, ours: &'static [&'static str]) -> Counterpart {
    Counterpart { peer, ours, slow: true }
}

const COUNTERPARTS: &[Counterpart] = &[
    quick("pgc/GradCAM", &["'grad-cam'"]),
    quick("pgc/HiResCAM", &["'hires-cam'"]),
    quick("pgc/GradCAMElementWise", &["'element-wise-grad-cam'"]),
    quick("pgc/GradCAMPlusPlus", &["{ 'grad-cam++' = { reading = 'pytorch-grad-cam' } }"]),
    quick("pgc/XGradCAM", &["'xgrad-cam'"]),
    quick("pgc/LayerCAM", &["'layer-cam'"]),
    quick("pgc/EigenCAM", &["'eigen-cam'", "{ eigen-cam = { sign = 'opposite-sum' } }"]),
    quick("pgc/EigenGradCAM", &["'eigen-grad-cam'", "{ eigen-grad-cam = { sign = 'opposite-sum' } }"]),
    quick("pgc/KPCA_CAM", &["'kpca-cam'"]),
    quick("pgc/FEM", &["{ fem = { reading = 'pytorch-grad-cam' } }"]),
    quick("pgc/ShapleyCAM", &["{ shapley-cam = { utility = 'logit' } }"]),
    quick("pgc/FinerCAM", &["{ finer-cam = { alpha = 1.0, average = 'probability' } }"]),
    // Made with a target given, which turns pytorch-grad-cam's FinerCAM into its base method.
    quick("given/pgc/FinerCAM", &["{ finer-cam = { alpha = 0.0 } }"]),
    quick(
        "pgc/RefineCAM",
        &["{ refine-cam = { base = { 'grad-cam++' = { reading = 'pytorch-grad-cam' } } } }"],
    ),
    quick("torchcam/CAM", &["'cam'"]),
    quick("torchcam/GradCAM", &["'grad-cam'"]),
    quick("torchcam/GradCAMpp", &["{ 'grad-cam++' = { reading = 'torchcam' } }"]),
    quick("torchcam/XGradCAM", &["'xgrad-cam'"]),
    quick("torchcam/LayerCAM", &["'layer-cam'"]),
    slow("pgc/ScoreCAM", &["{ score-cam = { score = 'logit', align-corners = true } }"]),
    slow("torchcam/ScoreCAM", &["{ score-cam = { score = 'logit', normalise = 'before-upsampling' } }"]),
    slow("pgc/AblationCAM", &["'ablation-cam'"]),
];

/// One network and its images, looked at layer by layer.
struct Subject {
    network: Network,
    images: Images,
    seen: BTreeMap<String, (Activation, Activation)>,
}

impl Subject {
    fn new(network: Network, images: Images) -> Self {
        Self { network, images, seen: BTreeMap::new() }
    }

    /// Activations and gradients of the predicted class.
    fn layer(&mut self, layer: &str) -> &(Activation, Activation) {
        let (network, images) = (&self.network, &self.images);
        self.seen.entry(layer.to_owned()).or_insert_with(|| {
            let tap = network.graph().tap(layer).expect("a layer");
            let best =
                |row: &[f32]| (0..row.len()).max_by(|a, b| row[*a].total_cmp(&row[*b])).expect("classes");
            let predicted = |logits: &[f32]| logits.chunks(logits.len() / images.count).map(best).collect();
            let mut seen = network.forward_with_gradients(images, &[tap], predicted).expect("a pass");
            (seen.taps.remove(0), seen.gradients.remove(0))
        })
    }

    /// A method's maps of every image, at one layer or several that are joined.
    fn maps(&mut self, method: &CamSpec, layers: &str) -> Vec<Map> {
        let cam = method.cam().expect("a method that looks");
        let several: Vec<String> = layers.split('+').map(str::to_owned).collect();
        if several.len() == 1 && matches!(cam.needs(), Needs::Activations | Needs::Gradients) {
            let count = self.images.count;
            let (activations, gradients) = self.layer(layers);
            let features = |image| Features {
                activations: activations.image(image),
                gradients: gradients.image(image),
                classifier: &[],
                weights: &[],
                image: [224; 2],
                channels: activations.channels,
                height: activations.height,
                width: activations.width,
            };
            return (0..count).map(|image| cam.map(features(image))).collect();
        }
        let combine = (several.len() > 1).then_some(Combine::Mean);
        let look = MapOptions { combine, ..MapOptions::default() };
        let (size, count) = ([self.images.height, self.images.width], self.images.count);
        let extractor =
            CamExtractor::with(&self.network, method, &several, &look, Precision::F32, size, count);
        let outputs = extractor.expect("layers").maps(&self.images, None).expect("maps");
        outputs.into_iter().map(|output| output.map).collect()
    }
}

/// Correlation and mean difference of the maps scaled to [0, 1], at the size of the peer's.
fn compare(native: &Map, wanted: &[f32], side: usize) -> (f64, f64) {
    let map = match native.height == side {
        true => native.clone(),
        false => resize(native, side, side, Interpolation::Bilinear),
    };
    let found = min_max(&map).data;
    let wanted = min_max(&Map::new(side, side, wanted.to_vec())).data;
    let apart: f64 = found.iter().zip(&wanted).map(|(a, b)| f64::from((a - b).abs())).sum();
    let apart = apart / found.len() as f64;
    // A map without a positive value is 0 everywhere, and correlates with nothing.
    if wanted.iter().all(|value| *value == 0.0) {
        return (if apart == 0.0 { 1.0 } else { 0.0 }, apart);
    }
    (correlation(&found, &wanted), apart)
}

/// `peer/method` and layers of the keys `image/peer/method/layers`, with the images that have them.
fn keys<'a>(names: impl Iterator<Item = &'a String>) -> BTreeMap<(String, String), Vec<usize>> {
    let mut found: BTreeMap<(String, String), Vec<usize>> = BTreeMap::new();
    for name in names {
        if let [image, peer, method, layers] = name.split('/').collect::<Vec<_>>()[..]
            && let Ok(image) = image.parse()
        {
            found.entry((format!("{peer}/{method}"), layers.to_owned())).or_default().push(image);
        }
    }
    found
}

/// Compares every map of a file; `given` says that FinerCAM had a target given.
fn check(subject: &mut Subject, peers: &Checkpoint, given: bool, slow: bool) {
    let mut wrong = Vec::new();
    for ((peer, layers), which) in keys(peers.tensors().keys()) {
        let name = if given && peer == "pgc/FinerCAM" { format!("given/{peer}") } else { peer.clone() };
        let Some(counterpart) = COUNTERPARTS.iter().find(|counterpart| counterpart.peer == name) else {
            wrong.push(format!("{peer} at {layers}: nothing of ours is compared with it"));
            continue;
        };
        if counterpart.slow != slow {
            continue;
        }
        let ours: Vec<Vec<Map>> =
            counterpart.ours.iter().map(|toml| subject.maps(&method(toml), &layers)).collect();
        let (mut least, mut most) = (1.0f64, 0.0f64);
        for image in which {
            let wanted = &peers.tensors()[&format!("{image}/{peer}/{layers}")];
            let side = *wanted.shape.last().expect("rows and columns");
            let found = ours.iter().map(|maps| compare(&maps[image], &wanted.data, side));
            let (alike, apart) = found.max_by(|a, b| a.0.total_cmp(&b.0)).expect("a method");
            (least, most) = (least.min(alike), most.max(apart));
        }
        println!("{peer} at {layers}: correlation {least:.6}, mean difference {most:.2e}");
        if least.is_nan() || least <= 0.999 || most >= 0.01 {
            wrong.push(format!("{peer} at {layers}: correlation {least}, mean difference {most}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn reference(shared: &Path, count: usize) -> (Subject, Checkpoint) {
    let folder = shared.join("reference/resnet50");
    let pixels = (0..count).flat_map(|index| photograph(&folder.join(format!("{index}.png"))));
    let images = Images { pixels: Arc::new(pixels.collect()), count, height: 224, width: 224 };
    let maps = Checkpoint::read(&folder.join("maps.safetensors")).expect("readable references");
    (Subject::new(pretrained(shared), images), maps)
}

#[test]
fn every_map_of_the_reference_is_ours() {
    let Some(shared) = shared() else { return };
    let (mut subject, peers) = reference(&shared, 6);
    check(&mut subject, &peers, true, false);
    // What is no map: the activations and the class scores.
    let logits = subject.network.infer(&subject.images, &[]).expect("a pass").logits;
    for name in peers.tensors().keys().filter(|name| name.split('/').count() == 2) {
        let (image, what) = name.split_once('/').expect("two parts");
        let image: usize = image.parse().expect("an image's number");
        let wanted = &peers.tensors()[name];
        let found = match what {
            "logits" => logits[image * 1000..][..1000].to_vec(),
            layer => subject.layer(layer).0.image(image).to_vec(),
        };
        let wanted = match wanted.shape[..] {
            [channels, height, width] => to_nhwc(&wanted.data, channels, height * width),
            _ => wanted.data.clone(),
        };
        let error = relative_error(&found, &wanted);
        assert!(error < 1e-3, "{name} differs by {error}");
    }
}

#[test]
#[ignore = "thousands of passes of ResNet-50 take a minute or more; run with --ignored"]
fn every_slow_map_of_the_reference_is_ours() {
    let Some(shared) = shared() else { return };
    let (mut subject, peers) = reference(&shared, 1);
    check(&mut subject, &peers, true, true);
}

#[test]
fn more_images_layers_and_networks() {
    let Some(folder) = std::env::var_os("CAMLAB_PEER_MAPS") else {
        eprintln!("skipped: CAMLAB_PEER_MAPS is not set");
        return;
    };
    let Some(shared) = shared() else { return };
    for name in ["resnet18", "resnet50"] {
        let path = Path::new(&folder).join(format!("{name}.safetensors"));
        let peers = Checkpoint::read(&path).expect("readable maps; make.py writes them");
        let network = match name {
            "resnet50" => pretrained(&shared),
            _ => crate::support::network(&format!("'{name}'"), 20, &peers, "state/"),
        };
        println!("{name}");
        check(&mut Subject::new(network, images(&peers.tensors()["input"])), &peers, false, false);
    }
}
