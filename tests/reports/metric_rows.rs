//! Rows of images for the metrics: four by hand, and random ones.

use std::collections::BTreeMap;

use camlab::base::random::stream;
use camlab::config::FromToml;
use camlab::parts::metric::{BoxHits, ImageColumns, ImageLists, MeasuredColumn, MetricSpec, measuring};
use camlab::raster::Rate;
use camlab::raster::boxes::LEVELS;
use rand_chacha::rand_core::Rng;

/// IoUs that are `inside` at the levels of the range and 0 elsewhere.
pub fn run(levels: std::ops::Range<usize>, inside: f32) -> Vec<f32> {
    (0..LEVELS).map(|level| if levels.contains(&level) { inside } else { 0.0 }).collect()
}

pub fn all_metrics() -> Vec<MetricSpec> {
    MetricSpec::NAMES.iter().map(|name| parsed(&format!("'{name}'")).unwrap()).collect()
}

pub fn parsed(toml: &str) -> Result<MetricSpec, String> {
    MetricSpec::from_toml(toml).map_err(|error| error.to_string())
}

/// The columns that metrics measure themselves.
fn measured_columns() -> Vec<MeasuredColumn> {
    let of = |spec: &MetricSpec| spec.metric().measurement().map(|measurement| measurement.columns());
    measuring(&all_metrics()).iter().filter_map(of).flatten().collect()
}

/// Numbers of the four images that metrics measure themselves: 0.25 and 0.75 of the first and the third, but for some.
fn four_quantities() -> BTreeMap<String, Vec<Option<f64>>> {
    let numbers = measured_columns().into_iter().filter(|column| !column.list);
    let mut columns: BTreeMap<String, Vec<Option<f64>>> =
        numbers.map(|column| (column.name, vec![Some(0.25), None, Some(0.75), None])).collect();
    let others = [
        ("energy_in_boxes", [Some(0.5), None, Some(0.25), None]),
        ("pointing_game", [Some(1.0), Some(0.0), Some(0.0), Some(0.0)]),
        ("whole_probability", [Some(0.5), Some(0.5), None, Some(1.0)]),
        ("masked_probability", [Some(0.75), Some(0.25), None, Some(0.0)]),
        ("coherency", [Some(0.5), None, Some(0.5), None]),
        ("l1_complexity", [Some(0.5), None, Some(0.5), None]),
        ("road@morf", [Some(-0.25), None, Some(-0.5), None]),
        ("road@lerf", [Some(0.25), None, Some(0.0), None]),
        ("road@percentiles=20+40+60+80,morf", [Some(-0.25), None, Some(-0.25), None]),
        ("road@percentiles=20+40+60+80,lerf", [Some(0.25), None, Some(0.25), None]),
    ];
    for (column, values) in others {
        *columns.get_mut(column).expect("a column") = values.to_vec();
    }
    columns
}

/// Lists of the four images that metrics measure themselves.
fn four_lists() -> BTreeMap<String, ImageLists> {
    let (none, curve) = (Vec::new(), vec![0.5, 0.25]);
    let lists = measured_columns().into_iter().filter(|column| column.list);
    let list = |column: MeasuredColumn| {
        let values = match column.name.as_str() {
            // Two bins of object pixels, then of background.
            "pixel_counts@0.001" => {
                vec![vec![1.0, 3.0, 3.0, 1.0], none.clone(), vec![2.0, 2.0, 0.0, 0.0], none.clone()]
            }
            // Pairs of a level and the outcome from there on.
            "box_outcomes" => {
                let third = vec![0.0, 5.0, 20.0, 0.0, 80.0, 4.0];
                vec![vec![0.0, 0.0, 40.0, 5.0], vec![0.0, 3.0], third, vec![0.0, 2.0]]
            }
            _ => vec![curve.clone(), none.clone(), curve.clone(), none.clone()],
        };
        (column.name, values.into_iter().collect())
    };
    lists.map(list).collect()
}

/// Four images: right at low levels, right at high levels, right in the middle twice; the fourth unlabelled.
pub fn four() -> ImageColumns {
    let any = [run(0..40, 0.75), run(60..255, 0.55), run(20..80, 0.5), run(30..70, 0.3)];
    let largest = [run(0..40, 0.5), run(60..255, 0.55), run(20..80, 0.5), run(30..70, 0.3)];
    let mut boxes = BoxHits::of(&all_metrics());
    any.iter().zip(&largest).for_each(|(any, largest)| boxes.push(any, largest));
    ImageColumns {
        boxes,
        label_rank: vec![Some(0), Some(0), Some(3), None],
        label_probability: vec![Some(0.5), Some(0.75), Some(0.0), None],
        auc: vec![Some(0.5), None, Some(1.0), Some(0.75)],
        kl: vec![Some(1.0), Some(2.0), None, None],
        rates: vec![
            vec![Rate { threshold: 0.5, true_positive: Some(0.25), false_positive: None }],
            vec![Rate { threshold: 0.5, true_positive: Some(0.75), false_positive: Some(0.125) }],
        ],
        labels: vec![0, 1, 1, 1],
        quantities: four_quantities(),
        lists: four_lists(),
        ..ImageColumns::default()
    }
}

/// IoUs of any and of the largest contour, image by image.
pub type Ious = Vec<[Vec<f32>; 2]>;

pub fn random_rows(seed: u64, images: usize) -> ImageColumns {
    random(seed, images).0
}

/// Random rows, and their IoUs, which have one run.
pub fn random(seed: u64, images: usize) -> (ImageColumns, Ious) {
    let mut rng = stream(seed, "rows");
    let mut unit = move || rng.next_u32() as f32 / u32::MAX as f32;
    let mut rows = ImageColumns { boxes: BoxHits::of(&all_metrics()), ..ImageColumns::default() };
    let mut ious = Ious::new();
    for _ in 0..images {
        let (low, high) = ((unit() * 200.0) as usize, (unit() * 80.0) as usize);
        let (inside, known) = (unit(), unit() > 0.1);
        let [any, largest] = [low.saturating_sub(9), low].map(|low_end| run(low_end..low + high, inside));
        rows.boxes.push(&any, &largest);
        ious.push([any, largest]);
        rows.label_rank.push(known.then(|| (unit() * 9.0) as u32));
        rows.label_probability.push(known.then(&mut unit));
        rows.auc.push(Some(unit()));
        rows.kl.push(Some(unit() * 3.0));
        let rate = Rate {
            threshold: 0.5,
            true_positive: Some(f64::from(unit())),
            false_positive: known.then_some(0.5),
        };
        rows.rates.push(vec![rate]);
        rows.labels.push((unit() * 2.99) as usize);
        let [a, b] = [unit() / 2.0, unit() / 2.0];
        rows.class_probabilities.push([a, b, 1.0 - a - b].into());
        for column in measured_columns() {
            if column.list {
                let list = if known { random_list(&column.name, &mut unit) } else { Vec::new() };
                rows.lists.entry(column.name).or_default().push(list);
            } else {
                rows.quantities.entry(column.name).or_default().push(known.then(|| f64::from(unit())));
            }
        }
    }
    (rows, ious)
}

/// Random numbers in the form that a column of lists has.
fn random_list(column: &str, unit: &mut impl FnMut() -> f32) -> Vec<f32> {
    if column.starts_with("pixel_counts") {
        // Three bins of object pixels and three of background: any number of bins can be pooled.
        return (0..6).map(|_| (1.0 + 9.0 * unit()).floor()).collect();
    }
    if column.starts_with("box_outcomes") {
        let levels = [0.0, (1.0 + 99.0 * unit()).floor(), (101.0 + 99.0 * unit()).floor()];
        let mut outcome = || [0.0, 2.0, 3.0, 4.0, 5.0][(unit() * 4.99) as usize];
        return levels.into_iter().flat_map(|level| [level, outcome()]).collect();
    }
    (0..4).map(|_| unit()).collect()
}
