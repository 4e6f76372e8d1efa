//! The life of an edition: staged, published, drained, rolled back.

use std::sync::{Arc, Mutex};

use specialis::signed::{ActError, Applied};
use specialis::{
    Authorization, Candidate, ChangeClass, Edition, PlatformProfile, RecordError, Recorder, ServiceProfile, StageCause,
    Step,
};
use specialis_core::{
    Context, Decision, Event, EventKind, Level, SessionId, Settlement, Standing, Status, Trust, Unsigned,
};
use specialis_tests::{EditionFolder, Guest, Manifest, events, files, hosts};

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
    let host = hosts::builder(one("warn", "1.0.0")).build().unwrap();
    let mut before = host.open("before", Context::default());
    let staged = host.stage(one("stop", "1.1.0")).unwrap();
    let changes = &staged.edition().record().changes;
    assert!(
        of_class(changes, ChangeClass::Neutral).contains(&"policy `witness`: version 1.1.0 after 1.0.0".to_owned())
    );
    assert_eq!(of_class(changes, ChangeClass::Loosening), ["policy `witness`: other code"]);
    let old = host.edition().id().to_owned();
    let live = host.activate(staged).unwrap();
    let mut after = host.open("after", Context::default());
    let (one, two) = (before.submit(events::ordinary(0)).decision, after.submit(events::ordinary(0)).decision);
    assert_eq!((one.verdict, one.edition.as_str()), (Level::Warn, old.as_str()));
    assert_eq!((two.verdict, two.edition.as_str()), (Level::Stop, live.id()));
}

#[test]
fn bad_candidate_changes_nothing_and_is_named() {
    let host = hosts::builder(one("warn", "1.0.0")).build().unwrap();
    let live = host.edition().id().to_owned();
    let traps = Guest::from_file("start-trap").under(Manifest::hostile()).pack();
    let bad = candidate(&[("one", answering("warn", Manifest::witness())), ("traps.wasm", traps)]);
    let error = refused(host.stage(bad), "configure", "faulted while it was configured");
    assert_eq!(error.policy().map(|id| id.as_str()), Some("hostile"));
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
    let host = hosts::builder(one("warn", "1.0.0")).build().unwrap();
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
fn settings_that_change_what_a_vector_would_say_go_live() {
    let host = hosts::host(hosts::built_in());
    for file in ["settings-reach.toml", "settings-screen-inputs.toml", "settings-swap.toml"] {
        let settings = specialis::config::settings(&files::read(format!("examples/{file}"))).unwrap();
        let changed = || hosts::built_in().settings(settings.clone());
        let staged = host.stage(changed().approved_by(["alice", "bob"]).reason("an operator's choice"));
        assert!(staged.is_ok(), "{file}: {}", staged.err().map_or_else(String::new, |e| hosts::chain(&e)));
        let before = hosts::built_in().content(hosts::today()).unwrap();
        let after = changed().content(hosts::today()).unwrap();
        let differs = before.difference(&after).iter().any(|change| change.to_string().contains("setting `"));
        assert!(differs, "what `{file}` changes is shown");
    }
}

#[test]
fn what_a_changed_setting_does_to_vectors_is_part_of_the_difference() {
    let host = hosts::host(hosts::built_in());
    let with = |text: &str| hosts::built_in().settings(specialis::config::settings(text).unwrap());
    let effects = |edition: &specialis::Edition| -> Vec<specialis::Change> {
        let changes = edition.record().changes.iter();
        changes
            .filter(|change| change.what.starts_with("on ") || change.what.starts_with("other vectors"))
            .cloned()
            .collect()
    };
    // A setting that loosens by its manifest, and vectors that say what comes of it.
    let laxer = with("[common]\nhit-weight = 79\n").approved_by(["alice", "bob"]).reason("an operator's choice");
    let found = effects(host.stage(laxer).unwrap().edition());
    assert!(found.iter().any(|change| change.class == specialis::ChangeClass::Loosening), "{found:?}");
    assert!(found.iter().any(|change| change.what.contains("is `pass` after `stop`")), "{found:?}");
    assert!(found.len() <= 11, "the rest is counted: {found:?}");
    // The same setting the other way.
    let stricter = host.stage(with("[common]\nhit-weight = 1\n").approved_by(["alice"])).unwrap();
    assert!(effects(stricter.edition()).iter().all(|change| change.class == specialis::ChangeClass::Tightening));
}

#[test]
fn setting_that_makes_vectors_ask_for_less_loosens_whatever_its_manifest_says() {
    let host = hosts::host(hosts::built_in());
    let with = |text: &str| hosts::built_in().settings(specialis::config::settings(text).unwrap());
    let named = "[common]\nlabel-in-text = true\n";
    let before = hosts::built_in().content(hosts::today()).unwrap();
    let declared = before.difference(&with(named).content(hosts::today()).unwrap());
    assert!(declared.iter().all(|change| change.class != specialis::ChangeClass::Loosening), "{declared:?}");
    refused(host.stage(with(named).approved_by(["alice"])), "difference", "no longer asked: ");
    assert!(host.stage(with(named).approved_by(["alice", "bob"]).reason("marks stand in the text")).is_ok());
}

#[test]
fn vectors_of_the_edition_judge_all_policies_together() {
    let case = "as-of = \"2026-11-02\"\n[event]\nkind = \"output\"\ntext = \"x\"\n[[vector]]\nname = \"together\"\nverdict = \"stop\"\n";
    let host = hosts::builder(one("warn", "1.0.0")).build().unwrap();
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
    let host = hosts::builder(one("warn", "1.0.0")).build().unwrap();
    let (first, second) = (host.stage(one("stop", "1.1.0")).unwrap(), host.stage(one("mark", "1.2.0")).unwrap());
    host.activate(first).unwrap();
    refused(host.activate(second), "activate", "stage it again");
}

#[test]
fn rollback_publishes_what_was_live_and_compiles_nothing() {
    let host = hosts::builder(one("stop", "1.0.0")).build().unwrap();
    let first = host.edition();
    let staged = host.stage(one("warn", "1.1.0")).unwrap();
    host.activate(staged).unwrap();
    let compiled = host.status().code.n_compiled;
    let back = host.rollback(first.id(), &Authorization::by(["alice", "bob"], "1.1.0 lets too much through")).unwrap();
    assert!(Arc::ptr_eq(&back, &first));
    assert_eq!(host.status().code.n_compiled, compiled);
    assert_eq!(hosts::decide(&host, "s", &Context::default(), &events::ordinary(0)).verdict, Level::Stop);
    refused(host.rollback("sha256:nothing", &Authorization::by(["alice"], "x")).map(drop), "activate", "is not kept");
    // What comes after is held against what is live now.
    assert!(host.stage(one("mark", "1.0.1")).is_ok());
}

#[test]
fn rollback_that_loosens_needs_two_and_a_reason() {
    let less = Manifest { governs: vec!["im.art4.violence.screen".to_owned()], ..Manifest::witness() };
    let host = hosts::builder(candidate(&[("one", answering("warn", less))])).build().unwrap();
    let first = host.edition();
    let staged = host.stage(one("warn", "1.1.0")).unwrap();
    host.activate(staged).unwrap();
    refused(host.rollback(first.id(), &Authorization::by(["alice"], "why not")).map(drop), "difference", "there are 1");
    refused(
        host.rollback(first.id(), &Authorization::by(["alice", "alice"], "why not")).map(drop),
        "difference",
        "there are 1",
    );
    refused(host.rollback(first.id(), &Authorization::by(["alice", "bob"], " ")).map(drop), "difference", "no reason");
    assert!(host.rollback(first.id(), &Authorization::by(["alice", "bob"], "1.1.0 is too slow")).is_ok());
}

fn redacting(folder: &EditionFolder, words: &str) {
    folder.publish(&["alice"], |next| next.manifest.redaction = Some(words.to_owned()));
}

#[test]
fn signed_rollback_goes_back_without_compiling_and_outlives_the_process() {
    let folder = EditionFolder::new();
    folder.publish(&["alice"], |_| {});
    let host = folder.host().unwrap_or_else(|e| panic!("{}", hosts::chain(&e)));
    let (first, digest) = (host.edition(), folder.newest_edition());
    redacting(&folder, "[removed]");
    assert!(matches!(folder.apply(&host), Ok(Applied::Published(_))));
    assert_ne!(host.edition().id(), first.id());
    let by_code = Authorization::by(["alice", "bob"], "by code");
    assert!(matches!(host.rollback(first.id(), &by_code).unwrap_err().cause(), StageCause::NotSigned));
    let compiled = host.status().code.n_compiled;
    folder.state(&["alice"], |next| next.edition = digest);
    assert!(matches!(folder.apply(&host), Ok(Applied::RolledBack(_))));
    assert!(std::sync::Arc::ptr_eq(&host.edition(), &first));
    assert_eq!(host.status().code.n_compiled, compiled);
    let fresh = folder.host().unwrap_or_else(|e| panic!("{}", hosts::chain(&e)));
    assert_eq!(fresh.edition().id(), first.id(), "a fresh process judges with the edition that was gone back to");
    // What the same folder says once more changes nothing.
    assert!(matches!(folder.apply(&host), Ok(Applied::Unchanged)));
}

#[test]
fn a_host_catches_up_over_editions_that_it_never_had() {
    let folder = EditionFolder::new();
    folder.publish(&["alice"], |_| {});
    let host = folder.host().unwrap_or_else(|e| panic!("{}", hosts::chain(&e)));
    for words in ["[one]", "[two]", "[three]"] {
        redacting(&folder, words);
    }
    assert!(matches!(folder.apply(&host), Ok(Applied::Published(_))));
    assert_eq!(host.edition().record().number, Some(4));
    assert_eq!(host.status().statement, Some(4));
}

#[test]
fn revocation_is_signed_takes_effect_at_once_and_outlives_the_process() {
    let folder = EditionFolder::new();
    folder.publish(&["alice"], |_| {});
    let host = folder.host().unwrap_or_else(|e| panic!("{}", hosts::chain(&e)));
    let digest = |id: &str| host.edition().policies().into_iter().find(|p| p.id.as_str() == id).unwrap().digest;
    let news = digest("news");
    folder.state(&["bob"], |next| {
        next.revoked.insert(news);
    });
    let mut open = host.open("s", Context::default());
    assert!(matches!(folder.apply(&host), Ok(Applied::Amended(_))));
    let fault = |decision: &specialis_core::Decision| decision.evaluations["news"].fault.as_ref().map(|f| f.kind);
    let decision = open.submit(events::ordinary(0)).decision;
    assert_eq!(fault(&decision), Some(specialis_core::FaultKind::Revoked));
    let fresh = folder.host().unwrap_or_else(|e| panic!("{}", hosts::chain(&e)));
    let decision = hosts::decide(&fresh, "s", &Context::default(), &events::ordinary(0));
    assert_eq!(fault(&decision), Some(specialis_core::FaultKind::Revoked));
    folder.state(&["alice", "bob"], |next| next.revoked.clear());
    refused(folder.apply(&host).map(drop), "verify", "what was revoked stays revoked");
}

#[test]
fn a_host_that_is_not_signed_takes_no_act() {
    let host = hosts::builder(one("warn", "1.0.0")).build().unwrap();
    let folder = EditionFolder::new();
    folder.publish(&["alice"], |_| {});
    assert!(matches!(folder.apply(&host), Err(ActError::NotSigned)));
}

#[test]
fn decisions_can_be_derived_again_from_the_edition_they_name() {
    let host = hosts::builder(one("warn", "1.0.0")).build().unwrap();
    let first = host.edition();
    let decision = hosts::decide(&host, "s", &Context::default(), &events::ordinary(0));
    host.activate(host.stage(one("stop", "1.1.0")).unwrap()).unwrap();
    let mut session = host.runtime().open(&first, "s", Context::default());
    let again = session.submit(events::ordinary(0)).decision;
    assert_eq!(hosts::json(&decision), hosts::json(&again));
}

#[test]
fn urgent_edition_moves_live_sessions_as_an_intervention_and_the_record_shows_both() {
    let folder = EditionFolder::new();
    folder.publish(&["alice"], |_| {});
    let host = folder.host().unwrap_or_else(|e| panic!("{}", hosts::chain(&e)));
    let context = Context { source: Some("platform".into()), ..Context::default() };
    let (mut session, mut streaming) = (host.open("s", context.clone()), host.open("t", context));
    let first = session.submit(events::ordinary(0)).decision;
    let mut stream = streaming.stream(Event::new(EventKind::Output));
    stream.push(0, None, "图书馆周一");
    // One that loosens may not be urgent.
    folder.sign(&["alice", "bob"], |next| {
        next.manifest.policies.get_mut("education").unwrap().mode = specialis_core::Mode::Monitor;
        next.statement.reason = Some("a test".to_owned());
        next.statement.urgent = true;
    });
    refused(folder.check(&host), "difference", "an urgent edition may only tighten");
    folder.publish(&["alice"], |next| {
        next.manifest.redaction = Some("[removed]".to_owned());
        next.statement.urgent = true;
    });
    folder.apply(&host).unwrap();
    let live = host.edition();
    let moved = session.submit(events::ordinary(0)).decision;
    assert_eq!((moved.edition.as_str(), moved.moved_from.as_deref()), (live.id(), Some(first.edition.as_str())));
    assert!(moved.intervened);
    let next = session.submit(events::ordinary(0)).decision;
    assert_eq!((next.edition.as_str(), next.moved_from), (live.id(), None));
    // A stream moves where it stands.
    let ended = stream.end().decision;
    assert_eq!((ended.edition.as_str(), ended.moved_from.as_deref()), (live.id(), Some(first.edition.as_str())));
    assert_eq!(streaming.submit(events::ordinary(0)).decision.moved_from, None);
}

#[test]
fn an_urgent_edition_judges_a_stream_again_where_it_stands() {
    let calm = answering("mark", Manifest::witness());
    let host = hosts::builder(candidate(&[("calm", calm.clone())])).build().unwrap();
    let mut session = host.open("s", Context::default());
    let before = session.edition().id().to_owned();
    let mut stream = session.stream(Event::new(EventKind::Output));
    let text = |steps: &[Step]| -> String {
        let texts =
            steps.iter().filter_map(|step| if let Step::Text { text, .. } = step { Some(text.as_str()) } else { None });
        texts.collect()
    };
    assert_eq!(text(&stream.push(0, None, "图书馆周一闭馆。")), "图书馆周一闭馆。");
    let stopping = answering("stop", Manifest::hostile().at_open());
    let staged = host.stage(candidate(&[("calm", calm), ("stopping", stopping)]).urgent()).unwrap();
    let live = host.activate(staged).unwrap();
    let steps = stream.push(0, None, "周二照常开放。");
    let decision =
        steps.iter().rev().find_map(|step| if let Step::Decision(decision) = step { Some(decision) } else { None });
    let decision = decision.unwrap();
    assert_eq!((decision.edition.as_str(), decision.moved_from.as_deref()), (live.id(), Some(before.as_str())));
    assert!(decision.intervened && decision.verdict == Level::Stop, "{}", hosts::json(decision));
    assert!(steps.contains(&Step::Closed { part: 0, level: Level::Stop }) && text(&steps).is_empty(), "{steps:?}");
    let ended = stream.end();
    assert_eq!(ended.decision.seq, decision.seq);
    assert!(ended.release.text(0).is_none_or(|rest| !rest.contains("周二")), "{:?}", ended.release);
}

/// Notes of each decision that it is given the number of its event, and whether it stands on the whole of it; and each edition that
/// becomes the live one.
#[derive(Default)]
struct Noting(Mutex<Vec<(u32, bool)>>, Mutex<Vec<String>>);

impl Recorder for Noting {
    fn standing(&self, _: &Context) -> Option<Standing> {
        None
    }

    fn activated(&self, edition: &Edition) {
        self.1.lock().unwrap().push(edition.id().to_owned());
    }

    fn opened(&self, _: &SessionId, _: &str, _: &Arc<Context>) {}

    fn decided(&self, decision: &Decision, _: &Context) -> Result<(), RecordError> {
        let is_whole = decision.streamed.as_ref().is_none_or(|streamed| streamed.at.is_none());
        self.0.lock().unwrap().push((decision.seq, is_whole));
        Ok(())
    }

    fn settled(&self, _: &Decision, _: &Settlement, _: &Context) {}
}

#[test]
fn a_stream_that_is_judged_again_after_its_end_is_recorded_and_counts_nothing_again() {
    let noting = Arc::new(Noting::default());
    let wakes = "text = { kinds = [\"output\"], sentences = true, keeps = \"text\" }".to_owned();
    let reviewing = answering("review", Manifest { wakes, ..Manifest::witness() });
    let host = hosts::builder(candidate(&[("reviewing", reviewing.clone())])).ledger(noting.clone()).build().unwrap();
    let mut session = host.open("s", Context::default());
    let mut stream = session.stream(Event::new(EventKind::Output));
    stream.push(0, None, "图书馆周一闭馆。");
    assert_eq!(stream.end().decision.verdict, Level::Review);
    assert!(session.n_kept_back() > 0, "some of it waits for a person");
    let before = noting.0.lock().unwrap().len();
    let stopping = answering("stop", Manifest::hostile().at_open());
    let staged = host.stage(candidate(&[("reviewing", reviewing), ("stopping", stopping)]).urgent()).unwrap();
    let first = host.edition().id().to_owned();
    let second = host.activate(staged).unwrap().id().to_owned();
    assert_eq!(*noting.1.lock().unwrap(), [first, second], "the one at the start, and the one that was published");
    session.submit(events::ordinary(0));
    let noted = noting.0.lock().unwrap().split_off(before);
    assert!(noted.contains(&(0, false)), "the stream was judged again: {noted:?}");
    assert!(!noted.contains(&(0, true)), "as something else than its last decision: {noted:?}");
    assert_eq!(noted.last(), Some(&(1, true)));
}

#[test]
fn what_a_policy_remembered_does_not_cross_to_an_urgent_edition() {
    let remembers = || Guest::from_file("remembers").under(Manifest::hostile().on(&["output"])).pack();
    // Whether the input of the first event is kept, and may be given again.
    let moved = |input_log: usize| {
        let host = hosts::builder(candidate(&[("remembers", remembers())])).input_log(input_log).build().unwrap();
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
