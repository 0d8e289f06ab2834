//! Metrics at map thresholds that other images chose, against a plain NumPy reading, Otsu's threshold against OpenCV, and the
//! interval of a mean against SciPy (`fixtures/golden/thresholds`).

use camlab::base::Resamples;
use camlab::parts::metric::{
    Bootstrap, BoxHits, ChosenLevels, Contours, ImageColumns, MetricSpec, ThresholdSource, chosen_boxes,
    chosen_level, judged_name, per_image, summarise,
};
use camlab::raster::boxes::LEVELS;
use camlab::raster::{Map, otsu_level};
use camlab::statistics::CurveDraws;
use serde_json::Value;

fn golden() -> Value {
    serde_json::from_str(&std::fs::read_to_string("fixtures/golden/thresholds/golden.json").unwrap()).unwrap()
}

fn list(value: &Value) -> &Vec<Value> {
    value.as_array().unwrap()
}

/// IoUs `[image][level]`.
fn ious(side: &Value, contours: &str) -> Vec<Vec<f32>> {
    let iou = |hundredths: &Value| hundredths.as_u64().unwrap() as f32 / 100.0;
    list(&side[contours]).iter().map(|row| list(row).iter().map(iou).collect()).collect()
}

fn hits(side: &Value) -> BoxHits {
    let mut boxes = BoxHits::of(&MetricSpec::standard());
    ious(side, "any").iter().zip(ious(side, "largest")).for_each(|(any, largest)| boxes.push(any, &largest));
    boxes
}

/// The levels that the validation images choose for the standard metrics.
fn chosen(golden: &Value) -> ChosenLevels {
    let val = hits(&golden["val"]);
    let asked = chosen_boxes(&MetricSpec::standard());
    ChosenLevels::new(
        asked
            .into_iter()
            .map(|(contours, delta)| ((contours, delta), chosen_level(&val, delta, contours).unwrap())),
    )
}

fn columns(golden: &Value) -> ImageColumns {
    let ranks = list(&golden["rank"]).iter().map(|rank| Some(rank.as_u64().unwrap() as u32)).collect();
    let chosen = vec![(ThresholdSource::Val, chosen(golden))];
    ImageColumns { boxes: hits(&golden["test"]), label_rank: ranks, chosen, ..ImageColumns::default() }
}

#[test]
fn values_at_the_thresholds_of_other_images_are_numpys() {
    let golden = golden();
    let chosen = chosen(&golden);
    for (delta, level) in [0.3, 0.5, 0.7].into_iter().zip(list(&golden["levels"]["any"])) {
        assert_eq!(chosen.get(Contours::Any, delta).map(u64::from), level.as_u64());
    }
    assert_eq!(chosen.get(Contours::Largest, 0.5).map(u64::from), golden["levels"]["largest"].as_u64());
    assert_eq!(chosen.get(Contours::Largest, 0.3), None);

    let columns = columns(&golden);
    let scores = summarise(&MetricSpec::standard(), &columns, Bootstrap::default());
    let wanted = golden["values"].as_object().unwrap();
    for (name, value) in wanted {
        let place = scores
            .iter()
            .position(|score| score.measure.name == *name)
            .unwrap_or_else(|| panic!("no {name}"));
        let (found, oracle) = (&scores[place], &scores[place - 1]);
        assert!((found.value - value.as_f64().unwrap()).abs() < 1e-9, "{name}: {}, not {value}", found.value);
        // The oracle's value stands before it, and is at least as high where it maximises.
        assert_eq!(
            oracle.measure.chosen_by(ThresholdSource::Val).map(|measure| measure.name).as_ref(),
            Some(name)
        );
        assert!(name.starts_with("top") || oracle.value >= found.value, "{name}");
        let (low, high) = (found.ci_low.unwrap(), found.ci_high.unwrap());
        assert!(low <= found.value && found.value <= high, "{name}");
        let images = per_image(&MetricSpec::standard(), &columns, name).unwrap().1;
        let mean = images.iter().flatten().sum::<f64>() / images.len() as f64;
        assert!((mean - found.value).abs() < 1e-9, "{name}");
    }
    let honest = scores.iter().filter(|score| score.measure.threshold == Some(ThresholdSource::Val)).count();
    assert_eq!(honest, wanted.len());
}

#[test]
fn comparisons_are_judged_at_the_thresholds_of_validation_images() {
    let specs = MetricSpec::standard();
    let (with, without) = (columns(&golden()), ImageColumns::default());
    let of = |name: &str| judged_name(&specs, &with, name);
    assert_eq!(of("max-box-acc-v2"), "max-box-acc-v2@val");
    assert_eq!(of("max-box-acc-v2@30"), "max-box-acc-v2@30,val");
    assert_eq!(of("max-box-acc-v2@oracle"), "max-box-acc-v2");
    assert_eq!(of("max-box-acc-v2@30,oracle"), "max-box-acc-v2@30");
    assert_eq!(of("pixel-auc"), "pixel-auc");
    assert_eq!(judged_name(&specs, &without, "max-box-acc-v2"), "max-box-acc-v2");
}

#[test]
fn otsus_threshold_is_opencvs() {
    for case in list(&golden()["otsu"]) {
        let side = |name: &str| case[name].as_u64().unwrap() as usize;
        let data = list(&case["map"]).iter().map(|value| value.as_f64().unwrap() as f32).collect();
        let map = Map::new(side("height"), side("width"), data);
        assert_eq!(u64::from(otsu_level(&map)), case["level"].as_u64().unwrap());
    }
}

/// The interval of a maximum is that of its curves, counted level by level, over the resamples of the other metrics.
#[test]
fn maxima_have_the_interval_of_the_true_maximum() {
    let golden = golden();
    let (any, largest) = (ious(&golden["test"], "any"), ious(&golden["test"], "largest"));
    let columns = ImageColumns { boxes: hits(&golden["test"]), ..ImageColumns::default() };
    let bootstrap = Bootstrap { resamples: 200, seed: 3, confidence: 0.9 };
    let scores = summarise(&MetricSpec::standard(), &columns, bootstrap);
    let curve = |ious: &[Vec<f32>], delta: f32, weights: &[u32]| -> Vec<f64> {
        let all = f64::from(weights.iter().sum::<u32>());
        let hits = |level: usize| -> f64 {
            ious.iter()
                .zip(weights)
                .filter(|(row, _)| row[level] >= delta)
                .map(|(_, weight)| f64::from(*weight))
                .sum()
        };
        (0..LEVELS).map(|level| 100.0 * hits(level) / all).collect()
    };
    for (name, ious, deltas) in [
        ("max-box-acc", &largest, &[0.5][..]),
        ("gt-known-loc", &largest, &[0.5]),
        ("max-box-acc-v2", &any, &[0.3, 0.5, 0.7]),
        ("max-box-acc-v2@70", &any, &[0.7]),
    ] {
        let row = |weights: &[u32]| {
            deltas.iter().flat_map(|delta| curve(ious, *delta, weights)).collect::<Vec<_>>()
        };
        let mut draws = CurveDraws::new(deltas.len(), row(&vec![1; ious.len()]));
        let mut random = Resamples::new(ious.len(), bootstrap.seed, "bootstrap");
        for _ in 0..bootstrap.resamples {
            let weights = random.draw().to_vec();
            draws.push_with(|into| into.copy_from_slice(&row(&weights)));
        }
        let wanted = draws.estimate(1.0 - bootstrap.confidence).unwrap();
        let found = scores.iter().find(|score| score.measure.name == name).unwrap();
        assert!((found.value - wanted.value).abs() < 1e-9, "{name}");
        assert!((found.ci_low.unwrap() - wanted.interval.low.max(0.0)).abs() < 1e-9, "{name}");
        assert!((found.ci_high.unwrap() - wanted.interval.high.min(100.0)).abs() < 1e-9, "{name}");
    }
}

#[test]
fn the_interval_of_a_mean_is_scipys_percentile_bootstrap() {
    let golden = golden();
    let values =
        list(&golden["auc"]["values"]).iter().map(|value| value.as_f64().map(|value| value as f32)).collect();
    let columns = ImageColumns { auc: values, ..ImageColumns::default() };
    let bootstrap = Bootstrap { resamples: 20_000, ..Bootstrap::default() };
    let scores = summarise(&MetricSpec::standard(), &columns, bootstrap);
    let found = scores.iter().find(|score| score.measure.name == "pixel-auc").unwrap();
    let [low, high] = ["low", "high"].map(|end| golden["auc"][end].as_f64().unwrap());
    // The standard error of a quantile of 20 000 draws is about a hundredth of the width.
    let room = 0.03 * (high - low);
    assert!(
        (found.ci_low.unwrap() - low).abs() < room && (found.ci_high.unwrap() - high).abs() < room,
        "{found:?}"
    );
}
