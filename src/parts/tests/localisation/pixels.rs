//! Metrics over the pixels of all images: PxAP, PxAPV2, peak IoU.

use camlab_parts::metric::{ImageColumns, Metric, MetricSpec, PeakIou, PxAp, PxApV2};
use camlab_raster::{Map, Mask};
use serde_json::{Value, json};

use crate::support::golden::{doubles, golden, list, near, number, runs};
use crate::support::scene::{Scene, columns, curve, estimator, measured, value};

/// wsolevaluation's test masks with the scores of `mask_scores` in make.py.
fn scenes(golden: &Value) -> Vec<Scene> {
    let score = |number: i64, at: i64| {
        let (y, x) = (at / 224, at % 224);
        let hill = (1000 - ((y - 90 - 20 * number).pow(2) + (x - 120).pow(2)).div_euclid(12)).max(0);
        let grain = (x * x * 3 + y * y * 5 + x * y * (number + 1)) % 1001;
        ((3 * hill + grain) / 4) as f32 / 1000.0
    };
    let scene = |(number, mask): (i64, &Value)| {
        let map = Map::new(224, 224, (0..224 * 224).map(|at| score(number, at)).collect());
        Scene { mask: Mask { height: 224, width: 224, data: runs(mask) }, ..Scene::of(map) }
    };
    (0..).zip(list(&golden["masks"])).map(scene).collect()
}

fn over_images(interval: f64) -> PeakIou {
    serde_json::from_value(json!({ "interval": interval, "over": "images" })).expect("options")
}

/// Counts per bin, PxAP of all images and of each alone, and the peak of the pooled IoU. The counts are whole numbers, so
/// that only the sum of the areas is rounded.
#[test]
fn precision_and_peak_are_wsolevaluations() {
    let golden = &golden()["histograms"];
    let scenes = scenes(golden);
    for case in list(&golden["cases"]) {
        let interval = number(&case["interval"]);
        let px_ap = PxAp { interval };
        let spec = MetricSpec::PxAp(px_ap.clone());
        for (scene, image) in scenes.iter().zip(list(&case["images"])) {
            let counts = measured(&px_ap, scene);
            let counts = curve(&counts, 0);
            let halves = counts.split_at(counts.len() / 2);
            for (name, half) in [("object", halves.0), ("background", halves.1)] {
                if let Some(wanted) = image.get(name) {
                    assert_eq!(
                        half.iter().map(|count| f64::from(*count)).collect::<Vec<_>>(),
                        doubles(wanted)
                    );
                }
            }
            let alone = columns(std::slice::from_ref(&spec), std::slice::from_ref(scene));
            let wanted = 100.0 * number(&image["average_precision"]);
            near(value(&px_ap, &alone).expect("an object"), wanted, 1e-10);
        }
        let mut rows = columns(std::slice::from_ref(&spec), &scenes);
        let wanted = 100.0 * number(&case["average_precision"]);
        near(value(&px_ap, &rows).expect("an object"), wanted, 1e-10);
        let pooled = PeakIou { interval, ..PeakIou::default() };
        near(value(&pooled, &rows).expect("an object"), 100.0 * number(&case["peak"][1]), 1e-10);

        // Images 0 and 2 of one class, image 1 of another: alone it is its own class.
        rows.labels = vec![4, 9, 4];
        let by_class = PxApV2 { interval };
        let of = |weights: &[u32]| estimator(&px_ap, &rows).values(weights)[0].expect("an object");
        let mean = (of(&[1, 0, 1]) + of(&[0, 1, 0])) / 2.0;
        near(value(&by_class, &rows).expect("two classes"), mean, 1e-10);
        // All of one class: PxAP.
        rows.labels = vec![3; 3];
        near(value(&by_class, &rows).expect("a class"), wanted, 1e-10);
        // Each of its own: the mean over images.
        rows.labels = vec![2, 0, 1];
        let images = list(&case["images"]).iter().map(|image| number(&image["average_precision"]));
        near(value(&by_class, &rows).expect("classes"), 100.0 * images.sum::<f64>() / 3.0, 1e-10);
    }
}

/// The peak over images: every image's IoU at every threshold, by comparing pixels with the threshold.
#[test]
fn the_peak_over_images_is_that_of_the_mean() {
    let golden = &golden()["histograms"];
    let scenes = scenes(golden);
    let interval = 0.25;
    let metric = over_images(interval);
    let rows = columns(&metric.measured_by(), &scenes);
    let iou = |scene: &Scene, threshold: f32| {
        let (mut both, mut either) = (0.0, 0.0);
        for (value, label) in scene.map.data.iter().zip(&scene.mask.data).filter(|(_, label)| **label != 255)
        {
            let (object, predicted) = (*label == 1, *value >= threshold);
            both += f64::from(u8::from(object && predicted));
            either += f64::from(u8::from(object || predicted));
        }
        both / either
    };
    let mean = |threshold: f32| scenes.iter().map(|scene| iou(scene, threshold)).sum::<f64>() / 3.0;
    let thresholds = [0.0, 0.25, 0.5, 0.75, 1.0];
    let best = thresholds.into_iter().max_by(|a, b| mean(*a).total_cmp(&mean(*b))).expect("thresholds");
    // The IoUs of images are held in f32.
    near(value(&metric, &rows).expect("objects"), 100.0 * mean(best), 1e-5);
    let images = estimator(&metric, &rows).images().swap_remove(0);
    for (found, scene) in images.iter().zip(&scenes) {
        near(found.expect("an object"), 100.0 * iou(scene, best), 1e-5);
    }
    // Of one image, both are the same.
    let one = columns(&metric.measured_by(), &scenes[..1]);
    let pooled = PeakIou { interval, ..PeakIou::default() };
    near(value(&metric, &one).expect("an object"), value(&pooled, &one).expect("an object"), 1e-5);
}

#[test]
fn names_and_sources() {
    let name = |metric: &dyn Metric| metric.measures()[0].name.clone();
    assert_eq!(name(&PxAp::default()), "px-ap");
    assert_eq!(name(&PxApV2 { interval: 0.01 }), "px-ap-v2@interval=0.01");
    assert_eq!(name(&over_images(0.001)), "peak-iou@over=images");
    assert_eq!(name(&over_images(0.5)), "peak-iou@interval=0.5,over=images");
    for metric in [&PxApV2 { interval: 0.5 } as &dyn Metric, &over_images(0.5)] {
        assert!(metric.measurement().is_none());
        assert_eq!(metric.measured_by(), [MetricSpec::PxAp(PxAp { interval: 0.5 })]);
    }
    // Claims need a mean over images.
    assert!(estimator(&PxAp::default(), &ImageColumns::default()).images().is_empty());
}
