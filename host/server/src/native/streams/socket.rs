//! The same streams over a WebSocket: a message is a line. Since a socket that is closed takes nothing more, a client says where
//! its text ends by the message `{"end": true}`.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::Response;
use bytes::Bytes;
use hyper::header::{CONNECTION, HeaderValue, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE};
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper::{HeaderMap, Request, StatusCode};
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::sync::mpsc::{Receiver, Sender, channel};

use super::line::LineOut;
use super::{Input, Source, StreamTask, begin_alone, begin_in};
use crate::app::App;
use crate::config::{Area, duration};
use crate::native::store::RequestTurn;
use crate::serving::{Caller, ConnectionPlace, Problem};
use crate::wire::{FrameKind, SocketItem, SocketParser, accept_key, write_frame};

/// Pieces that may wait for a slow reader.
const PIECES: usize = 8;
/// Bytes that are read at once.
const READ: usize = 8 << 10;
/// The code with which a socket is closed: all was said.
const ALL_SAID: [u8; 2] = 1_000_u16.to_be_bytes();

/// The last message of a client.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EndOfText {
    end: bool,
}

/// Streams into a session that is open, over a WebSocket.
pub(crate) async fn socket(
    State(app): State<Arc<App>>,
    Path(session): Path<String>,
    request: Request<Body>,
) -> Result<Response, Problem> {
    upgraded(app, request, Some(session))
}

/// Streams into a session of its own, over a WebSocket.
pub(crate) async fn socket_alone(State(app): State<Arc<App>>, request: Request<Body>) -> Result<Response, Problem> {
    upgraded(app, request, None)
}

fn upgraded(app: Arc<App>, mut request: Request<Body>, session: Option<String>) -> Result<Response, Problem> {
    let caller = app.caller(&request, Area::Native)?;
    let turn = app.sessions.begin_request(&caller)?;
    let accept = accepted(request.headers());
    let upgrade = request.extensions_mut().remove::<OnUpgrade>();
    let place = request.extensions_mut().remove::<ConnectionPlace>();
    let (Some(accept), Some(upgrade), Some(place)) = (accept, upgrade, place) else {
        let detail = "this is no WebSocket of version 13 over HTTP/1.1; upgrade the connection, or post lines of JSON";
        return Err(Problem::unreadable(detail));
    };
    let headers = request.headers().clone();
    let task = SocketTask { app, caller, headers, session, turn, place };
    tokio::spawn(async move {
        match upgrade.await {
            Ok(socket) => task.run(socket).await,
            Err(error) => tracing::debug!(error = %error, "a connection did not become a socket"),
        }
    });
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(SEC_WEBSOCKET_ACCEPT, accept);
    Ok(response)
}

/// The answer to a handshake; none to what is none.
fn accepted(headers: &HeaderMap) -> Option<HeaderValue> {
    let has = |name, wanted: &str| {
        let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
        values.flat_map(|value| value.split(',')).any(|value| value.trim().eq_ignore_ascii_case(wanted))
    };
    let key = headers.get(SEC_WEBSOCKET_KEY)?.to_str().ok()?;
    let is_one = has(CONNECTION, "upgrade") && has(UPGRADE, "websocket") && has(SEC_WEBSOCKET_VERSION, "13");
    is_one.then(|| HeaderValue::from_str(&accept_key(key.trim())).ok()).flatten()
}

/// One WebSocket.
struct SocketTask {
    app: Arc<App>,
    caller: Caller,
    headers: HeaderMap,
    /// The open session that it streams into.
    session: Option<String>,
    turn: RequestTurn,
    /// Counts it among the connections, to its end.
    place: ConnectionPlace,
}

impl SocketTask {
    async fn run(self, socket: Upgraded) {
        let (bounds, timeouts) = self.app.limits();
        let (read, write) = tokio::io::split(TokioIo::new(socket));
        let (sender, lines) = channel(PIECES);
        let (pongs, answers) = channel(1);
        let writer = Writer { socket: write, patience: duration(timeouts.piece) };
        let writer = tokio::spawn(writer.run(lines, answers));
        let parser = SocketParser::new(bounds.stream_event);
        let incoming = Incoming { socket: read, parser, ready: Vec::new(), pongs };
        let place = self.stream(incoming, sender).await;
        drop(writer.await);
        drop(place);
    }

    async fn stream(self, incoming: Incoming, sender: Sender<Bytes>) -> ConnectionPlace {
        let Self { app, caller, headers, session, turn, place } = self;
        let mut input = Input::new(&app, Source::Socket(incoming));
        let begun = match &session {
            Some(session) => {
                let begun = begin_in(&app, &caller, session, &mut input).await;
                begun.map(|(event, home)| (event, Some(home), None))
            }
            None => {
                let begun = begin_alone(&app, (&caller, &headers), &mut input).await;
                begun.map(|(event, session)| (event, None, Some(session)))
            }
        };
        match begun {
            Ok((event, home, session)) => {
                StreamTask { app, caller, input, home, turn }.run(event, session, sender).await;
            }
            Err(problem) => drop(sender.send(LineOut::problem(&problem)).await),
        }
        place
    }
}

/// What a client sends.
pub(super) struct Incoming {
    socket: ReadHalf<TokioIo<Upgraded>>,
    parser: SocketParser,
    /// What was read and not taken yet.
    ready: Vec<SocketItem>,
    /// Where answers to pings go. While one waits, further pings are left unanswered, as the standard allows.
    pongs: Sender<Vec<u8>>,
}

impl Incoming {
    /// The next line; none at the end of the text, or of the socket. What is read is kept where the waiting is given up.
    pub(super) async fn next_line(&mut self) -> Result<Option<String>, Problem> {
        loop {
            while !self.ready.is_empty() {
                match self.ready.remove(0) {
                    SocketItem::Text(text) => {
                        let is_end = serde_json::from_str::<EndOfText>(&text).is_ok_and(|end| end.end);
                        return Ok((!is_end).then_some(text));
                    }
                    SocketItem::Ping(payload) => drop(self.pongs.try_send(payload)),
                    SocketItem::Pong => {}
                    SocketItem::Close => return Ok(None),
                }
            }
            let mut bytes = [0; READ];
            let n_read = self.socket.read(&mut bytes).await;
            let n_read = n_read.map_err(|_| Problem::unreadable("the socket broke off"))?;
            let Some(bytes) = bytes.get(..n_read).filter(|bytes| !bytes.is_empty()) else { return Ok(None) };
            let items = self.parser.push(bytes);
            self.ready = items.map_err(|error| Problem::unreadable(error.to_string()))?;
        }
    }
}

/// Writes to a client.
struct Writer {
    socket: WriteHalf<TokioIo<Upgraded>>,
    /// How long the client may take nothing.
    patience: Duration,
}

impl Writer {
    /// Writes lines as messages, and closes the socket behind the last. It ends where the client takes nothing for too long.
    async fn run(mut self, mut lines: Receiver<Bytes>, mut pongs: Receiver<Vec<u8>>) {
        loop {
            let mut out = Vec::new();
            tokio::select! {
                biased;
                Some(payload) = pongs.recv() => write_frame(&mut out, FrameKind::Pong, &payload),
                piece = lines.recv() => match piece {
                    Some(piece) => {
                        for line in piece.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
                            write_frame(&mut out, FrameKind::Text, line);
                        }
                    }
                    None => break,
                },
            }
            if !self.write(&out).await {
                return;
            }
        }
        let mut out = Vec::new();
        write_frame(&mut out, FrameKind::Close, &ALL_SAID);
        if self.write(&out).await {
            drop(tokio::time::timeout(self.patience, self.socket.shutdown()).await);
        }
    }

    async fn write(&mut self, bytes: &[u8]) -> bool {
        matches!(tokio::time::timeout(self.patience, self.socket.write_all(bytes)).await, Ok(Ok(())))
    }
}
