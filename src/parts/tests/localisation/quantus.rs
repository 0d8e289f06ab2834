//! Metrics of the map's highest pixels and of its sum, against Quantus and scikit-learn.

use camlab_parts::metric::{
    EnergyPointingGame, MaskIou, Metric, MetricSpec, PointingGame, RelevanceMass, RelevanceRank,
    TopKIntersection,
};
use camlab_raster::{Map, Mask, PixelBox};
use serde_json::Value;

use crate::support::golden::{doubles, floats, golden, list, near, number, size};
use crate::support::scene::{Scene, columns, estimator, values};

/// The golden maps, without and with negative values, and their masks.
fn scenes(golden: &Value) -> Vec<Scene> {
    let [height, width] = ["height", "width"].map(|side| size(&golden[side]));
    let scene = |case: &Value| {
        let data = list(&case["mask"]).iter().map(|value| number(value) as u8).collect();
        let mask = Mask { height, width, data };
        Scene { mask, ..Scene::of(Map::new(height, width, floats(&case["map"]))) }
    };
    list(&golden["cases"]).iter().map(scene).collect()
}

/// Image by image, and as means in percent.
#[track_caller]
fn check(spec: &MetricSpec, scenes: &[Scene], wanted: &[Vec<f64>]) {
    let rows = columns(std::slice::from_ref(spec), scenes);
    let metric: &dyn Metric = spec.metric();
    let estimator = estimator(metric, &rows);
    assert_eq!(estimator.counts(), vec![scenes.len(); wanted.len()]);
    let means = values(metric, &rows);
    for ((images, wanted), mean) in estimator.images().iter().zip(wanted).zip(means) {
        for (found, wanted) in images.iter().zip(wanted) {
            near(found.expect("a value"), 100.0 * wanted, 1e-7);
        }
        let expected = 100.0 * wanted.iter().sum::<f64>() / wanted.len() as f64;
        near(mean.expect("a mean"), expected, 1e-7);
    }
}

#[test]
fn numbers_are_those_of_quantus_and_scikit_learn() {
    let golden = &golden()["localisation"];
    let (scenes, cases) = (scenes(golden), list(&golden["cases"]));
    let column = |name: &str| vec![cases.iter().map(|case| number(&case[name])).collect::<Vec<_>>()];
    let on_the_object = PointingGame { tolerance: 0.0 };
    check(&MetricSpec::PointingGame(on_the_object), &scenes, &column("pointing"));
    check(&MetricSpec::RelevanceMass(RelevanceMass {}), &scenes, &column("mass"));
    check(&MetricSpec::RelevanceRank(RelevanceRank {}), &scenes, &column("rank"));
    for (at, k) in [1, 10, 40].into_iter().enumerate() {
        let wanted: Vec<f64> = cases.iter().map(|case| number(&case["top"][at][1])).collect();
        assert_eq!(size(&cases[0]["top"][at][0]), k);
        check(&MetricSpec::TopKIntersection(TopKIntersection { k }), &scenes, &[wanted]);
    }
    let thresholds = floats(&golden["thresholds"]);
    let at = |place: usize| cases.iter().map(|case| doubles(&case["iou"])[place]).collect();
    let wanted: Vec<Vec<f64>> = (0..thresholds.len()).map(at).collect();
    check(&MetricSpec::MaskIou(MaskIou { thresholds }), &scenes, &wanted);
}

/// Of a uniform map the boxes hold their share of the pixels, those under two boxes counted once; of a map that is 0
/// outside they hold all.
#[test]
fn energy_is_shared_between_the_boxes_and_the_rest() {
    let boxes = [PixelBox::new(0, 0, 3, 4), PixelBox::new(2, 4, 5, 9)];
    let mut inside = vec![0.0; 80];
    (inside[2 * 8 + 3], inside[9 * 8 + 5]) = (0.25, 1.0);
    let scene = |data: Vec<f32>| Scene::of(Map::new(10, 8, data)).with_boxes(&boxes);
    let scenes = [scene(vec![0.5; 80]), scene(inside)];
    let spec = MetricSpec::EnergyPointingGame(EnergyPointingGame {});
    // 4 x 5 and 4 x 6 pixels, two of them in both.
    check(&spec, &scenes, &[vec![(20.0 + 24.0 - 2.0) / 80.0, 1.0]]);
}

/// Distances are measured between the centres of pixels at the size of the map.
#[test]
fn a_tolerance_reaches_beyond_the_object() {
    let mut values = vec![0.0; 400];
    values[2 * 20 + 2] = 1.0;
    let scene = |corner: i32| {
        let boxes = [PixelBox::new(corner, corner, 19, 19)];
        Scene::of(Map::new(20, 20, values.clone())).with_boxes(&boxes)
    };
    // 9 and 11 rows and columns away: 12.7 and 15.6 pixels.
    let scenes = [scene(11), scene(13)];
    check(&MetricSpec::PointingGame(PointingGame::default()), &scenes, &[vec![1.0, 0.0]]);
    check(&MetricSpec::PointingGame(PointingGame { tolerance: 16.0 }), &scenes, &[vec![1.0, 1.0]]);
}

#[test]
fn options_are_part_of_names_and_columns() {
    let names = |spec: &MetricSpec| {
        let metric = spec.metric();
        let columns = metric.measurement().expect("a measurement").columns();
        let columns: Vec<String> = columns.into_iter().map(|column| column.name).collect();
        let measures = metric.measures().into_iter().map(|measure| measure.name);
        (measures.collect::<Vec<_>>().join(" "), columns.join(" "))
    };
    let known = |spec: MetricSpec, name: &str, column: &str| {
        assert_eq!(names(&spec), (name.to_owned(), column.to_owned()));
    };
    known(MetricSpec::PointingGame(PointingGame::default()), "pointing-game", "pointing_game");
    let exact = MetricSpec::PointingGame(PointingGame { tolerance: 0.0 });
    known(exact, "pointing-game@tolerance=0", "pointing_game@tolerance=0");
    let top = MetricSpec::TopKIntersection(TopKIntersection { k: 5 });
    known(top, "top-k-intersection@k=5", "top_k_intersection@k=5");
    let both = MetricSpec::MaskIou(MaskIou { thresholds: vec![0.5, 0.25] });
    known(both, "mask-iou@0.5 mask-iou@0.25", "mask_iou@0.5 mask_iou@0.25");
}
