//! Sections that follow from a frame alone: means over images, a line per map.

use super::analysis::distinct;
use super::contrasts::words;
use super::format;
use super::section::Section;
use super::series::Series;
use super::table::{Heading, Table, TableEntry, TableLine};
use camlab_frame::aggregate::{deviation, mean};
use camlab_frame::{FrameTable, MapMeasures, TablePlace};

/// The table for the reference configuration; `None` without rows.
pub fn section(frame: &FrameTable) -> Option<Section> {
    let of = |map: &MapMeasures| {
        let TablePlace { network, method, layer, contrast } = &map.place;
        Series::new(network, method, layer).under(contrast)
    };
    let mut groups: Vec<(Series, &MapMeasures)> = frame.maps.iter().map(|map| (of(map), map)).collect();
    if groups.is_empty() {
        return None;
    }
    // The contrasts of a method are adjacent.
    let order = distinct(&groups.iter().map(|(series, _)| series.under("")).collect::<Vec<_>>());
    groups.sort_by_key(|(series, _)| order.iter().position(|known| *known == series.under("")));
    let lines: Vec<TableLine> = groups.iter().map(|(series, map)| line(frame, series, map)).collect();
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
        ..Table::default()
    };
    Some(Section {
        id: frame.id,
        title: frame.title,
        note: frame.note.clone(),
        figures: Vec::new(),
        tables: vec![table],
    })
}

fn line(frame: &FrameTable, series: &Series, map: &MapMeasures) -> TableLine {
    let entry = |(at, (_, unit, _)): (usize, &(&str, &str, _))| {
        let values = &map.values[at];
        let middle = mean(values);
        let spread = deviation(values);
        let spread = spread.map(|spread| format!("± {}", format::beside(spread, middle, unit)));
        TableEntry {
            text: format::value(middle, unit),
            spread: spread.unwrap_or_default(),
            best: false,
            images: None,
        }
    };
    let seeds = map.seeds.len();
    let names = vec![
        series.network.clone(),
        series.method.clone(),
        series.layer.clone(),
        words(&series.contrast).to_owned(),
    ];
    TableLine {
        names,
        baseline: series.is_baseline(),
        images: (map.rows / seeds.max(1)) as u32,
        seeds,
        entries: frame.measures.iter().enumerate().map(entry).collect(),
    }
}
