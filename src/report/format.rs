//! Numbers and names as a reader wants them; what is missing is an en dash.

use crate::frame::Direction;

/// What stands for a missing value.
pub const MISSING: &str = "–";

/// A metric's value: one decimal for per cent, three significant digits for the rest.
pub fn value(value: Option<f64>, unit: &str) -> String {
    match value.filter(|value| value.is_finite()) {
        None => MISSING.to_owned(),
        Some(value) => signed(format!("{value:.*}", decimals(value, unit))),
    }
}

fn decimals(value: f64, unit: &str) -> usize {
    let size = value.abs();
    match unit {
        "%" => 1,
        _ if size >= 100.0 => 0,
        _ if size >= 10.0 => 1,
        _ if size >= 1.0 => 2,
        _ if size >= 0.01 || size == 0.0 => 3,
        _ => 5,
    }
}

/// A difference, always with its sign.
pub fn difference(difference: f64, unit: &str) -> String {
    let text = value(Some(difference), unit);
    if difference >= 0.0 { format!("+{text}") } else { text }
}

/// A typographic minus instead of a hyphen.
fn signed(text: String) -> String {
    text.replace('-', "−")
}

/// A 95 % interval, `[low, high]`.
pub fn interval((low, high): (f64, f64), unit: &str) -> String {
    format!("[{}, {}]", value(Some(low), unit), value(Some(high), unit))
}

/// The arrow that says which way a metric improves.
pub fn arrow(direction: Direction) -> &'static str {
    match direction {
        Direction::Higher => "↑",
        Direction::Lower => "↓",
    }
}

/// A count with its noun: `1 image`, `1 000 images` with a thin space.
pub fn count(count: usize, noun: &str) -> String {
    let digits = count.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().filter_map(|group| std::str::from_utf8(group).ok()).collect();
    format!("{} {noun}{}", groups.join("\u{2009}"), if count == 1 { "" } else { "s" })
}

/// At most `length` characters, the last one an ellipsis when something was cut.
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
        assert_eq!([show(-1.5, ""), show(0.00012, "s"), show(1234.5, "")], ["−1.50", "0.00012", "1234"]);
        assert_eq!([difference(2.0, "%"), difference(-2.0, "%")], ["+2.0", "−2.0"]);
    }

    #[test]
    fn counts_and_cuts() {
        assert_eq!([count(1, "image"), count(50000, "image")], ["1 image", "50\u{2009}000 images"]);
        assert_eq!([short("abcdef", 4), short("été", 3)], ["abc…", "été"]);
    }
}
