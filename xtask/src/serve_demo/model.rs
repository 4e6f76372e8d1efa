//! A model that answers by a script, a few characters at a time.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

use anyhow::{Context, Result};
use serde_json::{Value, json};

/// What the model says where it is asked something.
type Script = fn(&str) -> &'static str;

/// Starts it on a free port, and returns its address. It ends with the process.
pub(super) fn start(script: Script) -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").context("no port is free for the model")?;
    let address = listener.local_addr().context("the model has no address")?;
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // A client that goes away early is no fault of the model's.
            thread::spawn(move || drop(serve(stream, script)));
        }
    });
    Ok(address.to_string())
}

fn serve(stream: TcpStream, script: Script) -> Result<()> {
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let line = line.trim().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let body: Value = serde_json::from_slice(&body)?;
    let asked = body.pointer("/messages/0/content").and_then(Value::as_str).unwrap_or_default();
    answer(reader.get_mut(), script(asked))
}

fn answer(stream: &mut TcpStream, says: &str) -> Result<()> {
    stream.set_nodelay(true)?;
    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n")?;
    let characters: Vec<char> = says.chars().collect();
    let pieces = characters.chunks(4).map(|piece| (json!({ "content": piece.iter().collect::<String>() }), None));
    for (delta, finish) in pieces.chain([(json!({}), Some("stop"))]) {
        let choice = json!({ "index": 0, "delta": delta, "finish_reason": finish });
        let chunk =
            json!({ "id": "demo", "object": "chat.completion.chunk", "model": "scripted", "choices": [choice] });
        stream.write_all(format!("data: {chunk}\n\n").as_bytes())?;
    }
    stream.write_all(b"data: [DONE]\n\n")?;
    Ok(())
}
