//! Similarity of maps against SciPy (`fixtures/golden/similarity/make.py`).

use camlab::raster::{Map, similarity, structural_similarity};

const GOLDEN: &str = include_str!("../../fixtures/golden/similarity/similarity.json");

#[test]
fn similarity_is_scipys() {
    let golden: serde_json::Value = serde_json::from_str(GOLDEN).expect("golden numbers");
    let side = |name: &str| golden[name].as_u64().expect("a side") as usize;
    let (height, width) = (side("height"), side("width"));
    for case in golden["cases"].as_array().expect("cases") {
        let map = |name: &str| {
            let values = case[name].as_array().expect("values");
            let values = values.iter().map(|value| value.as_f64().expect("a number") as f32);
            Map::new(height, width, values.collect())
        };
        let found = similarity(&map("a"), &map("b")).expect("two maps of one size");
        for (name, found) in [
            ("pearson", found.pearson.expect("maps that vary")),
            ("spearman", found.spearman.expect("maps that vary")),
            ("difference", found.difference),
            ("kl", found.kl),
            ("ssim", found.ssim.expect("maps larger than a window")),
        ] {
            let wanted = case[name].as_f64().expect("a number");
            assert!((found - wanted).abs() < 1e-9 * wanted.abs().max(1.0), "{name}: {found}, not {wanted}");
        }
    }
}

#[test]
fn a_map_is_like_itself_and_a_constant_one_like_nothing() {
    let map = Map::new(8, 9, (0..72).map(|at| (at % 7) as f32 / 6.0).collect());
    let same = similarity(&map, &map).expect("a map");
    assert!(same.pearson.is_some_and(|value| (value - 1.0).abs() < 1e-12));
    assert!(same.spearman.is_some_and(|value| (value - 1.0).abs() < 1e-12));
    assert!(same.ssim.is_some_and(|value| (value - 1.0).abs() < 1e-12));
    assert_eq!((same.difference, same.kl), (0.0, 0.0));
    let flat = Map::new(8, 9, vec![0.0; 72]);
    let other = similarity(&map, &flat).expect("two maps");
    assert_eq!((other.pearson, other.spearman), (None, None));
    assert!(other.kl.is_finite());
    assert!(similarity(&map, &Map::new(9, 8, vec![0.0; 72])).is_none());
    assert_eq!(structural_similarity(&Map::new(3, 30, vec![0.0; 90]), &Map::new(3, 30, vec![0.0; 90])), None);
}
