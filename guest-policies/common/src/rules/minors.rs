//! Minors: the four classes of content that may affect them, their mode, time and spending, and services that play a relative.

use specialis_policy::grade::{self, listed};
use specialis_policy::{Case, Finding, Level, Measure, Rule, Settings, cite};

use super::harm::PUSHED;
use crate::reach;

/// The four classes of content that may affect minors are not pushed to them.
pub const E10: Rule = Rule::new("E10", "common.minors.classes", cite("MINORS", "25"));
/// Minors have a mode of their own, with limits of time and spending.
pub const E12: Rule = Rule::new("E12", "common.minors.mode", cite("MINORS", "43"));
/// No virtual relatives or partners for minors.
pub const E13: Rule = Rule::new("E13", "common.minors.companion", cite("ANTHRO", "14"));

/// The categories of the four classes, each with its grade in the scheme `may-affect-minors`.
const CLASSES: [(&str, &str); 4] = [
    ("minors.imitation", "imitation"),
    ("minors.values", "values"),
    ("minors.image", "image"),
    ("minors.data", "data"),
];
/// The scheme of classification under which content is graded.
const SCHEME: &str = "may-affect-minors";
/// Kinds of event in which somebody uses the service.
const USE: [&str; 3] = ["prompt", "output", "media"];

/// Answers on what reaches whoever may be a minor, by its words and scores. Content that somebody graded under the scheme is
/// judged by the tables of grades of the policy `general`.
pub fn e10(case: &Case) -> Vec<Finding> {
    let reaches_minors = match case.publication() {
        Some(publication) => publication.intended_audience.as_deref() != Some("adults"),
        None => reach::may_be_minor(case),
    };
    if !reach::goes_out(case) || !reaches_minors {
        return Vec::new();
    }
    let found = CLASSES.into_iter().filter_map(|(category, class)| {
        let spans = reach::spans(reach::shown_hits(case, |hit| hit.category == category && reach::counts(case, hit)));
        let score = reach::shown_score(case, |signal| signal.category == category);
        let has_spans = !spans.is_empty();
        let is_scored = score.is_some_and(|score| reach::reaches(case, score, "review-permille"));
        let pushed = move |cite| E10.citing(cite).require(level(case, class), "class-pushed").at_all(spans.clone());
        (is_scored || has_spans).then(|| PUSHED.map(pushed))
    });
    found.flatten().collect()
}

/// What the operator's table gives to a class; one it does not name waits for a person.
fn level(case: &Case, class: &str) -> Level {
    let words = listed(case, "class-levels", SCHEME, Some(class));
    words.iter().map(|word| read(word)).max().unwrap_or(Level::Review)
}

/// What is wrong with the operator's table of classes.
pub(crate) fn check_classes(settings: &Settings) -> Vec<String> {
    grade::check(settings, "class-levels", |row| {
        grade::one_of(row.scheme, &[SCHEME])?;
        grade::one_of(row.grade, &CLASSES.map(|(_, class)| class))?;
        grade::one_of(row.value, &["warn", "review", "stop"])
    })
}

fn read(word: &str) -> Level {
    match word {
        "warn" => Level::Warn,
        "stop" => Level::Stop,
        _ => Level::Review,
    }
}

/// Answers on use and purchases of whoever may be a minor.
pub fn e12(case: &Case) -> Vec<Finding> {
    let Some(account) = case.account() else { return Vec::new() };
    let operation = account.operation.as_deref();
    let is_use = matches!(operation, Some("usage" | "minors-mode") | None);
    let is_purchase = matches!(operation, Some("purchase") | None);
    if !is_use && !is_purchase {
        return Vec::new();
    }
    if !reach::may_be_minor(case) {
        return vec![E12.not_applicable("adult")];
    }
    let mut findings = Vec::new();
    let remind = |kind| Measure::new("remind").id("kind", kind);
    if is_use {
        if case.general().minors_mode != Some(true) {
            findings.push(E12.require(Level::Warn, "minors-mode-off").measure(remind("usage-time")));
        }
        let limit = case.number("minor-minutes");
        if case.general().minutes_today.is_none_or(|minutes| i64::from(minutes) >= limit) {
            findings.push(E12.citing(cite("MINORS", "43")).require(Level::Stop, "time-over").measure(remind("rest")));
        }
    }
    if is_purchase {
        let young = case.age() != Some("14-17");
        let (item, day) = if young { ("item-fen-under-14", "day-fen-under-14") } else { ("item-fen", "day-fen") };
        let fits = |amount: Option<u64>, limit: &str| {
            amount.is_some_and(|amount| i64::try_from(amount).is_ok_and(|amount| amount <= case.number(limit)))
        };
        let sum = account.amount_fen.zip(account.spent_today_fen).map(|(now, before)| now.saturating_add(before));
        if !fits(account.amount_fen, item) || !fits(sum, day) {
            findings.push(E12.citing(cite("MINORS", "44")).require(Level::Stop, "spending-over"));
        }
    }
    if findings.is_empty() { vec![E12.met()] } else { findings }
}

/// Stands for every use of the session. A service that keeps up no emotional relation plays nobody.
pub fn e13_standing(case: &Case) -> Finding {
    let service = case.service();
    let plays = service.emotional_interaction != Some(false) && service.plays_relative != Some(false);
    let finding = if !reach::may_be_minor(case) {
        E13.not_applicable("adult")
    } else if !plays {
        E13.not_applicable("plays-no-relative")
    } else {
        E13.require(Level::Stop, "relative-for-minor")
    };
    finding.on(&USE)
}
