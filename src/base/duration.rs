/// A duration for a person: `<1 s`, `40 s`, `12 min`, `3.5 h`, `2.1 days`.
pub fn spoken(seconds: f64) -> String {
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

#[cfg(test)]
mod tests {
    use super::spoken;

    #[test]
    fn durations_have_the_unit_that_a_person_would_use() {
        let said = [-1.0, 0.2, 40.4, 89.0, 720.0, 12_600.0, 200_000.0].map(spoken);
        assert_eq!(said, ["<1 s", "<1 s", "40 s", "89 s", "12 min", "3.5 h", "2.3 days"]);
    }
}
