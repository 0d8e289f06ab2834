//! Classification accuracy from class maps, compared with the network's softmax (step A13 of the source article).

use super::analysis::{Analysis, distinct};
use super::format;
use super::section::Section;
use super::table::{Heading, Table, TableEntry, TableLine};
use camlab_frame::aggregate::{deviation, mean};
use camlab_frame::{Direction, PredictionSummaryRow, SOFTMAX};

const METRICS: [(&str, &str); 3] = [("top1", "Top-1"), ("top5", "Top-5"), ("map", "mAP")];

/// The table for the reference configuration; `None` if no prediction analysis was requested.
pub fn section(analysis: &Analysis<'_>) -> Option<Section> {
    let rows: Vec<&PredictionSummaryRow> = analysis
        .frames
        .predictions
        .iter()
        .filter(|row| analysis.belongs(&row.cell, row.seed, &analysis.reference))
        .collect();
    let key = |row: &PredictionSummaryRow| {
        let threshold = row.threshold.map_or_else(|| format::MISSING.to_owned(), |value| value.to_string());
        (row.network.clone(), row.method.clone(), row.layer.clone(), threshold)
    };
    // A network's softmax precedes the rankings by its maps.
    let mut keys = distinct(&rows.iter().map(|row| key(row)).collect::<Vec<_>>());
    let networks = distinct(&keys.iter().map(|key| key.0.clone()).collect::<Vec<_>>());
    keys.sort_by_key(|key| (networks.iter().position(|network| *network == key.0), key.1 != SOFTMAX));
    let mut lines = Vec::new();
    for wanted in keys {
        let own: Vec<&&PredictionSummaryRow> = rows.iter().filter(|row| key(row) == wanted).collect();
        let seeds = distinct(&own.iter().map(|row| row.seed).collect::<Vec<_>>()).len();
        lines.push(TableLine {
            baseline: wanted.1 == SOFTMAX,
            names: vec![wanted.0, wanted.1, wanted.2, wanted.3],
            images: own.iter().map(|row| row.n).min().unwrap_or(0),
            seeds,
            entries: METRICS.iter().map(|(metric, _)| entry(&own, metric)).collect(),
        });
    }
    if lines.is_empty() {
        return None;
    }
    let headings = METRICS.iter().map(|(_, name)| Heading {
        name: (*name).to_owned(),
        unit: "%".to_owned(),
        arrow: format::arrow(Direction::Higher),
    });
    let table = Table {
        title: String::new(),
        names: vec!["network", "method", "layer", "threshold"],
        headings: headings.collect(),
        seeded: lines.iter().any(|line| line.seeds > 1),
        lines,
        ..Table::default()
    };
    let note = String::from(
        "Classification accuracy from class maps alone on the test images: no class score or probability of the network \
         enters the ranking. A softmax over the candidate classes (prediction.classes) at every cell of the map's grid \
         gives class confidences; the maps of an image share one scale, cam keeps that of class scores. A threshold \
         splits each class's cells into confident ones and the rest; classes are ranked by the sum of the confident \
         cells, ties by the sum of the rest. If only the network's most probable classes are candidates, a true class \
         outside them counts as wrong, and the network's choice limits the accuracy of the maps. Method softmax: the \
         network's own probabilities over all classes, for comparison. mAP: mean average precision over the classes that \
         occur. Brackets: 95 % bootstrap confidence interval over images (one seed); ±: one standard deviation over \
         seeds. predictions.parquet holds both sums for the best-ranked classes of every image, and the network's rank \
         beside them.",
    );
    Some(Section {
        id: "predictions",
        title: "Prediction analysis",
        note,
        figures: Vec::new(),
        tables: vec![table],
    })
}

fn entry(rows: &[&&PredictionSummaryRow], metric: &str) -> TableEntry {
    let own: Vec<&&&PredictionSummaryRow> = rows.iter().filter(|row| row.metric == metric).collect();
    let values: Vec<f64> = own.iter().map(|row| row.value).filter(|value| value.is_finite()).collect();
    let middle = mean(&values);
    let spread = match (deviation(&values), own.as_slice()) {
        (Some(deviation), _) => format!("± {}", format::beside(deviation, middle, "%")),
        (None, [row]) => row
            .ci_low
            .zip(row.ci_high)
            .map(|interval| format::interval(interval, middle, "%"))
            .unwrap_or_default(),
        _ => String::new(),
    };
    TableEntry { text: format::value(middle, "%"), spread, best: false, images: None }
}
