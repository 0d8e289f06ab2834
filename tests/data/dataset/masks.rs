//! Masks from files, and truth on an evaluation grid.

use camlab::data::{GroundTruth, open};
use camlab::raster::{Mask, PixelBox};
use proptest::prelude::*;

use crate::dataset::{error, fixture, spec};

const OBJECT: [u8; 24] = [
    0, 0, 0, 0, 0, 0, //
    0, 0, 1, 1, 1, 0, //
    0, 0, 1, 1, 1, 0, //
    0, 0, 0, 0, 0, 0,
];

/// A folder with one 16x12 image of class `a` and the given fixture as its mask.
fn with_mask(mask: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for sub in ["a", "masks/a"] {
        std::fs::create_dir_all(folder.path().join(sub)).unwrap();
    }
    std::fs::copy(fixture("images/rgb.jpg"), folder.path().join("a/x.jpg")).unwrap();
    std::fs::copy(fixture(&format!("images/{mask}")), folder.path().join("masks/a/x.png")).unwrap();
    folder
}

fn toml(folder: &tempfile::TempDir, more: &str) -> String {
    format!("{{ folder = {{ root = '{}', masks = 'masks'{more} }} }}", folder.path().display())
}

#[test]
fn nonzero_is_object_and_the_ignore_value_is_ignored() {
    let folder = with_mask("mask-ignore.png");
    let truth = |more: &str| {
        let dataset = open(&spec(&toml(&folder, more)).unwrap()).unwrap();
        assert_eq!(
            (dataset.len(), dataset.classes(), dataset.has_masks()),
            (1, &["a".to_string()][..], true)
        );
        dataset.truth(0).unwrap()
    };
    let mut corner = OBJECT;
    corner[0] = 1;
    assert_eq!(truth("").mask.unwrap().data, corner);
    corner[0] = 255;
    assert_eq!(truth(", ignore-value = 128").mask.unwrap().data, corner);
    assert_eq!(truth("").size, (16, 12));
}

#[test]
fn masks_that_cannot_be_read_name_the_file() {
    let folder = with_mask("mask-sixteen.png");
    let dataset = open(&spec(&toml(&folder, "")).unwrap()).unwrap();
    let message = dataset.truth(0).unwrap_err().to_string();
    assert!(message.ends_with(
        "masks/a/x.png: the mask is 16-bit; save it as an 8-bit grey PNG (0 background, other values object)"
    ));
    std::fs::remove_file(folder.path().join("masks/a/x.png")).unwrap();
    let missing = "masks/a/x.png: the mask of image `a/x.jpg` does not exist; add it, or check `masks`";
    assert!(error(&toml(&folder, "")).ends_with(missing));
}

#[test]
fn instances_unite_and_the_region_is_ignored_around_them() {
    // As wsolevaluation's get_mask: ignored = region and not object.
    let folder = tempfile::tempdir().unwrap();
    for (from, to) in [("rgb.jpg", "x.jpg"), ("mask.png", "m.png"), ("mask-region.png", "r.png")] {
        std::fs::copy(fixture(&format!("images/{from}")), folder.path().join(to)).unwrap();
    }
    let lists = [
        ("image_ids.txt", "x.jpg\n"),
        ("class_labels.txt", "x.jpg,0\n"),
        ("localization.txt", "x.jpg,m.png,r.png\nx.jpg,m.png,\n"),
    ];
    for (name, text) in lists {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let toml = format!("{{ wsol-metadata = {{ root = '{}' }} }}", folder.path().display());
    let dataset = open(&spec(&toml).unwrap()).unwrap();
    let mask = dataset.truth(0).unwrap().mask.unwrap();
    let expected = [
        0, 0, 0, 0, 0, 0, //
        0, 0, 1, 1, 1, 0, //
        255, 255, 1, 1, 1, 0, //
        255, 255, 255, 255, 0, 0,
    ];
    assert_eq!(mask.data, expected);
    assert!(dataset.has_masks() && !dataset.has_boxes());
}

#[test]
fn boxes_scale_as_in_wsolevaluation() {
    // util_test.py of wsolevaluation: (1, 2, 4, 3) from 10x20 to 35x10 (width x height) is (3, 1, 14, 1).
    let truth = GroundTruth { size: (10, 20), boxes: vec![PixelBox::new(1, 2, 4, 3)], mask: None };
    assert_eq!(truth.at(10, 35).boxes, [PixelBox::new(3, 1, 14, 1)]);
}

#[test]
fn masks_resize_by_opencvs_nearest_neighbour() {
    #[derive(serde::Deserialize)]
    struct Golden {
        masks: Vec<Case>,
    }
    #[derive(serde::Deserialize)]
    struct Case {
        old: usize,
        new: usize,
        sources: Vec<usize>,
    }
    let text = std::fs::read_to_string(fixture("golden/photo-resize/resize.json")).unwrap();
    let golden: Golden = serde_json::from_str(&text).unwrap();
    for Case { old, new, sources } in golden.masks {
        // Each bit of the column's number is a mask of its own: together they tell which column was taken.
        for bit in 0..11 {
            let data = (0..old).map(|x| (x >> bit & 1) as u8).collect();
            let mask = Some(Mask { height: 1, width: old, data });
            let resized = GroundTruth { size: (old, 1), boxes: vec![], mask }.at(1, new).mask.unwrap();
            let expected: Vec<u8> = sources.iter().map(|x| (x >> bit & 1) as u8).collect();
            assert_eq!(resized.data, expected, "{old} -> {new}, bit {bit}");
        }
    }
}

proptest! {
    #[test]
    fn scaled_boxes_stay_ordered(
        (w, h) in (1usize..600, 1usize..600), (x, y) in (0i32..600, 0i32..600),
        (dx, dy) in (0i32..600, 0i32..600), (nw, nh) in (1usize..300, 1usize..300),
    ) {
        let truth = GroundTruth { size: (w, h), boxes: vec![PixelBox::new(x, y, x + dx, y + dy)], mask: None };
        let scaled = truth.at(nh, nw);
        let PixelBox { x0, y0, x1, y1 } = scaled.boxes[0];
        // As annotated, also outside the image; inside it stays on the grid.
        prop_assert!(0 <= x0 && x0 <= x1 && 0 <= y0 && y0 <= y1);
        prop_assert!(x + dx >= w as i32 || x1 < nw as i32);
        prop_assert!(y + dy >= h as i32 || y1 < nh as i32);
        prop_assert_eq!(scaled.size, (nw, nh));
        let exact = f64::from(x) * nw as f64 / w as f64;
        prop_assert!((f64::from(x0) - exact).abs() < 1.0);
    }
}
