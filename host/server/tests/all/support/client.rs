//! A client that shows what is on the wire.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;

use super::TOKEN;

/// An answer as it came.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// Whether the body came to its end, rather than to a cut.
    pub(crate) is_whole: bool,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).expect("text")
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.text()))
    }
}

/// One connection.
pub(crate) struct Connection {
    stream: BufReader<TcpStream>,
}

impl Connection {
    pub(crate) fn to(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).expect("the server takes connections");
        stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a time");
        Self { stream: BufReader::new(stream) }
    }

    /// Writes bytes as they are.
    pub(crate) fn write(&mut self, bytes: &[u8]) {
        self.stream.get_mut().write_all(bytes).expect("the server reads");
    }

    /// Sends a request with a body.
    pub(crate) fn send(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) {
        let mut head = format!("{method} {path} HTTP/1.1\r\n");
        if !headers.iter().any(|(name, _)| *name == "host") {
            head.push_str("host: localhost\r\n");
        }
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if !headers.iter().any(|(name, _)| *name == "transfer-encoding") {
            head.push_str(&format!("content-length: {}\r\n", body.len()));
        }
        head.push_str("\r\n");
        self.write(&[head.as_bytes(), body].concat());
    }

    /// Status and headers of the next answer.
    pub(crate) fn head(&mut self) -> Answer {
        let status = self.line();
        let status = status.split(' ').nth(1).and_then(|status| status.parse().ok());
        let mut headers = Vec::new();
        loop {
            let line = self.line();
            let Some((name, value)) = line.split_once(": ") else { break };
            headers.push((name.to_ascii_lowercase(), value.to_owned()));
        }
        let status = status.expect("a status line");
        Answer { status, headers, body: Vec::new(), is_whole: false }
    }

    /// Makes the connection a WebSocket.
    pub(crate) fn upgrade(&mut self, path: &str, headers: &[(&str, &str)]) -> Answer {
        let own = [
            ("connection", "Upgrade"),
            ("upgrade", "websocket"),
            ("sec-websocket-version", "13"),
            ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ];
        let mut head = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n");
        for (name, value) in own.iter().chain(headers) {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        self.write(format!("{head}\r\n").as_bytes());
        self.head()
    }

    /// Sends a frame of a WebSocket, under the mask that clients owe; a mask of zeros leaves it as it is.
    pub(crate) fn send_frame(&mut self, kind: u8, text: &[u8]) {
        let mut frame = vec![0x80 | kind, 0x80 | 126];
        frame.extend(u16::try_from(text.len()).expect("a short frame").to_be_bytes());
        frame.extend([0; 4]);
        frame.extend(text);
        self.write(&frame);
    }

    /// The next frame of a WebSocket: its kind, and what it holds.
    pub(crate) fn frame(&mut self) -> (u8, Vec<u8>) {
        let mut bytes = |n: usize| {
            let mut bytes = vec![0; n];
            self.stream.read_exact(&mut bytes).expect("a frame: the socket was cut");
            bytes
        };
        let head = bytes(2);
        let length = match head[1] & 0x7f {
            126 => bytes(2).iter().fold(0, |length, byte| length << 8 | usize::from(*byte)),
            127 => bytes(8).iter().fold(0, |length, byte| length << 8 | usize::from(*byte)),
            length => usize::from(length),
        };
        (head[0] & 0x0f, bytes(length))
    }

    /// The next chunk of a chunked body; none at its end.
    pub(crate) fn chunk(&mut self) -> Option<Vec<u8>> {
        let size = usize::from_str_radix(self.line().trim(), 16).expect("a size: the body was cut");
        let mut chunk = vec![0; size];
        self.stream.read_exact(&mut chunk).expect("a chunk: the body was cut");
        self.line();
        (size > 0).then_some(chunk)
    }

    /// The next answer, whole.
    pub(crate) fn answer(&mut self) -> Answer {
        let mut answer = self.head();
        if answer.header("transfer-encoding").is_some() {
            while let Some(chunk) = self.chunk() {
                answer.body.extend(chunk);
            }
        } else if let Some(length) = answer.header("content-length") {
            answer.body = vec![0; length.parse().expect("a length")];
            self.stream.read_exact(&mut answer.body).expect("the whole body");
        }
        answer.is_whole = true;
        answer
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.stream.read_line(&mut line).expect("a line");
        line.trim_end_matches(['\r', '\n']).to_owned()
    }
}

/// One call on a connection of its own.
pub(crate) fn call(address: SocketAddr, (method, path): (&str, &str), headers: &[(&str, &str)], body: &[u8]) -> Answer {
    let mut connection = Connection::to(address);
    connection.send(method, path, headers, body);
    connection.answer()
}

/// Posts JSON under the token of the tests.
pub(crate) fn post(address: SocketAddr, path: &str, body: &Value) -> Answer {
    let token = format!("Bearer {TOKEN}");
    call(address, ("POST", path), &[("authorization", &token)], body.to_string().as_bytes())
}

/// Gets a page under the token of the tests.
pub(crate) fn get(address: SocketAddr, path: &str) -> Answer {
    let token = format!("Bearer {TOKEN}");
    call(address, ("GET", path), &[("authorization", &token)], b"")
}
