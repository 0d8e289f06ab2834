//! Times as text.

use std::time::{Duration, SystemTime};

/// A time as RFC 3339 in UTC with milliseconds: `2026-11-29T07:40:12.123Z`.
pub fn utc(time: SystemTime) -> String {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let (seconds, milliseconds) = (since.as_secs(), since.subsec_millis());
    let minutes = utc_minutes(seconds).replace(' ', "T");
    format!("{minutes}:{:02}.{milliseconds:03}Z", seconds % 60)
}

/// A time in UTC to the minute, `2026-11-29 07:10`; `seconds` are counted from the beginning of 1970.
pub fn utc_minutes(seconds: u64) -> String {
    const DAY: u64 = 86_400;
    let (days, rest) = (seconds / DAY, seconds % DAY);
    // Howard Hinnant, "chrono-compatible low-level date algorithms", civil_from_days: years begin in March, so that a
    // leap day is the last day of its year; 719,468 days lie between 0000-03-01 and 1970-01-01.
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02} {:02}:{:02}", rest / 3_600, rest / 60 % 60)
}

/// Milliseconds since the beginning of 1970 of a time that [`utc`] wrote; `None` for any other text.
pub fn milliseconds(text: &str) -> Option<u64> {
    let field = |from: usize, to: usize| -> Option<u64> {
        let digits = text.get(from..to)?;
        digits.bytes().all(|digit| digit.is_ascii_digit()).then(|| digits.parse().ok())?
    };
    let (year, month, day) = (field(0, 4)?, field(5, 7)?, field(8, 10)?);
    let (hour, minute, second, rest) = (field(11, 13)?, field(14, 16)?, field(17, 19)?, field(20, 23)?);
    if year < 1970 || !(1..=12).contains(&month) {
        return None;
    }
    // Hinnant's days_from_civil, the inverse of the algorithm of `utc_minutes`.
    let from_march = (month + 9) % 12;
    let shifted = year - u64::from(month <= 2);
    let (era, year_of_era) = (shifted / 400, shifted % 400);
    let day_of_year = (153 * from_march + 2) / 5 + day.checked_sub(1)?;
    let days = era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    let seconds = days.checked_sub(719_468)? * 86_400 + hour * 3_600 + minute * 60 + second;
    let time = seconds * 1_000 + rest;
    // A text of another form, or a day that the calendar has not, is written in another way.
    (utc(SystemTime::UNIX_EPOCH + Duration::from_millis(time)) == text).then_some(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Expected texts are those of `date -u -d @SECONDS '+%F %R'`.
    #[test]
    fn dates_are_those_of_the_calendar() {
        for (seconds, text) in [
            (0, "1970-01-01 00:00"),
            (951_782_399, "2000-02-28 23:59"),
            (951_782_400, "2000-02-29 00:00"),
            (951_868_800, "2000-03-01 00:00"),
            (1_709_164_800, "2024-02-29 00:00"),
            (4_107_542_399, "2100-02-28 23:59"),
            (4_107_542_400, "2100-03-01 00:00"),
            (1_796_022_660, "2026-11-30 07:11"),
        ] {
            assert_eq!(utc_minutes(seconds), text);
        }
        let time = SystemTime::UNIX_EPOCH + Duration::from_millis(1_780_000_000_123);
        assert_eq!(utc(time), "2026-05-28T20:26:40.123Z");
        assert_eq!(milliseconds("2026-05-28T20:26:40.123Z"), Some(1_780_000_000_123));
        // A number from a damaged file.
        assert!(utc_minutes(u64::MAX).contains(":"));
    }

    #[test]
    fn times_are_read_as_they_were_written() {
        for day in 0..60_000 {
            let time = day * 86_400_000 + day * 1_439 % 86_400_000;
            let text = utc(SystemTime::UNIX_EPOCH + Duration::from_millis(time));
            assert_eq!(milliseconds(&text), Some(time), "{text}");
        }
        for wrong in [
            "",
            "2026-05-28",
            "2026-02-30T20:26:40.123Z",
            "2026-05-28 20:26:40.123Z",
            "2026-00-28T20:26:40.123Z",
        ] {
            assert_eq!(milliseconds(wrong), None, "{wrong}");
        }
    }
}
