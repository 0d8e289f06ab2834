/// A duration in words, in two units at most: `40 s`, `12 min`, `3 h 20 min`, `2 d 4 h`.
pub fn spoken(seconds: f64) -> String {
    // A negative number and one that is not finite become 0 or the largest.
    let whole = seconds.round() as u64;
    let (minutes, hours, days) = (whole.div_ceil(60), whole / 3600, whole / 86_400);
    match whole {
        0..100 => format!("{whole} s"),
        100..7200 => format!("{minutes} min"),
        7200..172_800 => format!("{hours} h {} min", whole % 3600 / 60),
        _ => format!("{days} d {} h", whole % 86_400 / 3600),
    }
}

#[cfg(test)]
mod tests {
    use super::spoken;

    #[test]
    fn durations_have_two_units_at_most() {
        let spoken = [-1.0, 0.4, 61.0, 125.0, 12_000.0, 200_000.0].map(spoken);
        assert_eq!(spoken, ["0 s", "0 s", "61 s", "3 min", "3 h 20 min", "2 d 7 h"]);
    }
}
