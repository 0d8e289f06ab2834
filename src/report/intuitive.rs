//! Similarity of every map to the per-pixel reference attribution of its network (the source article's "intuitive
//! picture", step A12), before and after each contrast.

use std::collections::HashMap;

use super::analysis::{Analysis, distinct};
use super::contrasts::words;
use super::format;
use super::section::Section;
use super::series::Series;
use super::table::{Heading, Table, TableEntry, TableLine};
use camlab_frame::aggregate::{deviation, mean};
use camlab_frame::{Direction, IntuitiveRow};

/// Similarity measure of a map and the reference attribution: heading, unit, direction, value.
type PairMeasure = (&'static str, &'static str, Direction, fn(&IntuitiveRow) -> Option<f64>);

const MEASURES: [PairMeasure; 3] = [
    ("Pearson", "", Direction::Higher, |row| row.pearson),
    ("Spearman", "", Direction::Higher, |row| row.spearman),
    ("KL(reference || map)", "nats", Direction::Lower, |row| row.kl),
];

/// The table for the reference configuration; `None` if no reference attribution is declared.
pub fn section(analysis: &Analysis<'_>) -> Option<Section> {
    let rows: Vec<&IntuitiveRow> = analysis
        .frames
        .intuitive
        .iter()
        .filter(|row| analysis.belongs(&row.cell, row.seed, &analysis.reference))
        .collect();
    let reference = rows.first()?.reference.clone();
    let mut groups: Vec<(Series, Vec<&IntuitiveRow>)> = Vec::new();
    let mut places = HashMap::new();
    for row in rows {
        let series = Series::new(&row.network, &row.method, &row.layer).under(&row.contrast);
        let place = *places.entry(series.clone()).or_insert_with(|| {
            groups.push((series, Vec::new()));
            groups.len() - 1
        });
        groups[place].1.push(row);
    }
    // The contrasts of a method are adjacent.
    let order = distinct(&groups.iter().map(|(series, _)| series.under("")).collect::<Vec<_>>());
    groups.sort_by_key(|(series, _)| order.iter().position(|known| *known == series.under("")));
    let lines: Vec<TableLine> = groups.iter().map(|(series, rows)| line(series, rows)).collect();
    let headings = MEASURES.iter().map(|(name, unit, direction, _)| Heading {
        name: (*name).to_owned(),
        unit: (*unit).to_owned(),
        arrow: format::arrow(*direction),
    });
    let table = Table {
        title: String::new(),
        names: vec!["network", "method", "layer", "contrast"],
        headings: headings.collect(),
        seeded: lines.iter().any(|line| line.seeds > 1),
        lines,
    };
    let note = format!(
        "The per-pixel reference attribution (the source article's \"intuitive picture\") is {reference}: the \
         contribution of each pixel to the class score. Similarity of every map to it, per test image: mean ± \
         standard deviation over images (and seeds). Histogram stretching is applied to both, texture masking to \
         the map only.",
    );
    Some(Section {
        id: "intuitive",
        title: "Similarity to the per-pixel reference attribution",
        note,
        tables: vec![table],
    })
}

fn line(series: &Series, rows: &[&IntuitiveRow]) -> TableLine {
    let entry = |(_, unit, _, of): &PairMeasure| {
        let values: Vec<f64> = rows.iter().filter_map(|row| of(row)).filter(|v| v.is_finite()).collect();
        let middle = mean(&values);
        let spread = deviation(&values);
        let spread = spread.map(|spread| format!("± {}", format::beside(spread, middle, unit)));
        TableEntry {
            text: format::value(middle, unit),
            spread: spread.unwrap_or_default(),
            best: false,
            images: None,
        }
    };
    let seeds = distinct(&rows.iter().map(|row| row.seed).collect::<Vec<_>>()).len();
    let names = vec![
        series.network.clone(),
        series.method.clone(),
        series.layer.clone(),
        words(&series.contrast).to_owned(),
    ];
    TableLine {
        names,
        baseline: series.is_baseline(),
        images: (rows.len() / seeds.max(1)) as u32,
        seeds,
        entries: MEASURES.iter().map(entry).collect(),
    }
}
