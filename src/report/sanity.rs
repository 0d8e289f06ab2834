//! Cascading randomisation (Adebayo et al. 2018): similarity of maps after parameters are replaced by random ones.

use super::analysis::{Analysis, distinct};
use super::format;
use super::section::Section;
use super::series::Series;
use super::table::{Heading, Table, TableEntry, TableLine};
use camlab_frame::Quartiles;
use camlab_frame::SanityRow;

/// Absolute correlation with the trained network's map below which a map counts as changed.
const CHANGED: f64 = 0.5;

/// Depths of the cascade: number and name of the last randomised stage.
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

/// Quartiles over images of Spearman's correlation of one series at one depth.
pub fn likeness(rows: &[&SanityRow], series: &Series, depth: u32) -> Option<Quartiles> {
    let own = rows.iter().filter(|row| row.depth == depth && is_of(row, series));
    // A map that has become constant counts as uncorrelated.
    Quartiles::of(own.map(|row| row.spearman.map_or(0.0, f64::from)))
}

/// The series of the rows, in order of appearance.
pub fn sanity_series(rows: &[&SanityRow]) -> Vec<Series> {
    let of = |row: &&SanityRow| Series::new(&row.network, &row.method, &row.layer);
    distinct(&rows.iter().map(of).collect::<Vec<_>>())
}

/// The table for the reference configuration; `None` if the check was not requested.
pub fn section(analysis: &Analysis<'_>) -> Option<Section> {
    let rows = sanity_rows(analysis);
    let depths = depths(&rows);
    let (last, _) = depths.last()?;
    let line = |series: Series| {
        let at = |depth: u32| likeness(&rows, &series, depth).map(|quartiles| quartiles.median);
        let reading = match at(*last) {
            None => format::MISSING,
            Some(value) if value.abs() < CHANGED => "depends on the weights",
            Some(_) => "nearly independent of the weights",
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
    let headings = depths.iter().map(|(_, name)| format!("down to {name}")).chain(["conclusion".to_owned()]);
    Some(Section {
        id: "sanity",
        title: "Sanity: cascading randomisation (Adebayo et al. 2018)",
        note: format!(
            "Median Spearman correlation, over a sample of the test images, between the trained network's map and \
             the map after parameters are replaced by random ones, from the classifier down to the named stage. A \
             method whose maps hardly change (an absolute correlation of {CHANGED} or more at the last stage) \
             shows the image rather than what the network has learnt."
        ),
        figures: Vec::new(),
        tables: vec![Table {
            title: String::new(),
            names: vec!["network", "method"],
            headings: headings.map(heading).collect(),
            lines: sanity_series(&rows).into_iter().map(line).collect(),
            ..Table::default()
        }],
    })
}

/// True if a row belongs to a series.
fn is_of(row: &SanityRow, series: &Series) -> bool {
    (&row.network, &row.method, &row.layer) == (&series.network, &series.method, &series.layer)
}
