//! Average drop, increase and gain.

use camlab_parts::metric::{AverageDrop, AverageGain, AverageIncrease, ImageColumns, Metric};

use crate::network::{engine, passed, scenes, versions};
use crate::support::golden::{doubles, golden, list, near, number};
use crate::support::scene::{estimator, push, value};

const ABSOLUTE: AverageDrop = AverageDrop { relative: false };

/// The probabilities of the golden pictures, one after the other; each whole picture's is known if `known`.
fn probabilities(known: bool) -> ImageColumns {
    let golden = golden();
    let mut rows = ImageColumns::default();
    for (at, mut scene) in scenes(&golden).into_iter().enumerate() {
        if known {
            let whole = doubles(&golden["pictures"]["probabilities"][at])[scene.target];
            scene.probability = Some(whole as f32);
        }
        let engine = engine(&golden, [scene.map.height, scene.map.width]);
        let metric = AverageDrop::default();
        // With the whole picture's probability, one pass is enough.
        assert_eq!(versions(&metric, &scene).len(), if known { 1 } else { 2 });
        push(&mut rows, &metric, passed(&metric, &scene, &engine));
    }
    rows
}

/// Both libraries compute in f32, and so do the passes here: 1e-6 is some ten units in the last place.
#[test]
fn drops_and_increases_are_those_of_the_libraries() {
    let golden = golden();
    for known in [false, true] {
        let rows = probabilities(known);
        let per_image = |metric: &dyn Metric| -> Vec<f64> {
            let images = estimator(metric, &rows).images();
            images[0].iter().map(|value| value.expect("a value") / 100.0).collect()
        };
        let (relative, absolute) = (per_image(&AverageDrop::default()), per_image(&ABSOLUTE));
        let increased = per_image(&AverageIncrease {});
        let by_grad_cam = &golden["grad_cam"]["probability"];
        for (at, by_torchcam) in list(&golden["torchcam"]).iter().enumerate() {
            near(relative[at], number(&by_torchcam["avg_drop"]), 1e-6);
            near(absolute[at], number(&by_grad_cam["drop"][at]), 1e-6);
            assert_eq!(increased[at], number(&by_torchcam["conf_increase"]));
            assert_eq!(increased[at], number(&by_grad_cam["increase"][at]));
        }
        let mean = |values: &[f64]| 100.0 * values.iter().sum::<f64>() / values.len() as f64;
        near(value(&ABSOLUTE, &rows).expect("a value"), mean(&doubles(&by_grad_cam["drop"])), 1e-4);
        near(value(&AverageIncrease {}, &rows).expect("a value"), 100.0 / 3.0, 1e-12);
    }
}

/// The versions are the picture times its map, and the picture.
#[test]
fn the_picture_is_multiplied_by_its_map() {
    let scene = scenes(&golden()).remove(1);
    let shares = scene.map.data.iter().flat_map(|share| [*share; 3]);
    let multiplied: Vec<f32> = scene.pixels.iter().zip(shares).map(|(value, share)| value * share).collect();
    assert_eq!(versions(&AverageDrop::default(), &scene), [multiplied, scene.pixels]);
}

/// Probabilities before and after, by hand. A library for the gain is not known.
#[test]
fn changes_by_hand() {
    // Whole, multiplied; drops, increase and gains in percent.
    let cases = [
        (0.5, 0.25, Some([50.0, 25.0]), Some(0.0), Some([0.0, 0.0])),
        (0.5, 0.75, Some([0.0, 0.0]), Some(100.0), Some([50.0, 25.0])),
        (0.25, 0.25, Some([0.0, 0.0]), Some(0.0), Some([0.0, 0.0])),
        (0.75, 1.0, Some([0.0, 0.0]), Some(100.0), Some([100.0, 25.0])),
        (1.0, 0.0, Some([100.0, 100.0]), Some(0.0), None),
        (0.0, 0.5, None, Some(100.0), Some([50.0, 50.0])),
        (f64::NAN, 0.5, None, None, None),
        (0.5, f64::NAN, None, None, None),
    ];
    for (whole, masked, drops, increase, gains) in cases {
        let column = |name: &str, value: f64| (name.to_owned(), vec![Some(value)]);
        let quantities = [column("whole_probability", whole), column("masked_probability", masked)].into();
        let rows = ImageColumns { quantities, ..ImageColumns::default() };
        let absolute_gain = AverageGain { relative: false };
        assert_eq!(value(&AverageDrop::default(), &rows), drops.map(|drops| drops[0]), "{whole} {masked}");
        assert_eq!(value(&AverageGain::default(), &rows), gains.map(|gains| gains[0]), "{whole} {masked}");
        assert_eq!(value(&AverageIncrease {}, &rows), increase, "{whole} {masked}");
        // The differences are defined where the fractions are not.
        if !whole.is_nan() && !masked.is_nan() {
            let drop = drops.map_or(0.0, |drops| drops[1]);
            let gain = gains.map_or(0.0, |gains| gains[1]);
            assert_eq!(value(&ABSOLUTE, &rows), Some(drop), "{whole} {masked}");
            assert_eq!(value(&absolute_gain, &rows), Some(gain), "{whole} {masked}");
        }
    }
}

#[test]
fn all_read_the_passes_of_the_average_drop() {
    let drop = AverageDrop::default();
    for metric in [&ABSOLUTE as &dyn Metric, &AverageIncrease {}, &AverageGain::default()] {
        assert!(metric.measurement().is_none());
        let sources = metric.measured_by();
        let columns = sources[0].metric().measurement().expect("a measurement").columns();
        assert_eq!(columns, drop.measurement().expect("a measurement").columns());
        assert_eq!(value(metric, &ImageColumns::default()), None);
    }
}
