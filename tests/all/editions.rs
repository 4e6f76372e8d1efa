//! Editions: signed, staged, compared, published, rolled back; and what is tried against them.

mod attacks;
mod cache;
mod care;
mod difference;
mod life;
mod loader;
mod shadow;
mod soak;
mod watch;

use specialis::{Change, Class, StageError};
use specialis_tests::{Guest, Manifest};

/// A guest that answers one level on one duty, whatever it is asked.
fn answering(level: &str, manifest: Manifest) -> Vec<u8> {
    let answer = format!(
        r#"{{"findings": [{{"duty": "im.art4.violence.screen", "rule": "H1", "answer": {{"require": {{"level": "{level}", "cite": {{"instrument": "IM", "article": "4(1)"}}, "reason": "because"}}}}}}]}}"#
    );
    Guest::from_file("answers").with("answer", &answer).under(manifest.on(&["output"])).pack()
}

/// The words of the changes of one class.
fn of_class(changes: &[Change], class: Class) -> Vec<String> {
    changes.iter().filter(|change| change.class == class).map(ToString::to_string).collect()
}

/// Fails unless an edition was refused at this step with these words.
fn refused<T>(came: Result<T, StageError>, step: &str, words: &str) -> StageError {
    let error = came.err().expect("it is refused");
    assert_eq!(error.step().as_str(), step, "{error}");
    assert!(error.to_string().contains(words), "`{error}` does not say `{words}`");
    assert!(!error.to_string().contains('\n'), "one line: {error}");
    error
}
