//! Maps and images on which a metric has no value. Nothing panics, and values that are not defined are none.

use camlab_parts::metric::{
    AverageDrop, Canvas, Coherency, Complexity, Deletion, ImageColumns, Infidelity, Insertion, L1Complexity,
    MaxSensitivity, Measured, Metric, Noise, Road, Sparseness, TargetScore,
};
use camlab_raster::Map;

use crate::network::{engine, passed, versions};
use crate::support::golden::golden;
use crate::support::scene::{Scene, curve, first, measured, measurement, push, values};

/// A map with an image of three channels.
fn scene(map: Map) -> Scene {
    let pixels = (0..3 * map.data.len()).map(|at| (at * at % 7) as f32 - 3.0).collect();
    Scene { pixels, ..Scene::of(map) }
}

fn uniform(value: f32) -> Scene {
    scene(Map::new(8, 9, vec![value; 72]))
}

/// A map with one value that is not a number.
fn broken() -> Scene {
    let mut map = Map::new(8, 9, (0..72).map(|at| at as f32 / 71.0).collect());
    map.data[30] = f32::NAN;
    scene(map)
}

fn ordering() -> Vec<Box<dyn Metric>> {
    vec![
        Box::new(Insertion::default()),
        Box::new(Insertion { canvas: Canvas::Mean, ..Insertion::default() }),
        Box::new(Deletion::default()),
        Box::new(Road::default()),
        Box::new(Infidelity::default()),
        Box::new(Infidelity { noise: Noise::Gaussian, ..Infidelity::default() }),
    ]
}

/// A map without an order orders no pixels: no version is made, and the estimators have no value.
#[test]
fn maps_without_an_order_have_no_versions() {
    let empty = scene(Map::new(0, 0, Vec::new()));
    for metric in ordering() {
        let mut rows = ImageColumns::default();
        for scene in [uniform(0.0), uniform(0.5), uniform(1.0), broken(), uniform(f32::NAN), empty.clone()] {
            assert_eq!(versions(metric.as_ref(), &scene), Vec::<Vec<f32>>::new());
            push(&mut rows, metric.as_ref(), Vec::new());
        }
        assert!(values(metric.as_ref(), &rows).iter().all(Option::is_none));
        assert!(metric.estimator(&rows).counts().iter().all(|count| *count == 0));
    }
}

/// The mean of the normalisation has no size; a kernel of 11 pixels needs 6.
#[test]
fn images_too_small_for_the_blur_have_no_canvas() {
    for (side, known) in [(1, false), (3, false), (5, false), (6, true)] {
        let map = Map::new(side, side, (0..side * side).map(|at| at as f32).collect());
        let scene = scene(map);
        assert_eq!(!versions(&Insertion::default(), &scene).is_empty(), known, "{side}");
        let mean = Deletion::default();
        // One pixel is a constant map.
        assert_eq!(!versions(&mean, &scene).is_empty(), side > 1, "{side}");
    }
}

/// Every metric with passes on images of a few pixels.
#[test]
fn tiny_images() {
    let golden = golden();
    for (height, width) in [(1, 2), (2, 1), (3, 3), (1, 40)] {
        let count = height * width;
        let scene = scene(Map::new(height, width, (0..count).map(|at| at as f32 / count as f32).collect()));
        let engine = engine(&golden, [height, width]);
        for metric in ordering() {
            let values = passed(metric.as_ref(), &scene, &engine);
            let small = metric.measures()[0].name == "insertion";
            assert_eq!(values.is_empty(), small);
            assert!(small || first(&values).is_some_and(f64::is_finite), "{height} x {width}");
        }
        assert!(first(&passed(&AverageDrop::default(), &scene, &engine)).is_some());
    }
}

/// Passes that give no number, as those of a network whose weights have diverged.
#[test]
fn scores_that_are_not_numbers() {
    let scene = scene(Map::new(8, 9, (0..72).map(|at| at as f32 / 71.0).collect()));
    let nan = TargetScore { logit: f32::NAN, probability: f32::NAN };
    let drop: Box<dyn Metric> = Box::new(AverageDrop::default());
    for metric in ordering().into_iter().chain([drop]) {
        let seen = scene.seen();
        let changed = measurement(metric.as_ref()).changed(&seen).expect("a map that is not constant");
        let written = versions(metric.as_ref(), &scene);
        (0..changed.count()).for_each(|at| changed.write(at, &mut vec![0.0; scene.pixels.len()]));
        let values = changed.measured(&vec![nan; written.len()]);
        for value in &values {
            assert!(
                matches!(value, Measured::Number(None)) || *value == Measured::List(Vec::new()),
                "{value:?}"
            );
        }
        // Without passes there are no numbers either.
        for value in changed.measured(&[]) {
            assert!(
                matches!(value, Measured::Number(None)) || value == Measured::List(Vec::new()),
                "{value:?}"
            );
        }
    }
}

/// A version that is not a number takes the value with it, and the curves.
#[test]
fn one_score_that_is_not_a_number() {
    let scene = scene(Map::new(8, 9, (0..72).map(|at| at as f32 / 71.0).collect()));
    let seen = scene.seen();
    let score = |probability: f32| TargetScore { logit: 0.0, probability };
    for metric in ordering() {
        let changed = measurement(metric.as_ref()).changed(&seen).expect("a map that is not constant");
        let mut scores = vec![score(0.5); changed.count()];
        scores[1] = score(f32::NAN);
        (0..changed.count()).for_each(|at| changed.write(at, &mut vec![0.0; scene.pixels.len()]));
        assert_eq!(first(&changed.measured(&scores)), None);
    }
    let road = measurement(&Road::default()).changed(&seen).map(|changed| {
        let mut scores = vec![score(0.5); changed.count()];
        scores[1] = score(f32::NAN);
        changed.measured(&scores)
    });
    let road = road.expect("a map that is not constant");
    // The first is of MoRF: LeRF stays.
    assert_eq!((first(&road[1..]), curve(&road, 2).len(), curve(&road, 3).len()), (Some(0.0), 0, 9));
}

/// Zero is no distribution; NaN is no number.
#[test]
fn maps_without_a_concentration() {
    let metrics: [Box<dyn Metric>; 3] =
        [Box::new(Sparseness {}), Box::new(Complexity {}), Box::new(L1Complexity {})];
    for metric in metrics {
        let of = |scene: Scene| first(&measured(metric.as_ref(), &scene));
        assert_eq!(of(uniform(0.0)), None);
        assert_eq!(of(broken()), None);
        assert_eq!(of(uniform(f32::INFINITY)), None);
        assert_eq!(of(scene(Map::new(0, 0, Vec::new()))), None);
        assert!(of(uniform(0.5)).is_some_and(f64::is_finite));
    }
}

/// Maps that are not made again, a constant map, and one that is not a number.
#[test]
fn maps_that_are_not_compared() {
    let metrics: [Box<dyn Metric>; 2] = [Box::new(Coherency {}), Box::new(MaxSensitivity::default())];
    let map = Map::new(8, 9, (0..72).map(|at| at as f32 / 71.0).collect());
    for metric in metrics {
        let of =
            |one: &Scene, again: Vec<Map>| first(&measured(metric.as_ref(), &Scene { again, ..one.clone() }));
        let whole = scene(map.clone());
        assert_eq!(of(&whole, Vec::new()), None);
        assert_eq!(of(&uniform(0.0), vec![map.clone()]), None);
        assert_eq!(of(&uniform(0.5), vec![map.clone()]), None);
        assert_eq!(of(&broken(), vec![map.clone()]), None);
        assert_eq!(of(&whole, vec![broken().map]), None);
        assert_eq!(of(&whole, vec![Map::new(1, 1, vec![1.0])]), None);
        assert_eq!(of(&scene(Map::new(0, 0, Vec::new())), vec![Map::new(0, 0, Vec::new())]), None);
        assert!(of(&whole, vec![map.clone()]).is_some());
    }
}
