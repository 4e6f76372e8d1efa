//! Working days: Monday to Friday but for public holidays, and the days at weekends that are worked instead.
//!
//! The holidays are data of the operator: two lists of days, the settings `days-off` and `days-worked`. For a year that they do not
//! cover every day from Monday to Friday counts, which is the strict reading of a time limit.

use crate::{Case, Date, Settings};

/// The last day of a time limit of so many working days; the day itself does not count. A limit of more than 1,000 days counts as
/// 1,000.
///
/// # Panics
/// Where the manifest does not declare the two lists.
#[track_caller]
pub fn working_days_after(case: &Case, start: Date, days: i64) -> Date {
    let read = |list: &str| -> Vec<Date> { case.texts(list).iter().filter_map(|day| day.parse().ok()).collect() };
    let (off, worked) = (read("days-off"), read("days-worked"));
    let mut day = start;
    let mut left = days.min(1_000);
    while left > 0 {
        day = day.add_days(1);
        let is_worked = if day.weekday() <= 5 { !off.contains(&day) } else { worked.contains(&day) };
        left -= i64::from(is_worked);
    }
    day
}

/// What is wrong with the two lists, in words for the operator: days that are none, and days off that are no working days.
///
/// # Panics
/// Where the manifest does not declare the two lists.
#[track_caller]
pub fn check(settings: &Settings) -> Vec<String> {
    let mut wrong = Vec::new();
    for (list, is_weekend) in [("days-off", false), ("days-worked", true)] {
        for word in settings.texts(list).iter() {
            match word.parse::<Date>() {
                Err(problem) => wrong.push(format!("`{list}`: {problem}")),
                Ok(day) if (day.weekday() > 5) != is_weekend => {
                    let what = if is_weekend { "a day from Monday to Friday" } else { "at a weekend" };
                    wrong.push(format!("`{word}` in `{list}` is {what}, where it changes nothing; remove it"));
                }
                Ok(_) => {}
            }
        }
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::CaseBuilder;

    const OFF: &[&str] = &["2026-10-01", "2026-10-02", "2026-10-05", "2026-10-06", "2026-10-07"];
    const WORKED: &[&str] = &["2026-09-20", "2026-10-10"];

    fn case() -> CaseBuilder {
        CaseBuilder::open().setting("days-off", OFF).setting("days-worked", WORKED)
    }

    #[test]
    fn holidays_do_not_count_and_worked_weekends_do() {
        let last = |start: Date, days| working_days_after(&case().build(), start, days).to_string();
        // 30 September is a Wednesday; the holidays end on 7 October, and Saturday 10 October is worked.
        assert_eq!(last(Date::of(2026, 9, 30), 1), "2026-10-08");
        assert_eq!(last(Date::of(2026, 9, 30), 3), "2026-10-10");
        assert_eq!(last(Date::of(2026, 9, 30), 10), "2026-10-20");
        // A year that the lists do not cover.
        assert_eq!(last(Date::of(2030, 9, 30), 10), "2030-10-14");
        assert_eq!(last(Date::of(2026, 9, 30), 0), "2026-09-30");
    }

    #[test]
    fn days_that_change_nothing_are_named() {
        assert_eq!(check(&case().into_settings()), [""; 0]);
        let off: &[&str] = &["2026-10-03", "soon"];
        let worked: &[&str] = &["2026-10-01"];
        let wrong = CaseBuilder::open().setting("days-off", off).setting("days-worked", worked).into_settings();
        assert_eq!(
            check(&wrong),
            [
                "`2026-10-03` in `days-off` is at a weekend, where it changes nothing; remove it",
                "`days-off`: `soon` is not a day, write it as 2026-11-02",
                "`2026-10-01` in `days-worked` is a day from Monday to Friday, where it changes nothing; remove it",
            ]
        );
    }
}
