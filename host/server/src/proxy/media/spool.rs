//! Bytes of media on their way: in memory while they are few, in a file without a name beyond that.

use std::io::{self, Read, Seek, SeekFrom, Write};

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use tempfile::SpooledTempFile;

use crate::config::{Bounds, Timeouts, duration};
use crate::native::RequestTurn;
use crate::serving::{Problem, outgoing};

/// How many bytes of one medium are kept in memory.
pub(super) const IN_MEMORY: usize = 1 << 20;
/// How many bytes are written or read at once.
const PIECE: usize = 256 << 10;

/// The bytes of one medium.
pub(super) struct Spool {
    file: SpooledTempFile,
    n_bytes: u64,
}

impl Default for Spool {
    fn default() -> Self {
        Self { file: SpooledTempFile::new(IN_MEMORY), n_bytes: 0 }
    }
}

impl Spool {
    /// Bytes that are in memory anyway.
    pub(super) fn of(bytes: Vec<u8>) -> Self {
        let n_bytes = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let mut file = SpooledTempFile::new(bytes.len().saturating_add(1));
        // INVARIANT: writing to memory does not fail.
        _ = file.write_all(&bytes);
        Self { file, n_bytes }
    }

    /// How many there are.
    pub(super) fn n_bytes(&self) -> u64 {
        self.n_bytes
    }

    /// All of them, from the start.
    pub(super) fn read_all(&mut self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.file.seek(SeekFrom::Start(0))?;
        self.file.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// All of them.
    pub(super) fn into_bytes(mut self) -> io::Result<Vec<u8>> {
        self.read_all()
    }

    /// The next bytes; none at the end.
    fn next_piece(&mut self) -> io::Result<Bytes> {
        let mut piece = BytesMut::zeroed(PIECE);
        let n_read = self.file.read(&mut piece)?;
        piece.truncate(n_read);
        Ok(piece.freeze())
    }
}

impl Read for Spool {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.file.read(buf)
    }
}

impl Seek for Spool {
    fn seek(&mut self, pos: SeekFrom) -> io::Result<u64> {
        self.file.seek(pos)
    }
}

impl Write for Spool {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n_written = self.file.write(bytes)?;
        // It is written from its start to its end, never over.
        self.n_bytes = self.n_bytes.saturating_add(u64::try_from(n_written).unwrap_or(u64::MAX));
        Ok(n_written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Takes in what an upstream sends.
///
/// # Errors
/// Where it breaks off, says nothing for too long, sends more than the bound, or the disk is full.
pub(super) async fn fill(mut upstream: Incoming, bounds: &Bounds, timeouts: &Timeouts) -> Result<Spool, Problem> {
    let mut spool = Spool::default();
    let mut waiting = BytesMut::new();
    let mut n_bytes = 0_usize;
    loop {
        let frame = tokio::time::timeout(duration(timeouts.piece), upstream.frame()).await;
        let bytes = match frame {
            Err(_) => return Err(Problem::upstream("the upstream said nothing for too long; ask again")),
            Ok(None) => break,
            Ok(Some(Err(_))) => return Err(Problem::upstream("the upstream broke off; ask again")),
            Ok(Some(Ok(frame))) => frame.into_data().unwrap_or_default(),
        };
        n_bytes = n_bytes.saturating_add(bytes.len());
        if n_bytes > bounds.media {
            let most = bounds.media;
            return Err(Problem::upstream(format!("the upstream sends more than {most} bytes; raise `bounds.media`")));
        }
        waiting.extend_from_slice(&bytes);
        if waiting.len() >= PIECE {
            spool = write(spool, std::mem::take(&mut waiting).freeze()).await?;
        }
    }
    write(spool, waiting.freeze()).await
}

/// Writes on a thread that may block.
async fn write(mut spool: Spool, bytes: Bytes) -> Result<Spool, Problem> {
    let work = move || spool.write_all(&bytes).map(|()| spool);
    let failed = |error: String| Problem::failed(format!("the medium cannot be kept while it is labelled: {error}"));
    let written = tokio::task::spawn_blocking(work).await.map_err(|error| failed(error.to_string()))?;
    written.map_err(|error| failed(error.to_string()))
}

/// A body that sends the bytes. It counts for its tenant until they are out.
pub(super) fn send(mut spool: Spool, turn: RequestTurn) -> Body {
    let (sender, body) = outgoing();
    tokio::spawn(async move {
        let _turn = turn;
        let mut from_start = true;
        loop {
            let work = move || {
                if from_start {
                    spool.seek(SeekFrom::Start(0))?;
                }
                spool.next_piece().map(|piece| (spool, piece))
            };
            let Ok(Ok((back, piece))) = tokio::task::spawn_blocking(work).await else {
                tracing::error!("a labelled medium cannot be read back; its client gets a cut answer");
                return;
            };
            (spool, from_start) = (back, false);
            let is_over = piece.is_empty() || sender.send(piece).await.is_err();
            if is_over {
                return;
            }
        }
    });
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_beyond_the_bound_of_memory_go_to_a_file_and_come_back() {
        let mut spool = Spool::default();
        let text = vec![7_u8; IN_MEMORY + 10];
        for piece in text.chunks(PIECE) {
            spool.write_all(piece).unwrap();
        }
        assert!(spool.file.is_rolled());
        assert_eq!(spool.n_bytes(), u64::try_from(text.len()).unwrap());
        assert_eq!(spool.into_bytes().unwrap(), text);
        assert!(!Spool::of(vec![1, 2, 3]).file.is_rolled());
    }
}
