//! Three replicas behind nginx and behind Envoy, with the configurations that stand ready: one is stopped under load.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use serde_json::{Value, json};
use specialis_server::Running;

use crate::measures::wait_for;
use crate::support::{Answer, Connection, End, HARMLESS, Script, TOKEN, Upstream, get, program, server};

/// What stands before the replicas, ended with the test.
struct Front {
    child: Child,
    address: SocketAddr,
}

impl Drop for Front {
    fn drop(&mut self) {
        // Workers of nginx end with it.
        drop(Command::new("kill").arg(self.child.id().to_string()).status());
        drop(self.child.wait());
    }
}

fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// A configuration that stands ready, before these replicas and at this address. `place` writes a port as it stands there.
fn config(name: &str, replicas: &[Running], address: SocketAddr, place: fn(u16) -> String) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy").join(name);
    let mut config = std::fs::read_to_string(file).unwrap();
    let addresses = replicas.iter().map(Running::address).chain([address]);
    for (port, address) in [8787, 8788, 8789, 8080].into_iter().zip(addresses) {
        assert!(config.contains(&place(port)), "{name} has {port}");
        config = config.replace(&place(port), &place(address.port()));
    }
    config
}

/// Starts what stands before the replicas; none, said aloud, where it is not installed.
fn start(command: &mut Command, address: SocketAddr, install: &str) -> Option<Front> {
    match command.stdout(Stdio::null()).stderr(Stdio::null()).spawn() {
        Ok(child) => {
            let front = Front { child, address };
            wait_for(|| TcpStream::connect(address).is_ok());
            Some(front)
        }
        Err(error) => {
            eprintln!("SKIPPED: `{}` does not start ({error}); {install}", command.get_program().to_string_lossy());
            None
        }
    }
}

fn nginx(folder: &Path, replicas: &[Running]) -> Option<Front> {
    let address = free();
    let config = config("nginx.conf", replicas, address, |port| format!("127.0.0.1:{port}"));
    let config = config.replace("/tmp/specialis", &format!("{}/specialis", folder.display()));
    let path = folder.join("nginx.conf");
    std::fs::write(&path, config).unwrap();
    let mut command = Command::new("nginx");
    command.args(["-e", "stderr", "-g", "daemon off;", "-p"]).arg(folder).arg("-c").arg(&path);
    start(&mut command, address, "`apt-get install nginx-light` adds it")
}

fn envoy(folder: &Path, replicas: &[Running]) -> Option<Front> {
    let address = free();
    let config = config("envoy.yaml", replicas, address, |port| format!("port_value: {port}"));
    let config = config.replace("port_value: 9901", &format!("port_value: {}", free().port()));
    let path = folder.join("envoy.yaml");
    std::fs::write(&path, config).unwrap();
    let mut command = Command::new(program("envoy/bin/envoy"));
    command.args(["--base-id", "7201", "--concurrency", "1", "-l", "error", "-c"]).arg(&path);
    start(&mut command, address, "`cargo xtask server-peers` installs it")
}

/// A stream that says something harmless and then nothing more.
fn stalling() -> Upstream {
    let choice = json!({ "index": 0, "delta": { "content": HARMLESS }, "finish_reason": null });
    let chunk = json!({ "id": "c", "object": "chat.completion.chunk", "model": "m", "choices": [choice] });
    let mut script = Script::events(&format!("data: {chunk}\n\n"), 4_096);
    script.end = End::Stall;
    Upstream::of(script)
}

/// Opens a stream for a session through what stands before the replicas; its first text came. What it says until its end comes later.
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
fn behind_nginx_a_replica_that_stops_ends_its_streams_cleanly_and_no_other_is_touched() {
    one_stops(&nginx);
}

#[test]
fn behind_envoy_a_replica_that_stops_ends_its_streams_cleanly_and_no_other_is_touched() {
    one_stops(&envoy);
}

/// Stops one of three replicas that all have streams open.
fn one_stops(front: &dyn Fn(&Path, &[Running]) -> Option<Front>) {
    let upstream = stalling();
    let mut replicas: Vec<Running> = (0..3).map(|_| replica(&upstream)).collect();
    let folder = tempfile::tempdir().unwrap();
    let Some(front) = front(folder.path(), &replicas) else { return };
    let (done, streams) = channel();
    const STREAMS: usize = 18;
    (0..STREAMS).for_each(|n| open_stream(front.address, &format!("s-{n}"), &done));
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
        let mut connection = Connection::to(front.address);
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
