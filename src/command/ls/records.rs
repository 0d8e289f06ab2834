//! Rows for programs: JSON lines and CSV, numbers in full.

use camlab::index::expression::FieldValue;
use camlab::index::{ListColumn, ListedRow, RunListing};
use serde_json::{Value, json};

use super::columns::name;
use super::text::plain;

/// One JSON object per row. Columns without a value are null; of `all` columns, metrics and keys without one are left out.
pub fn json(
    listing: &RunListing,
    rows: &[ListedRow],
    columns: &[ListColumn],
    all: bool,
) -> anyhow::Result<String> {
    let names: Vec<String> = columns.iter().map(|column| name(listing, column)).collect();
    let mut text = String::new();
    for row in rows {
        let mut fields = Vec::with_capacity(columns.len());
        for (column, name) in columns.iter().zip(&names) {
            let value = listing.field(row, column).map(value);
            if value.is_some() || !all || matches!(column, ListColumn::Run(_)) {
                // A map of serde_json would sort the names.
                let (name, value) = (serde_json::to_string(name)?, serde_json::to_string(&value)?);
                fields.push(format!("{name}:{value}"));
            }
        }
        text.push_str(&format!("{{{}}}\n", fields.join(",")));
    }
    Ok(text)
}

fn value(value: FieldValue<'_>) -> Value {
    match value {
        FieldValue::Text(text) | FieldValue::Prefix(text) | FieldValue::Either(text, _) => json!(text),
        // Counts are whole numbers.
        FieldValue::Number(number) if number.fract() == 0.0 && number.abs() < 1e15 => json!(number as i64),
        FieldValue::Number(number) => json!(number),
        FieldValue::Truth(truth) => json!(truth),
        FieldValue::Texts(texts) => json!(texts),
    }
}

/// A header and a line per row; a missing value is an empty field.
pub fn csv(listing: &RunListing, rows: &[ListedRow], columns: &[ListColumn]) -> anyhow::Result<String> {
    let mut text = line(columns.iter().map(|column| name(listing, column)));
    for row in rows {
        let field = |column| listing.field(row, column).map_or_else(String::new, |value| plain(value, " "));
        text.push_str(&line(columns.iter().map(field)));
    }
    Ok(text)
}

/// A line as in RFC 4180, but for its end.
fn line(fields: impl Iterator<Item = String>) -> String {
    let quoted = |field: String| match field.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", field.replace('"', "\"\"")),
        false => field,
    };
    let fields: Vec<String> = fields.map(quoted).collect();
    fields.join(",") + "\n"
}
