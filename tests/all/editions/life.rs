//! The life of an edition: staged, published, drained, rolled back.

use std::sync::Arc;

use specialis::{BuildError, Candidate, Care, Class, Leave, PlatformProfile, RollbackAct, ServiceProfile, Step};
use specialis_core::{Context, Level, Status, Trust, Unsigned};
use specialis_tests::{EditionFolder, Guest, Manifest, day, events, hosts, root, signed};

use super::{answering, of_class, refused};

/// A candidate like what `hosts::builder` builds, with these policies, approved by two.
pub(super) fn candidate(policies: &[(&str, Vec<u8>)]) -> Candidate {
    let registry = hosts::registry();
    let sectors = [("test", Status::Yes), ("news", Status::No), ("film", Status::No), ("education", Status::No)];
    let sectors = sectors.into_iter().map(|(id, status)| (id.into(), status)).collect();
    let trust = hosts::platform_is_trusted(Trust { unsigned: Unsigned::Allow, ..Trust::default() });
    let candidate = Candidate::default()
        .platform(PlatformProfile::everything(&registry))
        .registry(registry)
        .trust(trust)
        .service(ServiceProfile { defaults: Context { sectors, ..Context::default() }, ..ServiceProfile::default() })
        .approved_by(["alice", "bob"])
        .reason("a test");
    policies.iter().fold(candidate, |candidate, (name, bytes)| candidate.policy(*name, bytes.clone()))
}

fn one(level: &str, version: &str) -> Candidate {
    candidate(&[("one", answering(level, Manifest::witness().at(version)))])
}

#[test]
fn sessions_stay_on_the_edition_they_opened_on() {
    let host = hosts::builder().candidate(one("warn", "1.0.0")).build().unwrap();
    let mut before = host.open("before", Context::default());
    let staged = host.stage(one("stop", "1.1.0")).unwrap();
    let changes = &staged.edition().record().changes;
    assert!(of_class(changes, Class::Neutral).contains(&"policy `witness`: version 1.1.0 after 1.0.0".to_owned()));
    assert!(of_class(changes, Class::Loosening).is_empty(), "{changes:?}");
    let old = host.edition().id().to_owned();
    let live = host.activate(staged).unwrap();
    let mut after = host.open("after", Context::default());
    let (one, two) = (before.submit(events::ordinary(0)).decision, after.submit(events::ordinary(0)).decision);
    assert_eq!((one.verdict, one.edition.as_str()), (Level::Warn, old.as_str()));
    assert_eq!((two.verdict, two.edition.as_str()), (Level::Stop, live.id()));
}

#[test]
fn bad_candidate_changes_nothing_and_is_named() {
    let host = hosts::builder().candidate(one("warn", "1.0.0")).build().unwrap();
    let live = host.edition().id().to_owned();
    let traps = Guest::from_file("start-trap").under(Manifest::hostile()).pack();
    let bad = candidate(&[("one", answering("warn", Manifest::witness())), ("traps.wasm", traps)]);
    let error = refused(host.stage(bad), "configure", "faulted while it was configured");
    assert_eq!((error.policy(), error.file()), (Some("hostile"), Some("traps.wasm")));
    assert_eq!(host.edition().id(), live);
    let status = host.status();
    let attempts = &status.attempts["hostile"];
    assert_eq!((attempts.n, attempts.last_success), (1, None));
    assert!(attempts.error.as_ref().is_some_and(|error| error.contains("configure")), "{attempts:?}");
}

#[test]
fn vectors_of_a_policy_that_are_not_met_keep_it_out() {
    let vectors = "rule = \"H1\"\nas-of = \"2026-11-02\"\n[event]\nkind = \"output\"\ntext = \"x\"\n[[vector]]\nname = \"stops\"\n\
                   expect = [{ duty = \"im.art4.violence.screen\", case = \"require\", level = \"stop\", reason = \"because\" }]\n";
    let bytes = answering("warn", Manifest::witness());
    let bundle = specialis_bundle::Bundle::parse(&bytes).unwrap();
    let with_vectors = |text: &str| {
        let mut out = bundle.content().to_vec();
        let section =
            wasm_encoder::CustomSection { name: "specialis:vectors/H1.toml".into(), data: text.as_bytes().into() };
        out.push(0);
        wasm_encoder::Encode::encode(&section, &mut out);
        out
    };
    let host = hosts::builder().candidate(one("warn", "1.0.0")).build().unwrap();
    let bad = host.stage(candidate(&[("one", with_vectors(vectors))]));
    refused(
        bad,
        "vectors",
        "H1 `stops`: on `im.art4.violence.screen` expected require stop `because`, found require warn `because`",
    );
    let good = vectors.replace("level = \"stop\"", "level = \"warn\"");
    assert!(host.stage(candidate(&[("one", with_vectors(&good))])).is_ok());
}

#[test]
fn vectors_of_the_edition_judge_all_policies_together() {
    let case = "as-of = \"2026-11-02\"\n[event]\nkind = \"output\"\ntext = \"x\"\n[[vector]]\nname = \"together\"\nverdict = \"stop\"\n";
    let host = hosts::builder().candidate(one("warn", "1.0.0")).build().unwrap();
    let error = refused(
        host.stage(one("warn", "1.0.0").vectors("vectors/all.toml", case)),
        "vectors",
        "`together`: expected the verdict stop, found warn",
    );
    assert_eq!(error.file(), Some("vectors/all.toml"));
    assert!(host.stage(one("stop", "1.1.0").vectors("vectors/all.toml", case)).is_ok());
}

#[test]
fn staged_edition_is_stale_once_another_went_live() {
    let host = hosts::builder().candidate(one("warn", "1.0.0")).build().unwrap();
    let (first, second) = (host.stage(one("stop", "1.1.0")).unwrap(), host.stage(one("mark", "1.2.0")).unwrap());
    host.activate(first).unwrap();
    refused(host.activate(second), "activate", "stage it again");
}

#[test]
fn rollback_publishes_what_was_live_and_compiles_nothing() {
    let host = hosts::builder().candidate(one("stop", "1.0.0")).build().unwrap();
    let first = host.edition();
    let staged = host.stage(one("warn", "1.1.0")).unwrap();
    host.activate(staged).unwrap();
    let compiled = host.status().code.n_compiled;
    let back = host.rollback(first.id(), &Leave::by(["alice"], "1.1.0 lets too much through")).unwrap();
    assert!(Arc::ptr_eq(&back, &first));
    assert_eq!(host.status().code.n_compiled, compiled);
    assert_eq!(hosts::decide(&host, "s", &Context::default(), &events::ordinary(0)).verdict, Level::Stop);
    refused(host.rollback("sha256:nothing", &Leave::by(["alice"], "x")).map(drop), "activate", "is not kept");
    // What comes after is held against what is live now.
    assert!(host.stage(one("mark", "1.0.1")).is_ok());
}

#[test]
fn rollback_that_loosens_needs_two_and_a_reason() {
    let less = Manifest { governs: vec!["im.art4.violence.screen".to_owned()], ..Manifest::witness() };
    let host = hosts::builder().candidate(candidate(&[("one", answering("warn", less))])).build().unwrap();
    let first = host.edition();
    let staged = host.stage(one("warn", "1.1.0")).unwrap();
    host.activate(staged).unwrap();
    refused(host.rollback(first.id(), &Leave::by(["alice"], "why not")).map(drop), "difference", "there are 1");
    refused(
        host.rollback(first.id(), &Leave::by(["alice", "alice"], "why not")).map(drop),
        "difference",
        "there are 1",
    );
    refused(host.rollback(first.id(), &Leave::by(["alice", "bob"], " ")).map(drop), "difference", "no reason");
    assert!(host.rollback(first.id(), &Leave::by(["alice", "bob"], "1.1.0 is too slow")).is_ok());
}

#[test]
fn signed_rollback_counts_for_its_two_editions_alone() {
    let folder = EditionFolder::new();
    folder.sign(1, &["alice"], |_| {});
    let host = folder.host().unwrap_or_else(|e| panic!("{e}"));
    let first = host.edition();
    folder.sign(2, &["alice"], |manifest| manifest.redaction = Some("[removed]".to_owned()));
    let staged = host.stage(folder.read().unwrap()).unwrap_or_else(|e| panic!("{e}"));
    let second = host.activate(staged).unwrap();
    let approvers = std::fs::read(folder.path().join(specialis::APPROVERS_FILE)).unwrap();
    let leave = |from: &str, to: &str, signers: &[&str]| {
        let act = RollbackAct {
            from: from.to_owned(),
            to: to.to_owned(),
            reason: "the words were better".to_owned(),
            expires: day("2027-01-01"),
        };
        Leave::rollback(&signed(&act, signers), &approvers, &root(), hosts::today())
    };
    refused(leave(second.id(), first.id(), &["stranger"]).map(drop), "verify", "no approver of the list");
    let other = leave("sha256:other", first.id(), &["alice"]).unwrap();
    assert!(matches!(host.rollback(first.id(), &other).unwrap_err().cause(), BuildError::NotSigned));
    let by_code = Leave::by(["alice", "bob"], "by code");
    assert!(matches!(host.rollback(first.id(), &by_code).unwrap_err().cause(), BuildError::NotSigned));
    assert!(host.rollback(first.id(), &leave(second.id(), first.id(), &["alice"]).unwrap()).is_ok());
}

#[test]
fn decisions_can_be_derived_again_from_the_edition_they_name() {
    let host = hosts::builder().candidate(one("warn", "1.0.0")).build().unwrap();
    let first = host.edition();
    let decision = hosts::decide(&host, "s", &Context::default(), &events::ordinary(0));
    host.activate(host.stage(one("stop", "1.1.0")).unwrap()).unwrap();
    let again = hosts::decide(&host.beside(&first), "s", &Context::default(), &events::ordinary(0));
    assert_eq!(hosts::json(&decision), hosts::json(&again));
}

#[test]
fn urgent_edition_moves_live_sessions_as_an_intervention_and_the_record_shows_both() {
    let folder = EditionFolder::new();
    folder.sign(1, &["alice"], |_| {});
    let host = folder.host().unwrap_or_else(|e| panic!("{e}"));
    let context = Context { source: Some("platform".into()), ..Context::default() };
    let (mut session, mut stream) = (host.open("s", context.clone()), host.open("t", context));
    let first = session.submit(events::ordinary(0)).decision;
    stream.push(0, None, "图书馆周一");
    // One that loosens may not be urgent.
    folder.sign(2, &["alice", "bob"], |manifest| {
        manifest.policies.get_mut("education").unwrap().mode = specialis_core::Mode::Monitor;
        manifest.reason = Some("a test".to_owned());
        manifest.urgent = true;
    });
    refused(host.stage(folder.read().unwrap()), "difference", "an urgent edition may only tighten");
    folder.sign(2, &["alice"], |manifest| {
        manifest.redaction = Some("[removed]".to_owned());
        manifest.urgent = true;
    });
    let live = host.activate(host.stage(folder.read().unwrap()).unwrap_or_else(|e| panic!("{e}"))).unwrap();
    let moved = session.submit(events::ordinary(0)).decision;
    assert_eq!((moved.edition.as_str(), moved.moved_from.as_deref()), (live.id(), Some(first.edition.as_str())));
    assert!(moved.intervened);
    let next = session.submit(events::ordinary(0)).decision;
    assert_eq!((next.edition.as_str(), next.moved_from), (live.id(), None));
    // A stream moves where it stands.
    let ended = stream.end().decision;
    assert_eq!((ended.edition.as_str(), ended.moved_from.as_deref()), (live.id(), Some(first.edition.as_str())));
    assert_eq!(stream.submit(events::ordinary(0)).decision.moved_from, None);
}

#[test]
fn an_urgent_edition_judges_a_stream_again_where_it_stands() {
    let calm = answering("mark", Manifest::witness());
    let host = hosts::builder().candidate(candidate(&[("calm", calm.clone())])).build().unwrap();
    let mut session = host.open("s", Context::default());
    let text = |steps: &[Step]| -> String {
        let texts =
            steps.iter().filter_map(|step| if let Step::Text { text, .. } = step { Some(text.as_str()) } else { None });
        texts.collect()
    };
    assert_eq!(text(&session.push(0, None, "图书馆周一闭馆。")), "图书馆周一闭馆。");
    let stopping = answering("stop", Manifest::hostile().at_open());
    let staged = host.stage(candidate(&[("calm", calm), ("stopping", stopping)]).urgent()).unwrap();
    let before = session.edition().id().to_owned();
    let live = host.activate(staged).unwrap();
    let steps = session.push(0, None, "周二照常开放。");
    let decision =
        steps.iter().rev().find_map(|step| if let Step::Decision(decision) = step { Some(decision) } else { None });
    let decision = decision.unwrap();
    assert_eq!((decision.edition.as_str(), decision.moved_from.as_deref()), (live.id(), Some(before.as_str())));
    assert!(decision.intervened && decision.verdict == Level::Stop, "{}", hosts::json(decision));
    assert!(steps.contains(&Step::Closed { part: 0, level: Level::Stop }) && text(&steps).is_empty(), "{steps:?}");
    let ended = session.end();
    assert_eq!(ended.decision.seq, decision.seq);
    assert!(ended.release.text(0).is_none_or(|rest| !rest.contains("周二")), "{:?}", ended.release);
}

#[test]
fn what_a_policy_remembered_does_not_cross_to_an_urgent_edition() {
    let remembers = || Guest::from_file("remembers").under(Manifest::hostile().on(&["output"])).pack();
    // Whether the input of the first event is kept, and may be given again.
    let moved = |input_log: usize| {
        let care = Care { input_log, ..Care::default() };
        let host = hosts::builder().care(care).candidate(candidate(&[("remembers", remembers())])).build().unwrap();
        let mut session = host.open("s", Context::default());
        let before = session.submit(events::ordinary(0)).decision;
        assert!(before.evaluations["hostile"].fault.is_none(), "{}", hosts::json(&before));
        let more = answering("mark", Manifest::witness());
        let staged = host.stage(candidate(&[("remembers", remembers()), ("more", more)]).urgent()).unwrap();
        host.activate(staged).unwrap();
        session.submit(events::ordinary(0)).decision
    };
    for too_short in [0, 16] {
        let after = moved(too_short);
        let fault = after.evaluations["hostile"].fault.as_ref().map(|fault| fault.kind);
        assert_eq!(fault, Some(specialis_core::FaultKind::Moved), "{}", hosts::json(&after));
        assert!(after.verdict >= Level::Review);
    }
    let after = moved(1 << 16);
    assert!(after.evaluations["hostile"].fault.is_none() && after.moved_from.is_some(), "{}", hosts::json(&after));
    let remembered =
        after.duties.iter().flat_map(|duty| &duty.findings).any(|finding| finding.policy.as_str() == "hostile");
    assert!(remembered, "it was given the first event again: {}", hosts::json(&after));
}
