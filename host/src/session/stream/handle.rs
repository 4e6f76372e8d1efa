//! The two forms of an open stream: one borrows its session, the other holds it.

use specialis_core::{Decision, Event, Outcome, SectorId, Settlement, SourceId, Status};

use super::{Step, StreamState};
use crate::session::{Judged, Platform, Session};

macro_rules! streams {
    ($(#[$doc:meta])* $name:ident $(<$life:lifetime>)?, $session:ty) => {
        $(#[$doc])*
        pub struct $name $(<$life>)? {
            session: $session,
            state: Box<StreamState>,
        }

        impl $(<$life>)? $name $(<$life>)? {
            #[allow(unused_mut, clippy::allow_attributes, reason = "a session that is held has to be mutable, a borrow not")]
            pub(in crate::session) fn begin(mut session: $session, event: Event) -> Self {
                let state = StreamState::begin(&mut session, event);
                Self { session, state }
            }

            /// The steps that were not returned yet: what beginning the stream brought, such as its first decision. The next
            /// push returns them otherwise.
            pub fn steps(&mut self) -> Vec<Step> {
                self.state.take_steps()
            }

            /// Takes a piece of text of one choice and channel, and says what may go out now and what changed. Where nothing
            /// changed and nothing may go out there are no steps.
            ///
            /// Choices and channels are streams of their own. The order in which their pieces come is part of what is judged;
            /// where a text is cut is not.
            pub fn push(&mut self, choice: u32, channel: Option<&str>, chunk: &str) -> Vec<Step> {
                self.push_bytes(choice, channel, chunk.as_bytes())
            }

            /// Takes a piece of UTF-8, which may be cut inside a character. Bytes that are not UTF-8 are a fault of the
            /// channel: the part is closed, and nothing of what it kept back goes out.
            pub fn push_bytes(&mut self, choice: u32, channel: Option<&str>, chunk: &[u8]) -> Vec<Step> {
                self.state.push(&mut self.session, choice, channel, chunk)
            }

            /// Judges another event of the session while the stream is open. A signal or a review acts on the stream, and text
            /// that it frees is in the release; after an abort nothing goes out any more.
            pub fn submit(&mut self, event: Event) -> Judged {
                self.session.judge(event, Some(&mut self.state))
            }

            /// How many bytes are kept back and may still go out.
            pub fn n_kept_back(&self) -> usize {
                self.state.n_kept_back()
            }

            /// The same as [`Session::set_sector`].
            pub fn set_sector(&mut self, sector: SectorId, status: Status, source: SourceId) {
                self.session.set_sector(sector, status, source);
            }

            /// The same as [`Session::carry_out`].
            pub fn carry_out(&mut self, decision: &Decision, platform: &mut dyn Platform) -> Settlement {
                self.session.carry_out(decision, platform)
            }

            /// The same as [`Session::settle`].
            pub fn settle(&mut self, decision: &Decision, outcomes: &[(usize, Outcome)]) -> Settlement {
                self.session.settle(decision, outcomes)
            }

            /// The session it belongs to.
            pub fn session(&self) -> &Session {
                &self.session
            }
        }
    };
}

streams! {
    /// An open stream that borrows its session. [`Stream::end`] judges the whole; a stream that is dropped before keeps back for
    /// ever what has not gone out.
    ///
    /// After its end nothing can be pushed, and a session has one open stream at a time:
    ///
    /// ```compile_fail,E0382
    /// # fn f(session: &mut specialis::Session, event: specialis::core::Event) {
    /// let mut stream = session.stream(event);
    /// stream.end();
    /// stream.push(0, None, "more");
    /// # }
    /// ```
    ///
    /// ```compile_fail,E0499
    /// # fn f(session: &mut specialis::Session, event: specialis::core::Event) {
    /// let mut one = session.stream(event.clone());
    /// let mut two = session.stream(event);
    /// one.push(0, None, "text");
    /// # }
    /// ```
    Stream<'s>, &'s mut Session
}

streams! {
    /// An open stream that holds its session and gives it back at its end: for servers and bindings, which cannot hold a borrow.
    OwnedStream, Session
}

impl Stream<'_> {
    /// Ends the stream and judges the whole of it. The release holds what goes out now, after all that went before. Text that
    /// waits for a person or a score stays with the session: [`Session::submit`] frees it.
    pub fn end(self) -> Judged {
        self.state.end(self.session)
    }
}

impl OwnedStream {
    /// Ends the stream, judges the whole of it and gives the session back. The release holds what goes out now, after all that
    /// went before. Text that waits for a person or a score stays with the session: [`Session::submit`] frees it.
    pub fn end(mut self) -> (Session, Judged) {
        let judged = self.state.end(&mut self.session);
        (self.session, judged)
    }

    /// Gives the session back without judging the whole. What has not gone out never goes out.
    pub fn abandon(self) -> Session {
        self.session
    }
}
