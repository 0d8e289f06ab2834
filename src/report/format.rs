//! Formatting of numbers and names; a missing value is an en dash.

use camlab_frame::Direction;

/// Placeholder of a missing value.
pub const MISSING: &str = "–";

/// Formats a metric's value: one decimal for per cent, three significant digits otherwise.
pub fn value(value: Option<f64>, unit: &str) -> String {
    value.map_or_else(|| MISSING.to_owned(), |number| beside(number, value, unit))
}

/// Formats a number related to a value (its deviation, an end of its interval) with as many decimals as the value.
pub fn beside(number: f64, value: Option<f64>, unit: &str) -> String {
    if !number.is_finite() {
        return MISSING.to_owned();
    }
    let scale = value.filter(|value| value.is_finite()).unwrap_or(number);
    let text = match decimals(scale, unit) {
        Some(decimals) => format!("{number:.decimals$}"),
        None => format!("{number:.2e}"),
    };
    text.replace('-', "−")
}

/// Number of decimals for a number of this size; `None` if it needs scientific notation.
fn decimals(scale: f64, unit: &str) -> Option<usize> {
    let size = scale.abs();
    match unit {
        "%" => Some(1),
        _ if size == 0.0 => Some(3),
        _ if size < 1e-4 => None,
        _ => usize::try_from(2 - size.log10().floor() as i32).ok().or(Some(0)),
    }
}

/// Formats a difference, always with its sign.
pub fn difference(difference: f64, unit: &str) -> String {
    let text = value(Some(difference), unit);
    if difference >= 0.0 { format!("+{text}") } else { text }
}

/// Formats the change that led to a value, with its sign and as many decimals as the value.
pub fn change(change: f64, value: f64, unit: &str) -> String {
    signed(change, Some(value), unit)
}

/// Formats a number related to a value, with its sign and as many decimals as the value.
pub fn signed(number: f64, value: Option<f64>, unit: &str) -> String {
    let text = beside(number, value, unit);
    if number >= 0.0 { format!("+{text}") } else { text }
}

/// Formats an interval as `[low, high]`, with as many decimals as the value.
pub fn interval((low, high): (f64, f64), value: Option<f64>, unit: &str) -> String {
    format!("[{}, {}]", beside(low, value, unit), beside(high, value, unit))
}

/// Arrow in the direction in which a metric improves.
pub fn arrow(direction: Direction) -> &'static str {
    match direction {
        Direction::Higher => "↑",
        Direction::Lower => "↓",
    }
}

/// Formats a count with its noun: `1 image`, `1 000 images` with a thin space.
pub fn count(count: usize, noun: &str) -> String {
    let digits = count.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().filter_map(|group| std::str::from_utf8(group).ok()).collect();
    format!("{} {noun}{}", groups.join("\u{2009}"), if count == 1 { "" } else { "s" })
}

/// Truncates a text to `length` characters, the last one an ellipsis.
pub fn short(text: &str, length: usize) -> String {
    if text.chars().count() <= length {
        return text.to_owned();
    }
    text.chars().take(length.saturating_sub(1)).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_a_dash() {
        assert_eq!(value(None, "%"), "–");
        assert_eq!(value(Some(f64::NAN), ""), "–");
        assert_eq!(value(Some(f64::INFINITY), "s"), "–");
    }

    #[test]
    fn digits_follow_unit_and_size() {
        let show = |number, unit| value(Some(number), unit);
        assert_eq!([show(63.14, "%"), show(0.1234, ""), show(12.345, "s")], ["63.1", "0.123", "12.3"]);
        assert_eq!([show(-1.5, ""), show(0.00012, "s"), show(1234.5, "")], ["−1.50", "0.000120", "1234"]);
        assert_eq!([show(0.0, "s"), show(0.011, "s"), show(2e-7, "s")], ["0.000", "0.0110", "2.00e−7"]);
        assert_eq!(interval((0.009, 0.0131), Some(0.011), "s"), "[0.0090, 0.0131]");
        assert_eq!([difference(2.0, "%"), difference(-2.0, "%")], ["+2.0", "−2.0"]);
    }

    #[test]
    fn counts_and_cuts() {
        assert_eq!([count(1, "image"), count(50000, "image")], ["1 image", "50\u{2009}000 images"]);
        assert_eq!([short("abcdef", 4), short("été", 3)], ["abc…", "été"]);
    }
}
