//! The one-pass box evaluator against OpenCV's recorded boxes and against the definition of borders.

use std::collections::BTreeSet;

use camlab::raster::boxes::{BoxError, EMPTY_BOX, Evaluator, LEVELS, level_of};
use camlab::raster::{Map, PixelBox};
use proptest::prelude::*;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use sha2::{Digest as _, Sha256};

/// A map that has the given 8-bit values: halfway to the next, so that no rounding can reach another.
fn map_of(height: usize, width: usize, values: &[u8]) -> Map {
    Map::new(height, width, values.iter().map(|&v| ((f32::from(v) + 0.5) / 255.0).min(1.0)).collect())
}

fn sorted(mut boxes: Vec<PixelBox>) -> Vec<PixelBox> {
    boxes.sort_unstable();
    boxes
}

/// Boxes of all borders by their definition (Suzuki and Abe 1985): one around each 8-connected region of foreground, and
/// one around each 4-connected region of background that foreground surrounds, on the foreground next to it.
fn by_regions(height: usize, width: usize, values: &[u8], level: u8) -> Vec<PixelBox> {
    // A frame of background joins what is open to the edge.
    let (rows, columns) = (height + 2, width + 2);
    let foreground = |row: usize, column: usize| {
        (1..=height).contains(&row)
            && (1..=width).contains(&column)
            && values[(row - 1) * width + column - 1] > level
    };
    let mut seen = vec![false; rows * columns];
    let mut boxes = Vec::new();
    for start in 0..rows * columns {
        if seen[start] {
            continue;
        }
        let inside = foreground(start / columns, start % columns);
        let (mut left, mut top, mut right, mut bottom) = (columns, rows, 0, 0);
        let mut open = vec![start];
        seen[start] = true;
        while let Some(at) = open.pop() {
            let (row, column) = (at / columns, at % columns);
            (left, right) = (left.min(column), right.max(column));
            (top, bottom) = (top.min(row), bottom.max(row));
            for near in row.saturating_sub(1)..(row + 2).min(rows) {
                for beside in column.saturating_sub(1)..(column + 2).min(columns) {
                    let diagonal = near != row && beside != column;
                    let next = near * columns + beside;
                    if !seen[next] && foreground(near, beside) == inside && (inside || !diagonal) {
                        seen[next] = true;
                        open.push(next);
                    }
                }
            }
        }
        if !inside && left == 0 {
            continue;
        }
        let border = usize::from(!inside);
        boxes.push(PixelBox::new(
            (left - border) as i32 - 1,
            (top - border) as i32 - 1,
            ((right + border) as i32).min(width as i32 - 1),
            ((bottom + border) as i32).min(height as i32 - 1),
        ));
    }
    match boxes.is_empty() {
        true => vec![EMPTY_BOX],
        false => sorted(boxes),
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
        let all = by_regions(height, width, values, level);
        assert_eq!(sorted(boxes.boxes_at(level)), all, "level {level} of {height}x{width} {values:?}");
        let ours = boxes.largest_at(level);
        assert!(all.contains(&ours), "{ours:?}, not in {all:?} at {level}, {height}x{width} {values:?}");

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

/// SplitMix64, as `fixtures/golden/boxes/make.py` draws.
fn stream(mut state: u64) -> impl FnMut() -> u64 {
    move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

/// Map `index` of the thousand that `fixtures/golden/boxes/make.py` draws: height, width, values.
fn drawn(index: u64) -> (usize, usize, Vec<u8>) {
    let mut next = stream(index);
    let mut side = || match index % 100 {
        0 => 64,
        _ => 1 + (next() % 16) as usize,
    };
    let (height, width) = (side(), side());
    if index % 5 >= 2 {
        let distinct = [2, 4, 16][index as usize % 5 - 2];
        let values = (0..height * width).map(|_| (next() % distinct * (255 / (distinct - 1))) as u8);
        return (height, width, values.collect());
    }
    // Bilinear between numbers that stand four pixels apart.
    let columns = width / 4 + 2;
    let coarse: Vec<u64> = (0..(height / 4 + 2) * columns).map(|_| next() % 256).collect();
    let values = (0..height * width).map(|pixel| {
        let (y, x) = (pixel / width, pixel % width);
        let (at, down, right) = (y / 4 * columns + x / 4, y as u64 % 4, x as u64 % 4);
        let between = |at: usize| coarse[at] * (4 - right) + coarse[at + 1] * right;
        ((between(at) * (4 - down) + between(at + columns) * down) / 16) as u8
    });
    (height, width, values.collect())
}

/// Made by OpenCV itself, as text that is digested: every box, and the box of the largest area, ties included.
#[test]
fn opencv_finds_the_boxes_of_a_thousand_maps() {
    let digests = include_str!("../../fixtures/golden/boxes/cv2-digests.txt");
    for (index, expected) in digests.lines().enumerate() {
        let (height, width, values) = drawn(index as u64);
        let mut evaluator = Evaluator::new(height, width).unwrap();
        let boxes = evaluator.sweep(&map_of(height, width, &values)).unwrap();
        let levels: BTreeSet<u8> =
            values.iter().copied().filter(|v| (1..255).contains(v)).chain([0]).collect();
        let mut text = String::new();
        for level in levels {
            let mut all = sorted(boxes.boxes_at(level));
            all.push(boxes.largest_at(level));
            let all = all.iter().map(|b| format!(" {},{},{},{}", b.x0, b.y0, b.x1, b.y1));
            text += &format!("{level}{}\n", all.collect::<String>());
        }
        let digest: String = Sha256::digest(&text).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(digest, expected, "map {index}: {height}x{width} {values:?}:\n{text}");
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
    fn any_small_map_has_the_boxes_of_its_regions(
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
    }
}
