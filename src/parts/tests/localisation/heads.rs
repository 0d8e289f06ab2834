//! Training of supervised localisers' heads against torch (`fixtures/golden/supervised/make.py`), and by finite differences.

use camlab_data::GroundTruth;
use camlab_parts::localiser::{
    BoxHead, FeatureStatistics, HeadDescent, HeadSample, HeadTraining, LinearHead, Localiser, MaskHead,
};
use camlab_raster::PixelBox;
use serde_json::Value;

use crate::support::golden::{doubles, floats, list, number, size};

const CLOSE: f64 = 1e-9;

fn golden() -> Value {
    let text = include_str!("../../../../fixtures/golden/supervised/golden.json");
    serde_json::from_str(text).expect("golden numbers")
}

fn close(found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() < CLOSE * expected.abs().max(1.0), "{found} for {expected}");
    }
}

/// Trains a head on the golden images and compares losses, head and outputs.
fn agrees(golden: &Value, name: &str, localiser: &dyn Localiser) {
    let grid = (size(&golden["rows"]), size(&golden["columns"]));
    let channels = size(&golden["channels"]);
    let samples: Vec<HeadSample> = list(&golden["features"])
        .iter()
        .zip(list(&golden["boxes"]))
        .map(|(features, corners)| {
            let c: Vec<i32> = doubles(corners).iter().map(|corner| *corner as i32).collect();
            let boxes = vec![PixelBox::new(c[0], c[1], c[2], c[3])];
            let (width, height) = (size(&golden["width"]), size(&golden["height"]));
            let truth = GroundTruth { size: (width, height), boxes, mask: None };
            let features = match localiser.pools() {
                true => LinearHead::pooled(&floats(features), channels),
                false => floats(features),
            };
            HeadSample { features, targets: localiser.targets(&truth, grid).expect("targets") }
        })
        .collect();
    if name == "mask" {
        for (sample, shares) in samples.iter().zip(list(&golden["shares"])) {
            close(&sample.targets.values, &doubles(shares));
        }
    }
    let mut statistics = FeatureStatistics::default();
    samples.iter().for_each(|sample| statistics.add(&sample.features, channels));
    let options = HeadTraining {
        steps: size(&golden["steps"]),
        batch: samples.len(),
        lr: number(&golden["lr"]),
        momentum: number(&golden["momentum"]),
        weight_decay: number(&golden["weight_decay"]),
    };
    let batches: Vec<Vec<HeadSample>> = list(&golden["batches"])
        .iter()
        .map(|batch| list(batch).iter().map(|index| samples[size(index)].clone()).collect())
        .collect();
    let mut descent = HeadDescent::new(localiser, &statistics, options.clone());
    let losses: Vec<f64> =
        (0..options.steps).map(|step| descent.step(localiser, &batches[step % batches.len()])).collect();
    let expected = &golden[name];
    close(&losses, &doubles(&expected["losses"]));
    let head = descent.head();
    close(&head.weights, &doubles(&expected["weights"]));
    close(&head.bias, &doubles(&expected["bias"]));
    let outputs: Vec<f64> = samples.iter().flat_map(|sample| head.outputs(&sample.features)).collect();
    close(&outputs, &doubles(&expected["outputs"]));
    if name == "mask" {
        let map = localiser.map(&outputs[..grid.0 * grid.1], grid, [8, 8]);
        assert_eq!((map.height, map.width), grid);
        let expected = doubles(&expected["map"]);
        for (found, expected) in map.data.iter().zip(&expected) {
            assert!((f64::from(*found) - expected).abs() < 1e-6);
        }
    }
}

#[test]
fn heads_are_trained_as_torch_trains_them() {
    let golden = golden();
    agrees(&golden, "mask", &MaskHead {});
    agrees(&golden, "box", &BoxHead::default());
}

#[test]
fn slopes_are_the_derivatives_of_the_losses() {
    let heads: [&dyn Localiser; 2] = [&MaskHead {}, &BoxHead { beta: 0.3 }];
    for head in heads {
        for output in [-40.0, -1.3, -0.2, 0.05, 0.4, 2.0, 40.0] {
            for target in [0.0, 0.35, 1.0] {
                let at = |output: f64| head.loss(output, target).0;
                let step = 1e-6;
                let slope = (at(output + step) - at(output - step)) / (2.0 * step);
                assert!((slope - head.loss(output, target).1).abs() < 1e-6, "{output} {target}");
            }
        }
    }
}
