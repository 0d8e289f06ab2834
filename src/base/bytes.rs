//! Amounts of bytes as text.

/// Units of an amount. All end in `B`, so that `B` itself must be tried last.
const UNITS: [(&str, u64); 6] =
    [("GiB", 1 << 30), ("MiB", 1 << 20), ("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000), ("B", 1)];

/// Units of a rounded amount, the largest first.
const ROUNDED: [(&str, u64); 4] =
    [("TB", 1_000_000_000_000), ("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000)];

/// The names of the units, for error texts.
pub const UNIT_NAMES: &str = "B, kB, MB, GB, MiB, GiB";

/// Bytes of an amount such as `256 MB`: a whole number and a unit. `None` for any other text.
pub fn parse(text: &str) -> Option<u64> {
    let (name, unit) = UNITS.iter().find(|(name, _)| text.ends_with(name))?;
    let number: u64 = text.strip_suffix(name)?.trim_end().parse().ok()?;
    number.checked_mul(*unit)
}

/// The amount in the largest unit of which it is a multiple, so that [`parse`] gives the same number.
pub fn exact(bytes: u64) -> String {
    match UNITS.iter().find(|(_, unit)| bytes.is_multiple_of(*unit)) {
        Some((name, unit)) if bytes > 0 => format!("{} {name}", bytes / unit),
        _ => format!("{bytes} B"),
    }
}

/// The amount with one decimal place, for display: `12.3 MB`.
pub fn rounded(bytes: u64) -> String {
    // An amount that would be printed as 1000.0 of a unit is 1.0 of the next.
    match ROUNDED.iter().find(|(_, unit)| bytes >= unit - unit / 20_000) {
        Some((name, unit)) => format!("{:.1} {name}", bytes as f64 / *unit as f64),
        None => format!("{bytes} B"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_and_written() {
        for (text, bytes) in [
            ("256 MB", 256_000_000),
            ("10GB", 10_000_000_000),
            ("500 MiB", 500 << 20),
            ("7 B", 7),
            ("0 kB", 0),
        ] {
            assert_eq!(parse(text), Some(bytes), "{text}");
            assert_eq!(parse(&exact(bytes)), Some(bytes), "{text}");
        }
        for text in [
            "",
            "GB",
            "-1 GB",
            "1.5 GB",
            "12",
            "12 gb",
            "12 XB",
            "99999999999999999999 B",
            "18446744073709551615 kB",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn rounded_amounts_have_a_unit_that_suits_them() {
        let texts = [0, 999, 1_000, 12_345_678, 999_949, 999_950, 999_999, 3_210_000_000, 5_000_000_000_000]
            .map(rounded);
        let wanted =
            ["0 B", "999 B", "1.0 kB", "12.3 MB", "999.9 kB", "1.0 MB", "1.0 MB", "3.2 GB", "5.0 TB"];
        assert_eq!(texts, wanted);
    }
}
