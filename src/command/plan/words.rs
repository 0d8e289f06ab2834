//! Numbers in words.

/// A duration for a person: `<1 s`, `40 s`, `12 min`, `3.5 h`, `2.1 days`.
pub fn duration(seconds: f64) -> String {
    const MINUTE: f64 = 60.0;
    const HOUR: f64 = 60.0 * MINUTE;
    const DAY: f64 = 24.0 * HOUR;
    match seconds {
        seconds if seconds < 1.0 => "<1 s".into(),
        seconds if seconds < 1.5 * MINUTE => format!("{seconds:.0} s"),
        seconds if seconds < 1.5 * HOUR => format!("{:.0} min", seconds / MINUTE),
        seconds if seconds < 1.5 * DAY => format!("{:.1} h", seconds / HOUR),
        seconds => format!("{:.1} days", seconds / DAY),
    }
}

/// An expected duration: `~40 s`, `<1 s`.
pub fn expected(seconds: f64) -> String {
    let words = duration(seconds);
    if words.starts_with('<') { words } else { format!("~{words}") }
}

/// A number with its noun: `1 stage`, `3 stages`.
pub fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_the_unit_that_a_person_would_use() {
        let said = [0.2, 40.4, 89.0, 720.0, 12_600.0, 200_000.0].map(duration);
        assert_eq!(said, ["<1 s", "40 s", "89 s", "12 min", "3.5 h", "2.3 days"]);
        assert_eq!((expected(0.2), expected(40.4)), ("<1 s".into(), "~40 s".into()));
        assert_eq!((count(1, "stage"), count(0, "stage")), ("1 stage".into(), "0 stages".into()));
    }
}
