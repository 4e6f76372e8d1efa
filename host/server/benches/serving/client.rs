//! Clients, as plain as they can be: what is measured is what they speak to.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::process::TOKEN;
use super::upstream::Plan;

/// The last character of a chunk.
const MARK: [u8; 3] = [0xe3, 0x80, 0x82];

/// A request with a body of JSON.
pub(crate) fn post(path: &str, body: &str) -> Vec<u8> {
    format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {TOKEN}\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// Counts the ends of chunks in bytes that come in pieces.
#[derive(Default)]
struct Marks {
    n_matched: usize,
}

impl Marks {
    fn count(&mut self, bytes: &[u8]) -> usize {
        let mut n = 0_usize;
        for byte in bytes {
            self.n_matched = match MARK.get(self.n_matched) {
                Some(next) if next == byte => self.n_matched.saturating_add(1),
                _ => usize::from(MARK.first() == Some(byte)),
            };
            if self.n_matched == MARK.len() {
                (n, self.n_matched) = (n.saturating_add(1), 0);
            }
        }
        n
    }
}

/// Opens a stream of the plan.
pub(crate) async fn open(address: SocketAddr, path: &str, stream: usize) -> std::io::Result<TcpStream> {
    let mut connection = TcpStream::connect(address).await?;
    connection.set_nodelay(true)?;
    let body = format!(
        "{{\"model\":\"{stream}\",\"stream\":true,\"messages\":[{{\"role\":\"user\",\"content\":\"图书馆几点开门\"}}]}}"
    );
    connection.write_all(&post(path, &body)).await?;
    Ok(connection)
}

/// Reads a stream until it has so many chunks: how old each was when it came.
pub(crate) async fn ages(connection: &mut TcpStream, plan: &Plan, stream: usize, n: usize) -> Vec<Duration> {
    let (mut ages, mut marks) = (Vec::with_capacity(n), Marks::default());
    let mut bytes: Vec<u8> = Vec::with_capacity(16 << 10);
    while ages.len() < n {
        bytes.clear();
        if !matches!(connection.read_buf(&mut bytes).await, Ok(1..)) {
            break;
        }
        for _ in 0..marks.count(&bytes) {
            ages.extend(plan.age(stream, ages.len()));
        }
    }
    ages
}

/// Sends one request again and again on one connection for a while: how long each took.
pub(crate) async fn again(address: SocketAddr, request: &[u8], span: Duration) -> Vec<Duration> {
    let mut connection = TcpStream::connect(address).await.expect("it takes connections");
    connection.set_nodelay(true).expect("a connection");
    let (began, mut times) = (Instant::now(), Vec::new());
    while began.elapsed() < span {
        let asked = Instant::now();
        connection.write_all(request).await.expect("it reads");
        answer(&mut connection).await;
        times.push(asked.elapsed());
    }
    times
}

/// Reads one answer with a length.
async fn answer(connection: &mut TcpStream) {
    let mut bytes: Vec<u8> = Vec::with_capacity(16 << 10);
    loop {
        let n_read = connection.read_buf(&mut bytes).await.expect("it answers");
        assert!(n_read > 0, "it closed: {}", String::from_utf8_lossy(&bytes));
        let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else { continue };
        let (head, body) = bytes.split_at(end.saturating_add(4));
        let head = String::from_utf8_lossy(head).to_ascii_lowercase();
        assert!(head.starts_with("http/1.1 200"), "{head}{}", String::from_utf8_lossy(body));
        let length = head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse::<usize>().ok());
        let length = length.expect("an answer has a length");
        let mut n_left = length.saturating_sub(body.len());
        while n_left > 0 {
            bytes.clear();
            let n_read = connection.read_buf(&mut bytes).await.expect("the rest");
            assert!(n_read > 0, "it closed");
            n_left = n_left.saturating_sub(n_read);
        }
        return;
    }
}
