//! Sections that follow from a frame alone: means over images, a line per map.

use std::collections::HashMap;

use super::analysis::{Analysis, distinct};
use super::contrasts::words;
use super::format;
use super::section::Section;
use super::series::Series;
use super::table::{Heading, Table, TableEntry, TableLine};
use camlab_frame::aggregate::{deviation, mean};
use camlab_frame::{FrameTable, ImageMeasures};

/// The table for the reference configuration; `None` without rows.
pub fn section(analysis: &Analysis<'_>, frame: &FrameTable) -> Option<Section> {
    let belongs =
        |row: &&ImageMeasures| analysis.belongs(&row.place.cell, row.place.seed, &analysis.reference);
    let rows: Vec<&ImageMeasures> = frame.rows.iter().filter(belongs).collect();
    let note = rows.first()?.note.to_string();
    let mut groups: Vec<(Series, Vec<&ImageMeasures>)> = Vec::new();
    let mut places = HashMap::new();
    for row in rows {
        let place = &row.place;
        let series = Series::new(&place.network, &place.method, &place.layer).under(&place.contrast);
        let place = *places.entry(series.clone()).or_insert_with(|| {
            groups.push((series, Vec::new()));
            groups.len() - 1
        });
        groups[place].1.push(row);
    }
    // The contrasts of a method are adjacent.
    let order = distinct(&groups.iter().map(|(series, _)| series.under("")).collect::<Vec<_>>());
    groups.sort_by_key(|(series, _)| order.iter().position(|known| *known == series.under("")));
    let lines: Vec<TableLine> = groups.iter().map(|(series, rows)| line(frame, series, rows)).collect();
    let headings = frame.measures.iter().map(|(name, unit, direction)| Heading {
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
    Some(Section { id: frame.id, title: frame.title, note, tables: vec![table] })
}

fn line(frame: &FrameTable, series: &Series, rows: &[&ImageMeasures]) -> TableLine {
    let entry = |(at, (_, unit, _)): (usize, &(&str, &str, _))| {
        let values: Vec<f64> =
            rows.iter().filter_map(|row| row.values[at]).filter(|value| value.is_finite()).collect();
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
    let seeds = distinct(&rows.iter().map(|row| row.place.seed).collect::<Vec<_>>()).len();
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
        entries: frame.measures.iter().enumerate().map(entry).collect(),
    }
}
