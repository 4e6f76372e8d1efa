//! Art. 4: what generated content must not hold, and the screening for it.
//!
//! A prohibition (floor) is decided by a score of the platform's models or by a reviewer; a term alone is not enough. What
//! a term can do is ask for a look at its context: that is the screening, a duty of its own that a sector's law may
//! displace. On what comes in (prompts, texts read, tools) the Measures ask for no review: a term there is noted, and
//! other instruments say more.
//!
//! The state remembers, as bits, on which duties a person was asked to look, so that the answer can settle them.

use specialis_policy::grade::smallest;
use specialis_policy::{Case, Counters, Finding, Level, Measure, Rule, Span};

use super::im;

/// A kind of content that Art. 4(1) bans.
pub(super) struct Banned {
    category: &'static str,
    /// The prohibition.
    pub(super) floor: Rule,
    /// The screening for it.
    pub(super) screen: Rule,
}

const fn banned(category: &'static str, floor: &'static str, screen: &'static str) -> Banned {
    let rule = Rule::new("IM4", floor, im("4(1)"));
    Banned { category, floor: rule, screen: rule.on_duty(screen) }
}

/// The nine kinds, in the order of the article.
pub(super) const BANNED: [Banned; 9] = [
    banned("a1.subversion", "im.art4.subversion", "im.art4.subversion.screen"),
    banned("a1.national-security", "im.art4.national-security", "im.art4.national-security.screen"),
    banned("a1.secession", "im.art4.secession", "im.art4.secession.screen"),
    banned("a1.terrorism", "im.art4.terrorism", "im.art4.terrorism.screen"),
    banned("a1.ethnic-hatred", "im.art4.ethnic-hatred", "im.art4.ethnic-hatred.screen"),
    banned("a1.violence", "im.art4.violence", "im.art4.violence.screen"),
    banned("a1.obscenity", "im.art4.obscenity", "im.art4.obscenity.screen"),
    banned("a1.false-information", "im.art4.false-information", "im.art4.false-information.screen"),
    banned("a1.other-banned", "im.art4.other-banned", "im.art4.other-banned.screen"),
];

/// Art. 4(2) to 4(5): one duty for a family of categories.
const FAMILIES: [(&str, Rule); 4] = [
    ("a2.", Rule::new("IM4", "im.art4.discrimination", im("4(2)"))),
    ("a3.", Rule::new("IM4", "im.art4.ip", im("4(3)"))),
    ("a4.", Rule::new("IM4", "im.art4.rights", im("4(4)"))),
    ("a5.", RELIABLE),
];

/// Art. 4(5): measures that make what is generated more accurate and reliable. It asks for measures and stops nothing.
const RELIABLE: Rule = Rule::new("IM4", "im.art4.reliability", im("4(5)"));

/// Whether content comes in or goes out.
#[derive(Clone, Copy, PartialEq)]
enum Flow {
    In,
    Out,
}

/// Numbers of the operator that every category uses.
struct Limits {
    stop: u32,
    review: u32,
    term_counts: u8,
    term_reviews: u8,
}

impl Limits {
    fn of(case: &Case) -> Self {
        // A number that does not fit counts as the strictest.
        let permille = |name| u32::try_from(smallest(case, "grade-numbers", name, case.number(name))).unwrap_or(0);
        let weight = |name| u8::try_from(case.number(name)).unwrap_or(0);
        Self {
            stop: permille("stop-permille"),
            review: permille("review-permille"),
            term_counts: weight("screen-weight"),
            term_reviews: weight("review-weight"),
        }
    }
}

/// The duties on which a person was asked to look: bit `n` stands for the `n`th banned kind, then the families.
struct Asked(Counters<1>);

impl Asked {
    fn read(state: &[u8]) -> Self {
        Self(Counters::read(1, state))
    }

    fn add(&mut self, idx: usize) {
        self.0.set(0, self.0.get(0) | (1 << idx));
    }

    fn has(&self, idx: usize) -> bool {
        self.0.get(0) & (1 << idx) != 0
    }

    fn forget(&mut self) {
        self.0.set(0, 0);
    }

    fn write(&self, state: &mut Vec<u8>) {
        if !state.is_empty() || self.0.get(0) != 0 {
            *state = self.0.write();
        }
    }
}

/// Art. 4 on whatever event has content, a score or a reviewer's answer.
pub(super) fn judge(case: &Case, state: &mut Vec<u8>, findings: &mut Vec<Finding>) {
    let mut asked = Asked::read(state);
    match case.kind() {
        "signal" => on_late_score(case, &mut asked, findings),
        "review" => on_review(case, &mut asked, findings),
        _ => on_content(case, &mut asked, findings),
    }
    asked.write(state);
}

fn flow(case: &Case) -> Flow {
    match case.kind() {
        "prompt" | "retrieved" | "tool" => Flow::In,
        "media" if case.media().and_then(|media| media.direction.as_deref()) == Some("in") => Flow::In,
        _ => Flow::Out,
    }
}

fn on_content(case: &Case, asked: &mut Asked, findings: &mut Vec<Finding>) {
    if case.hits().is_empty() && case.signals().is_empty() {
        return;
    }
    let limits = Limits::of(case);
    let flow = flow(case);
    for (idx, banned) in BANNED.iter().enumerate() {
        let is_ours = |category: &str| category == banned.category;
        let terms = Terms::of(case, &limits, is_ours);
        let score = highest(case, is_ours);
        match score {
            Some(score) => findings.push(scored(banned.floor, score, &limits, flow, Level::Stop)),
            None if terms.found => findings.push(banned.floor.met()),
            None => {}
        }
        findings.extend(terms.screened(banned.screen, flow));
        if flow == Flow::Out && (terms.reviews || score.is_some_and(|score| limits.in_doubt(score))) {
            asked.add(idx);
        }
    }
    for (idx, (family, rule)) in FAMILIES.iter().enumerate() {
        let is_ours = |category: &str| category.starts_with(family);
        let terms = Terms::of(case, &limits, is_ours);
        let score = highest(case, is_ours);
        let before = findings.len();
        findings.extend(score.map(|score| scored(*rule, score, &limits, flow, Level::Mark)));
        findings.extend(terms.screened(*rule, flow));
        if *rule == RELIABLE {
            let found = findings.split_off(before);
            findings.extend(found.into_iter().map(helped));
        } else if flow == Flow::Out && (terms.reviews || score.is_some_and(|score| limits.in_doubt(score))) {
            asked.add(BANNED.len() + idx);
        }
    }
}

/// What Art. 4(5) asks for in place of a look or a stop: the reader is told to verify and what the service is not.
fn helped(finding: Finding) -> Finding {
    let measures = || {
        let notice = Measure::new("notice").id("kind", "not-professional-advice");
        [Measure::new("remind").id("kind", "verify"), notice]
    };
    let spans = finding.demand().map(|demand| demand.spans.clone()).unwrap_or_default();
    match finding.level() {
        Some(Level::Mark) => RELIABLE.require(Level::Mark, "may-be-unreliable").measures(measures()).at_all(spans),
        Some(_) => RELIABLE.require(Level::Warn, "may-be-unreliable").measures(measures()).at_all(spans),
        None => finding,
    }
}

impl Limits {
    fn in_doubt(&self, score: u32) -> bool {
        (self.review..self.stop).contains(&score)
    }
}

fn highest(case: &Case, is_ours: impl Fn(&str) -> bool) -> Option<u32> {
    let ours = case.signals().iter().filter(|signal| is_ours(&signal.category));
    ours.map(|signal| signal.score_permille).max()
}

/// A score on one duty. What comes in is noted where it is in doubt, and never rises above `highest_in`.
fn scored(rule: Rule, score: u32, limits: &Limits, flow: Flow, highest_in: Level) -> Finding {
    let level = |level: Level, at_most: Level| if flow == Flow::In { level.min(at_most) } else { level };
    if score >= limits.stop {
        rule.require(level(Level::Stop, highest_in), "score-over-limit")
    } else if score >= limits.review {
        rule.require(level(Level::Review, Level::Mark), "score-in-doubt")
    } else {
        rule.met()
    }
}

/// The terms found in the categories of one duty.
struct Terms {
    found: bool,
    reviews: bool,
    spans: Vec<Span>,
}

impl Terms {
    fn of(case: &Case, limits: &Limits, is_ours: impl Fn(&str) -> bool) -> Self {
        let ours = || case.hits().iter().filter(|hit| is_ours(&hit.category));
        let counting = || ours().filter(|hit| hit.weight >= limits.term_counts);
        Self {
            found: ours().next().is_some(),
            reviews: counting().any(|hit| hit.weight >= limits.term_reviews),
            spans: counting().map(|hit| hit.at).collect(),
        }
    }

    fn screened(&self, rule: Rule, flow: Flow) -> Option<Finding> {
        if self.spans.is_empty() {
            return None;
        }
        let level = if self.reviews && flow == Flow::Out { Level::Review } else { Level::Mark };
        Some(rule.require(level, "term-without-context").at_all(self.spans.iter().copied()))
    }
}

/// A score that comes late, for content that may be out already. A score that will not come, or one for nobody knows
/// which category, counts as the worst.
fn on_late_score(case: &Case, asked: &mut Asked, findings: &mut Vec<Finding>) {
    let Some(late) = case.late_signal() else { return };
    let limits = Limits::of(case);
    let mut answer = |idx: usize, rule: Rule, is_named: bool| {
        match late.score_permille {
            Some(score) if is_named || score >= limits.review => {
                findings.push(scored(rule, score, &limits, Flow::Out, Level::Stop));
                if limits.in_doubt(score) {
                    asked.add(idx);
                }
            }
            Some(_) => {}
            None => findings.push(rule.require(Level::Stop, "score-missing")),
        };
    };
    let named = late.category.as_deref();
    for (idx, banned) in BANNED.iter().enumerate() {
        if named.is_none_or(|named| named == banned.category) {
            answer(idx, banned.floor, named.is_some());
        }
    }
    for (idx, (family, rule)) in FAMILIES.iter().enumerate() {
        if *rule != RELIABLE && named.is_none_or(|named| named.starts_with(family)) {
            answer(BANNED.len() + idx, *rule, named.is_some());
        }
    }
}

/// A reviewer's answer on what a person was asked to look at. Only a known approval by an accepted role lets it go; an
/// answer that nobody knows counts as a refusal and as an expiry.
fn on_review(case: &Case, asked: &mut Asked, findings: &mut Vec<Finding>) {
    let Some(review) = case.review() else { return };
    let role = review.role.as_deref();
    let is_accepted = || role.is_some_and(|role| case.texts("review-roles").iter().any(|accepted| accepted == role));
    let duties =
        BANNED.iter().map(|banned| (banned.floor, banned.screen)).chain(FAMILIES.map(|(_, rule)| (rule, rule)));
    let duties: Vec<(Rule, Rule)> =
        duties.enumerate().filter(|(idx, _)| asked.has(*idx)).map(|(_, pair)| pair).collect();
    let mut settles = true;
    match review.outcome.as_deref() {
        Some("approved") if is_accepted() => {
            for (floor, screen) in duties {
                findings.push(floor.met());
                if screen != floor {
                    findings.push(screen.met());
                }
            }
        }
        Some("approved") => {
            settles = false;
            findings.extend(duties.iter().map(|(_, screen)| screen.require(Level::Review, "reviewer-not-accepted")));
        }
        Some("expired") => {
            findings.extend(duties.iter().map(|(_, screen)| screen.require(Level::Stop, "review-expired")));
        }
        outcome => {
            let reason = if outcome == Some("refused") { "review-refused" } else { "review-outcome-unknown" };
            for (floor, screen) in duties {
                findings.push(floor.require(Level::Stop, reason));
                if screen != floor {
                    findings.push(screen.require(Level::Stop, reason));
                }
            }
        }
    }
    if settles {
        asked.forget();
    }
}

#[cfg(test)]
mod tests {
    use specialis_policy::facts::{Hit, LateSignalFacts, MediaFacts, ReviewFacts};
    use specialis_policy::testing::CaseBuilder;
    use specialis_policy::{Policy, Span};

    use super::super::General;
    use super::super::testing::{judged, on, one, usual};
    use super::*;

    fn level(findings: &[Finding], duty: &str) -> Option<Level> {
        one(findings, duty).level()
    }

    #[test]
    fn a_term_alone_meets_the_prohibition_and_asks_for_a_look() {
        for banned in &BANNED {
            let case = usual(CaseBuilder::new("output")).text("此处有一个样例词").hit(banned.category, "样例词");
            let findings = judged(case);
            assert_eq!(one(&findings, banned.floor.duty()).case(), "met");
            let screen = one(&findings, banned.screen.duty());
            assert_eq!((screen.level(), screen.reason()), (Some(Level::Review), Some("term-without-context")));
            assert_eq!(screen.demand().map(|demand| demand.spans.len()), Some(1));
            assert_eq!(findings.len(), 2);
        }
    }

    #[test]
    fn scores_decide_the_prohibition_at_their_boundaries() {
        for (score, case, expected) in [
            (599, "met", None),
            (600, "require", Some(Level::Review)),
            (899, "require", Some(Level::Review)),
            (900, "require", Some(Level::Stop)),
            (1000, "require", Some(Level::Stop)),
        ] {
            let findings = judged(usual(CaseBuilder::new("output")).text("样例").signal("a1.violence", score));
            let floor = one(&findings, "im.art4.violence");
            assert_eq!((floor.case(), floor.level()), (case, expected), "{score}");
            assert!(on(&findings, "im.art4.violence.screen").is_empty());
        }
    }

    #[test]
    fn the_weight_of_a_term_decides_whether_somebody_looks() {
        for (weight, expected) in
            [(19, None), (20, Some(Level::Mark)), (49, Some(Level::Mark)), (50, Some(Level::Review))]
        {
            let at = Span { part: 0, start: 0, end: 6 };
            let hit = Hit { at, category: "a1.obscenity".to_owned(), weight, ..Hit::default() };
            let findings = judged(usual(CaseBuilder::new("output")).text("样例词").hit_as(hit));
            let screen = on(&findings, "im.art4.obscenity.screen");
            assert_eq!(screen.first().and_then(|finding| finding.level()), expected, "{weight}");
            assert_eq!(one(&findings, "im.art4.obscenity").case(), "met");
        }
    }

    #[test]
    fn what_comes_in_is_noted_and_stops_at_a_certain_score_alone() {
        for kind in ["prompt", "retrieved", "tool"] {
            let base = || usual(CaseBuilder::new(kind)).text("样例词").hit("a1.violence", "样例词");
            assert_eq!(level(&judged(base()), "im.art4.violence.screen"), Some(Level::Mark));
            assert_eq!(level(&judged(base().signal("a1.violence", 700)), "im.art4.violence"), Some(Level::Mark));
            let stopped = judged(base().signal("a1.violence", 950));
            assert_eq!(level(&stopped, "im.art4.violence"), Some(Level::Stop));
            assert!(on(&stopped, "im.art14.stop").is_empty());
        }
    }

    #[test]
    fn media_without_a_direction_counts_as_going_out() {
        for (direction, expected) in [(Some("in"), Level::Mark), (Some("out"), Level::Review), (None, Level::Review)] {
            let facts = MediaFacts { direction: direction.map(str::to_owned), ..MediaFacts::default() };
            let case = usual(CaseBuilder::new("media").media(facts)).text("样例词").hit("a1.violence", "样例词");
            assert_eq!(level(&judged(case), "im.art4.violence.screen"), Some(expected));
        }
    }

    #[test]
    fn families_answer_on_their_one_duty() {
        for (category, duty) in [
            ("a2.gender", "im.art4.discrimination"),
            ("a3.trade-secrets", "im.art4.ip"),
            ("a4.reputation", "im.art4.rights"),
        ] {
            let term = judged(usual(CaseBuilder::new("output")).text("样例词").hit(category, "样例词"));
            assert_eq!(level(&term, duty), Some(Level::Review));
            let score = judged(usual(CaseBuilder::new("publication")).text("样例").signal(category, 900));
            assert_eq!(level(&score, duty), Some(Level::Stop));
            let asked = judged(usual(CaseBuilder::new("prompt")).text("样例").signal(category, 900));
            assert_eq!(level(&asked, duty), Some(Level::Mark));
        }
    }

    #[test]
    fn a_late_score_counts_and_a_missing_one_is_the_worst() {
        let late = |category: Option<&str>, score_permille| {
            let facts =
                LateSignalFacts { category: category.map(str::to_owned), score_permille, part: None, up_to: None };
            judged(usual(CaseBuilder::new("signal").late_signal(facts)))
        };
        assert_eq!(one(&late(Some("a1.violence"), Some(10)), "im.art4.violence").case(), "met");
        assert_eq!(level(&late(Some("a1.violence"), Some(950)), "im.art4.violence"), Some(Level::Stop));
        assert_eq!(one(&late(Some("a1.violence"), None), "im.art4.violence").reason(), Some("score-missing"));
        assert_eq!(on(&late(Some("minors.harmful"), Some(950)), "im.art4.violence").len(), 0);
        let of_nobody_knows_what = late(None, Some(950));
        assert!(BANNED.iter().all(|banned| level(&of_nobody_knows_what, banned.floor.duty()) == Some(Level::Stop)));
        assert_eq!(level(&of_nobody_knows_what, "im.art4.rights"), Some(Level::Stop));
        assert_eq!(late(None, Some(10)).len(), 0);
    }

    #[test]
    fn a_reviewer_settles_what_a_person_was_asked() {
        let asked = || {
            let mut state = Vec::new();
            let case = usual(CaseBuilder::new("output")).text("样例词").hit("a1.violence", "样例词").build();
            let _ = General::judge(&case, &mut state);
            state
        };
        let answer = |role: Option<&str>, outcome: Option<&str>, state: &mut Vec<u8>| {
            let facts =
                ReviewFacts { role: role.map(str::to_owned), outcome: outcome.map(str::to_owned), digest: None };
            General::judge(&usual(CaseBuilder::new("review").review(facts)).build(), state)
        };
        let mut state = asked();
        let approved = answer(Some("content-reviewer"), Some("approved"), &mut state);
        assert_eq!(one(&approved, "im.art4.violence.screen").case(), "met");
        assert_eq!(answer(Some("content-reviewer"), Some("refused"), &mut state).len(), 0, "it is settled");

        let mut state = asked();
        let teacher = answer(Some("teacher"), Some("approved"), &mut state);
        assert_eq!(level(&teacher, "im.art4.violence.screen"), Some(Level::Review));
        let refused = answer(None, Some("refused"), &mut state);
        assert_eq!(level(&refused, "im.art4.violence"), Some(Level::Stop));
        assert_eq!(level(&refused, "im.art14.stop"), Some(Level::Stop));

        let expired = answer(None, Some("expired"), &mut asked());
        assert_eq!(level(&expired, "im.art4.violence.screen"), Some(Level::Stop));
        assert!(on(&expired, "im.art14.stop").is_empty());
        let unknown = answer(None, None, &mut asked());
        assert_eq!(level(&unknown, "im.art4.violence"), Some(Level::Stop));
        assert_eq!(answer(None, Some("refused"), &mut Vec::new()).len(), 0, "nobody was asked");
    }

    #[test]
    fn content_without_hits_and_scores_has_no_finding_and_no_state() {
        let mut state = Vec::new();
        let case = usual(CaseBuilder::new("output")).text("今天天气很好").build();
        assert_eq!(General::judge(&case, &mut state), []);
        assert!(state.is_empty());
    }
}
