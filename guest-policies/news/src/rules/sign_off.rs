//! N6: an editor-in-chief signs off before news goes out, and signs what goes out.

use specialis_policy::doubt::said;
use specialis_policy::facts::{Approval, PublicationFacts};
use specialis_policy::{Case, Date, Finding, Level, Measure, Rule, cite};

use super::subject::may_be_news;

const N6: Rule = Rule::new("N6", "news.sign-off", cite("NEWS", "12"));
const CHIEF: &str = "editor-in-chief";

pub(super) fn n6(case: &Case) -> Option<Finding> {
    let sign_off = || Measure::new("require-approval").id("kind", CHIEF);
    if let Some(review) = case.review() {
        let by_chief = review.role.as_deref() == Some(CHIEF);
        let names_what = said(review.digest.as_deref()).is_some();
        return Some(match review.outcome.as_deref() {
            Some("approved") if by_chief && names_what => N6.met(),
            Some("approved") => N6.require(Level::Review, "sign-off-missing").measure(sign_off()),
            Some(_) | None => N6.require(Level::Stop, "sign-off-refused").measure(sign_off()),
        });
    }
    let publication = case.publication()?;
    if !may_be_news(publication) {
        return None;
    }
    let separate = case.flag("separate-sign-off");
    let mut reason = "sign-off-missing";
    for approval in publication.approvals.iter().flatten().filter(|approval| approval.kind == CHIEF) {
        match flaw(approval, publication, case.as_of(), separate) {
            None => return Some(N6.met()),
            Some(flaw) => reason = flaw,
        }
    }
    Some(N6.require(Level::Review, reason).measure(sign_off()))
}

fn flaw(approval: &Approval, publication: &PublicationFacts, today: Date, separate: bool) -> Option<&'static str> {
    let editor = said(publication.editor.as_deref());
    if said(Some(&approval.by)).is_none() || today < approval.on {
        Some("sign-off-missing")
    } else if publication.changed_on.is_none_or(|changed| approval.on < changed) {
        Some("sign-off-before-change")
    } else if separate && editor.is_none_or(|editor| editor == approval.by.trim()) {
        Some("sign-off-not-separate")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use specialis_policy::facts::ReviewFacts;
    use specialis_policy::testing::CaseBuilder;

    use super::*;

    const CHANGED: Date = Date::of(2026, 10, 30);

    fn case(signed: Option<Date>, changed: Option<Date>, editor: Option<&str>) -> CaseBuilder {
        let approval = |on| Approval { kind: CHIEF.to_owned(), number: None, by: "王芳".to_owned(), on };
        CaseBuilder::new("publication").defaults_of(include_str!("../../policy.toml")).publication(PublicationFacts {
            form: Some("news".to_owned()),
            approvals: Some(signed.map(approval).into_iter().collect()),
            changed_on: changed,
            editor: editor.map(str::to_owned),
            ..PublicationFacts::default()
        })
    }

    fn reason(builder: CaseBuilder) -> Option<&'static str> {
        n6(&builder.build()).and_then(|finding| finding.reason())
    }

    #[test]
    fn the_sign_off_is_not_older_than_the_last_change() {
        assert_eq!(reason(case(Some(CHANGED), Some(CHANGED), Some("李华"))), None);
        assert_eq!(
            reason(case(Some(CHANGED.add_days(-1)), Some(CHANGED), Some("李华"))),
            Some("sign-off-before-change")
        );
        assert_eq!(reason(case(Some(CHANGED), None, Some("李华"))), Some("sign-off-before-change"));
        assert_eq!(reason(case(None, Some(CHANGED), Some("李华"))), Some("sign-off-missing"));
    }

    #[test]
    fn a_sign_off_dated_after_today_is_none() {
        assert_eq!(reason(case(Some(Date::of(2026, 11, 3)), Some(CHANGED), Some("李华"))), Some("sign-off-missing"));
    }

    #[test]
    fn whoever_edited_does_not_sign_off_unless_the_operator_allows_it() {
        for editor in [Some("王芳"), None] {
            assert_eq!(reason(case(Some(CHANGED), Some(CHANGED), editor)), Some("sign-off-not-separate"));
            let allowed = case(Some(CHANGED), Some(CHANGED), editor).setting("separate-sign-off", false);
            assert_eq!(reason(allowed), None);
        }
    }

    #[test]
    fn a_review_counts_from_the_chief_alone() {
        let review = |role: Option<&str>, outcome: Option<&str>, digest: Option<&str>| {
            let own = |word: Option<&str>| word.map(str::to_owned);
            let facts = ReviewFacts { role: own(role), outcome: own(outcome), digest: own(digest) };
            n6(&CaseBuilder::new("review").review(facts).build()).and_then(|finding| finding.level())
        };
        assert_eq!(review(Some(CHIEF), Some("approved"), Some("b3:01")), None);
        assert_eq!(review(Some("content-reviewer"), Some("approved"), Some("b3:01")), Some(Level::Review));
        assert_eq!(review(None, Some("approved"), Some("b3:01")), Some(Level::Review));
        assert_eq!(review(Some(CHIEF), Some("approved"), None), Some(Level::Review));
        assert_eq!(review(Some(CHIEF), Some("expired"), Some("b3:01")), Some(Level::Stop));
        assert_eq!(review(Some(CHIEF), None, Some("b3:01")), Some(Level::Stop));
    }
}
