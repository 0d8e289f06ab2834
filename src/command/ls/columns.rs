//! The columns that are printed without `--columns`.

use camlab::index::expression::FieldValue;
use camlab::index::{ListColumn, ListedRow, RunColumn, RunListing};

/// Columns of a table: what tells the rows apart, the metrics, tags and notes. Columns that would be empty, or say what
/// goes without saying, are left out.
pub fn of_table(listing: &RunListing, rows: &[ListedRow]) -> Vec<ListColumn> {
    let values =
        |column: RunColumn| rows.iter().filter_map(move |row| listing.field(row, &ListColumn::Run(column)));
    let is_told = |column: RunColumn| match column {
        RunColumn::Run | RunColumn::Started => true,
        RunColumn::State => values(column).any(|state| state != FieldValue::Text("finished")),
        RunColumn::Tags => values(column).any(|tags| tags != FieldValue::Texts(&[])),
        _ => values(column).next().is_some(),
    };
    use RunColumn::{Configuration, Layer, Method, Network, Note, Run, Started, State, Tags};
    let told = |columns: &[RunColumn]| -> Vec<ListColumn> {
        columns.iter().filter(|column| is_told(**column)).map(|column| ListColumn::Run(*column)).collect()
    };
    let mut columns = told(&[Run, Started, State, Network, Method, Layer, Configuration]);
    columns.extend(metrics(listing, rows));
    columns.extend(told(&[Tags, Note]));
    columns
}

/// Columns for programs: all that every run has, the metrics, and the swept keys.
pub fn of_records(listing: &mut RunListing, rows: &[ListedRow]) -> Vec<ListColumn> {
    let own = RunColumn::ALL.into_iter().map(|(column, ..)| ListColumn::Run(column));
    let keys = listing.swept_columns(rows);
    own.chain(metrics(listing, rows)).chain(keys).collect()
}

/// The metrics that a row has a value of.
fn metrics(listing: &RunListing, rows: &[ListedRow]) -> Vec<ListColumn> {
    let all = (0..listing.metrics().len()).map(ListColumn::Metric);
    all.filter(|metric| rows.iter().any(|row| listing.field(row, metric).is_some())).collect()
}

/// The name of a column in TOML: that of an expression.
pub fn name(listing: &RunListing, column: &ListColumn) -> String {
    match column {
        ListColumn::Run(column) => column.name().to_owned(),
        ListColumn::Metric(place) => {
            listing.metrics().get(*place).map_or_else(String::new, |metric| metric.name.clone())
        }
        ListColumn::Key(key) => listing.key_name(*key).to_owned(),
    }
}

/// The name of a column above a table: metrics as papers print them, with any unit but per cent.
pub fn title(listing: &RunListing, column: &ListColumn) -> String {
    match column {
        ListColumn::Metric(place) => match listing.metrics().get(*place) {
            Some(metric) if !["", "%"].contains(&metric.unit.as_str()) => {
                format!("{} [{}]", metric.title, metric.unit)
            }
            Some(metric) => metric.title.clone(),
            None => String::new(),
        },
        column => name(listing, column),
    }
}
