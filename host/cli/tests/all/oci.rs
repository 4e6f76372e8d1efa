//! Policies in OCI registries: Debian's `docker-registry` on loopback where it is installed, and a registry that lies.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::json;
use specialis_bundle::digest_of;

use crate::run::run;

/// A registry of its own, which ends with this.
pub(crate) struct Registry {
    child: Child,
    port: u16,
    storage: tempfile::TempDir,
}

impl Registry {
    /// None where it is not installed; `cargo xtask test` installs it where it can.
    pub(crate) fn start() -> Option<Self> {
        let storage = tempfile::tempdir().unwrap();
        // Free a moment ago; nobody else hands out ports in that moment.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let config = storage.path().join("config.yml");
        let root = storage.path().join("data");
        let text = format!(
            "version: 0.1\nlog:\n  level: info\nstorage:\n  filesystem:\n    rootdirectory: {}\nhttp:\n  addr: 127.0.0.1:{port}\n",
            root.display()
        );
        fs::write(&config, text).unwrap();
        let started = Command::new("docker-registry")
            .arg("serve")
            .arg(&config)
            .stderr(Stdio::piped())
            .stdout(Stdio::null())
            .spawn();
        let mut child = match started {
            Ok(child) => child,
            Err(error) => {
                eprintln!(
                    "SKIPPED: `docker-registry` does not start ({error}); `apt-get install docker-registry` adds it"
                );
                return None;
            }
        };
        let mut said = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        while !line.contains("listening on") {
            line.clear();
            assert_ne!(said.read_line(&mut line).unwrap(), 0, "the registry ended");
        }
        // What it says later has to go somewhere, or it would block.
        thread::spawn(move || std::io::copy(&mut said, &mut std::io::sink()));
        Some(Self { child, port, storage })
    }

    pub(crate) fn name(&self, rest: &str) -> String {
        format!("127.0.0.1:{}/{rest}", self.port)
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn news(folder: &Path) -> String {
    let (_, bytes) = specialis_artifacts::POLICIES.iter().find(|(id, _)| *id == "news").unwrap();
    let file = folder.join("news.wasm");
    fs::write(&file, bytes).unwrap();
    file.display().to_string()
}

#[test]
fn what_is_pushed_to_a_real_registry_is_pulled_again_by_its_digest() {
    let Some(registry) = Registry::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let (file, back) = (news(folder.path()), folder.path().join("back.wasm").display().to_string());
    let pinned = run(&["policy", "push", &file, &registry.name("policies/news:1.0.0")]).ok();
    let pinned = pinned.trim();
    assert!(pinned.starts_with(&registry.name("policies/news:1.0.0@sha256:")), "{pinned}");
    assert_eq!(
        run(&["policy", "push", &file, &registry.name("policies/news:1.0.0")]).ok().trim(),
        pinned,
        "the same again"
    );
    let said = run(&["policy", "pull", pinned, "-o", &back]).ok();
    let bytes = fs::read(&file).unwrap();
    assert!(said.contains(&digest_of(&bytes)), "{said}");
    assert_eq!(fs::read(&back).unwrap(), bytes);
    // By its tag only on purpose.
    let tag = registry.name("policies/news:1.0.0");
    assert!(run(&["policy", "pull", &tag, "-o", &back]).refused().contains("names no digest"));
    run(&["policy", "pull", &tag, "--unpinned", "-o", &back]).ok();
    assert!(
        run(&["policy", "pull", &registry.name("policies/nobody:1"), "--unpinned", "-o", &back])
            .refused()
            .contains("has no `1`")
    );
}

#[test]
fn real_registry_whose_storage_was_changed_is_found_out() {
    let Some(registry) = Registry::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let (file, back) = (news(folder.path()), folder.path().join("back.wasm"));
    let pinned = run(&["policy", "push", &file, &registry.name("news:1")]).ok();
    let digest = digest_of(&fs::read(&file).unwrap());
    let hex = digest.strip_prefix("sha256:").unwrap();
    let blob = format!("data/docker/registry/v2/blobs/sha256/{}/{hex}/data", hex.get(..2).unwrap());
    let blob = registry.storage.path().join(blob);
    let mut bytes = fs::read(&blob).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&blob, bytes).unwrap();
    let said = run(&["policy", "pull", pinned.trim(), "-o", &back.display().to_string()]).refused();
    assert!(said.contains("do not use this registry"), "{said}");
    assert!(!back.exists());
}

/// What a registry answers, by the end of the path.
pub(crate) type Answers = Vec<(String, Vec<u8>)>;

fn liar(answers: Answers) -> u16 {
    stand_in(Arc::new(Mutex::new(answers)))
}

/// Answers every GET by the end of its path, as long as the test runs; returns the port.
pub(crate) fn stand_in(answers: Arc<Mutex<Answers>>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut head = Vec::new();
            let mut byte = [0];
            while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|n| n > 0) {
                head.extend(byte);
            }
            let head = String::from_utf8_lossy(&head).into_owned();
            let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
            let answers = answers.lock().unwrap();
            let found = answers.iter().find(|(end, _)| path.ends_with(end.as_str()));
            let (status, body) = found.map_or(("404 Not Found", &[][..]), |(_, body)| ("200 OK", body.as_slice()));
            let _ = write!(stream, "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
            let _ = stream.write_all(body);
        }
    });
    port
}

#[test]
fn registry_that_serves_other_bytes_than_the_digest_is_found_out() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = fs::read(news(folder.path())).unwrap();
    let back = folder.path().join("back.wasm");
    let layer = json!({"mediaType": "application/wasm", "digest": digest_of(&bytes), "size": bytes.len()});
    let config = json!({"mediaType": "application/vnd.wasm.config.v0+json", "digest": digest_of(b"{}"), "size": 2});
    let manifest = json!({"schemaVersion": 2, "config": config, "layers": [layer]}).to_string().into_bytes();
    let digest = digest_of(&manifest);
    let mut other = bytes.clone();
    *other.last_mut().unwrap() ^= 1;
    let pull = |answers: Vec<(String, Vec<u8>)>| {
        let name = format!("127.0.0.1:{}/news@{digest}", liar(answers));
        run(&["policy", "pull", &name, "-o", &back.display().to_string()])
    };
    let blob = format!("/blobs/{}", digest_of(&bytes));
    let by_digest = format!("/manifests/{digest}");
    let said = pull(vec![(by_digest.clone(), manifest.clone()), (blob.clone(), other)]).refused();
    assert!(said.contains("serves bytes with the digest"), "{said}");
    let mut forged = manifest.clone();
    forged.push(b' ');
    let said = pull(vec![(by_digest.clone(), forged), (blob.clone(), bytes.clone())]).refused();
    assert!(said.contains("serves a manifest with the digest"), "{said}");
    let longer = [bytes.as_slice(), b"more"].concat();
    let said = pull(vec![(by_digest.clone(), manifest.clone()), (blob.clone(), longer)]).refused();
    assert!(said.contains("serves more than"), "{said}");
    assert!(!back.exists());
    pull(vec![(by_digest, manifest), (blob, bytes)]).ok();
    assert!(back.exists());
}
