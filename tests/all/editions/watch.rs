//! A watched folder: statements that are whole and signed are carried out, anything else leaves the live edition alone.

use std::fs;

use specialis::Host;
use specialis::signed::{Applied, Watch, WatchEvent, files};
use specialis_core::{Context, EvaluationState, Event, EventKind};
use specialis_tests::{EditionFolder, hosts};

fn started() -> (EditionFolder, Host, Watch) {
    let folder = EditionFolder::new();
    folder.publish(&["alice"], |_| {});
    let host = folder.host().unwrap_or_else(|e| panic!("{}", hosts::chain(&e)));
    let watch = Watch::new(host.clone(), folder.published_dir());
    (folder, host, watch)
}

fn redacting(folder: &EditionFolder, words: &str) {
    folder.publish(&["alice"], |next| next.manifest.redaction = Some(words.to_owned()));
}

/// Looks twice, as often as it takes for a change to count.
fn look(watch: &mut Watch) -> Option<WatchEvent> {
    assert!(watch.look().is_none(), "it may still be written");
    watch.look()
}

#[test]
fn what_the_host_was_started_from_is_not_staged_again() {
    let (_folder, host, mut watch) = started();
    for _ in 0..3 {
        assert!(watch.look().is_none());
    }
    assert!(host.status().attempts.is_empty());
}

#[test]
fn what_was_published_since_the_host_was_built_goes_live_at_the_second_look() {
    let (folder, host, _) = started();
    redacting(&folder, "[one]");
    let mut watch = Watch::new(host.clone(), folder.published_dir());
    let event = look(&mut watch);
    assert!(matches!(event, Some(WatchEvent::Applied(Applied::Published(_)))), "{event:?}");
    assert_eq!(host.edition().record().number, Some(2));
    assert!(watch.look().is_none());
}

#[test]
fn half_written_object_is_never_loaded_and_tried_again_when_it_is_whole() {
    let (folder, host, mut watch) = started();
    let live = host.edition().id().to_owned();
    redacting(&folder, "[two]");
    let object = folder.published().join(files::object(&folder.newest_edition()));
    let whole = fs::read(&object).unwrap();
    fs::write(&object, &whole[..whole.len() / 2]).unwrap();
    let event = look(&mut watch);
    let Some(WatchEvent::Refused(error)) = event else { panic!("{event:?}") };
    assert!(hosts::chain(&error).contains("has the digest"), "{}", hosts::chain(&error));
    assert_eq!(host.edition().id(), live);
    assert!(watch.look().is_none(), "nothing changed since");
    fs::write(&object, &whole).unwrap();
    assert!(matches!(look(&mut watch), Some(WatchEvent::Applied(Applied::Published(_)))));
    let attempts = &host.status().attempts[""];
    assert_eq!((attempts.n, attempts.error.as_deref()), (2, None));
}

#[test]
fn half_written_statement_is_refused_and_one_by_a_stranger_is() {
    let (folder, host, mut watch) = started();
    let live = host.edition().id().to_owned();
    redacting(&folder, "[three]");
    let statement = folder.published().join(files::statement(2));
    let whole = fs::read(&statement).unwrap();
    fs::write(&statement, &whole[..whole.len() / 2]).unwrap();
    assert!(matches!(look(&mut watch), Some(WatchEvent::Refused(_))));
    fs::remove_file(&statement).unwrap();
    assert!(look(&mut watch).is_none(), "the folder is what it was");
    folder.publish(&["stranger"], |_| {});
    let event = look(&mut watch);
    let Some(WatchEvent::Refused(error)) = event else { panic!("{event:?}") };
    assert!(hosts::chain(&error).contains("no approver"), "{}", hosts::chain(&error));
    assert_eq!(host.edition().id(), live);
}

#[test]
fn signed_acts_in_the_folder_are_carried_out() {
    let (folder, host, mut watch) = started();
    let (first, digest) = (host.edition().id().to_owned(), folder.newest_edition());
    redacting(&folder, "[four]");
    look(&mut watch);
    assert_ne!(host.edition().id(), first);
    folder.state(&["alice"], |next| next.edition = digest);
    assert!(matches!(look(&mut watch), Some(WatchEvent::Applied(Applied::RolledBack(_)))));
    assert_eq!(host.edition().id(), first);
    let news = host.edition().policies().into_iter().find(|policy| policy.id.as_str() == "news").unwrap().digest;
    folder.state(&["bob"], |next| {
        next.revoked.insert(news);
    });
    let mut session = host.open("s", Context::default());
    assert!(matches!(look(&mut watch), Some(WatchEvent::Applied(Applied::Amended(_)))));
    let decision = session.submit(Event::new(EventKind::Output).with_text("你好")).decision;
    assert_eq!(decision.evaluations["news"].state, EvaluationState::Unavailable);
}
