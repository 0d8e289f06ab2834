//! Properties that hold for any map and ground truth.

use camlab_parts::metric::{
    EnergyPointingGame, MaskIou, MetricSpec, PeakIou, PointingGame, PxAp, PxApV2, RelevanceMass,
    RelevanceRank, TopKIntersection,
};
use camlab_raster::{Map, Mask, PixelBox};
use proptest::prelude::*;

use crate::support::rows::{RandomRows, all_metrics};
use crate::support::scene::{Scene, columns, estimator, first, measured, values};

const HEIGHT: usize = 9;
const WIDTH: usize = 7;

/// Maps in [0, 1], with ties.
fn maps() -> impl Strategy<Value = Map> {
    let value = prop_oneof![0f32..=1.0, Just(0.0), Just(1.0), Just(0.5)];
    prop::collection::vec(value, HEIGHT * WIDTH).prop_map(|data| Map::new(HEIGHT, WIDTH, data))
}

/// One to three boxes, some of them beyond the image.
fn boxes() -> impl Strategy<Value = Vec<PixelBox>> {
    let one = (-3i32..9, -3i32..9, 0i32..6, 0i32..6);
    let one = one.prop_map(|(x, y, right, down)| PixelBox::new(x, y, x + right, y + down));
    prop::collection::vec(one, 1..4)
}

fn masks() -> impl Strategy<Value = Mask> {
    let label = prop_oneof![Just(0u8), Just(1), Just(Mask::IGNORED)];
    prop::collection::vec(label, HEIGHT * WIDTH).prop_map(|data| Mask { height: HEIGHT, width: WIDTH, data })
}

/// Metrics whose measures are percentages of something, each with what it measures itself.
fn percentages() -> Vec<MetricSpec> {
    let images = serde_json::json!({ "interval": 0.1, "over": "images" });
    vec![
        MetricSpec::PointingGame(PointingGame { tolerance: 2.0 }),
        MetricSpec::EnergyPointingGame(EnergyPointingGame {}),
        MetricSpec::RelevanceMass(RelevanceMass {}),
        MetricSpec::RelevanceRank(RelevanceRank {}),
        MetricSpec::TopKIntersection(TopKIntersection { k: 10 }),
        MetricSpec::MaskIou(MaskIou { thresholds: vec![0.0, 0.3, 1.0] }),
        MetricSpec::PxAp(PxAp { interval: 0.1 }),
        MetricSpec::PxApV2(PxApV2 { interval: 0.1 }),
        MetricSpec::PeakIou(PeakIou { interval: 0.1, ..PeakIou::default() }),
        MetricSpec::PeakIou(serde_json::from_value(images).expect("options")),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn percentages_are_between_0_and_100(
        images in prop::collection::vec((maps(), masks(), boxes()), 1..5),
    ) {
        let scene = |(map, mask, boxes): &(Map, Mask, Vec<PixelBox>)| {
            Scene { mask: mask.clone(), boxes: boxes.clone(), ..Scene::of(map.clone()) }
        };
        let scenes: Vec<Scene> = images.iter().map(scene).collect();
        let mut rows = columns(&percentages(), &scenes);
        rows.labels = (0..scenes.len()).map(|at| at % 2).collect();
        for spec in percentages() {
            let all = values(spec.metric(), &rows);
            let images = estimator(spec.metric(), &rows).images();
            for value in all.into_iter().chain(images.into_iter().flatten()).flatten() {
                prop_assert!((0.0..=100.0 + 1e-9).contains(&value), "{spec:?}: {value}");
            }
        }
    }

    /// The highest pixels of the mask as a map are the object's.
    #[test]
    fn the_mask_itself_has_the_rank_of_all(boxes in boxes()) {
        let mask = Mask::from_boxes(HEIGHT, WIDTH, &boxes);
        let map = Map::new(HEIGHT, WIDTH, mask.data.iter().map(|label| f32::from(*label)).collect());
        let scene = Scene::of(map).with_boxes(&boxes);
        let object = mask.data.contains(&1);
        let all = object.then_some(1.0);
        prop_assert_eq!(first(&measured(&RelevanceRank {}, &scene)), all);
        prop_assert_eq!(first(&measured(&RelevanceMass {}, &scene)), all);
        prop_assert_eq!(first(&measured(&MaskIou::default(), &scene)), all);
        // A mask of the whole image is a constant map.
        let pointed = all.filter(|_| mask.data.contains(&0));
        prop_assert_eq!(first(&measured(&PointingGame { tolerance: 0.0 }, &scene)), pointed);
    }

    /// Equal if the mask is the filled boxes and one of their pixels is in the image.
    #[test]
    fn energy_in_boxes_is_the_relevance_mass(map in maps(), boxes in boxes()) {
        let scene = Scene::of(map).with_boxes(&boxes);
        let [energy, mass] = [
            first(&measured(&EnergyPointingGame {}, &scene)),
            first(&measured(&RelevanceMass {}, &scene)),
        ];
        if scene.mask.data.contains(&1) {
            prop_assert_eq!(energy, mass);
        } else {
            prop_assert!(mass.is_none() && energy.is_none_or(|energy| energy == 0.0));
        }
    }

    /// A longer reach hits whatever a shorter one does.
    #[test]
    fn a_tolerance_only_adds_hits(map in maps(), mask in masks(), reach in 0f32..5.0, more in 0f32..5.0) {
        let scene = Scene { mask, ..Scene::of(map) };
        let hit = |tolerance: f32| first(&measured(&PointingGame { tolerance }, &scene));
        prop_assert!(hit(reach) <= hit(reach + more));
        prop_assert_eq!(hit(reach).is_some(), hit(0.0).is_some());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    /// Sums over images are taken in their order: the last places may differ, a choice of a threshold may not.
    #[test]
    fn the_order_of_the_images_changes_nothing(
        (seed, order) in (0u64..1000, Just((0..15).collect::<Vec<usize>>()).prop_shuffle()),
    ) {
        let random = RandomRows::new(seed, 15);
        let shuffled = random.picked(&order);
        for spec in all_metrics() {
            let pairs = values(spec.metric(), &random.rows).into_iter().zip(values(spec.metric(), &shuffled));
            for (found, wanted) in pairs {
                let near = |(found, wanted): (f64, f64)| (found - wanted).abs() <= 1e-9 * wanted.abs();
                prop_assert_eq!(found.is_some(), wanted.is_some());
                prop_assert!(found.zip(wanted).is_none_or(near), "{:?}: {:?}, {:?}", spec, found, wanted);
            }
        }
    }
}
