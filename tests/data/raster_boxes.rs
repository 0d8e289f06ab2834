//! The one-pass box evaluator against OpenCV's recorded boxes and against Suzuki-Abe contours (`imageproc`).

use camlab::raster::boxes::{BoxError, EMPTY_BOX, Evaluator, LEVELS, level_of};
use camlab::raster::{Map, PixelBox};
use imageproc::contours::{BorderType, Contour, find_contours};
use proptest::prelude::*;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// A map that has the given 8-bit values: halfway to the next, so that no rounding can reach another.
fn map_of(height: usize, width: usize, values: &[u8]) -> Map {
    Map::new(height, width, values.iter().map(|&v| ((f32::from(v) + 0.5) / 255.0).min(1.0)).collect())
}

fn sorted(mut boxes: Vec<PixelBox>) -> Vec<PixelBox> {
    boxes.sort_unstable();
    boxes
}

/// Boxes that wsolevaluation would compute, from Suzuki-Abe contours: all boxes, and those of largest area.
fn by_contours(height: usize, width: usize, values: &[u8], level: u8) -> (Vec<PixelBox>, Vec<PixelBox>) {
    // A frame of background, since imageproc does not see borders along the image's edge.
    let image = image::GrayImage::from_fn(width as u32 + 2, height as u32 + 2, |x, y| {
        let inside = (1..=width as u32).contains(&x) && (1..=height as u32).contains(&y);
        let foreground = inside && values[(y as usize - 1) * width + x as usize - 1] > level;
        image::Luma([u8::from(foreground)])
    });
    let contours = find_contours::<i32>(&image);
    let boxed = |contour: &Contour<i32>| {
        let xs = || contour.points.iter().map(|point| point.x - 1);
        let ys = || contour.points.iter().map(|point| point.y - 1);
        let (x1, y1) = (xs().max().unwrap() + 1, ys().max().unwrap() + 1);
        let (x0, y0) = (xs().min().unwrap(), ys().min().unwrap());
        PixelBox::new(x0, y0, x1.min(width as i32 - 1), y1.min(height as i32 - 1))
    };
    let area = |contour: &Contour<i32>| {
        let points = &contour.points;
        let next = points.iter().cycle().skip(1);
        points.iter().zip(next).map(|(a, b)| a.x * b.y - a.y * b.x).sum::<i32>().abs()
    };
    let outermost = |contour: &&Contour<i32>| contour.border_type == BorderType::Outer;
    let most = contours.iter().map(area).max().unwrap_or(0);
    let largest: Vec<_> = contours.iter().filter(outermost).filter(|c| area(c) == most).map(boxed).collect();
    let all: Vec<_> = contours.iter().map(boxed).collect();
    match all.is_empty() {
        true => (vec![EMPTY_BOX], vec![EMPTY_BOX]),
        false => (sorted(all), largest),
    }
}

fn assert_agrees(height: usize, width: usize, values: &[u8]) {
    let mut evaluator = Evaluator::new(height, width).unwrap();
    let map = map_of(height, width, values);
    let boxes = evaluator.sweep(&map).unwrap();
    let truth = [PixelBox::new(1, 0, width as i32 / 2, height as i32 - 1), PixelBox::new(2, 2, 3, 3)];
    let iou = boxes.iou(&truth);
    for level in 0..LEVELS as u8 {
        let unchanged = level > 0 && !values.contains(&level);
        if unchanged {
            continue;
        }
        let (all, largest) = by_contours(height, width, values, level);
        assert_eq!(sorted(boxes.boxes_at(level)), all, "level {level} of {height}x{width} {values:?}");
        let ours = boxes.largest_at(level);
        assert!(largest.contains(&ours), "{ours:?}, not {largest:?} at {level}, {height}x{width} {values:?}");

        let best = |boxes: &[PixelBox]| {
            boxes.iter().flat_map(|b| truth.map(|t| b.iou(t) as f32)).fold(0.0, f32::max)
        };
        assert_eq!(iou.any[level as usize], best(&all));
        assert_eq!(iou.largest[level as usize], best(&[ours]));
    }
}

fn noise(rng: &mut ChaCha8Rng, count: usize, distinct: u32) -> Vec<u8> {
    let step = 255 / (distinct - 1);
    (0..count).map(|_| ((rng.next_u32() % distinct) * step) as u8).collect()
}

/// A sum of three waves: blobs, rings, saddles.
fn smooth(rng: &mut ChaCha8Rng, height: usize, width: usize) -> Vec<u8> {
    let mut unit = || rng.next_u32() as f32 / u32::MAX as f32;
    let waves: [[f32; 3]; 3] = std::array::from_fn(|_| [unit() * 0.6, unit() * 0.6, unit() * 6.0]);
    (0..height * width)
        .map(|i| {
            let (y, x) = ((i / width) as f32, (i % width) as f32);
            let sum: f32 = waves.iter().map(|[a, b, phase]| (a * x + b * y + phase).sin()).sum();
            ((sum / 6.0 + 0.5) * 255.0) as u8
        })
        .collect()
}

#[test]
fn a_thousand_maps_have_the_boxes_of_their_contours() {
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    for round in 0..1000u32 {
        let (height, width) = match round % 100 {
            0 => (64, 64),
            _ => (1 + rng.next_u32() as usize % 16, 1 + rng.next_u32() as usize % 16),
        };
        let values = match round % 5 {
            0 | 1 => smooth(&mut rng, height, width),
            2 => noise(&mut rng, height * width, 2),
            3 => noise(&mut rng, height * width, 4),
            _ => noise(&mut rng, height * width, 16),
        };
        assert_agrees(height, width, &values);
    }
}

#[test]
fn nested_rings_have_all_their_contours() {
    // Squares within squares, of falling and of rising value.
    let side = 21usize;
    for flip in [0u8, 255] {
        let ring = |i: usize| i.min(side - 1 - i);
        let values: Vec<u8> = (0..side * side)
            .map(|i| ring(i / side).min(ring(i % side)) as u8)
            .map(|depth| (if depth % 2 == 0 { 200 - depth * 5 } else { 20 + depth * 3 }) ^ flip)
            .collect();
        assert_agrees(side, side, &values);
    }
}

#[test]
fn constant_maps_have_the_empty_box_only() {
    let mut evaluator = Evaluator::new(5, 6).unwrap();
    let zeros = Map::new(5, 6, vec![0.0; 30]);
    let boxes = evaluator.sweep(&zeros).unwrap();
    let iou = boxes.iou(&[PixelBox::new(0, 0, 1, 1)]);
    for tau in [0.0, 0.2, 0.5, 0.999] {
        let level = boxes.level_of(tau);
        assert_eq!(level, 0);
        assert_eq!((boxes.boxes_at(level), boxes.largest_at(level)), (vec![EMPTY_BOX], EMPTY_BOX));
    }
    assert_eq!(iou.any, vec![0.25; LEVELS]);
    assert_eq!(iou.largest, vec![0.25; LEVELS]);
    assert!(boxes.iou(&[]).any.is_empty());
}

/// The same evaluator, used again after a busy map, gives what a new one gives.
#[test]
fn memory_of_an_earlier_map_leaves_no_trace() {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let mut reused = Evaluator::new(12, 9).unwrap();
    for distinct in [2, 16, 256, 3] {
        let map = map_of(12, 9, &noise(&mut rng, 108, distinct));
        let mut fresh = Evaluator::new(12, 9).unwrap();
        let truth = [PixelBox::new(2, 2, 6, 8)];
        assert_eq!(reused.sweep(&map).unwrap().iou(&truth), fresh.sweep(&map).unwrap().iou(&truth));
    }
}

/// `int(tau * 255)` takes every value of 0..=254 over `arange(0, 1, .001)`: 255 levels say what 1000 do.
#[test]
fn a_thousand_thresholds_are_255_levels() {
    let mut levels: Vec<u8> = (0..1000).map(|i| level_of(f64::from(i) * 0.001, 255)).collect();
    levels.dedup();
    assert_eq!(levels, (0..=254).collect::<Vec<u8>>());
}

#[test]
fn wrong_sizes_are_errors() {
    let error = Evaluator::new(4, 4).unwrap().sweep(&Map::new(4, 5, vec![0.0; 20])).err();
    assert!(matches!(error, Some(BoxError::Size { width: 5, expected_width: 4, .. })));
    assert!(Evaluator::new(0, 4).is_err());
    assert!(Evaluator::new(4, 1 << 20).is_err());
}

#[derive(serde::Deserialize)]
struct Golden {
    maps: Vec<GoldenMap>,
}

#[derive(serde::Deserialize)]
struct GoldenMap {
    height: usize,
    width: usize,
    values: Vec<u8>,
    runs: Vec<GoldenRun>,
}

#[derive(serde::Deserialize)]
struct GoldenRun {
    first: u8,
    last: u8,
    boxes: Vec<[i32; 4]>,
    largest: [i32; 4],
}

/// Made by OpenCV itself (`fixtures/golden/boxes/make.py`), ties of area included.
#[test]
fn opencv_finds_the_same_boxes() {
    let golden: Golden =
        serde_json::from_str(include_str!("../../fixtures/golden/boxes/cv2-boxes.json")).unwrap();
    let to_box = |[x0, y0, x1, y1]: [i32; 4]| PixelBox::new(x0, y0, x1, y1);
    for (index, map) in golden.maps.iter().enumerate() {
        let mut evaluator = Evaluator::new(map.height, map.width).unwrap();
        let scores = map_of(map.height, map.width, &map.values);
        let boxes = evaluator.sweep(&scores).unwrap();
        for run in &map.runs {
            for level in [run.first, run.last] {
                let expected = run.boxes.iter().copied().map(to_box).collect();
                assert_eq!(sorted(boxes.boxes_at(level)), sorted(expected), "map {index}, level {level}");
                assert_eq!(boxes.largest_at(level), to_box(run.largest), "map {index}, level {level}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_small_map_has_the_boxes_of_its_contours(
        width in 1usize..9,
        values in prop::collection::vec(prop::sample::select(vec![0u8, 1, 90, 254, 255]), 1..60),
    ) {
        let height = values.len().div_ceil(width);
        let mut values = values;
        values.resize(height * width, 0);
        assert_agrees(height, width, &values);
    }

    #[test]
    fn iou_is_symmetric_and_one_only_for_equal_boxes(
        a in (0i32..20, 0i32..20, 0i32..20, 0i32..20),
        b in (0i32..20, 0i32..20, 0i32..20, 0i32..20),
    ) {
        let (a, b) = (PixelBox::new(a.0, a.1, a.0 + a.2, a.1 + a.3), PixelBox::new(b.0, b.1, b.0 + b.2, b.1 + b.3));
        let iou = a.iou(b);
        prop_assert_eq!(iou, b.iou(a));
        prop_assert_eq!(iou == 1.0, a == b);
        prop_assert!((0.0..=1.0).contains(&iou));
        // Scaled up by a whole number and back again, a box is itself.
        prop_assert_eq!(a.scaled((20, 30), (60, 90)).scaled((60, 90), (20, 30)), a);
        let clipped = a.clipped(16, 16);
        prop_assert_eq!(clipped.clipped(16, 16), clipped);
        prop_assert!(clipped.x1 < 16 && clipped.y1 < 16);
    }
}
