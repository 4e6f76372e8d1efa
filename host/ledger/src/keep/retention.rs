//! How long a body is kept: the longest period that its record owes, in calendar months, then to the end of that month.

use jiff::Span;
use jiff::civil;
use specialis_core::{Date, Decision, Measure, Obligation, ParamValue};

use crate::format::entry::Class;

/// The measure that asks to keep a record.
const RECORD: &str = "record";
/// Its parameters that count in months. What keeps the content keeps the log of it too.
const MONTHS: [&str; 2] = ["log-months", KEEP_MONTHS];
/// Its parameters that count in days.
const DAYS: [&str; 2] = ["log-days", KEEP_DAYS];
/// The parameters that ask to keep the content itself.
const KEEP_MONTHS: &str = "keep-months";
const KEEP_DAYS: &str = "keep-days";
/// The longest period, in months: what a registry may ask for at most.
const MAX_MONTHS: i64 = 120;
/// The same in days.
const MAX_DAYS: i64 = 3_650;

/// How long bodies are kept where no decision asks for longer. The defaults:
///
/// - decisions, opened sessions and settlements: 6 months, the shortest period for logs of networks
/// - breaches, measures against users, and who read records: 36 months
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    log_months: u8,
    user_months: u8,
}

impl Default for Retention {
    fn default() -> Self {
        Self { log_months: 6, user_months: 36 }
    }
}

impl Retention {
    /// The months for decisions, opened sessions and settlements, from 1 to 120. Others are brought into that range.
    #[must_use]
    pub fn log_months(mut self, months: u8) -> Self {
        self.log_months = months.clamp(1, 120);
        self
    }

    /// The months for breaches, measures against users and reading, from 1 to 120. Others are brought into that range.
    #[must_use]
    pub fn user_months(mut self, months: u8) -> Self {
        self.user_months = months.clamp(1, 120);
        self
    }

    /// The class of a decision on a day.
    pub(crate) fn of_decision(self, decision: &Decision, day: Date) -> Class {
        let mut until = months_after(day, i64::from(self.log_months));
        for measure in measures(decision).filter(|measure| measure.id.as_str() == RECORD) {
            for (name, value) in &measure.params {
                let ParamValue::Number(number) = value else { continue };
                if MONTHS.contains(&name.as_str()) {
                    until = until.max(months_after(day, *number));
                } else if DAYS.contains(&name.as_str()) {
                    until = until.max(days_after(day, *number));
                }
            }
        }
        Class::of(until)
    }

    /// The class of what belongs to a decision.
    pub(crate) fn of_log(self, day: Date) -> Class {
        Class::of(months_after(day, i64::from(self.log_months)))
    }

    /// The class of what concerns a user.
    pub(crate) fn of_user(self, day: Date) -> Class {
        Class::of(months_after(day, i64::from(self.user_months)))
    }
}

/// Until when a decision on a day asks to keep the content of its event; nothing where it does not ask for that.
pub fn content_until(decision: &Decision, day: Date) -> Option<Date> {
    let records = measures(decision).filter(|measure| measure.id.as_str() == RECORD);
    let params = records.flat_map(|measure| &measure.params);
    let periods = params.filter_map(|(name, value)| match (name.as_str(), value) {
        (KEEP_MONTHS, ParamValue::Number(months)) => Some(months_after(day, *months)),
        (KEEP_DAYS, ParamValue::Number(days)) => Some(days_after(day, *days)),
        _ => None,
    });
    periods.max()
}

/// The measures that a decision asks for.
pub(crate) fn measures(decision: &Decision) -> impl Iterator<Item = &Measure> {
    decision.obligations.iter().filter_map(|due| match &due.obligation {
        Obligation::Measure(measure) => Some(measure),
        Obligation::Redact(_) | Obligation::Replace(_) | Obligation::Append(_) | Obligation::Stop => None,
    })
}

/// The same day some months later, or the last of that month.
pub(crate) fn months_after(day: Date, months: i64) -> Date {
    after(day, Span::new().months(months.clamp(0, MAX_MONTHS)))
}

/// Some days later.
pub(crate) fn days_after(day: Date, days: i64) -> Date {
    after(day, Span::new().days(days.clamp(0, MAX_DAYS)))
}

/// A day after a span; the last day of the calendar where it has no such day.
fn after(day: Date, span: Span) -> Date {
    let civil = civil::Date::new(day.year(), day.month().cast_signed(), day.day().cast_signed());
    civil.and_then(|civil| civil.checked_add(span)).unwrap_or(civil::Date::MAX).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn months_are_those_of_the_calendar() {
        assert_eq!(months_after(day("2026-08-31"), 6), day("2027-02-28"));
        assert_eq!(months_after(day("2026-11-30"), 6), day("2027-05-30"));
        assert_eq!(days_after(day("2026-12-31"), 60), day("2027-03-01"));
        assert_eq!(months_after(day("2026-11-30"), 100_000), day("2036-11-30"));
    }

    #[test]
    fn class_follows_from_the_profile() {
        let retention = Retention::default();
        assert_eq!(retention.of_log(day("2026-11-30")).to_string(), "2027-05");
        assert_eq!(retention.of_user(day("2026-11-30")).to_string(), "2029-11");
        assert_eq!(retention.log_months(0).user_months(200), Retention { log_months: 1, user_months: 120 });
    }
}
