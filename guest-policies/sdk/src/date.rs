//! Days of the civil calendar: comparing and counting.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use crate::Date;

const DAYS_PER_ERA: i64 = 146_097;
/// Days from 0000-03-01 to 1970-01-01.
const EPOCH_SHIFT: i64 = 719_468;

impl Date {
    /// The day, where there is one.
    pub const fn new(year: i16, month: u8, day: u8) -> Option<Self> {
        if month < 1 || month > 12 || day < 1 || day > days_in_month(year, month) {
            return None;
        }
        Some(Self { year, month, day })
    }

    /// The day, for constants.
    ///
    /// # Panics
    /// Where there is no such day; in a constant that is a compile error.
    #[expect(clippy::panic, reason = "used in constants, where it is a compile error")]
    pub const fn of(year: i16, month: u8, day: u8) -> Self {
        match Self::new(year, month, day) {
            Some(date) => date,
            None => panic!("no such day"),
        }
    }

    /// Days since 1970-01-01; negative before. The algorithm counts from 1 March in eras of 400 years (Hinnant,
    /// "chrono-compatible low-level date algorithms").
    pub const fn days_since_epoch(self) -> i64 {
        let month = self.month as i64;
        let year = self.year as i64 - if month <= 2 { 1 } else { 0 };
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + self.day as i64 - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        era * DAYS_PER_ERA + day_of_era - EPOCH_SHIFT
    }

    /// The day that many days after 1970-01-01; the first or last day a `Date` can hold where that lies outside.
    pub const fn from_days_since_epoch(days: i64) -> Self {
        let days = days.saturating_add(EPOCH_SHIFT);
        let era = days.div_euclid(DAYS_PER_ERA);
        let day_of_era = days.rem_euclid(DAYS_PER_ERA);
        let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * shifted + 2) / 5 + 1;
        let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
        let year = era * 400 + year_of_era + if month <= 2 { 1 } else { 0 };
        if year < i16::MIN as i64 {
            return Self { year: i16::MIN, month: 1, day: 1 };
        }
        if year > i16::MAX as i64 {
            return Self { year: i16::MAX, month: 12, day: 31 };
        }
        Self { year: year as i16, month: month as u8, day: day as u8 }
    }

    /// Days from this day to a later one; negative where `later` is earlier.
    pub const fn days_until(self, later: Self) -> i64 {
        later.days_since_epoch() - self.days_since_epoch()
    }

    /// The day of the week: 1 is Monday, 7 Sunday.
    pub const fn weekday(self) -> u8 {
        // 1970-01-01 was a Thursday.
        (self.days_since_epoch() + 3).rem_euclid(7) as u8 + 1
    }

    /// The day `days` later, or earlier where negative.
    #[must_use]
    pub const fn add_days(self, days: i64) -> Self {
        Self::from_days_since_epoch(self.days_since_epoch().saturating_add(days))
    }

    /// The same day of the month `months` later; the last day of that month where it has none of that number. A period of
    /// six months that begins on 31 August ends on the last day of February.
    #[must_use]
    pub const fn add_months(self, months: u16) -> Self {
        let count = self.year as i32 * 12 + self.month as i32 - 1 + months as i32;
        let (year, month) = (count.div_euclid(12), count.rem_euclid(12) as u8 + 1);
        if year > i16::MAX as i32 {
            return Self { year: i16::MAX, month: 12, day: 31 };
        }
        let last = days_in_month(year as i16, month);
        Self { year: year as i16, month, day: if self.day < last { self.day } else { last } }
    }
}

const fn days_in_month(year: i16, month: u8) -> u8 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

const fn key(date: &Date) -> (i16, u8, u8) {
    (date.year, date.month, date.day)
}

impl PartialOrd for Date {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Date {
    fn cmp(&self, other: &Self) -> Ordering {
        key(self).cmp(&key(other))
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl FromStr for Date {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not a day, write it as 2026-11-02");
        let mut pieces = text.splitn(3, '-');
        let mut next = |width: usize| {
            pieces.next().filter(|piece| piece.len() == width && piece.bytes().all(|byte| byte.is_ascii_digit()))
        };
        let (Some(year), Some(month), Some(day)) = (next(4), next(2), next(2)) else { return Err(wrong()) };
        let (Ok(year), Ok(month), Ok(day)) = (year.parse(), month.parse(), day.parse()) else { return Err(wrong()) };
        Self::new(year, month, day).ok_or_else(wrong)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_eight_centuries_counts_to_the_next() {
        let mut day = Date::of(1600, 1, 1);
        let end = Date::of(2400, 12, 31);
        while day < end {
            let next = day.add_days(1);
            assert!(day < next, "{day} {next}");
            assert_eq!(day.days_until(next), 1, "{day}");
            assert_eq!(Date::from_days_since_epoch(day.days_since_epoch()), day);
            assert_eq!(Date::new(next.year, next.month, next.day), Some(next));
            day = next;
        }
        assert_eq!(Date::of(1970, 1, 1).days_since_epoch(), 0);
    }

    #[test]
    fn leap_days_follow_the_calendar() {
        assert_eq!(Date::of(2024, 2, 28).add_days(1), Date::of(2024, 2, 29));
        assert_eq!(Date::of(2026, 2, 28).add_days(1), Date::of(2026, 3, 1));
        assert_eq!(Date::new(1900, 2, 29), None);
        assert_eq!(Date::new(2000, 2, 29), Some(Date::of(2000, 2, 29)));
        assert_eq!(Date::of(2025, 11, 2).days_until(Date::of(2026, 11, 2)), 365);
        assert_eq!(Date::of(2026, 11, 2).days_until(Date::of(2026, 11, 1)), -1);
        assert_eq!(Date::of(2026, 11, 2).weekday(), 1);
        assert_eq!(Date::of(1969, 12, 28).weekday(), 7);
    }

    #[test]
    fn months_are_those_of_the_calendar() {
        let after = |year, month, day, months| Date::of(year, month, day).add_months(months).to_string();
        assert_eq!(after(2026, 11, 2, 6), "2027-05-02");
        assert_eq!(after(2026, 8, 31, 6), "2027-02-28");
        assert_eq!(after(2027, 8, 31, 6), "2028-02-29");
        assert_eq!(after(2026, 12, 31, 2), "2027-02-28");
        assert_eq!(after(2026, 1, 31, 36), "2029-01-31");
        assert_eq!(after(2026, 1, 1, 0), "2026-01-01");
        // Six months have 181 to 184 days.
        let days: Vec<i64> = (1..=12)
            .map(|month| {
                let first = Date::of(2026, month, 1);
                first.days_until(first.add_months(6))
            })
            .collect();
        assert_eq!((days.iter().min(), days.iter().max()), (Some(&181), Some(&184)));
        assert_eq!(Date { year: i16::MAX, month: 12, day: 1 }.add_months(1).year, i16::MAX);
    }

    #[test]
    fn words_and_days_are_the_same() {
        assert_eq!("2026-11-02".parse(), Ok(Date::of(2026, 11, 2)));
        assert_eq!(Date::of(2026, 11, 2).to_string(), "2026-11-02");
        for wrong in ["2026-2-30", "2026-02-30", "", "2026", "2026-13-01", "26-01-01", "2026-01-01-01"] {
            assert!(wrong.parse::<Date>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn days_outside_the_range_saturate() {
        assert_eq!(Date::from_days_since_epoch(i64::MAX).year, i16::MAX);
        assert_eq!(Date::from_days_since_epoch(i64::MIN).year, i16::MIN);
    }
}
