//! Values as people read them.

use camlab::index::expression::FieldValue;
use camlab::index::{ListColumn, RunColumn, RunListing};

/// Digits of a commit.
const COMMIT: usize = 10;

/// A value of a table: one decimal for per cent, three significant digits for other metrics, times to the minute.
pub fn text(listing: &RunListing, column: &ListColumn, value: Option<FieldValue<'_>>) -> String {
    let Some(value) = value else { return String::new() };
    let text = match (column, value) {
        (ListColumn::Metric(place), FieldValue::Number(number)) => {
            measured(number, listing.metrics().get(*place).map_or("", |metric| &metric.unit))
        }
        (ListColumn::Run(RunColumn::Minutes), FieldValue::Number(minutes)) => format!("{minutes:.1}"),
        (ListColumn::Run(RunColumn::Started), FieldValue::Prefix(time)) => {
            time.chars().take("2026-11-29 07:40".len()).collect::<String>().replace('T', " ")
        }
        (_, FieldValue::Prefix(commit)) => commit.chars().take(COMMIT).collect(),
        (_, value) => plain(value, " "),
    };
    // A note may have several lines, and no text may move the cursor.
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

/// A value in full; the elements of a list are joined.
pub fn plain(value: FieldValue<'_>, between: &str) -> String {
    match value {
        FieldValue::Text(text) | FieldValue::Prefix(text) | FieldValue::Either(text, _) => text.to_owned(),
        FieldValue::Number(number) => number.to_string(),
        FieldValue::Truth(truth) => truth.to_string(),
        FieldValue::Texts(texts) => texts.join(between),
    }
}

fn measured(number: f64, unit: &str) -> String {
    let size = number.abs();
    match unit {
        "%" => format!("{number:.1}"),
        "maps" | "images" => format!("{number:.0}"),
        _ if size == 0.0 => "0".to_owned(),
        _ if size < 1e-4 => format!("{number:.2e}"),
        _ => {
            let decimals = usize::try_from(2 - size.log10().floor() as i32).unwrap_or(0);
            format!("{number:.decimals$}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::measured;

    #[test]
    fn digits_follow_unit_and_size() {
        let shown = [
            (64.25, "%"),
            (2.0, "maps"),
            (0.0, ""),
            (0.012345, "nats"),
            (1234.5, "passes"),
            (-3.0, ""),
            (1e-7, ""),
        ]
        .map(|(number, unit)| measured(number, unit));
        assert_eq!(shown, ["64.2", "2", "0", "0.0123", "1234", "-3.00", "1.00e-7"]);
    }
}
