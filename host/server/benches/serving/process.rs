//! The processes that are measured: the server, plain proxies and LiteLLM, each before an upstream.

use std::io::{BufRead, BufReader, Read};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use specialis::Host;
use specialis_server::{Config, Server, TokenDigest};
use specialis_tests::{code_cache, files, hosts};
use tempfile::TempDir;
use tokio::net::TcpStream;

/// With this and a file, the program is the server.
pub(crate) const SERVE: &str = "--serve";
/// The token of the server, and the key of LiteLLM.
pub(crate) const TOKEN: &str = "sk-0123456789abcdef0123456789abcdef";
/// How long something may take until it is ready.
const PATIENCE: Duration = Duration::from_secs(180);

/// A process that listens, ended with this.
pub(crate) struct Process {
    child: Child,
    pub(crate) address: SocketAddr,
    _folder: TempDir,
}

impl Drop for Process {
    fn drop(&mut self) {
        // nginx has workers, which end with it where it is asked to end.
        drop(Command::new("kill").arg(self.child.id().to_string()).status());
        drop(self.child.wait());
    }
}

impl Process {
    /// Bytes of it in memory.
    pub(crate) fn resident(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
        Some(kib << 10)
    }

    /// Starts a program that will listen at an address; none, said aloud, where it is not installed.
    async fn start(command: &mut Command, address: SocketAddr, folder: TempDir) -> Option<Self> {
        let started = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let child = match started {
            Ok(child) => child,
            Err(error) => {
                let program = command.get_program().to_string_lossy();
                eprintln!("LEFT OUT: `{program}` does not start ({error}); `cargo xtask server-peers` installs it");
                return None;
            }
        };
        let process = Self { child, address, _folder: folder };
        let listens = async {
            while TcpStream::connect(address).await.is_err() {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(PATIENCE, listens).await.expect("it listens");
        Some(process)
    }

    /// This server before an upstream.
    pub(crate) fn server(upstream: SocketAddr) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("serve.toml");
        std::fs::write(&file, server_config(upstream)).expect("a file");
        let program = std::env::current_exe().expect("this program");
        let mut command = Command::new(program);
        command.arg(SERVE).arg(&file).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("it starts");
        let mut said = String::new();
        let output = child.stdout.take().expect("its output");
        BufReader::new(output).read_line(&mut said).expect("its address");
        let address = said.trim().parse().expect("an address");
        Self { child, address, _folder: folder }
    }

    /// nginx before an upstream, as a proxy that holds nothing up.
    pub(crate) async fn nginx(upstream: SocketAddr) -> Option<Self> {
        let (folder, address) = (tempfile::tempdir().expect("a folder"), free());
        let at = folder.path().display();
        let config = format!(
            "worker_processes auto;\npid {at}/pid;\nerror_log stderr error;\nevents {{ worker_connections 16384; }}\n\
             http {{\n  access_log off;\n  client_body_temp_path {at}/body;\n  proxy_temp_path {at}/proxy;\n\
             upstream model {{ server {upstream}; keepalive 256; }}\n\
             server {{\n    listen {address} backlog=8192;\n    location / {{\n      proxy_pass http://model;\n\
             proxy_http_version 1.1;\n      proxy_set_header Connection \"\";\n      proxy_buffering off;\n      proxy_read_timeout 1h;\n    }}\n  }}\n}}\n"
        );
        let file = folder.path().join("nginx.conf");
        std::fs::write(&file, config).expect("a file");
        let mut command = Command::new("nginx");
        command.args(["-e", "stderr", "-g", "daemon off;", "-p"]).arg(folder.path()).arg("-c").arg(&file);
        Self::start(&mut command, address, folder).await
    }

    /// Envoy before an upstream, as a proxy that does nothing else.
    pub(crate) async fn envoy(upstream: SocketAddr) -> Option<Self> {
        let (folder, address) = (tempfile::tempdir().expect("a folder"), free());
        let socket = |at: SocketAddr| serde_json::json!({ "socket_address": { "address": at.ip().to_string(), "port_value": at.port() } });
        let manager = serde_json::json!({
            "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
            "stat_prefix": "plain",
            "route_config": { "virtual_hosts": [{ "name": "all", "domains": ["*"],
                "routes": [{ "match": { "prefix": "/" }, "route": { "cluster": "model", "timeout": "0s" } }] }] },
            "http_filters": [{ "name": "envoy.filters.http.router",
                "typed_config": { "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router" } }],
        });
        let most = serde_json::json!({ "thresholds": [{ "max_connections": 65535, "max_requests": 65535,
            "max_pending_requests": 65535 }] });
        let config = serde_json::json!({ "static_resources": {
            "listeners": [{ "name": "http", "address": socket(address), "filter_chains": [{ "filters": [{
                "name": "envoy.filters.network.http_connection_manager", "typed_config": manager }] }] }],
            "clusters": [{ "name": "model", "type": "STATIC", "connect_timeout": "5s", "circuit_breakers": most,
                "load_assignment": { "cluster_name": "model", "endpoints": [{ "lb_endpoints": [{
                    "endpoint": { "address": socket(upstream) } }] }] } }] } });
        let file = folder.path().join("envoy.json");
        std::fs::write(&file, config.to_string()).expect("a file");
        let mut command = Command::new(peer("envoy/bin/envoy"));
        command.args(["--base-id", "7301", "-l", "error", "-c"]).arg(&file);
        Self::start(&mut command, address, folder).await
    }

    /// LiteLLM's proxy before an upstream with a guardrail of its configuration.
    pub(crate) async fn litellm(upstream: SocketAddr, guardrail: serde_json::Value) -> Option<Self> {
        let (folder, address) = (tempfile::tempdir().expect("a folder"), free());
        let model = serde_json::json!({ "model_name": "m", "litellm_params": {
            "model": "openai/m", "api_base": format!("http://{upstream}/v1"), "api_key": "none" } });
        let config = serde_json::json!({ "model_list": [model],
            "guardrails": [{ "guardrail_name": "guard", "litellm_params": guardrail }],
            "general_settings": { "master_key": TOKEN } });
        let file = folder.path().join("litellm.yaml");
        std::fs::write(&file, config.to_string()).expect("a file");
        let mut command = Command::new(peer("litellm/bin/litellm"));
        command.current_dir(folder.path()).env("LITELLM_LOCAL_MODEL_COST_MAP", "True").arg("--config").arg(&file);
        command.args(["--host", "127.0.0.1", "--port", &address.port().to_string()]);
        Self::start(&mut command, address, folder).await
    }
}

/// Serves by a configuration until the standard input ends.
pub(crate) fn serve(config: &str) {
    let config = std::fs::read_to_string(config).expect("a configuration");
    let config = Config::parse(&config).expect("a configuration");
    let host = Host::builder(hosts::built_in()).code_cache(code_cache()).build().expect("a host");
    let running = Server::bind(config, host).expect("it listens").spawn();
    println!("{}", running.address());
    let mut rest = Vec::new();
    drop(std::io::stdin().read_to_end(&mut rest));
}

/// A server with a route for chat completions, and the contracts that are measured. Users are adults with an agreement, so that
/// harmless text passes; no bound is reached.
fn server_config(upstream: SocketAddr) -> String {
    format!(
        "listen = \"127.0.0.1:0\"\nlabel-producer = \"001191110000MAAAAAAA0210002\"\n\
         [bounds]\nconnections = 65535\nwaiting = 65535\n[timeouts]\npiece = 3600000\nanswer = 3600000\n\
         [contracts]\nspeak = [\"dify\", \"litellm\"]\n\
         [[routes]]\npath = \"/openai\"\ninterface = \"openai\"\nupstream = \"http://{upstream}\"\n\
         [[tokens]]\nsha256 = \"{}\"\ntenant = \"t\"\nsources = [\"platform\"]\n[tenants.t]\nrequests = 65535\n\
         [tenants.t.facts]\nprovider.origin = \"mainland\"\nsubject.age = \"adult\"\n\
         agreement = {{ version = \"1\", current-version = \"1\", accepted-on = \"2026-03-09\", clauses = [\"rights-duties\"] }}\n",
        TokenDigest::of(TOKEN)
    )
}

/// A program of `cargo xtask server-peers`, or else the one of that name.
fn peer(place: &str) -> PathBuf {
    let there = files::repository().join("target/server-peers").join(place);
    let name = || Path::new(place).file_name().map(PathBuf::from).expect("a name");
    if there.exists() { there } else { name() }
}

fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port")
}
