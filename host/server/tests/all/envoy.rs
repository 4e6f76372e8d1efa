//! Envoy itself before an upstream, with its external processing by this server. Skipped aloud where Envoy is not installed.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use specialis_server::wire::Interface;

use crate::measures::wait_for;
use crate::support::{Answer, HARMLESS, PHONE, RUMOR, Script, TOKEN, Upstream, call, program, read_stream, server};

/// Envoy, ended with the test.
struct Envoy {
    child: Child,
    address: SocketAddr,
    _folder: tempfile::TempDir,
}

impl Drop for Envoy {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn cluster(name: &str, address: SocketAddr, is_http2: bool) -> Value {
    let endpoint = json!({ "endpoint": { "address": { "socket_address": {
        "address": address.ip().to_string(), "port_value": address.port() } } } });
    let mut cluster = json!({ "name": name, "type": "STATIC", "connect_timeout": "5s",
        "load_assignment": { "cluster_name": name, "endpoints": [{ "lb_endpoints": [endpoint] }] } });
    if is_http2 {
        cluster["typed_extension_protocol_options"] = json!({ "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
            "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
            "explicit_http_config": { "http2_protocol_options": {} } } });
    }
    cluster
}

/// Starts Envoy before an upstream, with bodies of requests and answers in these modes.
fn envoy(upstream: SocketAddr, processor: SocketAddr, (request, answer): (&str, &str), base_id: &str) -> Option<Envoy> {
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let filters = "type.googleapis.com/envoy.extensions.filters";
    // Where a body goes both ways, Envoy wants its trailers to be sent too.
    let trailers = |mode: &str| if mode == "FULL_DUPLEX_STREAMED" { "SEND" } else { "SKIP" };
    let processing = json!({
        "@type": format!("{filters}.http.ext_proc.v3.ExternalProcessor"),
        "message_timeout": "30s",
        "grpc_service": { "envoy_grpc": { "cluster_name": "specialis", "authority": "localhost" },
            "initial_metadata": [{ "key": "authorization", "value": format!("Bearer {TOKEN}") }] },
        "processing_mode": { "request_header_mode": "SEND", "request_body_mode": request,
            "response_header_mode": "SEND", "response_body_mode": answer,
            "request_trailer_mode": trailers(request), "response_trailer_mode": trailers(answer) },
    });
    let manager = json!({
        "@type": format!("{filters}.network.http_connection_manager.v3.HttpConnectionManager"),
        "stat_prefix": "tests",
        "route_config": { "virtual_hosts": [{ "name": "all", "domains": ["*"],
            "routes": [{ "match": { "prefix": "/" }, "route": { "cluster": "model", "timeout": "0s" } }] }] },
        "http_filters": [
            { "name": "envoy.filters.http.ext_proc", "typed_config": processing },
            { "name": "envoy.filters.http.router",
              "typed_config": { "@type": format!("{filters}.http.router.v3.Router") } },
        ],
    });
    let listener = json!({ "name": "http",
        "address": { "socket_address": { "address": "127.0.0.1", "port_value": address.port() } },
        "filter_chains": [{ "filters": [{ "name": "envoy.filters.network.http_connection_manager", "typed_config": manager }] }] });
    let config = json!({ "static_resources": { "listeners": [listener],
        "clusters": [cluster("model", upstream, false), cluster("specialis", processor, true)] } });
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("envoy.json");
    std::fs::write(&file, config.to_string()).unwrap();
    let mut command = Command::new(program("envoy/bin/envoy"));
    command.args(["--base-id", base_id, "--concurrency", "1", "-l", "error", "-c"]).arg(&file).stdout(Stdio::null());
    match command.stderr(Stdio::null()).spawn() {
        Ok(child) => {
            let envoy = Envoy { child, address, _folder: folder };
            wait_for(|| TcpStream::connect(address).is_ok());
            Some(envoy)
        }
        Err(error) => {
            eprintln!("SKIPPED: `envoy` does not start ({error}); `cargo xtask server-peers` installs it");
            None
        }
    }
}

/// A stream of chat completions that says these pieces.
pub(crate) fn events(pieces: &[&str]) -> String {
    let chunk = |delta: Value, finish: Option<&str>| {
        let choice = json!({ "index": 0, "delta": delta, "finish_reason": finish });
        format!(
            "data: {}\n\n",
            json!({ "id": "c", "object": "chat.completion.chunk", "model": "m", "choices": [choice] })
        )
    };
    let mut out: String = pieces.iter().map(|piece| chunk(json!({ "content": piece }), None)).collect();
    out.push_str(&chunk(json!({}), Some("stop")));
    out + "data: [DONE]\n\n"
}

fn ask(envoy: &Envoy) -> Answer {
    let body = json!({ "model": "m", "stream": true, "messages": [{ "role": "user", "content": HARMLESS }] });
    let headers = [("content-type", "application/json")];
    call(envoy.address, ("POST", "/v1/chat/completions"), &headers, body.to_string().as_bytes())
}

#[test]
fn envoy_streams_what_is_masked_and_ends_what_is_stopped_cleanly() {
    let processor = server("[contracts]\nspeak = [\"ext-proc\"]\n");
    let masked = Upstream::of(Script::events(&events(&["客服电话1391", "2345678。", HARMLESS]), 9));
    let stopped = Upstream::of(Script::events(&events(&[HARMLESS, RUMOR, HARMLESS]), 50));
    let modes = [
        ("BUFFERED", "FULL_DUPLEX_STREAMED"),
        ("FULL_DUPLEX_STREAMED", "FULL_DUPLEX_STREAMED"),
        ("STREAMED", "STREAMED"),
        ("BUFFERED", "BUFFERED"),
    ];
    for (modes, base_id) in modes.into_iter().zip(["7101", "7102", "7103", "7104"]) {
        let Some(before) = envoy(masked.address(), processor.address(), modes, base_id) else { return };
        let answer = ask(&before);
        assert_eq!(answer.status, 200, "{modes:?}: {}", answer.text());
        let said = read_stream(Interface::Chat, &answer.body);
        assert!(said.text().ends_with(HARMLESS) && !answer.text().contains(PHONE), "{modes:?}: {said:?}");
        assert!(!answer.text().contains("2345678") && said.is_ended && answer.is_whole, "{modes:?}: {said:?}");
        assert_eq!(answer.header("x-specialis-decision").map(str::len), Some(32));
    }
    for (modes, base_id) in
        [("BUFFERED", "FULL_DUPLEX_STREAMED"), ("STREAMED", "STREAMED")].into_iter().zip(["7105", "7106"])
    {
        let Some(before) = envoy(stopped.address(), processor.address(), modes, base_id) else { return };
        let answer = ask(&before);
        let said = read_stream(Interface::Chat, &answer.body);
        assert_eq!((said.finish[&0].as_str(), said.is_ended), ("content_filter", true), "{modes:?}: {}", answer.text());
        assert!(answer.is_whole && !answer.text().contains("停水"), "{modes:?}: {}", answer.text());
    }
}
