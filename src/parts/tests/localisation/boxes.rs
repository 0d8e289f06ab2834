//! CorLoc and the kinds of localisation errors.

use camlab_parts::metric::{
    BoxHits, ChosenLevels, Contours, CorLoc, GtKnownLoc, ImageColumns, LocalisationErrors, Metric,
    MetricSpec, Top1Loc,
};
use camlab_raster::boxes::{Evaluator, LEVELS};
use camlab_raster::{BoxErrorLimits, BoxOutcome, Map, PixelBox};
use serde_json::Value;

use crate::support::golden::{golden, list, near, number};
use crate::support::scene::{Scene, columns, curve, estimator, measured, value, values};

fn specs(iou: f64) -> [MetricSpec; 4] {
    [
        MetricSpec::LocalisationErrors(LocalisationErrors { iou }),
        MetricSpec::CorLoc(CorLoc { iou }),
        MetricSpec::GtKnownLoc(GtKnownLoc { iou }),
        MetricSpec::Top1Loc(Top1Loc { iou }),
    ]
}

/// Columns of the boxes of some scenes, as the stages make them; the class is ranked as given.
fn rows(iou: f64, scenes: &[Scene], ranks: &[Option<u32>], labels: &[usize]) -> ImageColumns {
    let mut rows = columns(&specs(iou), scenes);
    rows.boxes = BoxHits::of(&specs(iou));
    for scene in scenes {
        let mut evaluator = Evaluator::new(scene.map.height, scene.map.width).expect("a size");
        let levels = evaluator.sweep(&scene.map).expect("a map").iou(&scene.boxes);
        rows.boxes.push(&levels.any, &levels.largest);
    }
    rows.label_rank = ranks.to_vec();
    rows.labels = labels.to_vec();
    rows
}

/// A map whose box is `found` at every level but 255: 1 inside, 0 outside. A box ends one pixel after its region.
fn filled(side: usize, found: PixelBox) -> Map {
    let inside = |at: usize| {
        let (x, y) = ((at % side) as i32, (at / side) as i32);
        (found.x0..found.x1).contains(&x) && (found.y0..found.y1).contains(&y)
    };
    Map::new(side, side, (0..side * side).map(|at| f32::from(u8::from(inside(at)))).collect())
}

fn read(value: &Value) -> PixelBox {
    let corners: Vec<i32> = list(value).iter().map(|value| number(value) as i32).collect();
    PixelBox::new(corners[0], corners[1], corners[2], corners[3])
}

/// The kinds of TS-CAM's code, but for an IoU of exactly 0.5, which counts as correct here as in Top-1 Loc.
#[test]
fn kinds_are_those_of_ts_cam() {
    const NAMES: [&str; 6] = ["correct", "classification", "multi-instance", "part", "more", "wrong"];
    let metric = LocalisationErrors::default();
    let mut seen = [0; 6];
    for case in list(&golden()["boxes"]) {
        let found = read(&case["box"]);
        // Boxes that a map of 32 x 32 pixels can have.
        if found.x0 < 0 || found.y0 < 0 || found.x1 <= found.x0 || found.y1 <= found.y0 {
            continue;
        }
        let truth: Vec<PixelBox> = list(&case["truth"]).iter().map(read).collect();
        let scene = Scene::of(filled(36, found)).with_boxes(&truth);
        let rows = rows(0.5, std::slice::from_ref(&scene), &[Some(0)], &[0]);
        let half = truth.iter().any(|one| one.iou(found) == 0.5);
        let kind = if half { "correct" } else { case["kind"].as_str().expect("a kind") };
        let wanted: Vec<_> = NAMES.iter().map(|name| Some(if *name == kind { 100.0 } else { 0.0 })).collect();
        let levels = ChosenLevels::new([((Contours::Largest, 0.5), 100)]);
        let estimator = metric.at_levels(&rows, &levels).expect("a level");
        assert_eq!(estimator.values(&[1]), wanted, "{case}");
        seen[NAMES.iter().position(|name| *name == kind).expect("a kind")] += 1;
    }
    assert!(seen[0] > 10 && seen[2..].iter().all(|count| *count > 3), "{seen:?}");
    let measures: Vec<String> = metric.measures().into_iter().map(|measure| measure.name).collect();
    assert_eq!(measures, NAMES.map(|name| format!("localisation-errors@{name}")));
}

/// Scenes of several shapes, with one map that has several contours.
fn scenes() -> Vec<Scene> {
    let ramp = |scale: f32| {
        let value = |at: usize| {
            let (y, x) = ((at / 40) as f32, (at % 40) as f32);
            let hill = |row: f32, column: f32, width: f32| {
                (-((y - row).powi(2) + (x - column).powi(2)) / width).exp()
            };
            hill(10.0, 10.0, 60.0 * scale) + 0.6 * hill(28.0, 30.0, 90.0)
        };
        let mut map = Map::new(40, 40, (0..1600).map(value).collect());
        camlab_raster::min_max_in_place(&mut map);
        map
    };
    let boxes = [
        vec![PixelBox::new(5, 5, 16, 16)],
        vec![PixelBox::new(5, 5, 16, 16), PixelBox::new(24, 22, 36, 35)],
        vec![PixelBox::new(2, 1, 30, 29)],
        Vec::new(),
        vec![PixelBox::new(0, 30, 5, 39)],
        vec![PixelBox::new(10, 10, 12, 12)],
    ];
    let scene =
        |(at, boxes): (usize, Vec<PixelBox>)| Scene::of(ramp(1.0 + at as f32 / 3.0)).with_boxes(&boxes);
    boxes.into_iter().enumerate().map(scene).collect()
}

const RANKS: [Option<u32>; 6] = [Some(0), Some(0), Some(3), Some(0), Some(0), None];
const LABELS: [usize; 6] = [5, 5, 2, 2, 0, 0];

/// The six add up to 100, and the first is Top-1 Loc, at the level of GT-known Loc and at levels chosen elsewhere.
#[test]
fn the_kinds_add_up_and_correct_is_top_1_loc() {
    let scenes = scenes();
    for iou in [0.1, 0.3, 0.5, 0.7, 0.9] {
        let rows = rows(iou, &scenes, &RANKS, &LABELS);
        let (errors, top1) = (LocalisationErrors { iou }, Top1Loc { iou });
        let weights = [[1; 6], [3, 0, 1, 7, 2, 1], [0, 0, 1, 1, 1, 5], [0, 1, 0, 0, 0, 0]];
        for weights in weights {
            let found = estimator(&errors, &rows).values(&weights);
            let sum: f64 = found.iter().flatten().sum();
            near(sum, 100.0, 1e-9);
            assert_eq!(found[0], estimator(&top1, &rows).values(&weights)[0]);
            for level in [0, 1, 60, 127, 200, 254] {
                let levels = ChosenLevels::new([((Contours::Largest, iou), level)]);
                let found = errors.at_levels(&rows, &levels).expect("a level").values(&weights);
                let wanted = top1.at_levels(&rows, &levels).expect("a level").values(&weights);
                near(found.iter().flatten().sum::<f64>(), 100.0, 1e-9);
                near(found[0].expect("a value"), wanted[0].expect("a value"), 1e-9);
            }
        }
        assert!(errors.at_levels(&rows, &ChosenLevels::default()).is_none());
        // Images with boxes and a ranked class: of six, one has no box and one no rank.
        assert_eq!(estimator(&errors, &rows).counts(), [4; 6]);
        for (kind, images) in estimator(&errors, &rows).images().iter().enumerate() {
            assert_eq!((images.len(), images[3], images[5]), (6, None, None));
            let mean = images.iter().flatten().sum::<f64>() / 4.0;
            near(values(&errors, &rows)[kind].expect("a value"), mean, 1e-9);
            // The third image's class is not first.
            assert_eq!(images[2], Some(if kind == 1 { 100.0 } else { 0.0 }));
        }
    }
}

/// IoUs are compared as those of all box metrics are, in f32: 1/3 is one of 0.33333334.
#[test]
fn correct_is_rounded_as_top_1_loc_is() {
    let iou = 0.333_333_34;
    assert!(1.0 / 3.0 < iou && 1.0f32 / 3.0 >= iou as f32);
    let scene = Scene::of(filled(40, PixelBox::new(0, 0, 9, 9))).with_boxes(&[PixelBox::new(0, 0, 9, 29)]);
    let rows = rows(iou, &[scene], &[Some(0)], &[0]);
    assert_eq!(value(&Top1Loc { iou }, &rows), Some(100.0));
    assert_eq!(value(&LocalisationErrors { iou }, &rows), Some(100.0));
}

/// The runs say for every level what the box of the largest contour there is.
#[test]
fn runs_hold_the_outcome_of_every_level() {
    let metric = LocalisationErrors::default();
    for scene in scenes() {
        let values = measured(&metric, &scene);
        let runs = curve(&values, 0);
        if scene.boxes.is_empty() {
            assert!(runs.is_empty());
            continue;
        }
        let mut evaluator = Evaluator::new(40, 40).expect("a size");
        let levels = evaluator.sweep(&scene.map).expect("a map");
        let limits = BoxErrorLimits { inclusive: true, ..BoxErrorLimits::default() };
        for level in 0..LEVELS {
            let place = match limits.outcome(levels.largest_at(level as u8), &scene.boxes) {
                BoxOutcome::Correct => 0.0,
                BoxOutcome::MultiInstance => 2.0,
                BoxOutcome::Part => 3.0,
                BoxOutcome::More => 4.0,
                BoxOutcome::Wrong => 5.0,
            };
            let run = runs.chunks_exact(2).rev().find(|run| run[0] <= level as f32).expect("a run");
            assert_eq!(run[1], place, "level {level}");
        }
        assert!(runs.chunks_exact(2).is_sorted_by(|a, b| a[0] < b[0] && a[1] != b[1]));
    }
}

/// The mean over classes of the accuracies of their images, at the level that is best for all of them.
#[test]
fn corloc_is_the_mean_of_the_classes() {
    let scenes = scenes();
    for iou in [0.3, 0.5] {
        let rows = rows(iou, &scenes, &RANKS, &LABELS);
        let (corloc, all) = (CorLoc { iou }, GtKnownLoc { iou });
        for weights in [[1; 6], [2, 1, 4, 9, 1, 0], [0, 0, 0, 1, 1, 3]] {
            let level = (0..LEVELS as u8)
                .max_by_key(|level| {
                    let levels = ChosenLevels::new([((Contours::Largest, iou), *level)]);
                    let found = all.at_levels(&rows, &levels).expect("a level").values(&weights)[0];
                    ((found.expect("boxes") * 1e6) as u64, std::cmp::Reverse(*level))
                })
                .expect("levels");
            let levels = ChosenLevels::new([((Contours::Largest, iou), level)]);
            let of = |class: usize| {
                let mut own = weights;
                own.iter_mut().zip(LABELS).for_each(|(weight, label)| *weight *= u32::from(label == class));
                all.at_levels(&rows, &levels).expect("a level").values(&own)[0]
            };
            let known: Vec<f64> = [0, 2, 5].into_iter().filter_map(of).collect();
            let mean = known.iter().sum::<f64>() / known.len() as f64;
            near(estimator(&corloc, &rows).values(&weights)[0].expect("classes"), mean, 1e-9);
            let there = corloc.at_levels(&rows, &levels).expect("a level");
            near(there.values(&weights)[0].expect("classes"), mean, 1e-9);
        }
        assert_eq!(estimator(&corloc, &rows).counts(), [5]);
        // One class only: GT-known Loc.
        let one = ImageColumns { labels: vec![3; 6], ..rows };
        assert_eq!(value(&corloc, &one), value(&all, &one));
    }
}
