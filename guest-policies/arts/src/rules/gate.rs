//! P3, P4, P5, P7: major topics, editors, licences, and online literature.

use specialis_policy::doubt::{approved, may_be, may_hold, said, surely};
use specialis_policy::{Case, Cite, Finding, Level, Measure, Rule, cite};

use super::work::{may_be_book, may_be_publisher, published, spans};

pub(super) const P3: Rule = Rule::new("P3", "arts.major-topic", cite("PUBLISH", "20"));
pub(super) const P4: Rule = Rule::new("P4", "arts.editor", cite("PUBLISH", "24"));
const P5: Rule = Rule::new("P5", "arts.licence", cite("ONLINE-PUB", "7"));
/// The licence of a publisher.
const PUBLISHERS: Cite = cite("PUBLISH", "12, 15");
/// Numbers are nobody's to lend.
const NUMBERS: Cite = cite("PUBLISH", "21");
pub(super) const P7: Rule = Rule::new("P7", "arts.serial", cite("ONLINE-LIT", "real-names-and-review"));

/// Subjects that count as major topics.
const MAJOR: [&str; 7] =
    ["national-security", "politics", "military", "foreign-affairs", "ethnic", "religious", "united-front"];
const ONLINE: &str = "online-publishing";
/// What a publisher is licensed for; who may publish online as well may publish.
const PUBLISHING: &str = "publishing";

fn approval(kind: &'static str) -> Measure {
    Measure::new("require-approval").id("kind", kind)
}

/// A work on a major topic is filed first. One whose words are of such a topic and that names none goes to an editor.
pub(super) fn p3(case: &Case) -> Vec<Finding> {
    let Some(publication) = published(case).filter(|publication| may_be_book(publication)) else { return Vec::new() };
    let is_filed = publication.approvals.as_ref().is_some_and(|approvals| {
        let is_filing = |one: &specialis_policy::facts::Approval| {
            one.kind == "major-topic" && said(one.number.as_deref()).is_some()
        };
        approvals.iter().any(|one| is_filing(one) && one.on <= case.as_of())
    });
    let filing = Measure::new("require-filing").id("kind", "major-topic");
    if may_hold(publication.themes.as_deref(), &MAJOR) {
        return vec![if is_filed {
            P3.met()
        } else {
            P3.require(Level::Stop, "major-topic-not-filed").measure(filing)
        }];
    }
    let found = spans(case, &["arts.major-topic"]);
    if found.is_empty() || is_filed {
        return Vec::new();
    }
    vec![P3.require(Level::Review, "major-topic-likely").measure(filing).at_all(found)]
}

/// An editor answers for what is published, and it is reviewed after its last change.
pub(super) fn p4(case: &Case) -> Vec<Finding> {
    let Some(publication) = published(case).filter(|publication| may_be_publisher(publication)) else {
        return Vec::new();
    };
    let is_reviewed = publication.changed_on.is_some_and(|changed| {
        approved(publication.approvals.as_deref(), "content-review", Some(changed), case.as_of())
    });
    vec![if is_reviewed && said(publication.editor.as_deref()).is_some() {
        P4.met()
    } else {
        P4.require(Level::Review, "editor-has-not-reviewed").measure(approval("content-review"))
    }]
}

/// Whoever publishes books or platforms them is licensed; numbers are nobody's to lend.
pub(super) fn p5(case: &Case) -> Vec<Finding> {
    let Some(publication) =
        published(case).filter(|publication| may_be_publisher(publication) && may_be_book(publication))
    else {
        return Vec::new();
    };
    let is_publisher = surely(publication.actor.as_deref(), &["publisher"]);
    let (rule, fitting): (Rule, &[&'static str]) =
        if is_publisher { (P5.citing(PUBLISHERS), &[PUBLISHING, ONLINE]) } else { (P5, &[ONLINE]) };
    let held = publication.licence.iter().chain(case.service().licences.iter().flatten());
    let is_held = held.into_iter().any(|licence| {
        fitting.contains(&licence.category.as_str())
            && said(Some(&licence.number)).is_some()
            && said(Some(&licence.holder)).is_some()
            && licence.expires.is_some_and(|last| case.as_of() <= last)
    });
    if is_held {
        return vec![rule.met()];
    }
    let has_number = said(publication.publication_number.as_deref()).is_some();
    let (rule, reason) =
        if has_number { (P5.citing(NUMBERS), "number-without-licence") } else { (rule, "licence-missing") };
    // Of whom nobody knows who publishes, either licence may be owed.
    let owed: &[&'static str] = match publication.actor {
        _ if is_publisher => &[PUBLISHING],
        None => &[ONLINE, PUBLISHING],
        Some(_) => &[ONLINE],
    };
    let owed = owed.iter().map(|category| Measure::new("require-licence").id("category", *category));
    vec![rule.require(Level::Stop, reason).measures(owed)]
}

/// Authors of online literature are known by their real names, and each chapter is reviewed.
pub(super) fn p7(case: &Case) -> Vec<Finding> {
    let Some(publication) = published(case).filter(|publication| may_be(publication.form.as_deref(), &["novel"]))
    else {
        return Vec::new();
    };
    if surely(publication.actor.as_deref(), &["publisher"]) {
        // A printed book; its editor answers for it.
        return Vec::new();
    }
    let mut measures = Vec::new();
    if publication.author_verified != Some(true) {
        measures.push(Measure::new("require-identity"));
    }
    let is_reviewed = publication.changed_on.is_some_and(|changed| {
        approved(publication.approvals.as_deref(), "chapter-review", Some(changed), case.as_of())
    });
    if !is_reviewed {
        measures.push(approval("chapter-review"));
    }
    if measures.is_empty() {
        vec![P7.met()]
    } else {
        vec![P7.require(Level::Review, "chapter-not-ready").measures(measures)]
    }
}
