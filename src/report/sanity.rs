//! What is left of maps when the network forgets.

use super::analysis::{Analysis, distinct};
use super::format;
use super::quartiles::Quartiles;
use super::section::Section;
use super::series::Series;
use super::table::{Heading, Table, TableEntry, TableLine};
use camlab_frame::SanityRow;

/// Below this correlation with the trained network's map, a map has changed for good.
const CHANGED: f64 = 0.5;

/// The depths of one network's rows: number and name.
pub fn depths(rows: &[&SanityRow]) -> Vec<(u32, String)> {
    let mut depths =
        distinct(&rows.iter().map(|row| (row.depth, row.randomised.clone())).collect::<Vec<_>>());
    depths.sort();
    depths
}

/// The rows of the reference configuration.
pub fn sanity_rows<'a>(analysis: &Analysis<'a>) -> Vec<&'a SanityRow> {
    let rows = analysis.frames.sanity.iter();
    rows.filter(|row| analysis.belongs(&row.cell, row.seed, &analysis.reference)).collect()
}

/// The middle of Spearman's correlations of one series at one depth.
pub fn likeness(rows: &[&SanityRow], series: &Series, depth: u32) -> Option<Quartiles> {
    let own = rows.iter().filter(|row| row.depth == depth && is_of(row, series));
    // A map that has become constant has nothing of the old one.
    Quartiles::of(own.map(|row| row.spearman.map_or(0.0, f64::from)))
}

/// What was looked at, in order of appearance.
pub fn sanity_series(rows: &[&SanityRow]) -> Vec<Series> {
    let of = |row: &&SanityRow| Series::new(&row.network, &row.method, &row.layer);
    distinct(&rows.iter().map(of).collect::<Vec<_>>())
}

/// The table of the reference configuration; none where that was not asked.
pub fn section(analysis: &Analysis<'_>) -> Option<Section> {
    let rows = sanity_rows(analysis);
    let depths = depths(&rows);
    let (last, _) = depths.last()?;
    let line = |series: Series| {
        let at = |depth: u32| likeness(&rows, &series, depth).map(|quartiles| quartiles.median);
        let reading = match at(*last) {
            None => format::MISSING,
            Some(value) if value.abs() < CHANGED => "depends on the weights",
            Some(_) => "hardly depends on the weights",
        };
        let values = depths.iter().map(|(depth, _)| format::value(at(*depth), ""));
        let entry = |text: String| TableEntry { text, ..TableEntry::default() };
        TableLine {
            names: vec![series.network.clone(), series.in_network()],
            baseline: false,
            images: rows.iter().filter(|row| row.depth == *last && is_of(row, &series)).count() as u32,
            seeds: 1,
            entries: values.chain([reading.to_owned()]).map(entry).collect(),
        }
    };
    let heading = |name: String| Heading { name, unit: String::new(), arrow: "" };
    let headings = depths.iter().map(|(_, name)| format!("to {name}")).chain(["reading".to_owned()]);
    Some(Section {
        id: "sanity",
        title: "Sanity: cascading randomisation",
        note: format!(
            "Median Spearman correlation with the map of the network as it is, after its parameters are drawn anew \
             from the classifier down to the stage named. A method whose maps stay as they were (a correlation of \
             {CHANGED} or more at the end) shows the image rather than what the network has learnt."
        ),
        tables: vec![Table {
            title: String::new(),
            names: vec!["network", "method"],
            headings: headings.map(heading).collect(),
            lines: sanity_series(&rows).into_iter().map(line).collect(),
            seeded: false,
        }],
    })
}

/// Whether a row is of a series.
fn is_of(row: &SanityRow, series: &Series) -> bool {
    (&row.network, &row.method, &row.layer) == (&series.network, &series.method, &series.layer)
}
