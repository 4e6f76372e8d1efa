//! Art. 16: each authority supervises within its remit, and services are classified and graded. So a report goes to the
//! authority that the profile names, and what a duty asks for may depend on a grade.
//!
//! The grades are tables of the operator: a further scheme needs a line there and no code.

use specialis_policy::grade::{self, graded, listed};
use specialis_policy::{Case, Finding, Level, Measure, Rule, Settings};

use super::im;
use super::users::USE;

const IM16: Rule = Rule::new("IM16", "im.art16.grades", im("16"));

/// The words of `grade-levels`, the mildest first.
const LEVELS: [&str; 5] = ["pass", "mark", "warn", "review", "stop"];
/// The words of `grade-measures`.
const MEASURES: [&str; 4] = ["record", "label", "notice", "verify"];
/// The settings that a grade may replace.
const NUMBERS: [&str; 2] = ["stop-permille", "review-permille"];

/// What is wrong with the operator's tables.
pub(super) fn check(settings: &Settings) -> Vec<String> {
    let plain = |row: grade::Row<'_>, words: &[&str]| match row.name {
        Some(name) => Err(format!("`:{name}` has no place here, write `scheme/grade=word`")),
        None => grade::one_of(row.value, words),
    };
    let mut wrong = grade::check(settings, "grade-levels", |row| plain(row, &LEVELS));
    let levels = settings.texts("grade-levels");
    wrong.extend(grade::check(settings, "grade-measures", |row| {
        plain(row, &MEASURES)?;
        let graded = format!("{}/{}", row.scheme, row.grade);
        let has_level = levels.iter().any(|level| level.split_once('=').is_some_and(|(left, _)| left.trim() == graded));
        if has_level { Ok(()) } else { Err(format!("give `{graded}` a level in `grade-levels` too")) }
    }));
    wrong.extend(grade::check(settings, "grade-numbers", |row| {
        grade::one_of(row.name.unwrap_or_default(), &NUMBERS)?;
        match row.value.parse::<u16>() {
            Ok(1..=1000) => Ok(()),
            _ => Err("give a number from 1 to 1000".to_owned()),
        }
    }));
    wrong
}

/// The report of what was found, to the authority that the profile names. One stop is reported once: every policy names the same
/// authority, so that their reports are one.
pub(super) fn report(case: &Case) -> Measure {
    Measure::new("report").id("authority", case.report_authority().to_owned())
}

/// The level and the obligations of the grades that were given. A grade that nobody knows counts as the strictest.
pub(super) fn grades(case: &Case, findings: &mut Vec<Finding>) {
    for scheme in graded(case, "grade-levels", None) {
        let level = scheme.values.iter().map(|word| level(word)).max().unwrap_or(Level::Review);
        let reason = if scheme.grade.is_some() { "graded" } else { "grade-unknown" };
        let words = listed(case, "grade-measures", &scheme.scheme, scheme.grade.as_deref());
        let measures = words.iter().filter_map(|word| measure(case, word));
        findings.push(IM16.require(level, reason).measures(measures).on(&USE));
    }
}

/// A word that is no level counts as a stop.
fn level(word: &str) -> Level {
    match word {
        "pass" => Level::Pass,
        "mark" => Level::Mark,
        "warn" => Level::Warn,
        "review" => Level::Review,
        _ => Level::Stop,
    }
}

fn measure(case: &Case, word: &str) -> Option<Measure> {
    match word {
        "record" => {
            let months = case.number("record-months");
            Some(Measure::new("record").number("log-months", months).id("set-by", "operator"))
        }
        "label" => Some(Measure::new("label-explicit").id("text", "ai-generated").id("place", "content")),
        "notice" => Some(Measure::new("notice").id("kind", "service-limit")),
        "verify" => Some(Measure::new("remind").id("kind", "verify")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use specialis_policy::facts::{GeneralFacts, Grade, MoreServiceFacts};
    use specialis_policy::testing::CaseBuilder;
    use specialis_policy::{Date, ParamValue};

    use super::super::testing::{judged, on, one, usual};
    use super::*;

    /// A scheme that no code knows: the operator's own.
    fn graded_session(grade: Option<&str>) -> CaseBuilder {
        let levels: &[&str] = &["library-risk/open=pass", "library-risk/closed=review"];
        let measures: &[&str] = &["library-risk/closed=record", "library-risk/closed=notice"];
        let given = |grade: &str| Grade {
            scheme: "library-risk".into(),
            grade: grade.into(),
            by: "library".into(),
            on: Date::of(2026, 1, 1),
        };
        usual(CaseBuilder::open())
            .general(GeneralFacts { grades: Some(grade.into_iter().map(given).collect()), ..GeneralFacts::default() })
            .setting("grade-levels", levels)
            .setting("grade-measures", measures)
    }

    #[test]
    fn a_scheme_of_the_operators_needs_settings_and_no_code() {
        let found = |grade| {
            let findings = judged(graded_session(grade));
            let finding = one(&findings, "im.art16.grades");
            let n = finding.demand().map(|demand| demand.obligations.len());
            (finding.level(), finding.reason(), n)
        };
        assert_eq!(found(Some("open")), (Some(Level::Pass), Some("graded"), Some(0)));
        assert_eq!(found(Some("closed")), (Some(Level::Review), Some("graded"), Some(2)));
        assert_eq!(found(None), (Some(Level::Review), Some("grade-unknown"), Some(2)));
        assert!(on(&judged(usual(CaseBuilder::open())), "im.art16.grades").is_empty());
    }

    #[test]
    fn a_mistyped_row_is_refused() {
        let defaults = || CaseBuilder::open().defaults_of(include_str!("../../policy.toml"));
        assert_eq!(check(&defaults().into_settings()), Vec::<String>::new());
        let level: &[&str] = &["risk/high=stop"];
        let wrong = |table: &str, row: &str, word: &str| {
            let case = defaults().setting("grade-levels", level).setting(table, &[row][..]);
            let found = check(&case.into_settings());
            assert!(found.iter().any(|problem| problem.contains(row) && problem.contains(word)), "{row}: {found:?}");
        };
        wrong("grade-levels", "risk/high:stop", "write `scheme/grade=value`");
        wrong("grade-levels", "risk/high=halt", "`halt` is unknown here, use pass");
        wrong("grade-measures", "risk/high=fine", "`fine` is unknown here, use record");
        wrong("grade-measures", "risk/low=record", "give `risk/low` a level");
        wrong("grade-numbers", "risk/high=700", "use stop-permille");
        wrong("grade-numbers", "risk/high:stop-permille=0", "from 1 to 1000");
    }

    #[test]
    fn a_grade_may_change_a_threshold() {
        let numbers: &[&str] = &["library-risk/closed:stop-permille=700", "library-risk/open:stop-permille=950"];
        let level = |grade: &str| {
            let given =
                Grade { scheme: "library-risk".into(), grade: grade.into(), by: "l".into(), on: Date::of(2026, 1, 1) };
            let general = GeneralFacts { grades: Some(vec![given]), ..GeneralFacts::default() };
            let case = usual(CaseBuilder::new("output")).general(general).setting("grade-numbers", numbers);
            let findings = judged(case.text("样例").signal("a1.violence", 800));
            one(&findings, "im.art4.violence").level()
        };
        assert_eq!((level("closed"), level("open")), (Some(Level::Stop), Some(Level::Review)));
    }

    #[test]
    fn one_report_goes_to_the_authority_that_the_profile_names() {
        let told = |named: Option<&str>| {
            let more = MoreServiceFacts { report_authority: named.map(str::to_owned), ..MoreServiceFacts::default() };
            match report(&usual(CaseBuilder::new("output")).more_service(more).build()).get("authority") {
                Some(ParamValue::Id(id)) => id.clone().into_owned(),
                _ => String::new(),
            }
        };
        assert_eq!((told(None), told(Some("mps"))), ("cac-provincial".to_owned(), "mps".to_owned()));
    }
}
