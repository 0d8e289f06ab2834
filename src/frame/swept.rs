//! The swept keys as columns, so that a sweep is plotted without a join.

use super::{CellRow, Frame, FrameError, Row as _, SummaryRow};

/// A row per cell with its name (`cell`), its `seed`, and a column per swept key: numbers if every value is one, else
/// text (a TOML string without its quotes). Null where a cell does not set the key.
///
/// # Errors
/// Does not occur with rows of one experiment.
pub fn swept_keys(cells: &[CellRow]) -> Result<Frame, FrameError> {
    let mut keys: Vec<&str> = Vec::new();
    for key in cells.iter().filter_map(|row| row.key.as_deref()) {
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    let long = Frame::of(cells)?;
    let mut wide =
        long.clone().selected(&["cell", "seed"].map(str::to_owned))?.first_of(&["cell", "seed"])?;
    let plain = long.selected(&["cell", "seed", "key", "value"].map(str::to_owned))?;
    for key in keys {
        // A key of the name of a column of its own.
        let taken = SummaryRow::COLUMNS.iter().any(|column| column.name == key);
        let name = if taken { format!("sweep.{key}") } else { key.to_owned() };
        let mut values = plain.pivoted("key", key, "value", &name)?;
        let of_key = || cells.iter().filter(|row| row.key.as_deref() == Some(key));
        let numbers: Option<Vec<Option<f64>>> =
            of_key().map(|row| number(row.value.as_deref()?).map(Some)).collect();
        values = match numbers {
            Some(numbers) => values.with_numbers(&name, &numbers)?,
            None => {
                let texts: Vec<Option<&str>> =
                    of_key().map(|row| row.value.as_deref().map(unquoted)).collect();
                values.with_texts(&name, &texts)?
            }
        };
        wide = wide.joined(&values, &["cell", "seed"])?;
    }
    Ok(wide)
}

/// A TOML number; `None` for any other value.
fn number(value: &str) -> Option<f64> {
    let digits = value.replace('_', "");
    let based = [("0x", 16), ("0o", 8), ("0b", 2)]
        .into_iter()
        .find_map(|(prefix, base)| i64::from_str_radix(digits.strip_prefix(prefix)?, base).ok());
    based.map(|whole| whole as f64).or_else(|| digits.parse().ok())
}

/// The content of a plain TOML string; any other value as it is.
fn unquoted(value: &str) -> &str {
    let inside = |quote: char| value.strip_prefix(quote)?.strip_suffix(quote);
    let basic = inside('"').filter(|inside| !inside.contains(['"', '\\']));
    basic.or(inside('\'').filter(|inside| !inside.contains('\''))).unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_columns_and_numbers_are_numbers() {
        let row = |cell: &str, key: &str, value: &str| CellRow {
            cell: cell.to_owned(),
            seed: 1,
            configuration: cell.to_owned(),
            key: Some(key.to_owned()),
            value: Some(value.to_owned()),
        };
        let rows = [
            row("a", "training.lr", "0.1"),
            row("a", "maps.layers", "\"layer3\""),
            row("b", "training.lr", "1e-3"),
            row("b", "training.batch", "1_024"),
            row("b", "maps.layers", "'layer4'"),
            row("b", "layer", "1"),
            CellRow { key: None, value: None, ..row("c", "", "") },
        ];
        let wide = swept_keys(&rows).unwrap();
        assert_eq!(wide.numbers("training.lr").unwrap(), [Some(0.1), Some(0.001), None]);
        assert_eq!(wide.numbers("training.batch").unwrap(), [None, Some(1024.0), None]);
        // The summary has a column `layer` of its own.
        assert_eq!(wide.numbers("sweep.layer").unwrap(), [None, Some(1.0), None]);
        let texts: Vec<_> = wide.data.column("maps.layers").unwrap().str().unwrap().iter().collect();
        assert_eq!(texts, [Some("layer3"), Some("layer4"), None]);
    }
}
