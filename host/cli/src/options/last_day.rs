//! The last day on which a signature counts.

use specialis::{Clock, SystemClock};
use specialis_core::Date;

/// Reads a day that is not past: what is signed would count on no day, and hosts would refuse it.
pub(crate) fn last_day(text: &str) -> Result<Date, String> {
    not_before(SystemClock.today(), text)
}

fn not_before(today: Date, text: &str) -> Result<Date, String> {
    let day: Date = text.parse()?;
    if day < today { Err(format!("that day is past; give {today} or a later one")) } else { Ok(day) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn today_is_the_first_last_day() {
        let read = |text| not_before("2026-11-23".parse().unwrap(), text).map(|day| day.to_string());
        assert_eq!(read("2026-11-23").as_deref(), Ok("2026-11-23"));
        assert_eq!(read("2026-11-24").as_deref(), Ok("2026-11-24"));
        assert_eq!(read("2026-11-22").unwrap_err(), "that day is past; give 2026-11-23 or a later one");
        assert!(read("tomorrow").unwrap_err().contains("is not a date"));
    }
}
