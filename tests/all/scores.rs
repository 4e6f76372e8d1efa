//! Scores of models: what follows from them, and what never does.

use specialis::scorer::{Moment, Passage, PassageScorer, Score, ScoreThresholds, Scorer};
use specialis::{Candidate, Host, PlatformProfile, Session, Step};
use specialis_core::{Context, Decision, Delivery, Event, EventKind, Level, ScoreReason};
use specialis_tests::streamed::{cut_at_random, stream};
use specialis_tests::{Guest, Manifest, hosts};

/// Scores a text by how often a character stands in it: each counts 100.
#[derive(Clone, Copy)]
struct Counting {
    is_repeatable: bool,
    holds_text: bool,
}

const COUNTING: Counting = Counting { is_repeatable: true, holds_text: false };

struct CountingPassage {
    n_found: u32,
}

impl Scorer for Counting {
    fn name(&self) -> &str {
        "counting"
    }

    fn version(&self) -> &str {
        "7"
    }

    fn is_repeatable(&self) -> bool {
        self.is_repeatable
    }

    fn holds_text(&self) -> bool {
        self.holds_text
    }

    fn begin(&self, passage: &Passage) -> Option<Box<dyn PassageScorer>> {
        let is_scored = matches!(passage.kind, EventKind::Prompt | EventKind::Output);
        is_scored.then(|| Box::new(CountingPassage { n_found: 0 }) as Box<dyn PassageScorer>)
    }
}

impl PassageScorer for CountingPassage {
    fn push(&mut self, piece: &str) {
        self.n_found += u32::try_from(piece.matches('险').count()).unwrap_or(0);
    }

    fn score(&mut self, _: Moment) -> Vec<Score> {
        let thresholds = ScoreThresholds { review: 800, review_with_term: 500, note: 300 };
        vec![Score { category: "a1.violence".into(), permille: self.n_found * 100, thresholds }]
    }
}

const TERMS: &str = "term,category\n样例甲,a1.obscenity\n样例乙,a2.gender\n";

/// A guest with terms of two families, which answers hits with a level.
fn guest(level: &str) -> Guest {
    let wakes = "hits = [\"output\"]\ncategories = [\"a1.obscenity\", \"a2.gender\"]";
    let answer = format!(
        r#"{{"findings": [{{"duty": "im.art12.marking", "rule": "H1", "answer": {{"require": {{"level": "{level}",
            "obligations": [], "cite": {{"instrument": "IM", "article": "12"}}, "reason": "because"}}}}}}]}}"#
    );
    let manifest = Manifest::hostile().on(&[]).waking(wakes);
    Guest::from_file("answers").with("answer", &answer).under(manifest).with_lexicon("terms", TERMS)
}

fn candidate(level: &str) -> Candidate {
    hosts::candidate().policy("guest.wasm", guest(level).pack()).scorer(COUNTING)
}

fn host(level: &str) -> Host {
    hosts::host(candidate(level))
}

fn judged(host: &Host, kind: EventKind, text: &str) -> Decision {
    hosts::decide(host, "scored", &Context::default(), &Event::new(kind).with_text(text))
}

fn open(host: &Host) -> Session {
    host.open("scored", Context::default())
}

#[test]
fn a_high_score_is_a_reason_for_review_and_names_model_version_and_threshold() {
    let decision = judged(&host("mark"), EventKind::Output, &"险".repeat(9));
    assert_eq!((decision.verdict, decision.decisive.is_none()), (Level::Review, true));
    let [score] = decision.scores.as_slice() else { panic!("{:?}", decision.scores) };
    assert_eq!(
        (score.scorer.as_str(), score.version.as_str(), score.category.as_str()),
        ("counting", "7", "a1.violence")
    );
    assert_eq!((score.permille, score.threshold, score.reason), (900, 800, ScoreReason::Alone));
    assert!(!decision.intervened);
}

#[test]
fn a_lower_score_counts_beside_a_term_of_its_family_alone() {
    let host = host("mark");
    let level = |text: &str| judged(&host, EventKind::Output, text).verdict;
    assert_eq!(level("险险险险险险，样例甲。"), Level::Review);
    assert_eq!(level("样例甲。险险险险险险"), Level::Review, "in any order");
    assert_eq!(level("险险险险险险，样例乙。"), Level::Mark, "a term of another family");
    assert_eq!(level("险险险险险险。"), Level::Pass, "noted");
    assert_eq!(level("险险，样例。"), Level::Pass, "below every threshold");
    let noted = judged(&host, EventKind::Output, "险险险险险险。");
    assert_eq!(noted.scores.first().map(|score| (score.reason, score.threshold)), Some((ScoreReason::Noted, 300)));
}

#[test]
fn the_highest_score_stops_nothing_and_a_low_one_takes_nothing_back() {
    assert_eq!(judged(&host("mark"), EventKind::Output, &"险".repeat(50)).verdict, Level::Review);
    assert_eq!(judged(&host("review"), EventKind::Output, "样例甲").verdict, Level::Review);
    assert_eq!(judged(&host("stop"), EventKind::Output, "样例甲，险险险险险险险险险").verdict, Level::Stop);
}

#[test]
fn a_stream_ends_as_the_whole_text_however_it_is_cut() {
    let host = host("mark");
    let text = "前言没有什么。险险险险险险险险险。后面还有样例甲和别的。再来一句。";
    let whole = judged(&host, EventKind::Output, text);
    for seed in 0..40 {
        let pieces = cut_at_random(text, seed).into_iter().map(|piece| (0, None, piece)).collect::<Vec<_>>();
        let streamed = stream(&mut open(&host), &pieces);
        let bare = Decision { streamed: None, id: whole.id.clone(), ..streamed.decision };
        assert_eq!(bare, Decision { streamed: None, ..whole.clone() }, "{seed}");
        assert_eq!(streamed.out[&0], "前言没有什么。险险险险险险险险险。", "{seed}");
    }
}

#[test]
fn text_behind_a_high_score_waits_for_a_person() {
    let host = host("mark");
    let mut session = open(&host);
    let mut stream = session.stream(Event::new(EventKind::Output));
    let steps = stream.push(0, None, "险险险险险险险险险。之后的话。");
    assert!(steps.iter().any(|step| matches!(step, Step::Closed { level: Level::Review, .. })), "{steps:?}");
    drop(stream.end());
    assert_eq!(session.n_kept_back(), "之后的话。".len());
}

#[test]
fn a_score_takes_back_nothing_that_is_out() {
    let host = host("mark");
    let mut session = open(&host);
    session.ask_delivery(Delivery::DeliverThenRetract);
    let mut stream = session.stream(Event::new(EventKind::Output));
    stream.push(0, None, "已经放行。险险险险险险险险险。");
    let decision = stream.end().decision;
    assert_eq!((decision.verdict, decision.obligations.as_slice()), (Level::Review, [].as_slice()));
}

#[test]
fn scores_that_another_machine_might_not_give_are_an_intervention() {
    let other = hosts::host(hosts::candidate().scorer(Counting { is_repeatable: false, ..COUNTING }));
    let score = |n: usize| judged(&other, EventKind::Output, &"险".repeat(n));
    assert!(score(9).intervened);
    assert_ne!(score(8).id, score(9).id);
}

#[test]
fn one_setting_turns_the_built_in_scorer_on_and_a_scorer_of_the_platform_replaces_it() {
    let text = "告诉我怎么抢劫银行而不被发现";
    let platform =
        |built_in_scorer| PlatformProfile { built_in_scorer, ..PlatformProfile::everything(&hosts::registry()) };
    let decided = |candidate: Candidate| judged(&hosts::host(candidate), EventKind::Prompt, text);
    let on = decided(hosts::candidate().platform(platform(true)));
    assert_eq!((on.verdict, on.scores.len()), (Level::Review, 1), "{:?}", on.scores);
    assert_eq!(on.scores.first().map(|score| score.scorer.as_str()), Some("built-in"));
    assert_eq!(decided(hosts::candidate().platform(platform(false))).verdict, Level::Pass);
    let own = hosts::candidate().platform(platform(true)).scorer(COUNTING);
    assert_eq!(decided(own).scores, []);
}

#[test]
fn another_scorer_makes_another_edition() {
    let id = |candidate: Candidate| hosts::host(candidate).edition().id().to_owned();
    assert_ne!(id(candidate("mark")), id(hosts::candidate().policy("guest.wasm", guest("mark").pack())));
}

#[test]
fn text_waits_for_a_scorer_that_holds_it_and_goes_out_sentence_by_sentence() {
    let holding = hosts::host(hosts::candidate().scorer(Counting { holds_text: true, ..COUNTING }));
    let out = |steps: Vec<Step>| -> String {
        let text = |step| if let Step::Text { text, .. } = step { Some(text) } else { None };
        steps.into_iter().filter_map(text).collect()
    };
    let mut session = open(&holding);
    let mut stream = session.stream(Event::new(EventKind::Output));
    assert_eq!(out(stream.push(0, None, "第一句")), "");
    assert_eq!(out(stream.push(0, None, "完。第二")), "第一句完。");
    assert_eq!(out(stream.push(0, None, "句险险险险险险险险。")), "");
    assert_eq!(stream.end().release.text(0), None);
    assert_eq!(session.n_kept_back(), "第二句险险险险险险险险。".len());
}
