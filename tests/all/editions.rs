//! Editions: signed, staged, compared, published, rolled back; and what is tried against them.

mod attacks;
mod cache;
mod care;
mod code;
mod difference;
mod folders;
mod life;
mod loader;
mod model;
mod shadow;
mod small;
mod soak;
mod state;
mod tried;
mod watch;

use specialis::signed::ActError;
use specialis::{Change, ChangeClass, StageError};
use specialis_tests::{Guest, Manifest, hosts};

/// A guest that answers one level on one duty, whatever it is asked.
fn answering(level: &str, manifest: Manifest) -> Vec<u8> {
    let answer = format!(
        r#"{{"findings": [{{"duty": "im.art4.violence.screen", "rule": "H1", "answer": {{"require": {{"level": "{level}", "cite": {{"instrument": "IM", "article": "4(1)"}}, "reason": "because"}}}}}}]}}"#
    );
    Guest::from_file("answers").with("answer", &answer).under(manifest.on(&["output"])).pack()
}

/// The words of the changes of one class.
fn of_class(changes: &[Change], class: ChangeClass) -> Vec<String> {
    changes.iter().filter(|change| change.class == class).map(ToString::to_string).collect()
}

/// Fails unless an edition was refused at this step with these words.
fn refused<T>(result: Result<T, impl Into<Refusal>>, step: &str, words: &str) -> StageError {
    let Refusal(error) = result.err().expect("it is refused").into();
    let chain = hosts::chain(&error);
    assert_eq!(error.step().as_str(), step, "{chain}");
    assert!(chain.contains(words), "`{chain}` does not say `{words}`");
    error
}

/// An edition or an act that was refused.
struct Refusal(StageError);

impl From<StageError> for Refusal {
    fn from(error: StageError) -> Self {
        Self(error)
    }
}

impl From<ActError> for Refusal {
    fn from(error: ActError) -> Self {
        match error {
            ActError::Refused(error) => Self(error),
            other => panic!("{other}"),
        }
    }
}
