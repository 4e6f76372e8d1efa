//! A watched folder: what is whole and signed goes live, anything else leaves the live edition alone.

use std::fs;

use specialis::{Host, MANIFEST_FILE, REVOCATION_FILE, ROLLBACK_FILE, RevocationAct, RollbackAct, Watch, Watched};
use specialis_core::{Context, EvaluationState, Event, EventKind};
use specialis_tests::{EditionFolder, day, root, signed};

fn started() -> (EditionFolder, Host, Watch) {
    let folder = EditionFolder::new();
    folder.sign(1, &["alice"], |_| {});
    let host = folder.host().unwrap_or_else(|e| panic!("{e}"));
    let watch = Watch::new(host.clone(), folder.dir(), root());
    (folder, host, watch)
}

fn redacting(folder: &EditionFolder, number: u64, words: &str) {
    folder.sign(number, &["alice"], |manifest| manifest.redaction = Some(words.to_owned()));
}

#[test]
fn what_the_host_was_started_from_is_not_staged_again() {
    let (_folder, host, mut watch) = started();
    for _ in 0..3 {
        assert!(watch.look().is_empty());
    }
    assert!(host.status().attempts.is_empty());
}

#[test]
fn new_edition_goes_live_at_the_second_look() {
    let (folder, host, mut watch) = started();
    redacting(&folder, 2, "[one]");
    assert!(watch.look().is_empty(), "it may still be written");
    let came = watch.look();
    assert!(matches!(came.as_slice(), [Watched::Activated(_)]), "{came:?}");
    assert_eq!(host.edition().record().number, Some(2));
    assert!(watch.look().is_empty());
}

#[test]
fn half_written_file_is_never_loaded_and_tried_again_when_it_is_whole() {
    let (folder, host, mut watch) = started();
    let live = host.edition().id().to_owned();
    let whole = fs::read(folder.path().join("policies/news.wasm")).unwrap();
    redacting(&folder, 2, "[two]");
    folder.write("policies/news.wasm", &whole[..whole.len() / 2]);
    watch.look();
    let came = watch.look();
    assert!(matches!(came.as_slice(), [Watched::Refused(error)] if error.step().as_str() == "verify"), "{came:?}");
    assert_eq!(host.edition().id(), live);
    assert!(watch.look().is_empty(), "nothing changed since");
    folder.write("policies/news.wasm", &whole);
    watch.look();
    assert!(matches!(watch.look().as_slice(), [Watched::Activated(_)]));
    let attempts = &host.status().attempts[""];
    assert_eq!((attempts.n, attempts.error.as_deref()), (2, None));
}

#[test]
fn half_written_manifest_is_refused_and_unsigned_ones_are() {
    let (folder, host, mut watch) = started();
    let live = host.edition().id().to_owned();
    redacting(&folder, 2, "[three]");
    let whole = fs::read(folder.path().join(MANIFEST_FILE)).unwrap();
    folder.write(MANIFEST_FILE, &whole[..whole.len() / 2]);
    watch.look();
    assert!(matches!(watch.look().as_slice(), [Watched::Refused(_)]));
    folder.sign(2, &["stranger"], |_| {});
    watch.look();
    let came = watch.look();
    assert!(
        matches!(came.as_slice(), [Watched::Refused(error)] if error.to_string().contains("no approver")),
        "{came:?}"
    );
    fs::remove_file(folder.path().join(MANIFEST_FILE)).unwrap();
    watch.look();
    assert!(watch.look().is_empty());
    assert_eq!(host.edition().id(), live);
}

#[test]
fn signed_acts_in_the_folder_are_carried_out() {
    let (folder, host, mut watch) = started();
    let first = host.edition().id().to_owned();
    redacting(&folder, 2, "[four]");
    watch.look();
    watch.look();
    let second = host.edition().id().to_owned();
    assert_ne!(first, second);
    let expires = day("2027-01-01");
    let act = RollbackAct { from: second, to: first.clone(), reason: "worse words".to_owned(), expires };
    folder.write(ROLLBACK_FILE, &signed(&act, &["alice"]));
    watch.look();
    assert!(matches!(watch.look().as_slice(), [Watched::RolledBack(_)]));
    assert_eq!(host.edition().id(), first);
    let digest = host.edition().policies().iter().find(|policy| policy.id.as_str() == "news").unwrap().digest.clone();
    let act = RevocationAct { digests: [digest].into_iter().collect(), reason: "key lost".to_owned(), expires };
    folder.write(REVOCATION_FILE, &signed(&act, &["bob"]));
    let mut session = host.open("s", Context::default());
    watch.look();
    assert!(matches!(watch.look().as_slice(), [Watched::Revoked]));
    let decision = session.submit(Event::new(EventKind::Output).with_text("你好")).decision;
    assert_eq!(decision.evaluations["news"].state, EvaluationState::Unavailable);
}
