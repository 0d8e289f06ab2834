//! ROAD.

use camlab_parts::metric::{ImageColumns, Metric as _, Road};
use camlab_raster::{Map, removed_above};

use crate::network::{engine, passed, scenes, versions};
use crate::support::golden::{golden, list, near, number};
use crate::support::scene::{Scene, curve, first, measurement, push, value, values};

const MORF: usize = 2;
const LERF: usize = 3;

fn silent() -> Road {
    Road { noise: 0.0, ..Road::default() }
}

/// Changes at every percentile, their means, and both together, without noise. The imputation is solved to a fraction of
/// 2e-7 of the largest pixel, and both sides classify in f32: 1e-6 is some ten units in the last place.
#[test]
fn changes_are_pytorch_grad_cams() {
    let golden = golden();
    let (road, scenes) = (silent(), scenes(&golden));
    let engine = engine(&golden, [scenes[0].map.height, scenes[0].map.width]);
    let wanted = &golden["grad_cam"]["probability"];
    let mut rows = ImageColumns::default();
    for (at, scene) in scenes.iter().enumerate() {
        let values = passed(&road, scene, &engine);
        let whole = number(&golden["pictures"]["probabilities"][at][scene.target]);
        for (place, name) in [(MORF, "most"), (LERF, "least")] {
            for (found, wanted) in curve(&values, place).iter().zip(list(&wanted[name])) {
                near(f64::from(*found) - whole, number(&wanted[at]), 1e-6);
            }
            let mean = |rows: &[serde_json::Value]| {
                rows.iter().map(|row| number(&row[at])).sum::<f64>() / rows.len() as f64
            };
            let found = first(&values[place - MORF..]).expect("a mean");
            near(found, mean(list(&wanted[name])), 1e-6);
        }
        push(&mut rows, &road, values);
        let images = road.estimator(&rows).images();
        near(images[0][at].expect("a value") / 100.0, number(&wanted["combined"][at]), 1e-6);
    }
    let found = values(&road, &rows);
    let combined = list(&wanted["combined"]).iter().map(number).sum::<f64>() / 3.0;
    near(found[0].expect("a mean"), 100.0 * combined, 1e-4);
    near(found[0].expect("a mean"), (found[2].expect("LeRF") - found[1].expect("MoRF")) / 2.0, 1e-12);
}

/// Half of the pixels are 0: at the lower percentiles all are removed. pytorch-grad-cam solves equations without a known
/// pixel then, and the solution is 0.
#[test]
fn pixels_of_a_sparse_map_are_all_removed() {
    let golden = golden();
    let (road, wanted) = (silent(), &golden["sparse"]);
    for (at, mut scene) in scenes(&golden).into_iter().enumerate() {
        scene.map.data.iter_mut().for_each(|value| *value = (*value - 0.5).max(0.0) * 2.0);
        let zeros = scene.map.data.iter().filter(|value| **value == 0.0).count();
        near(zeros as f64 / scene.map.data.len() as f64, number(&wanted["zeros"][at]), 1e-12);
        let engine = engine(&golden, [scene.map.height, scene.map.width]);
        let values = passed(&road, &scene, &engine);
        let whole = number(&golden["pictures"]["probabilities"][at][scene.target]);
        for (place, name) in [(MORF, "most"), (LERF, "least")] {
            assert_eq!(curve(&values, place).len(), 9);
            for (found, wanted) in curve(&values, place).iter().zip(list(&wanted[name])) {
                near(f64::from(*found) - whole, number(&wanted[at]), 1e-6);
            }
        }
        let mean: f64 = list(&wanted["most"]).iter().map(|row| number(&row[at])).sum::<f64>() / 9.0;
        near(first(&values).expect("a mean"), mean, 1e-6);
    }
}

/// The same noise for the same seed, image, order and percentile; none where no pixel is removed.
#[test]
fn noise_is_drawn_for_removed_pixels() {
    let scene = scenes(&golden()).remove(0);
    let (noisy, quiet) = (Road::default(), silent());
    assert!(measurement(&noisy).draws() && !measurement(&quiet).draws());
    let versions_of = |scene: &Scene| versions(&noisy, scene);
    let (found, silent) = (versions_of(&scene), versions(&quiet, &scene));
    assert_eq!(found, versions_of(&scene));
    assert_ne!(found, versions_of(&Scene { seed: 8, ..scene.clone() }));
    assert_ne!(found, versions_of(&Scene { id: "another".to_owned(), ..scene.clone() }));
    assert_eq!((found.len(), &found[0]), (19, &scene.pixels));
    let (mut squares, mut count) = (0.0, 0);
    for (place, percentile) in noisy.percentiles.iter().enumerate() {
        let removed = removed_above(&scene.map.data, *percentile as f32).expect("a map");
        for (at, (noisy, quiet)) in found[1 + place].iter().zip(&silent[1 + place]).enumerate() {
            if removed[at / 3] {
                squares += f64::from(noisy - quiet).powi(2);
                count += 1;
            } else {
                assert_eq!((noisy, quiet), (&scene.pixels[at], &scene.pixels[at]));
            }
        }
    }
    // 0.01 standard deviations of the picture; of some 2500 draws the deviation is known to 1.5 %.
    let deviation = f64::from(camlab_parts::metric::pixel_deviation(&scene.pixels));
    near((squares / f64::from(count)).sqrt() / deviation, 0.01, 0.001);
}

#[test]
fn names_tell_percentiles_noise_and_order_apart() {
    let names =
        |road: &Road| -> Vec<String> { road.measures().into_iter().map(|measure| measure.name).collect() };
    assert_eq!(names(&Road::default()), ["road", "road@morf", "road@lerf"]);
    let other = Road { percentiles: vec![20.0, 80.0], noise: 0.5 };
    let base = "road@percentiles=20+80,noise=0.5";
    assert_eq!(names(&other), [base.to_owned(), format!("{base},morf"), format!("{base},lerf")]);
}

/// A single percentile, on a picture of two pixels.
#[test]
fn two_pixels() {
    let golden = golden();
    let road = Road { percentiles: vec![50.0], noise: 0.0 };
    let map = Map::new(1, 2, vec![0.0, 1.0]);
    let scene = Scene { pixels: vec![1.0, 2.0, 3.0, -1.0, -2.0, -3.0], ..Scene::of(map) };
    // A removed pixel takes the value of its only neighbour.
    let found = versions(&road, &scene);
    for (version, wanted) in found.iter().zip([
        [1.0, 2.0, 3.0, -1.0, -2.0, -3.0],
        [1.0, 2.0, 3.0, 1.0, 2.0, 3.0],
        [-1.0, -2.0, -3.0, -1.0, -2.0, -3.0],
    ]) {
        version.iter().zip(wanted).for_each(|(found, wanted)| near(f64::from(*found), wanted, 1e-6));
    }
    let mut rows = ImageColumns::default();
    push(&mut rows, &road, passed(&road, &scene, &engine(&golden, [1, 2])));
    assert!(value(&road, &rows).is_some_and(f64::is_finite));
}
