//! Three replicas behind nginx, with the configuration that stands ready: one is stopped under load.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use serde_json::{Value, json};
use specialis_server::Running;

use crate::measures::wait_for;
use crate::support::{Answer, Connection, End, HARMLESS, Script, TOKEN, Upstream, get, server};

/// nginx, ended with the test.
struct Nginx {
    child: Child,
    address: SocketAddr,
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // Its workers end with it.
        drop(Command::new("kill").arg(self.child.id().to_string()).status());
        drop(self.child.wait());
    }
}

/// nginx before these replicas; none, said aloud, where it is not installed.
fn nginx(folder: &Path, replicas: &[Running]) -> Option<Nginx> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/nginx.conf");
    let mut config = std::fs::read_to_string(file).unwrap();
    for (replica, port) in replicas.iter().zip([8787, 8788, 8789]) {
        config = config.replace(&format!("127.0.0.1:{port}"), &replica.address().to_string());
    }
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    config = config
        .replace("127.0.0.1:8080", &address.to_string())
        .replace("/tmp/specialis", &format!("{}/specialis", folder.display()));
    let path = folder.join("nginx.conf");
    std::fs::write(&path, config).unwrap();
    let mut command = Command::new("nginx");
    command.args(["-e", "stderr", "-g", "daemon off;", "-p"]).arg(folder).arg("-c").arg(&path).stderr(Stdio::null());
    match command.spawn() {
        Ok(child) => {
            let nginx = Nginx { child, address };
            wait_for(|| TcpStream::connect(address).is_ok());
            Some(nginx)
        }
        Err(error) => {
            eprintln!("SKIPPED: `nginx` does not start ({error}); `apt-get install nginx-light` adds it");
            None
        }
    }
}

/// A stream that says something harmless and then nothing more.
fn stalling() -> Upstream {
    let choice = json!({ "index": 0, "delta": { "content": HARMLESS }, "finish_reason": null });
    let chunk = json!({ "id": "c", "object": "chat.completion.chunk", "model": "m", "choices": [choice] });
    let mut script = Script::events(&format!("data: {chunk}\n\n"), 4_096);
    script.end = End::Stall;
    Upstream::of(script)
}

/// Opens a stream for a session through nginx; its first text came. What it says until its end comes later.
fn open_stream(address: SocketAddr, session: &str, done: &std::sync::mpsc::Sender<String>) {
    let mut connection = Connection::to(address);
    let token = format!("Bearer {TOKEN}");
    let body: Value = json!({ "model": "m", "stream": true, "messages": [{ "role": "user", "content": HARMLESS }] });
    let headers = [("authorization", token.as_str()), ("x-session", session)];
    connection.send("POST", "/up/chat/completions", &headers, body.to_string().as_bytes());
    let head = connection.head();
    assert_eq!(head.status, 200);
    let mut said = String::from_utf8(connection.chunk().expect("a piece")).unwrap();
    let done = done.clone();
    thread::spawn(move || {
        // A body that is cut ends the thread, and then nothing is said.
        while let Some(piece) = connection.chunk() {
            said.push_str(std::str::from_utf8(&piece).unwrap());
        }
        drop(done.send(said));
    });
}

/// One replica, whose figures can be read by everybody here.
fn replica(upstream: &Upstream) -> Running {
    let address = upstream.address();
    server(&format!(
        "open-metrics = true\ntimeouts = {{ drain = 200 }}\n[[routes]]\npath = \"/up\"\ninterface = \"openai\"\n\
         upstream = \"http://{address}\"\n"
    ))
}

/// How many streams a replica has.
fn n_streams(replica: &Running) -> usize {
    let figures = get(replica.address(), "/metrics").text();
    let line = figures.lines().find_map(|line| line.strip_prefix("specialis_open_streams "));
    line.unwrap().parse().unwrap()
}

fn ended(streams: &Receiver<String>, n: usize) {
    for _ in 0..n {
        let said = streams.recv_timeout(std::time::Duration::from_secs(60)).expect("it ends, and not by a cut");
        assert!(said.contains("the server is stopping") && said.ends_with("data: [DONE]\n\n"), "{said}");
    }
}

#[test]
fn a_replica_that_stops_ends_its_streams_cleanly_and_no_other_is_touched() {
    let upstream = stalling();
    let mut replicas: Vec<Running> = (0..3).map(|_| replica(&upstream)).collect();
    let folder = tempfile::tempdir().unwrap();
    let Some(nginx) = nginx(folder.path(), &replicas) else { return };
    let (done, streams) = channel();
    const STREAMS: usize = 18;
    (0..STREAMS).for_each(|n| open_stream(nginx.address, &format!("s-{n}"), &done));
    wait_for(|| replicas.iter().map(n_streams).sum::<usize>() == STREAMS);
    let counts: Vec<usize> = replicas.iter().map(n_streams).collect();
    assert!(counts.iter().all(|n| *n > 0), "each replica has some: {counts:?}");

    let stopped = replicas.remove(0);
    stopped.stop();
    ended(&streams, counts[0]);
    assert!(streams.try_recv().is_err(), "no other stream ended");
    assert_eq!(replicas.iter().map(n_streams).sum::<usize>(), STREAMS - counts[0]);
    // Those that lived on the replica that is gone begin anew on another one.
    let ask = |n: usize| -> Answer {
        let mut connection = Connection::to(nginx.address);
        let token = format!("Bearer {TOKEN}");
        let body = json!({ "event": { "kind": "output", "text": HARMLESS } }).to_string();
        let session = format!("s-{n}");
        let headers = [("authorization", token.as_str()), ("x-session", session.as_str())];
        connection.send("POST", "/v1/decide", &headers, body.as_bytes());
        connection.answer()
    };
    for n in 0..STREAMS {
        assert_eq!(ask(n).status, 200, "{n}");
    }
    drop(replicas);
    ended(&streams, STREAMS - counts[0]);
}
