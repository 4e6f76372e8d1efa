//! The server's side of a WebSocket: bytes of a client in, messages out, wherever the bytes are cut.
//!
//! Source: RFC 6455, sections 4.2 and 5. What is not text is refused, and so is every extension: none is agreed on.

use data_encoding::BASE64;
use sha1::{Digest as _, Sha1};

/// What both sides put behind the key of a handshake.
const HANDSHAKE: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
/// The most bytes of a frame that is no message, such as a ping.
const MAX_CONTROL: usize = 125;

/// What a client sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SocketItem {
    /// A message.
    Text(String),
    /// A ping, to be answered with what it holds.
    Ping(Vec<u8>),
    /// An answer to a ping.
    Pong,
    /// The client sends nothing more.
    Close,
}

/// What a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameKind {
    /// A message, whole.
    Text,
    /// An answer to a ping.
    Pong,
    /// Nothing more comes.
    Close,
}

/// Why a socket cannot be read on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SocketError {
    /// A message is longer than the bound.
    #[error("a message is longer than {max} bytes; cut the text")]
    TooLong {
        /// The bound.
        max: usize,
    },
    /// A message is not text.
    #[error("a message is no text; send lines of JSON in UTF-8")]
    NotText,
    /// A frame is not as a client has to send it.
    #[error("a frame is not as the protocol has it; use a client that speaks RFC 6455 without extensions")]
    Frame,
}

/// Reads frames. It holds one message and one frame at most, together of a bounded size.
#[derive(Debug)]
pub struct SocketParser {
    max: usize,
    /// Bytes of a frame that is not complete.
    held: Vec<u8>,
    /// What came of a message whose last frame did not.
    message: Option<Vec<u8>>,
}

/// The head of a frame.
struct Head {
    is_last: bool,
    kind: u8,
    length: usize,
    mask: [u8; 4],
    /// Bytes of the head itself.
    n_bytes: usize,
}

impl SocketParser {
    /// A parser that takes messages of up to `max` bytes.
    pub fn new(max: usize) -> Self {
        Self { max, held: Vec::new(), message: None }
    }

    /// Takes the next bytes and returns what they complete.
    ///
    /// # Errors
    /// Where a message is too long or no text, or a frame is wrong. The parser is of no use then.
    pub fn push(&mut self, bytes: &[u8]) -> Result<Vec<SocketItem>, SocketError> {
        self.held.extend_from_slice(bytes);
        let mut items = Vec::new();
        let mut rest = std::mem::take(&mut self.held);
        while let Some(head) = self.head(&rest)? {
            let end = head.n_bytes.saturating_add(head.length);
            let Some(payload) = rest.get(head.n_bytes..end) else { break };
            let payload = payload.iter().zip(head.mask.iter().cycle()).map(|(byte, mask)| byte ^ mask).collect();
            items.extend(self.take(&head, payload)?);
            rest.drain(..end);
        }
        self.held = rest;
        Ok(items)
    }

    /// The head of the first frame, once all of it is there.
    fn head(&self, bytes: &[u8]) -> Result<Option<Head>, SocketError> {
        let [first, second, rest @ ..] = bytes else { return Ok(None) };
        let (is_last, kind, is_masked) = (first & 0x80 != 0, first & 0x0f, second & 0x80 != 0);
        if first & 0x70 != 0 || !is_masked || !matches!(kind, 0..=2 | 8..=10) {
            return Err(SocketError::Frame);
        }
        let short = second & 0x7f;
        let n_more = match short {
            126 => 2,
            127 => 8,
            _ => 0,
        };
        let Some((long, rest)) = rest.split_at_checked(n_more) else { return Ok(None) };
        let length = if n_more == 0 { u64::from(short) } else { number(long) };
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let is_control = kind >= 8;
        if is_control && (length > MAX_CONTROL || !is_last) {
            return Err(SocketError::Frame);
        }
        let before = self.message.as_ref().map_or(0, Vec::len);
        if !is_control && before.saturating_add(length) > self.max {
            return Err(SocketError::TooLong { max: self.max });
        }
        let Some(mask) = rest.first_chunk() else { return Ok(None) };
        Ok(Some(Head { is_last, kind, length, mask: *mask, n_bytes: n_more.saturating_add(6) }))
    }

    fn take(&mut self, head: &Head, payload: Vec<u8>) -> Result<Option<SocketItem>, SocketError> {
        let message = match (head.kind, self.message.take()) {
            (8, _) => return Ok(Some(SocketItem::Close)),
            (9, message) => {
                self.message = message;
                return Ok(Some(SocketItem::Ping(payload)));
            }
            (10, message) => {
                self.message = message;
                return Ok(Some(SocketItem::Pong));
            }
            (2, _) => return Err(SocketError::NotText),
            (1, None) => payload,
            (0, Some(before)) => [before, payload].concat(),
            // A piece of nothing, or a message inside another.
            _ => return Err(SocketError::Frame),
        };
        if !head.is_last {
            self.message = Some(message);
            return Ok(None);
        }
        String::from_utf8(message).map(SocketItem::Text).map(Some).map_err(|_| SocketError::NotText)
    }
}

/// A number of several bytes, the greatest first.
fn number(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |number, byte| (number << 8) | u64::from(*byte))
}

/// Writes a frame as a server does: whole, and without a mask.
pub fn write_frame(out: &mut Vec<u8>, kind: FrameKind, payload: &[u8]) {
    out.push(match kind {
        FrameKind::Text => 0x81,
        FrameKind::Close => 0x88,
        FrameKind::Pong => 0x8a,
    });
    match (u8::try_from(payload.len()), u16::try_from(payload.len())) {
        (Ok(length @ 0..=125), _) => out.push(length),
        (_, Ok(length)) => {
            out.push(126);
            out.extend_from_slice(&length.to_be_bytes());
        }
        (_, Err(_)) => {
            out.push(127);
            out.extend_from_slice(&u64::try_from(payload.len()).unwrap_or(u64::MAX).to_be_bytes());
        }
    }
    out.extend_from_slice(payload);
}

/// The answer to the key of a handshake.
pub fn accept_key(key: &str) -> String {
    BASE64.encode(&Sha1::digest(format!("{key}{HANDSHAKE}").as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A frame as a client sends it.
    fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
        let mut frame = Vec::new();
        write_frame(&mut frame, FrameKind::Text, payload);
        let n_head = frame.len() - payload.len();
        frame[0] = first;
        frame[1] |= 0x80;
        let mask = [1, 2, 3, 4];
        let masked = payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask);
        [&frame[..n_head], &mask, &masked.collect::<Vec<u8>>()].concat()
    }

    fn read(bytes: &[u8], cut: usize) -> Result<Vec<SocketItem>, SocketError> {
        let mut parser = SocketParser::new(1_000);
        let mut items = Vec::new();
        for piece in bytes.chunks(cut) {
            items.extend(parser.push(piece)?);
        }
        Ok(items)
    }

    #[test]
    fn handshake_is_answered_as_the_standard_shows() {
        assert_eq!(accept_key("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }

    #[test]
    fn messages_are_the_same_however_the_bytes_are_cut() {
        let long = "文".repeat(300);
        let halves = "一二".as_bytes();
        let bytes = [
            frame(0x81, "一".as_bytes()),
            frame(0x01, &halves[..4]),
            frame(0x89, b"ping"),
            frame(0x80, &halves[4..]),
            frame(0x81, long.as_bytes()),
            frame(0x8a, b""),
            frame(0x81, b""),
            frame(0x88, &1_000_u16.to_be_bytes()),
        ];
        let text = |text: &str| SocketItem::Text(text.to_owned());
        let expected = [
            text("一"),
            SocketItem::Ping(b"ping".to_vec()),
            text("一二"),
            text(&long),
            SocketItem::Pong,
            text(""),
            SocketItem::Close,
        ];
        let bytes = bytes.concat();
        for cut in [1, 2, 3, 5, 7, 100, bytes.len()] {
            assert_eq!(read(&bytes, cut).unwrap(), expected, "{cut}");
        }
    }

    #[test]
    fn what_a_client_may_not_send_is_refused() {
        let unmasked = vec![0x81, 1, b'a'];
        let long = frame(0x81, &[b'x'; 1_001]);
        let pieces = [frame(0x01, &[b'x'; 600]), frame(0x00, &[b'x'; 600])].concat();
        let table = [
            (unmasked, SocketError::Frame),
            (frame(0xc1, b"compressed"), SocketError::Frame),
            (frame(0x83, b"unknown"), SocketError::Frame),
            (frame(0x09, b"a ping in pieces"), SocketError::Frame),
            (frame(0x89, &[0; 126]), SocketError::Frame),
            (frame(0x80, b"a piece of nothing"), SocketError::Frame),
            ([frame(0x01, b"a"), frame(0x81, b"b")].concat(), SocketError::Frame),
            (frame(0x82, b"bytes"), SocketError::NotText),
            (frame(0x81, b"\xff"), SocketError::NotText),
            (long.clone(), SocketError::TooLong { max: 1_000 }),
            // The head alone tells, before anything of it is held.
            (long[..8].to_vec(), SocketError::TooLong { max: 1_000 }),
            (pieces, SocketError::TooLong { max: 1_000 }),
            ([vec![0x81, 0xff], vec![0xff; 8]].concat(), SocketError::TooLong { max: 1_000 }),
        ];
        for (bytes, error) in table {
            assert_eq!(read(&bytes, bytes.len()), Err(error), "{bytes:?}");
        }
    }
}
