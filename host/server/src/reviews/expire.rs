//! Deleting what nobody decided on in time: the duties say what becomes of it, and nothing of it goes out.

use std::sync::Arc;
use std::time::Duration;

use specialis::core::words::ReviewOutcome;

use super::queue::{Reviews, now};
use super::review::{Review, State};
use crate::app::App;
use crate::serving::Phase;

/// The longest wait without a look at the clock, which somebody may set.
const LOOK: Duration = Duration::from_secs(60);
/// How long is waited after the disk failed.
const AGAIN: Duration = Duration::from_secs(5);

impl Reviews {
    /// Deletes what is over, until the server is told to stop.
    pub(crate) async fn run(self: Arc<Self>, app: Arc<App>) {
        loop {
            let (expired, next) = self.take_expired(now());
            let mut wait = next.map_or(LOOK, |next| until(next).min(LOOK));
            for review in expired {
                let shared = app.clone();
                let done = app.judging.run_patiently(move || shared.expire_review(review)).await;
                if !matches!(done, Ok(true)) {
                    wait = wait.min(AGAIN);
                }
            }
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = self.changed.notified() => {}
                () = app.shutdown.reached(Phase::Draining) => return,
            }
        }
    }
}

impl App {
    /// Ends one whose time is over; whether it could.
    fn expire_review(&self, review: Review) -> bool {
        let Some(reviews) = &self.reviews else { return true };
        let id = review.decision.clone();
        let ended = if review.state == State::Waiting {
            match self.finish_review(review.clone(), ReviewOutcome::Expired, None) {
                // What cannot be opened any more is deleted all the same.
                Err(super::queue::QueueError::Sealed) => reviews.forget(Review { state: State::Expired, ..review }),
                other => other.map(drop),
            }
        } else {
            reviews.forget(review)
        };
        if let Err(error) = &ended {
            tracing::error!(decision = id, error = %error, "content whose time is over cannot be deleted; it is tried again");
            reviews.give_back(&id);
        }
        ended.is_ok()
    }
}

/// How long it is until a time.
fn until(time: jiff::Timestamp) -> Duration {
    time.duration_since(now()).try_into().unwrap_or(Duration::ZERO)
}
