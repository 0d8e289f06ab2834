//! Random rows for every metric.
#![allow(dead_code, reason = "each test binary uses a part")]

use camlab_base::random::stream;
use camlab_parts::metric::{BoxHits, ImageColumns, MetricSpec, measuring};
use camlab_raster::boxes::LEVELS;
use camlab_raster::{Rate, ScoreBins};
use rand_chacha::rand_core::Rng;

/// Every metric with its defaults, and further options of those that have an estimator of their own for them.
pub fn all_metrics() -> Vec<MetricSpec> {
    let parsed = |text: serde_json::Value| serde_json::from_value(text).expect("a metric");
    let named = MetricSpec::NAMES.iter().map(|name| parsed(serde_json::json!(name)));
    let more = [
        serde_json::json!({ "peak-iou": { "over": "images" } }),
        serde_json::json!({ "average-drop": { "relative": false } }),
        serde_json::json!({ "average-gain": { "relative": false } }),
        serde_json::json!({ "localisation-errors": { "iou": 0.3 } }),
        serde_json::json!({ "mask-iou": { "thresholds": [0.25, 0.75] } }),
    ];
    named.chain(more.map(parsed)).collect()
}

/// Columns and the IoUs of their boxes, which the columns hold in a form that cannot be read back.
#[derive(Debug, Clone)]
pub struct RandomRows {
    pub rows: ImageColumns,
    /// By image: of any contour and of the largest; empty without boxes.
    ious: Vec<[Vec<f32>; 2]>,
}

impl RandomRows {
    /// Some images; each value is missing now and then.
    pub fn new(seed: u64, images: usize) -> Self {
        let mut random = stream(seed, "rows");
        let mut unit = move || random.next_u32() as f32 / u32::MAX as f32;
        let mut rows = empty();
        let mut ious = Vec::new();
        let specs = all_metrics();
        let columns: Vec<_> = measuring(&specs)
            .iter()
            .flat_map(|spec| spec.metric().measurement().map(|measurement| measurement.columns()))
            .flatten()
            .collect();
        for _ in 0..images {
            let known = unit() > 0.1;
            let (low, high) = ((unit() * 170.0) as usize, (unit() * 80.0) as usize);
            let inside = unit();
            let run = |from: usize| -> Vec<f32> {
                let within = |level: usize| (from..low + high).contains(&level);
                let value = |level| if within(level) { inside } else { 0.0 };
                if known { (0..LEVELS).map(value).collect() } else { Vec::new() }
            };
            let both = [run(low.saturating_sub(9)), run(low)];
            rows.boxes.push(&both[0], &both[1]);
            ious.push(both);
            let ranked = unit() > 0.1;
            rows.label_rank.push(ranked.then(|| (unit() * 3.0) as u32));
            rows.label_probability.push(ranked.then(&mut unit));
            rows.auc.push(ranked.then(&mut unit));
            rows.kl.push(ranked.then(&mut unit));
            let part = |value: f32| Some(f64::from(value));
            let rate = Rate { threshold: 0.5, true_positive: part(unit()), false_positive: part(unit()) };
            rows.rates.push(vec![rate]);
            rows.labels.push((unit() * 2.99) as usize);
            let [a, b] = [unit() / 2.0, unit() / 2.0];
            rows.class_probabilities.push([a, b, 1.0 - a - b].into());
            for column in &columns {
                let there = unit() > 0.15;
                if column.list {
                    let list = if there { list(&column.name, &mut unit) } else { Vec::new() };
                    rows.lists.entry(column.name.clone()).or_default().push(list);
                } else {
                    let number = there.then(|| f64::from(unit()));
                    rows.quantities.entry(column.name.clone()).or_default().push(number);
                }
            }
        }
        Self { rows, ious }
    }

    /// Some of the images, in the given order, each as often as it is named.
    pub fn picked(&self, images: &[usize]) -> ImageColumns {
        let mut picked = empty();
        let rows = &self.rows;
        for &image in images {
            picked.boxes.push(&self.ious[image][0], &self.ious[image][1]);
            picked.label_rank.push(rows.label_rank[image]);
            picked.label_probability.push(rows.label_probability[image]);
            picked.auc.push(rows.auc[image]);
            picked.kl.push(rows.kl[image]);
            picked.rates.push(rows.rates[image].clone());
            picked.labels.push(rows.labels[image]);
            picked.class_probabilities.push(rows.class_probabilities[image].clone());
            for (column, values) in &rows.quantities {
                picked.quantities.entry(column.clone()).or_default().push(values[image]);
            }
            for (column, lists) in &rows.lists {
                picked.lists.entry(column.clone()).or_default().push(lists[image].clone());
            }
        }
        picked
    }
}

/// Without images.
pub fn empty() -> ImageColumns {
    ImageColumns { boxes: BoxHits::of(&all_metrics()), ..ImageColumns::default() }
}

fn list(column: &str, unit: &mut impl FnMut() -> f32) -> Vec<f32> {
    if let Some(interval) = column.strip_prefix("pixel_counts@") {
        let bins = ScoreBins::new(interval.parse().expect("an interval")).expect("an interval").count();
        // Scores of at most 1 leave the last bin empty; most object pixels have high ones.
        let object = |bin: usize, share: f32| (share * 9.0 * bin as f32 / bins as f32).floor();
        let objects: Vec<f32> = (0..bins).map(|bin| object(bin, unit())).collect();
        let background = (0..bins).map(|_| (unit() * 5.0).floor());
        return objects.into_iter().chain(background).collect();
    }
    if column.starts_with("box_outcomes") {
        let places = [0.0, 2.0, 3.0, 4.0, 5.0];
        let levels = [0.0, (unit() * 100.0).floor() + 1.0, (unit() * 100.0).floor() + 102.0];
        return levels.into_iter().flat_map(|level| [level, places[(unit() * 4.99) as usize]]).collect();
    }
    (0..5).map(|_| unit()).collect()
}
