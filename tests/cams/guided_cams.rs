//! Guided Grad-CAM, BagCAMs, RefineCAM, and what holds for every method (smoothing, joined layers, correction of the
//! image), against PyTorch, Captum's formula, pytorch-grad-cam and torchcam on a tiny ResNet
//! (`fixtures/golden/guided-cams/make.py`).

use std::collections::BTreeMap;

use crate::support::photographs::correlation;
use crate::support::{golden, images, method, relative_error, tensor};
use camlab::config::{JoinScaling, MapOptions, Refine, StepNorm};
use camlab::engine::Precision;
use camlab::explain::{CamExtractor, CamOutput};
use camlab::nn::{Images, Network};
use camlab::parts::cam::Combine;
use camlab::raster::{Flag, Interpolation, Map, min_max, resize};

const GOLDEN: &str = include_str!("../../fixtures/golden/guided-cams/maps.json");
/// BagCAMs ask for a positive score.
const POSITIVE: usize = 2;

fn subject() -> (Network, Images) {
    let golden = golden("forward.safetensors");
    let options = "{ resnet = { depths = [2, 1, 1, 1], widths = [4, 6, 7, 8] } }";
    let network = crate::support::network(options, 5, &golden, "basic/state/");
    let all = images(tensor(&golden, "input"));
    let one = all.pixels.len() / all.count;
    (network, Images { pixels: all.pixels[..one].to_vec().into(), count: 1, ..all })
}

fn wanted() -> BTreeMap<String, Vec<f32>> {
    serde_json::from_str(GOLDEN).expect("golden maps")
}

fn output(
    network: &Network,
    image: &Images,
    toml: &str,
    layers: &str,
    look: &MapOptions,
    class: usize,
) -> CamOutput {
    let layers: Vec<String> = layers.split('+').map(str::to_owned).collect();
    let size = [image.height, image.width];
    let extractor =
        CamExtractor::with(network, &method(toml), &layers, look, Precision::F32, size, 1).expect("layers");
    extractor.maps(image, Some(class)).expect("maps").remove(0)
}

#[test]
fn guided_grad_cam_is_captums_and_bag_cam_its_authors() {
    let ((network, image), golden) = (subject(), wanted());
    for layer in ["layer2", "layer4"] {
        for (toml, name, class) in [
            ("{ guided-grad-cam = { colours = 'sum' } }", "guided-grad-cam sum bilinear", 1),
            ("'guided-grad-cam'", "guided-grad-cam magnitude bilinear", 1),
            (
                "{ guided-grad-cam = { colours = 'sum', enlarge = 'nearest' } }",
                "guided-grad-cam sum nearest",
                1,
            ),
            ("{ guided-grad-cam = { enlarge = 'nearest' } }", "guided-grad-cam magnitude nearest", 1),
            ("'bag-cam'", "bag-cam guided", POSITIVE),
            ("{ bag-cam = { guided = false } }", "bag-cam plain", POSITIVE),
        ] {
            let found = output(&network, &image, toml, layer, &MapOptions::default(), class);
            let error = relative_error(&found.map.data, &golden[&format!("{name}/{layer}")]);
            assert!(error < 1e-4, "{toml} at {layer}: {error}");
        }
    }
}

/// The authors' logarithm of a score below 0 is no number: said in the flag, and never in a map.
#[test]
fn bag_cam_of_a_negative_score_is_flagged() {
    let (network, image) = subject();
    let found = output(&network, &image, "'bag-cam'", "layer3", &MapOptions::default(), 1);
    assert!(found.logits[1] < 0.0);
    assert_eq!(found.flag, Flag::Nan);
    assert!(found.map.data.iter().all(|value| *value == 0.0));
    let look = MapOptions { aug_smooth: true, ..MapOptions::default() };
    let smoothed = output(&network, &image, "'bag-cam'", "layer3", &look, 1);
    assert_eq!(smoothed.flag, Flag::Nan);
    assert!(smoothed.map.data.iter().all(|value| value.is_finite()));
    let of_score = "{ bag-cam = { of = 'score' } }";
    assert_eq!(output(&network, &image, of_score, "layer3", &MapOptions::default(), 1).flag, Flag::None);
}

#[test]
fn joined_and_smoothed_maps_are_the_peers() {
    let ((network, image), golden) = (subject(), wanted());
    let refine = |base: &str| format!("{{ refine-cam = {{ base = {base} }} }}");
    let plus_plus = refine("{ 'grad-cam++' = { reading = 'pytorch-grad-cam' } }");
    let layer_cam = refine("'layer-cam'");
    let joined = |combine| MapOptions { combine: Some(combine), ..MapOptions::default() };
    let aug = || MapOptions { aug_smooth: true, ..MapOptions::default() };
    let eigen = || MapOptions { eigen_smooth: true, ..MapOptions::default() };
    let mut cases: Vec<(String, &str, MapOptions, String)> = vec![
        (plus_plus, "layer3+layer4", MapOptions::default(), "pgc/RefineCAM".into()),
        (layer_cam, "layer3+layer4", MapOptions::default(), "pgc/RefineCAM LayerCAM".into()),
        ("'layer-cam'".into(), "layer3+layer4", joined(Combine::Product), "pgc/RefineCAM LayerCAM".into()),
        ("'grad-cam'".into(), "layer3+layer4", joined(Combine::Mean), "pgc/GradCAM".into()),
    ];
    for (ours, peer) in [("'grad-cam'", "GradCAM"), ("'xgrad-cam'", "XGradCAM"), ("'layer-cam'", "LayerCAM")]
    {
        for layer in ["layer2", "layer3"] {
            cases.push((ours.into(), layer, aug(), format!("pgc/{peer} aug")));
            cases.push((ours.into(), layer, eigen(), format!("pgc/{peer} eigen")));
        }
    }
    for (toml, layers, look, peer) in cases {
        let found = output(&network, &image, &toml, layers, &look, 1).map;
        let found = resize(&found, image.height, image.width, Interpolation::Bilinear);
        let of = |data: &[f32]| min_max(&Map::new(image.height, image.width, data.to_vec())).data;
        let alike = |peer: &str| correlation(&of(&found.data), &of(&golden[&format!("{peer}/{layers}")]));
        // A component has the sign that LAPACK returned.
        let opposite = look.eigen_smooth.then(|| alike(&format!("{peer} opposite")));
        let alike = alike(&peer).max(opposite.unwrap_or(-1.0));
        println!("{toml} at {layers} against {peer}: {alike:.6}");
        assert!(alike > 0.9999, "{toml} at {layers}, {peer}: {alike}");
    }
}

#[test]
fn refine_cam_is_torchcams_on_its_own_grid() {
    let ((network, image), golden) = (subject(), wanted());
    // torchcam multiplies on the finest of the layers' grids.
    let maps = ["layer3", "layer4"]
        .map(|layer| output(&network, &image, "'layer-cam'", layer, &MapOptions::default(), 1).map);
    let side = (maps[0].height, maps[0].width);
    let scaled = maps.map(|map| min_max(&resize(&min_max(&map), side.0, side.1, Interpolation::Bilinear)));
    let product: Vec<f32> = scaled[0].data.iter().zip(&scaled[1].data).map(|(a, b)| a * b).collect();
    let found = min_max(&Map::new(side.0, side.1, product)).data;
    let alike = correlation(&found, &golden["torchcam/RefineCAM LayerCAM/layer3+layer4"]);
    assert!(alike > 0.99, "{alike}");
}

#[test]
fn a_corrected_image_is_pytorchs() {
    let ((network, image), golden) = (subject(), wanted());
    for (norm, name) in [(StepNorm::L2, "l2"), (StepNorm::Linf, "linf")] {
        let refine = Some(Refine { steps: 4, step_size: 0.01, norm, clamp: true });
        let look = MapOptions { refine, ..MapOptions::default() };
        let found = output(&network, &image, "'grad-cam'", "layer3", &look, 1);
        let error = relative_error(&found.map.data, &golden[&format!("refine {name} grad-cam/layer3")]);
        assert!(error < 1e-3, "{name}: {error}");
        // One look at the image as it is, one at the corrected one, five passes forward and back between them.
        assert_eq!(found.forwards, 7);
    }
}

#[test]
fn a_mean_over_classes_is_the_mean_of_their_maps() {
    let (network, image) = subject();
    let size = [image.height, image.width];
    for (toml, layer) in [
        ("'grad-cam'", "layer3"),
        ("'score-cam'", "layer3"),
        ("'ablation-cam'", "layer3"),
        ("'finer-cam'", "layer4"),
    ] {
        for normalise in [JoinScaling::MinMax, JoinScaling::Max, JoinScaling::None] {
            let look = MapOptions { normalise, ..MapOptions::default() };
            let extractor =
                CamExtractor::with(&network, &method(toml), &[layer.into()], &look, Precision::F32, size, 1);
            let extractor = extractor.expect("a layer");
            let found = extractor.maps_for(&image, &[2, 0, 4]).expect("maps").remove(0);
            let mut wanted = vec![0.0f32; size[0] * size[1]];
            let mut forwards = 0;
            for class in [2, 0, 4] {
                let one = extractor.maps(&image, Some(class)).expect("maps").remove(0);
                let large = resize(&one.map, size[0], size[1], Interpolation::Bilinear);
                let most = large.data.iter().copied().fold(0.0f32, f32::max);
                let scaled = match normalise {
                    JoinScaling::MinMax => min_max(&large),
                    JoinScaling::Max => Map { data: large.data.iter().map(|v| v / most).collect(), ..large },
                    JoinScaling::None => large,
                };
                wanted.iter_mut().zip(scaled.data).for_each(|(sum, value)| *sum += value / 3.0);
                forwards = one.forwards;
            }
            let error = relative_error(&found.map.data, &wanted);
            assert!(error < 1e-5, "{toml}, {normalise:?}: {error}");
            if toml.contains("score") {
                // Masks do not depend on the class, so their passes are run once.
                assert_eq!(found.forwards, forwards, "{toml}");
            }
        }
    }
}
