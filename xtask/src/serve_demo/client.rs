//! A client as small as curl: one request, and the events of its answer.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

/// What is asked, of whom.
pub(super) struct Request<'a> {
    pub(super) address: &'a str,
    pub(super) token: &'a str,
    pub(super) asks: &'a str,
}

/// What was read.
#[derive(Debug, Default)]
pub(super) struct Answer {
    pub(super) text: String,
    pub(super) finish: String,
    pub(super) verdict: String,
}

impl Request<'_> {
    fn body(&self) -> String {
        json!({ "model": "scripted", "stream": true, "messages": [{ "role": "user", "content": self.asks }] })
            .to_string()
    }

    /// The same as a line for a shell.
    pub(super) fn curl(&self) -> String {
        let (address, body) = (self.address, self.body());
        format!("curl -sN http://{address}/openai/chat/completions -H \"authorization: Bearer $TOKEN\" -d '{body}'")
    }

    /// Sends it and reads the events to their end.
    pub(super) fn stream(&self) -> Result<Answer> {
        let mut stream = TcpStream::connect(self.address).context("the server takes no connection")?;
        let body = self.body();
        let head = format!(
            "POST /openai/chat/completions HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {}\r\nconnection: close\r\n\
             content-length: {}\r\n\r\n",
            self.address,
            self.token,
            body.len()
        );
        stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes())).context("the server")?;
        let mut answer = Answer::default();
        let mut is_ended = false;
        for line in BufReader::new(stream).lines() {
            let line = line.context("the answer was cut")?;
            let Some(data) = line.strip_prefix("data: ") else { continue };
            if data == "[DONE]" {
                is_ended = true;
                break;
            }
            answer.take(&serde_json::from_str(data).context("an event is no JSON")?);
        }
        ensure!(is_ended, "the answer did not come to its end; the log of the server above says why");
        Ok(answer)
    }
}

impl Answer {
    fn take(&mut self, chunk: &Value) {
        let text = |pointer: &str| chunk.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        self.text.push_str(text("/choices/0/delta/content"));
        for (field, pointer) in
            [(&mut self.finish, "/choices/0/finish_reason"), (&mut self.verdict, "/specialis/verdict")]
        {
            let new = chunk.pointer(pointer).and_then(Value::as_str);
            if let Some(new) = new {
                new.clone_into(field);
            }
        }
    }
}
