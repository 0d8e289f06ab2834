//! Training and cost as measures, so that they are compared as metrics are.

use std::collections::HashSet;
use std::sync::Arc;

use crate::aggregate::{Aggregate, deviation, mean};
use crate::{CostRow, Direction, TrainingRow, UNCHANGED};

/// Seconds of a minute.
const MINUTE: f64 = 60.0;

/// A measure under construction: its place, and a value per seed or stage.
struct Values {
    place: [Arc<str>; 4],
    metric: &'static str,
    unit: &'static str,
    direction: Direction,
    values: Vec<f64>,
}

/// Adds a value to the measure of its place.
fn add(
    all: &mut Vec<Values>,
    place: [&str; 4],
    (metric, unit, direction): (&'static str, &'static str, Direction),
    value: f64,
) {
    let same = |known: &Values| known.metric == metric && known.place.iter().map(|name| &**name).eq(place);
    match all.iter_mut().find(|known| same(known)) {
        Some(known) => known.values.push(value),
        None => {
            all.push(Values { place: place.map(Into::into), metric, unit, direction, values: vec![value] })
        }
    }
}

fn aggregate(values: Values, value: Option<f64>, spread: Option<f64>) -> Aggregate {
    let [network, method, layer, contrast] = values.place;
    Aggregate {
        configuration: "".into(),
        network,
        method,
        layer,
        contrast,
        metric: values.metric.into(),
        unit: values.unit.into(),
        direction: values.direction,
        value,
        deviation: spread,
        interval: None,
        seeds: values.values.len(),
        images: 0,
    }
}

/// Losses and accuracies of every network in the last epoch of its training, mean and standard deviation over seeds.
pub fn training_of(rows: &[TrainingRow]) -> Vec<Aggregate> {
    let last = |row: &&TrainingRow| {
        let same = |other: &&TrainingRow| {
            (&other.cell, other.seed, &other.network) == (&row.cell, row.seed, &row.network)
        };
        rows.iter().filter(same).all(|other| other.epoch <= row.epoch)
    };
    let mut all = Vec::new();
    for row in rows.iter().filter(last) {
        let measures = [
            (("training loss", "nats", Direction::Lower), Some(row.loss)),
            (("training accuracy", "%", Direction::Higher), Some(row.accuracy)),
            (("validation loss", "nats", Direction::Lower), row.validation_loss),
            (("validation accuracy", "%", Direction::Higher), row.validation_accuracy),
        ];
        for (measure, value) in measures {
            if let Some(value) = value.filter(|value| value.is_finite()) {
                add(&mut all, [&row.network, "", "", ""], measure, value);
            }
        }
    }
    let finished = |values: Values| {
        let (value, spread) = (mean(&values.values), deviation(&values.values));
        aggregate(values, value, spread)
    };
    all.into_iter().map(finished).collect()
}

/// Minutes of every kind of stage and of all, added up over seeds, then passes and seconds per image of every map, mean
/// over seeds. A stage that several cells share counts once.
pub fn cost_of(rows: &[CostRow]) -> Vec<Aggregate> {
    let (mut minutes, mut per_image) = (Vec::new(), Vec::new());
    let mut known: HashSet<&str> = HashSet::new();
    for row in rows {
        if known.insert(&row.key)
            && let Some(seconds) = row.seconds
        {
            for stage in ["all stages", &row.stage] {
                let measure = ("minutes", "", Direction::Lower);
                add(&mut minutes, ["", stage, "", ""], measure, seconds / MINUTE);
            }
        }
        if !row.method.is_empty() && row.contrast.is_empty() {
            let place = [&*row.network, &row.method, &row.layer, UNCHANGED];
            let measures = [
                (("passes per image", "", Direction::Lower), row.passes_per_image),
                (("seconds per image", "", Direction::Lower), row.seconds_per_image),
            ];
            for (measure, value) in measures {
                if let Some(value) = value {
                    add(&mut per_image, place, measure, value);
                }
            }
        }
    }
    let total = |values: Values| {
        let sum = values.values.iter().sum();
        Aggregate { seeds: 1, ..aggregate(values, Some(sum), None) }
    };
    let average = |values: Values| {
        let value = mean(&values.values);
        aggregate(values, value, None)
    };
    minutes.into_iter().map(total).chain(per_image.into_iter().map(average)).collect()
}
