//! Bodies of answers that are written piece by piece. A reader that is slow makes the writer wait, so that nothing piles up.

use std::convert::Infallible;

use axum::body::Body;
use bytes::Bytes;
use futures_util::stream;
use tokio::sync::mpsc::{Sender, channel};

/// Pieces that may wait for a slow reader.
const PIECES: usize = 8;

/// A body, and what writes it. The body ends when the sender is dropped; the sender knows when the reader is gone.
pub(crate) fn outgoing() -> (Sender<Bytes>, Body) {
    let (sender, receiver) = channel(PIECES);
    let pieces = stream::unfold(receiver, async |mut receiver| {
        let piece = receiver.recv().await?;
        Some((Ok::<_, Infallible>(piece), receiver))
    });
    (sender, Body::from_stream(pieces))
}
