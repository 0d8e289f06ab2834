//! Ground truth and maps on which a metric of localisation has no value. Nothing panics.

use camlab_parts::metric::{
    CorLoc, EnergyPointingGame, LocalisationErrors, MaskIou, Measured, Metric, PointingGame, PxAp,
    RelevanceMass, RelevanceRank, TopKIntersection,
};
use camlab_raster::{Map, Mask, PixelBox};

use crate::support::rows::empty;
use crate::support::scene::{Scene, curve, first, measured, value};

fn metrics() -> Vec<Box<dyn Metric>> {
    vec![
        Box::new(PointingGame::default()),
        Box::new(EnergyPointingGame {}),
        Box::new(RelevanceMass {}),
        Box::new(RelevanceRank {}),
        Box::new(TopKIntersection::default()),
        Box::new(MaskIou { thresholds: vec![0.5] }),
        Box::new(PxAp::default()),
        Box::new(LocalisationErrors::default()),
    ]
}

fn name(metric: &dyn Metric) -> String {
    let name = metric.measures()[0].name.clone();
    name.split('@').next().unwrap_or_default().to_owned()
}

/// The names of the metrics that have a value for a scene.
fn defined(scene: &Scene) -> Vec<String> {
    let has = |metric: &dyn Metric| match &measured(metric, scene)[..] {
        [Measured::Number(Some(value))] => {
            assert!(value.is_finite(), "{}: {value}", name(metric));
            true
        }
        [Measured::Number(None)] => false,
        [Measured::List(list)] => {
            assert!(list.iter().all(|value| value.is_finite()), "{}", name(metric));
            !list.is_empty()
        }
        other => panic!("{}: {other:?}", name(metric)),
    };
    metrics().iter().filter(|metric| has(metric.as_ref())).map(|metric| name(metric.as_ref())).collect()
}

fn ramp(height: usize, width: usize) -> Map {
    let count = height * width;
    Map::new(height, width, (0..count).map(|at| at as f32 / (count.max(2) - 1) as f32).collect())
}

const BOX: [PixelBox; 1] = [PixelBox { x0: 2, y0: 1, x1: 4, y1: 5 }];

#[test]
fn all_are_defined_with_a_box() {
    assert_eq!(defined(&Scene::of(ramp(8, 9)).with_boxes(&BOX)).len(), metrics().len());
}

#[test]
fn without_ground_truth_none_is_defined() {
    let none: [String; 0] = [];
    assert_eq!(defined(&Scene::of(ramp(8, 9))), none);
    // Ignored pixels are no object.
    let mask = Mask { height: 8, width: 9, data: vec![Mask::IGNORED; 72] };
    assert_eq!(defined(&Scene { mask, ..Scene::of(ramp(8, 9)) }), none);
    // A mask of another size.
    let mask = Mask::from_boxes(9, 8, &BOX);
    assert_eq!(defined(&Scene { mask, ..Scene::of(ramp(8, 9)) }), none);
    assert_eq!(defined(&Scene::of(ramp(0, 0))), none);
}

/// A mask without a box, and boxes outside the image, of which no pixel is an object's.
#[test]
fn a_mask_and_no_box_and_the_other_way_round() {
    let boxed = ["energy-pointing-game", "localisation-errors"];
    let mask = Mask::from_boxes(8, 9, &BOX);
    let found = defined(&Scene { mask, ..Scene::of(ramp(8, 9)) });
    assert_eq!(found.len(), metrics().len() - 2);
    assert!(boxed.iter().all(|name| !found.contains(&(*name).to_owned())));
    let outside =
        Scene::of(ramp(8, 9)).with_boxes(&[PixelBox::new(20, 20, 30, 30), PixelBox::new(-9, -9, -2, -2)]);
    assert_eq!(defined(&outside), boxed);
    assert_eq!(first(&measured(&EnergyPointingGame {}, &outside)), Some(0.0));
}

/// A constant map has no maximum to point with; a map of zeros no sum; its other pixels are ranked by their places.
#[test]
fn constant_maps() {
    let of = |value: f32| defined(&Scene::of(Map::new(8, 9, vec![value; 72])).with_boxes(&BOX));
    let constant = [
        "energy-pointing-game",
        "relevance-mass",
        "relevance-rank",
        "top-k-intersection",
        "mask-iou",
        "px-ap",
        "localisation-errors",
    ];
    assert_eq!(of(0.5), constant);
    assert_eq!(of(0.0), constant[2..]);
}

/// A value that is not a number leaves what compares with a threshold: no pixel that is not a number reaches it.
#[test]
fn maps_that_are_not_finite() {
    for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let mut one = ramp(8, 9);
        one.data[30] = value;
        for map in [one, Map::new(8, 9, vec![value; 72])] {
            let found = defined(&Scene::of(map).with_boxes(&BOX));
            for name in ["pointing-game", "energy-pointing-game", "relevance-mass"] {
                assert!(!found.contains(&name.to_owned()), "{value}: {name}");
            }
            // The boxes of such a map are those of every box metric.
            for name in ["mask-iou", "localisation-errors"] {
                assert!(found.contains(&name.to_owned()), "{value}: {name}");
            }
        }
        let nan = Scene::of(Map::new(8, 9, vec![f32::NAN; 72])).with_boxes(&BOX);
        assert_eq!(defined(&nan), ["mask-iou", "localisation-errors"]);
        assert_eq!(first(&measured(&MaskIou::default(), &nan)), Some(0.0));
    }
}

/// One pixel, one row, one column, and 3 x 3 pixels, all of them an object.
#[test]
fn tiny_images() {
    for (height, width) in [(1, 1), (1, 2), (5, 1), (3, 3)] {
        let scene = Scene::of(ramp(height, width)).with_boxes(&[PixelBox::new(0, 0, 9, 9)]);
        let found = defined(&scene);
        // One pixel is a constant map, of 0.
        let wanted = if height * width == 1 { metrics().len() - 3 } else { metrics().len() };
        assert_eq!(found.len(), wanted, "{height} x {width}: {found:?}");
    }
}

/// More pixels than the image has are all of them.
#[test]
fn k_beyond_the_image() {
    let scene = Scene::of(ramp(8, 9)).with_boxes(&BOX);
    for k in [72, 1000, usize::MAX] {
        let found = first(&measured(&TopKIntersection { k }, &scene));
        assert_eq!(found, Some(15.0 / 72.0));
    }
    assert_eq!(first(&measured(&TopKIntersection { k: 0 }, &scene)), None);
}

/// Intervals that TOML does not accept, in a value made by code.
#[test]
fn intervals_without_bins() {
    let scene = Scene::of(ramp(8, 9)).with_boxes(&BOX);
    for interval in [0.0, -1.0, 2.0, f64::NAN] {
        let values = measured(&PxAp { interval }, &scene);
        assert!(curve(&values, 0).is_empty());
        assert_eq!(value(&PxAp { interval }, &empty()), None);
    }
    // IoUs that no box has been asked for.
    assert_eq!(value(&CorLoc { iou: 0.123 }, &empty()), None);
}
