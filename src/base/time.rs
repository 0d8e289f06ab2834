//! Wall-clock times as text, for people and logs. No result depends on them.

use std::time::SystemTime;

/// A time as RFC 3339 in UTC with milliseconds: `2026-11-29T07:40:12.123Z`.
pub fn utc(time: SystemTime) -> String {
    humantime::format_rfc3339_millis(time).to_string()
}

/// A time in UTC to the minute, for lines that people read: `2026-11-29 07:40`.
pub fn utc_minute(time: SystemTime) -> String {
    let text = humantime::format_rfc3339_seconds(time).to_string();
    text.get(..16).unwrap_or(&text).replace('T', " ")
}

/// A duration in words: `40 s`, `12 min`, `3 h 20 min`, `2 d 4 h`.
pub fn spoken(seconds: f64) -> String {
    let whole = seconds.max(0.0).round() as u64;
    let (minutes, hours, days) = (whole.div_ceil(60), whole / 3600, whole / 86400);
    match whole {
        0..100 => format!("{whole} s"),
        100..7200 => format!("{minutes} min"),
        7200..172_800 => format!("{hours} h {} min", whole % 3600 / 60),
        _ => format!("{days} d {} h", whole % 86400 / 3600),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn times_are_written_in_utc() {
        let time = SystemTime::UNIX_EPOCH + Duration::from_millis(1_780_000_000_123);
        assert_eq!(utc(time), "2026-05-28T20:26:40.123Z");
        assert_eq!(utc_minute(time), "2026-05-28 20:26");
    }

    #[test]
    fn durations_are_spoken_in_two_units_at_most() {
        let spoken = [0.4, 61.0, 125.0, 12_000.0, 200_000.0].map(spoken);
        assert_eq!(spoken, ["0 s", "61 s", "3 min", "3 h 20 min", "2 d 7 h"]);
    }
}
