//! Infidelity.

use camlab_parts::metric::{Infidelity, Measurement as _, Noise, TargetScore, pixel_deviation};
use camlab_raster::{Map, infidelity, infidelity_of_products};

use crate::network::{engine, passed, scenes, versions};
use crate::support::golden::{doubles, floats, golden, interleaved, list, near, number};
use crate::support::scene::{Scene, first};

/// The products of Captum's fixed perturbations with its attributions. Captum computes in f32, and the expanded square of
/// the normalised error loses digits.
#[test]
fn products_give_captums_numbers() {
    let captum = &golden()["captum"];
    let differences = doubles(&captum["score_differences"]);
    for case in list(&captum["attributions"]) {
        let values = floats(&case["values"]);
        let attribution = match case["per_pixel"] == true {
            true => values.iter().flat_map(|value| [*value; 3]).collect(),
            false => interleaved(&values, 3),
        };
        let product = |step: &serde_json::Value| {
            let step = interleaved(&floats(step), 3);
            step.iter().zip(&attribution).map(|(step, value)| f64::from(*step) * f64::from(*value)).sum()
        };
        let products: Vec<f64> = list(&captum["steps"]).iter().map(product).collect();
        for (name, normalise) in [("infidelity", false), ("normalised", true)] {
            let found = infidelity_of_products(&products, &differences, normalise).expect("perturbations");
            let wanted = number(&case[name]);
            near(found, wanted, 1e-5 * wanted.abs() + 1e-8);
        }
    }
}

fn options(noise: Noise, normalise: bool) -> Infidelity {
    Infidelity { samples: 12, noise, side: 4, sigma: 0.5, normalise }
}

const KINDS: [(Noise, bool); 4] =
    [(Noise::Square, true), (Noise::Square, false), (Noise::Gaussian, true), (Noise::Gaussian, false)];

/// The value for a scoring function in place of a network, and the versions that it scored.
fn scored(
    options: &Infidelity,
    scene: &Scene,
    score: impl Fn(&[f32]) -> f64,
) -> (Option<f64>, Vec<Vec<f32>>) {
    let seen = scene.seen();
    let changed = options.changed(&seen).expect("a map that is not constant");
    let mut versions = Vec::new();
    for at in 0..changed.count() {
        let mut pixels = vec![f32::NAN; scene.pixels.len()];
        changed.write(at, &mut pixels);
        versions.push(pixels);
    }
    let of = |pixels: &Vec<f32>| TargetScore { logit: f32::NAN, probability: score(pixels) as f32 };
    let scores: Vec<TargetScore> = versions.iter().map(of).collect();
    (first(&changed.measured(&scores)), versions)
}

/// A score that is the map's product with the image: the map predicts every change. Ten times that score needs a factor.
#[test]
fn a_map_that_is_the_gradient_has_no_error() {
    let scene = scenes(&golden()).remove(0);
    let linear = |pixels: &[f32]| -> f64 {
        let pixels = pixels.chunks_exact(3).zip(&scene.map.data);
        pixels
            .map(|(pixel, value)| f64::from(*value) * pixel.iter().copied().map(f64::from).sum::<f64>())
            .sum()
    };
    for (noise, normalise) in KINDS {
        let options = options(noise, normalise);
        let (found, versions) = scored(&options, &scene, linear);
        let change = |version: &Vec<f32>| (linear(&scene.pixels) - linear(version)).powi(2);
        let changes = versions[1..].iter().map(change).sum::<f64>() / 12.0;
        assert!(changes > 0.1, "{changes}");
        // Scores of some 50 are f32: 4e-6 each. Without noise in the last place there would be no error.
        near(found.expect("a value"), 0.0, 1e-9);
        let (tenfold, _) = scored(&options, &scene, |pixels| 10.0 * linear(pixels));
        match normalise {
            true => near(tenfold.expect("a value"), 0.0, 1e-7),
            false => near(tenfold.expect("a value"), 81.0 * changes, 1e-4 * changes),
        }
    }
}

/// The network's score: the products that the metric passes on are those of the versions that it wrote.
#[test]
fn products_are_those_of_the_perturbations() {
    let golden = golden();
    for scene in scenes(&golden) {
        let engine = engine(&golden, [scene.map.height, scene.map.width]);
        let score = |pixels: &[f32]| {
            let mut found = 0.0;
            let write = |_: usize, out: &mut [f32]| out.copy_from_slice(pixels);
            let read = |_: usize, logits: &[f32]| {
                found =
                    TargetScore::of(logits, scene.target, camlab_nn::ClassProbabilities::Softmax).probability
            };
            engine.each([scene.map.height, scene.map.width], 1, 1, write, read).expect("a pass");
            f64::from(found)
        };
        for (noise, normalise) in KINDS {
            let options = options(noise, normalise);
            let (found, versions) = scored(&options, &scene, score);
            assert_eq!(Some(found), Some(first(&passed(&options, &scene, &engine))));
            assert_eq!(versions[0], scene.pixels);
            let step = |version: &Vec<f32>| -> Vec<f32> {
                scene.pixels.iter().zip(version).map(|(whole, changed)| whole - changed).collect()
            };
            let steps: Vec<Vec<f32>> = versions[1..].iter().map(step).collect();
            let drops: Vec<f64> =
                versions[1..].iter().map(|version| score(&scene.pixels) - score(version)).collect();
            let wanted = infidelity(&scene.map.data, &steps, &drops, normalise).expect("perturbations");
            // The differences are rounded to f32, the products are not.
            near(found.expect("a value"), wanted, 1e-5 * wanted);
        }
    }
}

/// Squares lie in the image, Gaussian noise has the deviation asked for, and both are drawn by seed, image and sample.
#[test]
fn perturbations_are_those_asked_for() {
    let scene = scenes(&golden()).remove(1);
    let (height, width) = (scene.map.height, scene.map.width);
    let squares = options(Noise::Square, true);
    for version in &versions(&squares, &scene)[1..] {
        let zero = |at: &usize| version[3 * at..3 * at + 3] == [0.0; 3];
        let zeros: Vec<usize> = (0..height * width).filter(zero).collect();
        assert_eq!(zeros.len(), 16);
        let corner = zeros[0];
        let wanted: Vec<usize> = (0..16).map(|at| corner + at / 4 * width + at % 4).collect();
        assert_eq!(zeros, wanted);
        let kept = |at: &usize| version[3 * at..3 * at + 3] == scene.pixels[3 * at..3 * at + 3];
        assert!((0..height * width).filter(|at| !zero(at)).all(|at| kept(&at)));
    }
    let noisy = options(Noise::Gaussian, true);
    let found = versions(&noisy, &scene);
    let changes =
        || found[1..].iter().flat_map(|v| v.iter().zip(&scene.pixels).map(|(a, b)| f64::from(a - b)));
    let count = changes().count() as f64;
    let deviation = (changes().map(|change| change * change).sum::<f64>() / count).sqrt();
    // 6048 draws: the deviation is known to 1 %, the mean to 0.013 deviations.
    near(deviation / f64::from(pixel_deviation(&scene.pixels)), 0.5, 0.02);
    near(changes().sum::<f64>() / count / deviation, 0.0, 0.05);
    for options in [squares, noisy] {
        let of = |scene: &Scene| versions(&options, scene);
        assert_eq!(of(&scene), of(&scene));
        assert_ne!(of(&scene), of(&Scene { seed: 8, ..scene.clone() }));
        assert_ne!(of(&scene), of(&Scene { id: "another".to_owned(), ..scene.clone() }));
    }
}

/// A square of more than the image is the image.
#[test]
fn squares_are_cut_to_the_image() {
    let map = Map::new(3, 5, (0..15).map(|at| at as f32 / 14.0).collect());
    let scene = Scene { pixels: vec![2.0; 45], ..Scene::of(map) };
    let options = Infidelity { side: 10_000, samples: 3, ..Infidelity::default() };
    for version in &versions(&options, &scene)[1..] {
        assert_eq!(version, &[0.0; 45]);
    }
    let tall = Infidelity { side: 4, ..options };
    for version in &versions(&tall, &scene)[1..] {
        assert_eq!(version.iter().filter(|value| **value == 0.0).count(), 3 * 4 * 3);
    }
}

/// A perturbation that changes nothing that the map marks is not predicted; the factor is then 0, as in Captum.
#[test]
fn a_map_that_no_perturbation_touches() {
    let mut values = vec![0.0; 400];
    values[399] = 1.0;
    let scene = Scene { pixels: vec![1.0; 1200], ..Scene::of(Map::new(20, 20, values)) };
    let options = Infidelity { side: 1, samples: 2, ..Infidelity::default() };
    let (found, versions) = scored(&options, &scene, |pixels| pixels.iter().copied().map(f64::from).sum());
    assert!(versions.iter().all(|version| version[1199] == 1.0));
    // Three channels of one pixel are missing from the sum each time.
    near(found.expect("a value"), 9.0, 1e-9);
}
