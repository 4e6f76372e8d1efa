//! Programs of others: those that `cargo xtask server-peers` put below `target`, or else those that are installed.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::Duration;

use specialis_tests::files;

/// A program by its place among the peers, or else by its name alone.
pub(crate) fn program(place: &str) -> PathBuf {
    let there = files::repository().join("target/server-peers").join(place);
    let name = || Path::new(place).file_name().map(PathBuf::from).expect("a name");
    if there.exists() { there } else { name() }
}

/// A program that runs as long as this lives.
pub(crate) struct Peer(Child);

impl Drop for Peer {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

impl Peer {
    /// Starts a program, and waits for the line in which it says that it is ready. None, said aloud, where it is not there.
    pub(crate) fn start(command: &mut Command, ready: &str) -> Option<Self> {
        let started = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let mut child = match started {
            Ok(child) => child,
            Err(error) => {
                let program = command.get_program().to_string_lossy();
                eprintln!("SKIPPED: `{program}` does not start ({error}); `cargo xtask server-peers` installs it");
                return None;
            }
        };
        let (tell, said) = channel();
        if let Some(output) = child.stdout.take() {
            read_on(output, tell.clone());
        }
        if let Some(output) = child.stderr.take() {
            read_on(output, tell);
        }
        let peer = Self(child);
        let mut before = String::new();
        loop {
            let line = said.recv_timeout(Duration::from_secs(180));
            let line = line.unwrap_or_else(|error| panic!("it does not get ready ({error}):\n{before}"));
            if line.contains(ready) {
                return Some(peer);
            }
            before.push_str(&line);
            before.push('\n');
        }
    }
}

/// Reads lines to the end: a pipe that is full would hold the program up.
fn read_on(output: impl Read + Send + 'static, tell: Sender<String>) {
    thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            // Once it is ready, nobody asks any more.
            drop(tell.send(line));
        }
    });
}
