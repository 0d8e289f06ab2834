//! The unit values of wsolevaluation's own `evaluation_test.py`, as far as they concern boxes.

use camlab::raster::boxes::{EMPTY_BOX, Evaluator};
use camlab::raster::{Map, PixelBox, min_max};

/// `np.arange(0, 1, 0.2)`, the last bit included.
const TAUS: [f64; 5] = [0.0, 0.2, 0.4, 0.600_000_000_000_000_1, 0.8];

fn largest(map: &Map) -> Vec<[i32; 4]> {
    let mut evaluator = Evaluator::new(map.height, map.width).unwrap();
    let levels = evaluator.sweep(map).unwrap();
    let corners = |b: PixelBox| [b.x0, b.y0, b.x1, b.y1];
    TAUS.iter().map(|tau| corners(levels.largest_at(levels.level_of(*tau)))).collect()
}

#[test]
fn a_degenerate_map_gives_the_empty_box_at_every_threshold() {
    let zeros = Map::new(3, 3, vec![0.0; 9]);
    assert_eq!(largest(&zeros), [[0, 0, 0, 0]; 5]);
    assert_eq!(EMPTY_BOX, PixelBox::new(0, 0, 0, 0));
    // There a map of NaN is an error of the box function; its `normalize_scoremap` turns it into zeros first.
    let nan = min_max(&Map::new(3, 3, vec![f32::NAN; 9]));
    assert_eq!(largest(&nan), [[0, 0, 0, 0]; 5]);
}

#[test]
fn a_map_with_one_mode() {
    #[rustfmt::skip]
    let map = Map::new(4, 5, vec![
        0.0, 0.0, 0.0, 0.0, 0.0,
        0.0, 0.4, 0.4, 0.4, 0.6,
        0.0, 0.4, 1.0, 0.8, 0.6,
        0.0, 0.4, 0.4, 0.4, 0.6,
    ]);
    assert_eq!(largest(&map), [[1, 1, 4, 3], [1, 1, 4, 3], [2, 1, 4, 3], [2, 2, 4, 3], [2, 2, 3, 3]]);
}

#[test]
fn a_map_with_several_modes() {
    #[rustfmt::skip]
    let map = Map::new(4, 5, vec![
        0.4, 0.0, 0.2, 0.2, 0.2,
        0.4, 0.4, 0.0, 0.4, 0.0,
        0.0, 0.0, 0.0, 0.4, 0.0,
        1.0, 0.6, 0.8, 0.2, 0.2,
    ]);
    assert_eq!(largest(&map), [[0, 0, 4, 3], [0, 0, 2, 2], [0, 3, 3, 3], [2, 3, 3, 3], [0, 3, 1, 3]]);
}

#[test]
fn overlap_counts_both_corners() {
    let iou = |a: [i32; 4], b: [i32; 4]| {
        PixelBox::new(a[0], a[1], a[2], a[3]).iou(PixelBox::new(b[0], b[1], b[2], b[3]))
    };
    assert_eq!(iou([0; 4], [0; 4]), 1.0);
    assert_eq!(iou([1, 1, 3, 3], [1, 1, 3, 3]), 1.0);
    assert_eq!(iou([1, 1, 3, 3], [4, 4, 5, 5]), 0.0);
    assert!((iou([1, 2, 5, 6], [3, 1, 4, 5]) - 8.0 / 27.0).abs() < 1e-6);
}

#[test]
fn boxes_move_to_another_size_by_truncation() {
    // Sizes there are (width, height), here (height, width).
    assert_eq!(PixelBox::new(1, 2, 4, 3).scaled((20, 10), (10, 35)), PixelBox::new(3, 1, 14, 1));
    assert_eq!(PixelBox::new(1, 2, 1, 2).scaled((3, 3), (3, 3)), PixelBox::new(1, 2, 1, 2));
}
