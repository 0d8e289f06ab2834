//! Resizing against OpenCV's recorded results (`fixtures/golden/resize/make.py`).

use camlab::raster::{Interpolation, Map, Mask, resize, resize_mask_nearest};

#[derive(serde::Deserialize)]
struct Golden {
    cases: Vec<Case>,
}

#[derive(serde::Deserialize)]
struct Case {
    from: (usize, usize),
    to: (usize, usize),
    interpolation: Interpolation,
    input: Vec<f32>,
    output: Vec<f32>,
}

#[test]
fn opencv_resizes_alike() {
    let golden: Golden =
        serde_json::from_str(include_str!("../../fixtures/golden/resize/cv2-resize.json")).unwrap();
    assert!(golden.cases.len() > 20);
    for case in golden.cases {
        let map = Map::new(case.from.0, case.from.1, case.input);
        let ours = resize(&map, case.to.0, case.to.1, case.interpolation);
        for (i, (ours, theirs)) in ours.data.iter().zip(&case.output).enumerate() {
            let place = format!("{:?} {:?} -> {:?}, value {i}", case.interpolation, case.from, case.to);
            assert!((ours - theirs).abs() < 1e-5, "{place}: {ours}, OpenCV has {theirs}");
        }
    }
}

#[test]
fn masks_and_maps_are_picked_alike() {
    let labels: Vec<u8> = (0..35u8).map(|i| [0, 1, 255][usize::from(i * i) % 3]).collect();
    let map = Map::new(5, 7, labels.iter().map(|&label| f32::from(label)).collect());
    let mask = Mask { height: 5, width: 7, data: labels };
    for (height, width) in [(5, 7), (11, 3), (224, 224)] {
        let (map, mask) =
            (resize(&map, height, width, Interpolation::Nearest), resize_mask_nearest(&mask, height, width));
        assert!(map.data.iter().zip(&mask.data).all(|(a, &b)| *a == f32::from(b)));
    }
}

#[test]
fn a_resize_to_the_same_size_changes_nothing() {
    let map = Map::new(3, 4, (0..12u8).map(|i| (f32::from(i) * 0.7).sin()).collect());
    for interpolation in [Interpolation::Nearest, Interpolation::Bilinear, Interpolation::Bicubic] {
        assert_eq!(resize(&map, 3, 4, interpolation), map);
    }
}

#[test]
fn empty_maps_give_zeros() {
    let empty = Map::new(0, 0, vec![]);
    assert_eq!(resize(&empty, 2, 2, Interpolation::Bicubic).data, [0.0; 4]);
    assert_eq!(resize(&Map::new(1, 1, vec![3.0]), 0, 2, Interpolation::Bilinear).data, [0.0; 0]);
}
