//! The embedding API as a platform meets it: what the builder refuses, what a session lets happen, what is settled.

use std::collections::BTreeSet;
use std::fs;

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use sha2::{Digest as _, Sha256};
use specialis::config::{self, ConfigError};
use specialis::{
    Candidate, EventLimits, Host, HostBuilder, IdKey, Limits, PlatformProfile, SandboxError, ServiceProfile, Session,
    StageCause, StageError,
};
use specialis_core::{
    Context, Decision, DueObligation, Event, EventKind, Grant, Ground, Level, MeasureId, Obligation, Outcome, Refusal,
    Required, Status, Trust,
};
use specialis_tests::{Guest, Manifest, events, hosts};

const SCREEN: &str = "im.art4.violence.screen";

fn witness() -> Vec<u8> {
    Guest::from_file("witness").under(Manifest::witness()).pack()
}

fn with_witness() -> Candidate {
    hosts::candidate().policy("witness", witness())
}

fn refusal(candidate: Candidate) -> StageError {
    hosts::builder(candidate).build().err().expect("the host was built")
}

/// A platform that carries out every registered measure but these.
fn all_but(measures: &[&str]) -> PlatformProfile {
    let mut platform = PlatformProfile::everything(&hosts::registry());
    platform.supports.retain(|id| !measures.contains(&id.as_str()));
    platform
}

/// A policy that gives one answer on the screening of violence to every output and tool event.
fn answering(id: &str, sector: Option<&str>, case: &str, level: &str, instrument: &str, article: &str) -> Vec<u8> {
    let manifest = Manifest {
        governs: vec![SCREEN.to_owned()],
        kinds: vec!["output".to_owned(), "tool".to_owned()],
        displaces: sector.map(|_| (SCREEN.to_owned(), instrument.to_owned(), article.to_owned())).into_iter().collect(),
        ..Manifest::hostile().called(id)
    };
    let manifest = match sector {
        Some(sector) => manifest.of_sector(sector),
        None => manifest,
    };
    let demand = serde_json::json!({
        "level": level, "cite": {"instrument": instrument, "article": article}, "reason": "because",
    });
    let answer = serde_json::json!({"findings": [{"duty": SCREEN, "rule": "H1", "answer": {case: demand}}]});
    Guest::from_file("answers").with("answer", &answer.to_string()).under(manifest).pack()
}

/// The Measures want review; film provides otherwise, under a grant: a warning.
fn relaxed_in_film() -> Host {
    let general = answering("general", None, "require", "review", "IM", "4(1)");
    let film = answering("film", Some("film"), "instead-of", "warn", "FILM", "16");
    let digest: String = Sha256::digest(&film).iter().map(|byte| format!("{byte:02x}")).collect();
    let grant = Grant {
        id: "film#1".to_owned(),
        signer: format!("sha256:{digest}").into(),
        sector: "film".into(),
        duty: SCREEN.into(),
        instrument: "FILM".into(),
        article: "16".to_owned(),
        ground: Ground::Named,
        note: String::new(),
    };
    let trust = hosts::platform_is_trusted(Trust { grants: vec![grant], ..Trust::default() });
    hosts::host(hosts::candidate().trust(trust).policy("general", general).policy("film", film))
}

fn in_film(status: Status) -> Context {
    Context { sectors: [("film".into(), status)].into_iter().collect(), ..Context::default() }
}

fn tool() -> Event {
    Event::new(EventKind::Tool).with_text("查询明天的天气")
}

fn verdict(session: &mut Session) -> Level {
    session.submit(tool()).decision.verdict
}

/// Why film's relaxation did not count.
fn refused(decision: &Decision) -> Option<Refusal> {
    let mut findings = decision.duty(SCREEN)?.findings.iter();
    findings.find_map(|finding| match finding.disposition {
        specialis_core::Disposition::RelaxationRefused(why) => Some(why),
        _ => None,
    })
}

#[test]
fn a_host_is_shared_by_threads_and_a_session_moves_between_them() {
    fn is_shared<T: Send + Sync>() {}
    fn moves<T: Send>() {}
    is_shared::<Host>();
    moves::<Session>();
    moves::<HostBuilder>();
    let host = hosts::host(with_witness());
    let mut session = host.open("s", Context::default());
    let session = std::thread::spawn(move || {
        assert_eq!(session.submit(events::ordinary(1)).decision.verdict, Level::Mark);
        session
    });
    let mut session = session.join().expect("the session comes back");
    assert_eq!(session.submit(events::ordinary(3)).decision.verdict, Level::Review);
}

#[test]
fn deciding_at_once_is_opening_submitting_and_settling() {
    let host = hosts::host(with_witness());
    let mut asked = Vec::new();
    let mut platform = |due: &DueObligation| {
        asked.push(due.obligation.clone());
        Outcome::HandedOver("ticket-7".to_owned())
    };
    let (judged, settlement) = host.decide("s", Context::default(), events::ordinary(1), &mut platform);
    let alone = host.open("s", Context::default()).submit(events::ordinary(1));
    assert_eq!(hosts::json(&judged.decision), hosts::json(&alone.decision));
    assert_eq!(judged.release, alone.release);
    let measures = judged.decision.obligations.iter().map(|due| due.obligation.clone());
    assert_eq!(asked, measures.filter(|one| matches!(one, Obligation::Measure(_))).collect::<Vec<_>>());
    assert_eq!((asked.len(), settlement.handed_over, settlement.done, settlement.undone), (1, 1, 0, 0));
}

#[test]
fn text_actions_are_the_hosts_own_and_done() {
    let host = hosts::host(with_witness());
    let mut platform = |due: &DueObligation| panic!("the platform was asked for {:?}", due.obligation);
    let (judged, settlement) = host.decide("s", Context::default(), events::ordinary(2), &mut platform);
    assert_eq!((judged.decision.verdict, settlement.done, settlement.undone), (Level::Redact, 1, 0));
}

#[test]
fn what_nobody_reports_is_undone_and_what_failed_is_counted() {
    let host = hosts::host(with_witness());
    let session = &mut host.open("s", Context::default());
    let decision = session.submit(events::ordinary(1)).decision;
    assert_eq!(session.settle(&decision, &[]).undone, 1);
    let failed = session.settle(&decision, &[(0, Outcome::Failed("label-service-down".into())), (5, Outcome::Done)]);
    assert_eq!((failed.failed, failed.undone, failed.stray), (1, 0, vec![5]));
}

#[test]
fn a_sectors_status_may_be_set_until_the_first_output() {
    let host = relaxed_in_film();
    let mut session = host.open("s", in_film(Status::No));
    assert_eq!(verdict(&mut session), Level::Review);
    session.set_sector("film".into(), Status::Yes, "platform".into());
    assert_eq!(verdict(&mut session), Level::Warn);
    session.set_sector("film".into(), Status::No, "platform".into());
    assert_eq!(verdict(&mut session), Level::Review);
}

#[test]
fn after_the_first_output_a_sectors_status_only_tightens() {
    for (before, after) in [(Status::No, Status::Yes), (Status::Unknown, Status::Yes)] {
        let mut session = relaxed_in_film().open("s", in_film(before));
        session.submit(events::ordinary(0));
        session.set_sector("film".into(), after, "platform".into());
        let decision = session.submit(tool()).decision;
        assert_eq!(decision.verdict, Level::Review, "{before:?} to {after:?}");
        assert_eq!(decision.sectors["film"].status, Status::Unknown);
        assert_eq!(refused(&decision), Some(Refusal::SectorUncertain));
    }
    let mut session = relaxed_in_film().open("s", in_film(Status::Yes));
    assert_eq!(session.submit(events::ordinary(0)).decision.verdict, Level::Warn);
    session.set_sector("film".into(), Status::Yes, "platform".into());
    assert_eq!(verdict(&mut session), Level::Warn, "what does not change stays");
    session.set_sector("film".into(), Status::No, "platform".into());
    let decision = session.submit(tool()).decision;
    assert_eq!((decision.verdict, decision.sectors["film"].status), (Level::Review, Status::Unknown));
    session.set_sector("film".into(), Status::Yes, "platform".into());
    assert_eq!(verdict(&mut session), Level::Review, "what was in doubt once stays so");
}

#[test]
fn a_status_from_a_source_without_a_warrant_is_in_doubt_and_reported() {
    let mut session = relaxed_in_film().open("s", in_film(Status::No));
    session.set_sector("film".into(), Status::Yes, "user".into());
    let decision = session.submit(tool()).decision;
    assert_eq!((decision.verdict, decision.sectors["film"].status), (Level::Review, Status::Unknown));
    let reported = decision.refused_facts.iter().map(|fact| (fact.path.as_str(), fact.source.as_str()));
    assert_eq!(reported.collect::<Vec<_>>(), [("sectors.film", "user")]);
}

#[test]
fn masked_text_reads_as_the_operator_says() {
    for (candidate, expected) in [(with_witness(), "［已隐去］"), (with_witness().redaction("▇"), "▇")] {
        let judged = hosts::host(candidate).open("s", Context::default()).submit(events::ordinary(2));
        let text = judged.release.text(0).expect("masked text goes out");
        assert_eq!(text, expected);
    }
}

#[test]
fn decision_ids_depend_on_the_key_and_nothing_else_does() {
    let host = |byte| hosts::build(hosts::builder(with_witness()).id_key(hosts::id_key(byte)));
    let (one, again, two) = (judge(&host(1)), judge(&host(1)), judge(&host(2)));
    assert_eq!(one, again);
    assert_differ_in_ids_alone(&one, &two);
}

#[test]
fn hosts_without_a_key_of_their_own_give_different_ids() {
    let host = || Host::builder(with_witness()).threads(1).clock(hosts::Fixed(hosts::today())).build();
    let [one, two] = [host(), host()].map(|host| judge(&host.expect("a host")));
    assert_differ_in_ids_alone(&one, &two);
}

#[test]
fn a_key_of_zeros_is_refused() {
    let error = IdKey::new(3, [0; 32]).expect_err("anybody could compute such ids");
    assert!(matches!(error, SandboxError::ZeroIdKey), "{error}");
}

#[test]
fn another_key_counts_for_sessions_that_open_from_then_on() {
    let host = hosts::host(with_witness());
    let (mut before, mut same) = (host.open("s", Context::default()), host.open("s", Context::default()));
    host.runtime().rotate_id_key(hosts::id_key(9));
    let mut after = host.open("s", Context::default());
    let id = |session: &mut Session| session.submit(events::ordinary(0)).decision.id;
    let (before, same, after) = (id(&mut before), id(&mut same), id(&mut after));
    assert_eq!(before, same, "an open session keeps its key");
    assert_ne!(before, after);
}

/// The decisions of a host on four events.
fn judge(host: &Host) -> Vec<Decision> {
    (0..4).map(|n| host.open("s", Context::default()).submit(events::ordinary(n)).decision).collect()
}

fn assert_differ_in_ids_alone(one: &[Decision], two: &[Decision]) {
    let ids: BTreeSet<&str> = one.iter().chain(two).map(|decision| decision.id.as_str()).collect();
    assert_eq!(ids.len(), one.len() + two.len(), "an id tells event and key apart");
    for (one, two) in one.iter().zip(two) {
        assert_eq!(Decision { id: one.id.clone(), ..two.clone() }, *one);
    }
}

#[test]
fn a_folder_gives_its_policies_and_nothing_else() {
    let folder = tempfile::tempdir().expect("a folder");
    let dir = Dir::open_ambient_dir(folder.path(), ambient_authority()).expect("the folder opens");
    let candidate = || config::policies(&dir).map(|files| hosts::candidate().policies(files));
    let n_loaded = || candidate().map(|candidate| hosts::host(candidate).edition().policies().len());
    assert_eq!(n_loaded().expect("an empty folder is read"), 0);
    fs::write(folder.path().join("witness.wasm"), witness()).expect("the policy is written");
    fs::write(folder.path().join("notes.txt"), "not a policy").expect("the note is written");
    assert_eq!(n_loaded().expect("the folder is read"), 1);

    fs::write(folder.path().join("broken.wasm"), "not wasm").expect("the file is written");
    let error = refusal(candidate().expect("the folder is read"));
    assert_eq!(error.file(), Some("broken.wasm"));
    fs::remove_file(folder.path().join("broken.wasm")).expect("the file goes");

    fs::create_dir(folder.path().join("folder.wasm")).expect("a folder is made");
    let error = config::policies(&dir).expect_err("a folder was read as a file");
    assert!(matches!(&error, ConfigError::File { file, .. } if file == "folder.wasm"), "{error}");
}

#[cfg(unix)]
#[test]
fn a_link_out_of_the_folder_is_not_followed() {
    let (inside, outside) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let file = outside.path().join("witness.wasm");
    fs::write(&file, witness()).expect("the policy is written");
    std::os::unix::fs::symlink(&file, inside.path().join("link.wasm")).expect("the link is made");
    let dir = Dir::open_ambient_dir(inside.path(), ambient_authority()).expect("the folder opens");
    let error = config::policies(&dir).expect_err("the link was followed");
    assert!(matches!(&error, ConfigError::File { file, .. } if file == "link.wasm"), "{error}");
}

#[test]
fn what_the_platform_cannot_do_in_time_does_not_go_out() {
    let able = hosts::host(with_witness()).open("s", Context::default()).submit(events::ordinary(1));
    assert_eq!(able.decision.verdict, Level::Mark);
    assert!(able.release.text(0).is_some());
    let unable = hosts::host(with_witness().platform(all_but(&["label-explicit"])));
    let judged = unable.open("s", Context::default()).submit(events::ordinary(1));
    assert_eq!(judged.decision.verdict, Level::Stop);
    assert_eq!(judged.decision.unsupported, BTreeSet::from([MeasureId::from("label-explicit")]));
    assert_eq!(judged.release.text(0), None);
    let other = unable.open("s", Context::default()).submit(events::ordinary(0));
    assert_eq!((other.decision.verdict, other.release.text(0).is_some()), (Level::Pass, true), "nothing was owed");
}

#[test]
fn a_measure_for_afterwards_is_carried_out_by_somebody_or_the_policy_is_refused() {
    let afterwards = ["complaint-ticket", "record", "retract", "terminate-user"];
    for missing in afterwards {
        let error = refusal(with_witness().platform(all_but(&[missing])));
        assert_eq!(error.policy().map(|policy| policy.as_str()), Some("witness"));
        assert!(matches!(error.cause(), StageCause::Unsupported { .. }), "{error:?}");
        assert_eq!(
            error.cause().to_string(),
            format!(
                "it may require `{missing}` after release, which the platform profile does not support; add it to \
                 `supports`, or name who does it under `by-hand`"
            )
        );
    }
    let mut platform = all_but(&afterwards);
    platform.by_hand = afterwards.iter().map(|id| ((*id).into(), "duty officer".to_owned())).collect();
    assert_eq!(hosts::host(with_witness().platform(platform)).edition().policies().len(), 1);
}

#[test]
fn a_sector_without_a_default_status_refuses_the_edition() {
    let film = || answering("film", Some("film"), "instead-of", "warn", "FILM", "16");
    let error = refusal(hosts::candidate().service(ServiceProfile::default()).policy("film", film()));
    assert!(matches!(error.cause(), StageCause::SectorDefault { .. }), "{error:?}");
    let message = hosts::chain(&error);
    for words in ["policy `film`", "the sector `film`", "`film = \"no\"`"] {
        assert!(message.contains(words), "`{words}` is not in: {message}");
    }
    hosts::host(hosts::candidate().policy("film", film()));
}

#[test]
fn two_policies_of_one_id_refuse_the_edition() {
    let error = refusal(with_witness().policy("again", witness()));
    assert!(matches!(error.cause(), StageCause::Twice), "{error:?}");
    assert_eq!(
        hosts::chain(&error),
        "step `read`, policy `witness`, file `again`: two policies have this id; remove one"
    );
}

#[test]
fn what_the_trust_policy_requires_has_to_be_there() {
    let requiring =
        |required: Required| with_witness().trust(hosts::platform_is_trusted(Trust { required, ..Trust::default() }));
    let error = refusal(requiring(Required { policies: vec!["general".into()], sectors: Vec::new() }));
    assert!(matches!(error.cause(), StageCause::PolicyMissing { policy } if policy.as_str() == "general"), "{error:?}");
    let error = refusal(requiring(Required { policies: Vec::new(), sectors: vec!["film".into()] }));
    assert!(matches!(error.cause(), StageCause::SectorMissing { sector } if sector.as_str() == "film"), "{error:?}");
    hosts::host(requiring(Required { policies: vec!["witness".into()], sectors: Vec::new() }));
}

#[test]
fn an_edition_is_another_where_any_limit_is() {
    let id = |limits: Limits| {
        let host = hosts::build(hosts::builder(with_witness()).limits(limits));
        host.edition().id().to_owned()
    };
    let (base, event) = (Limits::default, EventLimits::default);
    let changed = [
        base(),
        Limits { fuel_base: 5_000_001, ..base() },
        Limits { fuel_per_call: 1_000_001, ..base() },
        Limits { fuel_per_char: 20_001, ..base() },
        Limits { fuel_per_item: 40_001, ..base() },
        Limits { deadline: base().deadline * 2, ..base() },
        Limits { time_per_call: base().time_per_call * 2, ..base() },
        Limits { memory: 32 << 20, ..base() },
        Limits { table: 20_001, ..base() },
        Limits { stack: 512 << 10, ..base() },
        Limits { findings: 257, ..base() },
        Limits { distinct_findings: 129, ..base() },
        Limits { obligations: 17, ..base() },
        Limits { output: 1 << 20, ..base() },
        Limits { state: 1 << 10, ..base() },
        Limits { log_lines: 65, ..base() },
        Limits { log_line: 513, ..base() },
        Limits { slice: 4_097, ..base() },
        Limits { kept_back: 8 << 10, ..base() },
        Limits { event: EventLimits { text: 1, ..event() }, ..base() },
        Limits { event: EventLimits { parts: 1, ..event() }, ..base() },
        Limits { event: EventLimits { hits: 1, ..event() }, ..base() },
        Limits { event: EventLimits { signals: 1, ..event() }, ..base() },
        Limits { event: EventLimits { findings: 1, ..event() }, ..base() },
        Limits { event: EventLimits { obligations: 1, ..event() }, ..base() },
        Limits { event: EventLimits { session_events: 1, ..event() }, ..base() },
        Limits { event: EventLimits { session_hits: 1, ..event() }, ..base() },
    ];
    let n_changed = changed.len();
    // A limit that is added has to be added above.
    let Limits {
        fuel_base: _,
        fuel_per_call: _,
        fuel_per_char: _,
        fuel_per_item: _,
        deadline: _,
        time_per_call: _,
        memory: _,
        table: _,
        stack: _,
        findings: _,
        distinct_findings: _,
        obligations: _,
        output: _,
        state: _,
        log_lines: _,
        log_line: _,
        slice: _,
        kept_back: _,
        event:
            EventLimits {
                text: _,
                parts: _,
                hits: _,
                signals: _,
                findings: _,
                obligations: _,
                session_events: _,
                session_hits: _,
            },
    } = base();
    let ids: BTreeSet<String> = changed.into_iter().map(id).collect();
    assert_eq!(ids.len(), n_changed);
    assert!(ids.contains(&id(base())), "the same limits give the same edition");
}

#[test]
fn spans_of_a_decision_can_be_read_in_utf16_too() {
    let host = hosts::host(hosts::built_in());
    let text = "😀 雨夜，两人在屋檐下打斗。𠮷先生的手机是 13912345678。";
    let event = Event::new(EventKind::Output).with_text(text);
    let whole = hosts::decide(&host, "utf16", &Context::default(), &event);
    let mut session = host.open("utf16", Context::default());
    let mut stream = session.stream(Event::new(EventKind::Output));
    let (first, rest) = text.split_at(text.find('檐').unwrap());
    stream.push(0, None, first);
    stream.push(0, None, rest);
    for decision in [whole, stream.end().decision] {
        let spans = decision.duties.iter().flat_map(|duty| &duty.findings);
        let spans: Vec<_> = spans.filter_map(|found| found.answer.demand()).flat_map(|demand| &demand.spans).collect();
        assert!(spans.len() > 1, "{decision:#?}");
        let units = &decision.utf16[&0];
        for at in spans.iter().flat_map(|span| [span.start, span.end]) {
            let before = &text[..usize::try_from(at).unwrap()];
            assert_eq!(units[&at], u32::try_from(before.encode_utf16().count()).unwrap(), "{at}");
        }
        let read: Decision = serde_json::from_str(&hosts::json(&decision)).unwrap();
        assert_eq!(read, decision);
    }
}
