//! The model behind the gateway: it answers by the script of the case that a request names.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result};

use super::cases::{Case, End, Script};

/// What stands before the name of a case in a request.
pub(super) const MARK: &str = "torture-case:";

/// The most bytes of a request, and of its head.
const MAX_REQUEST: u64 = 8 << 20;
const MAX_HEAD: u64 = 64 << 10;

/// A model that listens as long as the program runs.
pub(super) struct Upstream {
    asked: Asked,
}

/// The cases about which the gateway asked.
type Asked = Arc<Mutex<BTreeSet<String>>>;

impl Upstream {
    /// Begins to listen.
    pub(super) fn start(at: SocketAddr, cases: &[Case]) -> Result<Self> {
        let listener = TcpListener::bind(at);
        let listener =
            listener.with_context(|| format!("`{at}` cannot be listened on; give another as `--upstream`"))?;
        let scripts = cases.iter().map(|case| (case.name.to_owned(), case.script.clone()));
        let scripts: Arc<BTreeMap<String, Script>> = Arc::new(scripts.collect());
        let asked = Asked::default();
        let noted = asked.clone();
        // It ends with the program: nothing waits for it.
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (scripts, noted) = (scripts.clone(), noted.clone());
                // A gateway that goes away is no concern of the model.
                thread::spawn(move || drop(serve(stream, &scripts, &noted)));
            }
        });
        Ok(Self { asked })
    }

    /// Whether the gateway asked about a case.
    pub(super) fn was_asked(&self, name: &str) -> bool {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).contains(name)
    }
}

fn serve(stream: TcpStream, scripts: &BTreeMap<String, Script>, asked: &Asked) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream);
    let request = request(&mut reader)?;
    let name = case_of(&request);
    let script = name.and_then(|name| scripts.get(name));
    if let Some(name) = name.filter(|_| script.is_some()) {
        asked.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned());
    }
    answer(reader.get_mut(), script)
}

/// The body of a request, whose length is given or which comes in chunks.
fn request(reader: &mut BufReader<TcpStream>) -> std::io::Result<String> {
    let mut head = String::new();
    let mut lines = reader.by_ref().take(MAX_HEAD);
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line)? == 0 || line.trim().is_empty() {
            break;
        }
        head.push_str(&line.to_ascii_lowercase());
    }
    let mut body = Vec::new();
    if head.contains("transfer-encoding: chunked") {
        loop {
            let mut line = String::new();
            reader.by_ref().take(MAX_HEAD).read_line(&mut line)?;
            let size = u64::from_str_radix(line.trim().split(';').next().unwrap_or_default(), 16).unwrap_or(0);
            let n_read = u64::try_from(body.len()).unwrap_or(u64::MAX);
            if size == 0 || n_read.saturating_add(size) > MAX_REQUEST {
                break;
            }
            reader.by_ref().take(size).read_to_end(&mut body)?;
            reader.by_ref().take(MAX_HEAD).read_line(&mut String::new())?;
        }
    } else {
        let length = head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse::<u64>().ok());
        reader.by_ref().take(length.unwrap_or(0).min(MAX_REQUEST)).read_to_end(&mut body)?;
    }
    Ok(String::from_utf8_lossy(&body).into_owned())
}

/// The name of the case that a request is about.
fn case_of(request: &str) -> Option<&str> {
    let (_, rest) = request.rsplit_once(MARK)?;
    let end = rest.find(|char: char| !char.is_ascii_lowercase() && char != '-').unwrap_or(rest.len());
    rest.get(..end)
}

fn answer(stream: &mut TcpStream, script: Option<&Script>) -> std::io::Result<()> {
    let Some(script) = script else {
        return stream.write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}");
    };
    if script.end == End::Silent {
        return Ok(());
    }
    let encoding = script.encoding.map_or_else(String::new, |name| format!("content-encoding: {name}\r\n"));
    let head = format!(
        "HTTP/1.1 {} Scripted\r\ncontent-type: {}\r\n{encoding}transfer-encoding: chunked\r\nconnection: close\r\n\r\n",
        script.status, script.kind
    );
    stream.write_all(head.as_bytes())?;
    for piece in script.pieces.iter().filter(|piece| !piece.is_empty()) {
        stream.write_all(format!("{:x}\r\n", piece.len()).as_bytes())?;
        stream.write_all(piece)?;
        stream.write_all(b"\r\n")?;
        stream.flush()?;
    }
    if script.end == End::Whole { stream.write_all(b"0\r\n\r\n") } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_names_its_case_wherever_it_stands() {
        let body = r#"{"messages":[{"content":"torture-case:behind-done"}],"model":"m"}"#;
        assert_eq!(case_of(body), Some("behind-done"));
        assert_eq!(case_of("{}"), None);
    }
}
