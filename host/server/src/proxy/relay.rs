//! Relaying a streamed answer: from the upstream through the judge to the client.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use tokio::sync::mpsc::Sender;

use crate::app::App;
use crate::native::RequestTurn;
use crate::serving::{OpenOne, Phase};
use crate::wire::{Finish, Interface, Progress, Transcoder};

/// One answer on its way.
pub(super) struct Relay {
    pub(super) app: Arc<App>,
    pub(super) interface: Interface,
    pub(super) upstream: Incoming,
    pub(super) transcoder: Transcoder,
    pub(super) client: Sender<Bytes>,
    /// Counts the answer for its tenant.
    pub(super) turn: RequestTurn,
    /// How long the upstream may say nothing.
    pub(super) patience: Duration,
}

/// What came of the upstream.
enum Came {
    Bytes(Bytes),
    End,
    Broken(&'static str),
    /// The client is gone.
    Gone,
}

impl Relay {
    /// Relays until the end, a stop, or until the client is gone. The client always gets an end that its interface knows.
    /// However it ends, the upstream is cancelled by dropping it.
    pub(super) async fn run(self) {
        let Self { app, interface, mut upstream, mut transcoder, client, turn: _turn, patience } = self;
        let _open = OpenOne::of(&app.metrics.streams);
        loop {
            let came = tokio::select! {
                came = next(&mut upstream, patience) => came,
                () = client.closed() => Came::Gone,
                () = app.shutdown.reached(Phase::Ending) => Came::Broken("the server is stopping; ask again"),
            };
            let work = move || {
                let mut out = Vec::new();
                let progress = match came {
                    Came::Bytes(bytes) => transcoder.push(&bytes, &mut out),
                    Came::End => {
                        transcoder.end(&mut out);
                        Progress::Finished
                    }
                    Came::Broken(why) => transcoder.finish(Finish::broken(why), &mut out),
                    // Nothing of it can be shown any more; the decision on what was read is made all the same.
                    Came::Gone => transcoder.finish(Finish::Stopped, &mut Vec::new()),
                };
                (transcoder, out, progress)
            };
            let (back, out, progress) = match app.judging.run_patiently(work).await {
                Ok(done) => done,
                Err(error) => {
                    tracing::error!(error = %error, "an answer was not judged to its end");
                    drop(client.send(interface.broken_end(&error.to_string()).into()).await);
                    return;
                }
            };
            transcoder = back;
            if !out.is_empty() && client.send(out.into()).await.is_err() && progress == Progress::More {
                // The next round sees that the client is gone.
                continue;
            }
            if progress == Progress::Finished {
                return;
            }
        }
    }
}

/// The next bytes of the upstream.
async fn next(upstream: &mut Incoming, patience: Duration) -> Came {
    loop {
        match tokio::time::timeout(patience, upstream.frame()).await {
            Err(_) => return Came::Broken("the upstream said nothing for too long; ask again"),
            Ok(None) => return Came::End,
            Ok(Some(Err(_))) => return Came::Broken("the upstream broke off; ask again"),
            Ok(Some(Ok(frame))) => {
                if let Ok(bytes) = frame.into_data()
                    && !bytes.is_empty()
                {
                    return Came::Bytes(bytes);
                }
            }
        }
    }
}
