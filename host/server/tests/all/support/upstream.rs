//! An upstream that answers by a script.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use serde_json::Value;

/// What it answers.
#[derive(Clone, Debug)]
pub(crate) struct Script {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    /// Written one after the other, each as a chunk.
    pub(crate) pieces: Vec<Vec<u8>>,
    pub(crate) end: End,
}

/// How the answer ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// As it should.
    Whole,
    /// The connection is cut.
    Cut,
    /// Nothing more comes, until the reader is gone.
    Stall,
}

impl Script {
    /// Server-sent events, cut into pieces of so many bytes.
    pub(crate) fn events(text: &str, cut: usize) -> Self {
        let pieces = text.as_bytes().chunks(cut.max(1)).map(<[u8]>::to_vec).collect();
        let headers = vec![("content-type", "text/event-stream".to_owned())];
        Self { status: 200, headers, pieces, end: End::Whole }
    }

    /// JSON.
    pub(crate) fn json(status: u16, value: &Value) -> Self {
        let headers = vec![("content-type", "application/json".to_owned())];
        Self { status, headers, pieces: vec![value.to_string().into_bytes()], end: End::Whole }
    }
}

/// What the upstream was asked, and what became of the asker.
#[derive(Debug)]
pub(crate) enum Asked {
    /// A request: its head and its body.
    Request(String, Value),
    /// The asker went away before the end.
    Gone,
}

/// The upstream.
pub(crate) struct Upstream {
    address: SocketAddr,
    asked: Receiver<Asked>,
}

impl Upstream {
    /// Answers every request by one script.
    pub(crate) fn of(script: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let (tell, asked) = channel();
        // It ends with the process: nothing waits for it.
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (tell, script) = (tell.clone(), script.clone());
                thread::spawn(move || serve(stream, &tell, &script));
            }
        });
        Self { address, asked }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it was asked next.
    pub(crate) fn next(&self) -> Asked {
        self.asked.recv_timeout(Duration::from_secs(60)).expect("the upstream is asked")
    }

    /// What it was asked that nobody took note of.
    pub(crate) fn next_if_asked(&self) -> Option<Asked> {
        self.asked.try_recv().ok()
    }

    /// Whether it was asked anything that nobody took note of.
    pub(crate) fn was_asked(&self) -> bool {
        self.asked.try_recv().is_ok()
    }
}

fn serve(stream: TcpStream, tell: &Sender<Asked>, script: &Script) {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        if line.trim().is_empty() {
            break;
        }
        head.push_str(&line.to_ascii_lowercase());
    }
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body).expect("the body");
    drop(tell.send(Asked::Request(head, serde_json::from_slice(&body).unwrap_or(Value::Null))));
    if answer(reader.get_mut(), script).is_err() {
        drop(tell.send(Asked::Gone));
        return;
    }
    if script.end == End::Stall {
        // The reader is gone once a read ends.
        drop(reader.read(&mut [0; 1]));
        drop(tell.send(Asked::Gone));
    }
}

fn answer(stream: &mut TcpStream, script: &Script) -> std::io::Result<()> {
    let mut head =
        format!("HTTP/1.1 {} Scripted\r\ntransfer-encoding: chunked\r\nconnection: close\r\n", script.status);
    for (name, value) in &script.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    stream.write_all(head.as_bytes())?;
    stream.set_nodelay(true)?;
    for piece in &script.pieces {
        stream.write_all(format!("{:x}\r\n", piece.len()).as_bytes())?;
        stream.write_all(piece)?;
        stream.write_all(b"\r\n")?;
        stream.flush()?;
    }
    if script.end == End::Whole {
        stream.write_all(b"0\r\n\r\n")?;
    }
    Ok(())
}
