//! Contrasts, agreement and average precision against numpy, scipy, scikit-image, scikit-learn and statsmodels
//! (`fixtures/golden/comparison`).

use camlab::config::FromToml;
use camlab::parts::contrast::ContrastSpec;
use camlab::parts::metric::MeanAveragePrecision;
use camlab::raster::{Map, Rgb, Texture, agreement, divergences, texture_energy};
use camlab::statistics::holm;
use proptest::prelude::*;
use serde_json::Value;

fn golden() -> Value {
    serde_json::from_str(&std::fs::read_to_string("fixtures/golden/comparison/golden.json").unwrap()).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

fn map(golden: &Value, values: &Value) -> Map {
    let side = |name: &str| golden[name].as_u64().unwrap() as usize;
    let data = numbers(values).into_iter().map(|value| value as f32).collect();
    Map::new(side("height"), side("width"), data)
}

fn photo(golden: &Value) -> Rgb {
    let side = |name: &str| golden[name].as_u64().unwrap() as usize;
    let data = numbers(&golden["photo"]).into_iter().map(|value| value as u8).collect();
    Rgb { height: side("height"), width: side("width"), data }
}

fn close(found: &[f32], wanted: &Value, tolerance: f64, what: &str) {
    let wanted = numbers(wanted);
    assert_eq!(found.len(), wanted.len());
    for (place, (found, wanted)) in found.iter().zip(wanted).enumerate() {
        assert!((f64::from(*found) - wanted).abs() <= tolerance, "{what} at {place}: {found}, not {wanted}");
    }
}

fn contrast(toml: &str) -> ContrastSpec {
    ContrastSpec::from_toml(toml).unwrap()
}

#[test]
fn stretching_is_scikit_images() {
    let golden = golden();
    let found = contrast("{ histogram-stretch = { low = 0.1, high = 0.8 } }")
        .contrast()
        .apply(&map(&golden, &golden["maps"][0]), None);
    close(&found.data, &golden["stretched"], 2e-6, "stretched");
}

#[test]
fn texture_energies_are_scipys_and_scikit_images() {
    let golden = golden();
    let (photo, window) = (photo(&golden), golden["window"].as_u64().unwrap() as usize);
    let kinds = [
        ("gradient", Texture::Gradient, 1e-3),
        ("laws", Texture::Laws, 1e-3),
        ("lbp", Texture::Lbp, 1e-5),
        ("lbp-variance", Texture::LbpVariance, 1e-1),
    ];
    for (name, texture, tolerance) in kinds {
        close(&texture_energy(&photo, texture, window).data, &golden[name], tolerance, name);
    }
}

#[test]
fn agreement_is_scipys() {
    let golden = golden();
    let found = agreement(&map(&golden, &golden["maps"][0]), &map(&golden, &golden["maps"][1]));
    for (name, found) in [("pearson", found.pearson), ("spearman", found.spearman), ("kl", found.divergence)]
    {
        let wanted = golden[name].as_f64().unwrap();
        assert!((found.unwrap() - wanted).abs() < 1e-7, "{name}: {found:?}, not {wanted}");
    }
}

#[test]
fn divergences_of_pairs_are_those_of_each_pair() {
    let golden = golden();
    let maps = [0, 1].map(|place| map(&golden, &golden["maps"][place]));
    let found = divergences(&maps);
    assert!((found[0][1].unwrap() - golden["kl"].as_f64().unwrap()).abs() < 1e-7);
    assert_eq!((found[0][0], found[1][1]), (Some(0.0), Some(0.0)));
    let broken = Map::new(1, 2, vec![0.0, f32::NAN]);
    assert_eq!(divergences(&[broken, Map::new(1, 2, vec![0.0, 1.0])]), [[None, None], [None, Some(0.0)]]);
}

#[test]
fn average_precision_is_scikit_learns() {
    let golden = golden();
    let labels: Vec<usize> = numbers(&golden["labels"]).into_iter().map(|label| label as usize).collect();
    let scores: Vec<Vec<f64>> = golden["scores"].as_array().unwrap().iter().map(numbers).collect();
    let ranking = MeanAveragePrecision::new(&labels, |image, class| scores[image][class]);
    let counts: Vec<u32> = numbers(&golden["counts"]).into_iter().map(|count| count as u32).collect();
    for (name, weights) in [("map", vec![1; labels.len()]), ("map-weighted", counts)] {
        let (found, wanted) = (ranking.value(&weights).unwrap(), golden[name].as_f64().unwrap());
        assert!((found - wanted).abs() < 1e-6, "{name}: {found}, not {wanted}");
    }
    assert_eq!(ranking.value(&vec![0; labels.len()]), None);
}

#[test]
fn holm_is_statsmodels() {
    let golden = golden();
    for (found, wanted) in holm(&numbers(&golden["p"])).iter().zip(numbers(&golden["holm"])) {
        assert!((found - wanted).abs() < 1e-9, "{found}, not {wanted}");
    }
}

#[test]
fn a_texture_mask_follows_its_threshold() {
    let golden = golden();
    let (map, photo) = (map(&golden, &golden["maps"][0]), photo(&golden));
    let masked = |toml: &str| contrast(toml).contrast().apply(&map, Some(&photo)).data;
    let half = masked("{ texture-mask = { threshold = 0.5, window = 3 } }");
    let kept = half.iter().filter(|value| **value > 0.0).count();
    assert!(kept * 2 >= map.data.len() - 8 && kept * 2 <= map.data.len() + 8, "{kept} of {}", map.data.len());
    assert!(half.iter().zip(&map.data).all(|(masked, value)| *masked == 0.0 || masked == value));
    let soft = masked("'texture-mask'");
    assert!(soft.iter().zip(&map.data).all(|(masked, value)| masked <= value));
    assert!(soft != map.data);
    // Nothing to mask by, nothing to stretch.
    let flat = Rgb { height: 3, width: 3, data: vec![90; 27] };
    let small = Map::new(3, 3, (0..9).map(|value| value as f32 / 8.0).collect());
    for energy in ["gradient", "laws", "lbp", "lbp-variance"] {
        let spec = contrast(&format!("{{ texture-mask = {{ energy = '{energy}' }} }}"));
        assert_eq!(spec.contrast().apply(&small, Some(&flat)), small, "{energy}");
    }
    let constant = Map::new(3, 3, vec![0.0; 9]);
    assert_eq!(contrast("'histogram-stretch'").contrast().apply(&constant, None), constant);
}

#[test]
fn labels_name_what_differs_from_the_defaults() {
    let label = |toml: &str| contrast(toml).label();
    assert_eq!(label("'none'"), "none");
    assert_eq!(label("'texture-mask'"), "texture-mask");
    assert_eq!(
        label("{ texture-mask = { energy = 'laws', threshold = 0.5 } }"),
        "texture-mask (energy laws, threshold 0.5)"
    );
    assert_eq!(label("{ histogram-stretch = { high = 0.98 } }"), "histogram-stretch");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// Any map and any photograph, of any size: what comes out is finite, within [0, 1] and of the same size.
    #[test]
    fn contrasts_leave_maps_maps(height in 1usize..9, width in 1usize..9, seed in any::<u64>(), which in 0usize..6) {
        let mut state = seed;
        let mut draw = || { state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407); (state >> 33) as u32 };
        let map = Map::new(height, width, (0..height * width).map(|_| (draw() % 5) as f32 / 4.0).collect());
        let photo = Rgb { height, width, data: (0..height * width * 3).map(|_| (draw() % 256) as u8).collect() };
        let toml = [
            "'none'", "'histogram-stretch'", "'texture-mask'", "{ texture-mask = { energy = 'laws' } }",
            "{ texture-mask = { energy = 'lbp', threshold = 0.7 } }", "{ texture-mask = { energy = 'lbp-variance', window = 3 } }",
        ][which];
        let found = contrast(toml).contrast().apply(&map, Some(&photo));
        prop_assert_eq!((found.height, found.width), (height, width));
        prop_assert!(found.data.iter().all(|value| (0.0..=1.0).contains(value)));
    }
}
