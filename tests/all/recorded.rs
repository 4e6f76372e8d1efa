//! What a host decides is kept before anything of it goes out; what cannot be kept is a stop; and a user's standing lasts.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use ed25519_dalek::SigningKey;
use specialis::{Host, RecordError, Recorder, Step};
use specialis_bundle::{Bundle, Vector, parse_vectors};
use specialis_core::{
    Context, Decision, Event, EventKind, Lang, Level, Obligation, Outcome, SessionId, Settlement, Standing, explain,
};
use specialis_ledger::{
    AuditRange, FolderDisk, Keyring, Ledger, LedgerClock, LogReader, NoteKey, RedbStanding, audit, verify,
};
use specialis_tests::{hosts, streamed};

const TEXT: &str = "今天下午图书馆开放。客服电话13912345678，请在闭馆前联系。明天照常，后天休息。";

/// A recorder that keeps the first `n_kept` decisions and no other.
#[derive(Default)]
struct Failing {
    n_kept: usize,
    n_asked: AtomicUsize,
    said: Mutex<Vec<String>>,
    /// Whose content was shown, and its text.
    content: Mutex<Vec<(String, String)>>,
}

impl Failing {
    fn after(n_kept: usize) -> Arc<Self> {
        Arc::new(Self { n_kept, ..Self::default() })
    }

    fn say(&self, what: impl Into<String>) {
        self.said.lock().unwrap().push(what.into());
    }
}

impl Recorder for Failing {
    fn standing(&self, _: &Context) -> Option<Standing> {
        None
    }

    fn opened(&self, session: &SessionId, _: &str, _: &Arc<Context>) {
        self.say(format!("opened {session}"));
    }

    fn decided(&self, decision: &Decision, context: &Context) -> Result<(), RecordError> {
        self.say(format!("{} of {}", decision.id, user(context)));
        if self.n_asked.fetch_add(1, Ordering::Relaxed) < self.n_kept {
            return Ok(());
        }
        Err(RecordError { source: "the disk is full".into() })
    }

    fn content(&self, decision: &Decision, event: &Event, _: &Context) {
        let texts: String = event.parts.iter().filter_map(|part| part.text.as_deref()).collect();
        self.content.lock().unwrap().push((decision.id.clone(), texts));
    }

    fn settled(&self, decision: &Decision, _: &Settlement, _: &Context) {
        self.say(format!("settled {}", decision.id));
    }
}

fn user(context: &Context) -> &str {
    context.pseudonym.as_deref().unwrap_or("nobody")
}

fn recorded_by(recorder: Arc<dyn Recorder>) -> Host {
    hosts::build(hosts::builder(hosts::built_in()).ledger(recorder))
}

/// The first vector of the ladder of measures: an ordinary user of an ordinary service, and a confirmed breach.
fn breach() -> Vector {
    let general = specialis_artifacts::POLICIES.iter().find(|(name, _)| *name == "general").unwrap().1;
    let bundle = Bundle::parse(general).unwrap();
    let section = bundle.vectors.iter().find(|section| section.name.contains("IM14-2")).unwrap();
    parse_vectors(&section.name, std::str::from_utf8(&section.data).unwrap()).unwrap().remove(0)
}

fn output() -> Event {
    Event::new(EventKind::Output).with_text(TEXT)
}

#[test]
fn a_decision_that_cannot_be_kept_is_a_stop() {
    let context = breach().context;
    let kept = Failing::after(usize::MAX);
    let judged = recorded_by(kept.clone()).open("s", context.clone()).submit(output());
    assert!(judged.decision.verdict < Level::Stop && !judged.decision.unrecorded, "{:?}", judged.decision);
    let out = judged.release.text(0).expect("it goes out");
    assert!(out.contains("图书馆") && !out.contains("13912345678"), "{out}");
    assert_eq!(*kept.said.lock().unwrap(), ["opened s".to_owned(), format!("{} of nobody", judged.decision.id)]);

    let mut session = recorded_by(Failing::after(0)).open("s", context);
    let stopped = session.submit(output());
    assert!(stopped.decision.unrecorded);
    assert_eq!((stopped.decision.verdict, &stopped.decision.id), (Level::Stop, &judged.decision.id));
    assert_eq!(stopped.release.parts, [(0, None)]);
    assert_eq!(stopped.observation.not_recorded.as_deref(), Some("the disk is full"));
    assert_eq!(judged.observation.not_recorded, None);
    assert_eq!(*kept.content.lock().unwrap(), [(judged.decision.id.clone(), TEXT.to_owned())]);
    for (lang, said) in
        [(Lang::En, "It could not be recorded, so nothing goes out"), (Lang::Zh, "未能留存记录，故不予放行")]
    {
        let explained = explain(&stopped.decision, &**session.edition(), lang);
        assert!(explained.contains(said), "{explained}");
        assert!(!explain(&judged.decision, &**session.edition(), lang).contains(said));
    }
}

#[test]
fn nothing_of_a_stream_goes_out_after_a_decision_that_cannot_be_kept() {
    let context = breach().context;
    for pieces in streamed::cuts(TEXT, 3) {
        let mut most = 0;
        for n_kept in 0.. {
            let recorder = Failing::after(n_kept);
            let mut session = recorded_by(recorder.clone()).open("s", context.clone());
            let mut stream = session.stream(Event::new(EventKind::Output));
            let mut steps = stream.steps();
            steps.extend(pieces.iter().flat_map(|piece| stream.push(0, None, piece)).collect::<Vec<_>>());
            let end = stream.end();
            let failed = steps.iter().position(|step| matches!(step, Step::Decision(told) if told.unrecorded));
            let after = &steps[failed.unwrap_or(steps.len())..];
            assert!(after.iter().all(|step| !matches!(step, Step::Text { .. })), "{n_kept}: {after:?}");
            for step in after {
                if let Step::Decision(told) = step {
                    assert!(told.unrecorded && told.verdict == Level::Stop, "{told:?}");
                }
            }
            assert!(
                failed.is_none() || recorder.content.lock().unwrap().is_empty(),
                "what is not recorded is not kept"
            );
            let n_asked = recorder.n_asked.load(Ordering::Relaxed);
            if n_kept >= n_asked {
                assert!(failed.is_none() && !end.decision.unrecorded, "everything was kept");
                let content = std::mem::take(&mut *recorder.content.lock().unwrap());
                assert_eq!(content, [(end.decision.id.clone(), TEXT.to_owned())], "once, and whole");
                let told = streamed::told(steps, end);
                assert!(told.out[&0].contains("后天休息") && !told.out[&0].contains("13912345678"), "{told:?}");
                break;
            }
            most = most.max(n_asked);
            assert!(end.decision.unrecorded && end.decision.verdict == Level::Stop, "{n_kept}");
            assert_eq!(end.observation.not_recorded.as_deref(), Some("the disk is full"));
            assert!(end.release.parts.iter().all(|(_, text)| text.is_none()), "{n_kept}: {:?}", end.release);
        }
        assert!(most >= 2, "more than one decision was kept on the way");
    }
}

#[test]
fn sessions_of_users_with_the_same_facts_are_recorded_under_each_user() {
    let recorder = Failing::after(usize::MAX);
    let host = recorded_by(recorder.clone());
    for name in ["u-1", "u-2"] {
        let context = Context { pseudonym: Some(name.to_owned()), ..breach().context };
        let judged = host.open("s", context).submit(output());
        let said = recorder.said.lock().unwrap().pop().unwrap();
        assert_eq!(said, format!("{} of {name}", judged.decision.id));
    }
}

#[test]
fn what_if_is_not_recorded_and_settlements_are() {
    let recorder = Failing::after(usize::MAX);
    let host = recorded_by(recorder.clone());
    host.open_as_of("w", breach().context, hosts::today()).submit(output());
    assert_eq!(*recorder.said.lock().unwrap(), [] as [&str; 0]);
    let (judged, _) =
        host.decide("s", breach().context, output(), &mut |_: &specialis_core::DueObligation| Outcome::Done);
    let id = judged.decision.id;
    assert_eq!(
        *recorder.said.lock().unwrap(),
        ["opened s".to_owned(), format!("{id} of nobody"), format!("settled {id}")]
    );
}

/// Noon of the day of the host's clock: a standing of another day counts for nothing.
struct Noon;

impl LedgerClock for Noon {
    fn now(&self) -> jiff::Timestamp {
        format!("{}T12:00:00+08:00", hosts::today()).parse().unwrap()
    }
}

/// A ledger with a standing, in a folder.
fn ledger(folder: &std::path::Path) -> Arc<Ledger> {
    let dir = |name: &str| {
        std::fs::create_dir_all(folder.join(name)).unwrap();
        Dir::open_ambient_dir(folder.join(name), ambient_authority()).unwrap()
    };
    let keys = Keyring::open(Arc::new(FolderDisk::new(dir("keys")))).unwrap();
    let builder = Ledger::builder("example.cn/test").clock(Arc::new(Noon)).key(key()).keys(Arc::new(keys));
    let builder = builder.standing(Arc::new(RedbStanding::open(&dir("standing")).unwrap()));
    Arc::new(builder.open(Arc::new(FolderDisk::new(dir("log")))).unwrap().0)
}

fn key() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

#[test]
fn breaches_are_counted_over_sessions_and_restarts() {
    let folder = tempfile::tempdir().unwrap();
    let Vector { context, mut events, .. } = breach();
    let event = events.remove(0).event;
    let of =
        |user: &str| Context { standing: Standing::default(), pseudonym: Some(user.to_owned()), ..context.clone() };
    let suspends = |decision: &Decision| {
        let mut due = decision.obligations.iter();
        due.any(|due| matches!(&due.obligation, Obligation::Measure(measure) if measure.id.as_str() == "suspend-user"))
    };
    let mut of_user = Vec::new();
    for n in 0..3 {
        let ledger = ledger(folder.path());
        let host = recorded_by(ledger.clone());
        let judged = host.open(format!("u{n}"), of("u-17")).submit(event.clone());
        of_user.push((judged.decision.verdict, suspends(&judged.decision)));
        let other = host.open(format!("v{n}"), of(&format!("u-{n}"))).submit(event.clone());
        assert_eq!((other.decision.verdict, suspends(&other.decision)), (Level::Warn, false), "another user");
        host.record_reading("wang", "review of decision 0123", 1).unwrap();
        ledger.close_shared().unwrap();
        assert!(host.record_reading("wang", "review of decision 0123", 1).is_err(), "a closed ledger keeps nothing");
        let late = host.open(format!("w{n}"), of("u-18")).submit(event.clone());
        assert!(late.decision.unrecorded, "a closed ledger keeps nothing");
    }
    assert_eq!(of_user, [(Level::Warn, false), (Level::Warn, false), (Level::Stop, true)]);

    let disk = FolderDisk::new(Dir::open_ambient_dir(folder.path().join("log"), ambient_authority()).unwrap());
    let public = NoteKey::ed25519("example.cn/test", key().verifying_key());
    let keys = [public];
    let mut reader = LogReader::open(Arc::new(disk), &keys).unwrap();
    assert!(verify(&mut reader, &keys).unwrap().is_sound());
    let range = AuditRange { from: hosts::today(), to: hosts::today(), today: hosts::today() };
    let live = audit(&mut reader, range).unwrap().live;
    let [live] = live.as_slice() else { panic!("{live:?}") };
    let body = live.body.as_ref().expect("a body");
    assert!(body.policies.contains_key("general") && body.policies.contains_key("news"), "{body:?}");
    assert!(body.lacks.ungoverned.iter().all(|duty| !duty.starts_with("im.art14")), "{:?}", body.lacks);
    assert_eq!(body.settings, [], "every setting is the policy's own");
}
