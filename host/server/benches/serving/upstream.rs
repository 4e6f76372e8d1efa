//! Upstreams: one that streams chunks and notes when it sent each, and one that answers a constant.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What a chunk says. Nothing of it can become part of a match, so that it goes out at once; its last character counts chunks.
pub(crate) const CHUNK: &str = "图书馆周一闭馆。";

/// What stands before a stream.
const HEAD: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\
    connection: close\r\n\r\n";

/// How streams go.
pub(crate) struct Plan {
    pub(crate) began: Instant,
    pub(crate) n_streams: usize,
    pub(crate) n_chunks: usize,
    pub(crate) every: Duration,
    /// Whether a stream stays open behind its chunks.
    pub(crate) stalls: bool,
    /// When each chunk of each stream was sent, in nanoseconds since it all began.
    sent: Vec<AtomicU64>,
}

impl Plan {
    pub(crate) fn new(n_streams: usize, n_chunks: usize, every: Duration, stalls: bool) -> Arc<Self> {
        let sent = (0..n_streams.saturating_mul(n_chunks)).map(|_| AtomicU64::new(0)).collect();
        Arc::new(Self { began: Instant::now(), n_streams, n_chunks, every, stalls, sent })
    }

    fn nanos(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    fn slot(&self, stream: usize, chunk: usize) -> Option<&AtomicU64> {
        self.sent.get(stream.saturating_mul(self.n_chunks).saturating_add(chunk)).filter(|_| chunk < self.n_chunks)
    }

    fn note_sent(&self, stream: usize, chunk: usize) {
        if let Some(slot) = self.slot(stream, chunk) {
            slot.store(self.nanos(), Ordering::Release);
        }
    }

    /// How long ago a chunk was sent.
    pub(crate) fn age(&self, stream: usize, chunk: usize) -> Option<Duration> {
        let sent = self.slot(stream, chunk)?.load(Ordering::Acquire);
        (sent > 0).then(|| Duration::from_nanos(self.nanos().saturating_sub(sent)))
    }
}

/// Streams by a plan. A request says in `model` which stream it wants.
pub(crate) async fn streaming(plan: Arc<Plan>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let plan = plan.clone();
            tokio::spawn(async move { drop(stream_one(stream, &plan).await) });
        }
    });
    address
}

async fn stream_one(mut client: TcpStream, plan: &Plan) -> std::io::Result<()> {
    client.set_nodelay(true)?;
    let Some(body) = request(&mut client).await? else { return Ok(()) };
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let stream = body.get("model").and_then(Value::as_str).and_then(|model| model.parse().ok()).unwrap_or(usize::MAX);
    client.write_all(HEAD).await?;
    let mut tick = tokio::time::interval(plan.every);
    for chunk in 0..plan.n_chunks {
        tick.tick().await;
        let event = event(json!({ "content": CHUNK }), &Value::Null);
        plan.note_sent(stream, chunk);
        client.write_all(&event).await?;
    }
    if plan.stalls {
        // Nothing more comes until the reader is gone.
        client.read_buf(&mut Vec::<u8>::with_capacity(1)).await?;
        return Ok(());
    }
    client.write_all(&event(json!({}), &json!("stop"))).await?;
    client.write_all(&framed("data: [DONE]\n\n")).await?;
    client.write_all(b"0\r\n\r\n").await
}

fn event(delta: Value, finish: &Value) -> Vec<u8> {
    let choices = json!([{ "index": 0, "delta": delta, "finish_reason": finish }]);
    let chunk = json!({ "id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": choices });
    framed(&format!("data: {chunk}\n\n"))
}

fn framed(text: &str) -> Vec<u8> {
    format!("{:x}\r\n{text}\r\n", text.len()).into_bytes()
}

/// Answers every request with one completion.
pub(crate) async fn constant() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let message = json!({ "role": "assistant", "content": CHUNK });
    let body = json!({ "id": "c", "object": "chat.completion", "created": 1, "model": "m",
        "choices": [{ "index": 0, "message": message, "finish_reason": "stop" }],
        "usage": { "prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2 } })
    .to_string();
    let answer =
        format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    let answer: Arc<[u8]> = answer.into_bytes().into();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let answer = answer.clone();
            tokio::spawn(async move {
                while let Ok(Some(_)) = request(&mut client).await {
                    if client.write_all(&answer).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    address
}

/// Reads one request; its body. None where the client has gone.
async fn request(client: &mut TcpStream) -> std::io::Result<Option<Vec<u8>>> {
    let mut bytes: Vec<u8> = Vec::with_capacity(2_048);
    loop {
        if client.read_buf(&mut bytes).await? == 0 {
            return Ok(None);
        }
        let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else { continue };
        let (head, rest) = bytes.split_at(end.saturating_add(4));
        let head = String::from_utf8_lossy(head).to_ascii_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse::<usize>().ok());
        let length = length.unwrap_or(0);
        let mut body = rest.to_vec();
        while body.len() < length {
            if client.read_buf(&mut body).await? == 0 {
                return Ok(None);
            }
        }
        body.truncate(length);
        return Ok(Some(body));
    }
}
