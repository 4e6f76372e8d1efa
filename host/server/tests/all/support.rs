//! A server, its clients and its upstream, on this machine.

mod browser;
mod client;
mod peer;
mod read;
mod upstream;

use serde_json::Value;
use specialis::Host;
use specialis::core::SessionId;
use specialis_server::{Config, Running, Server, TokenDigest};
use specialis_tests::hosts;

pub(crate) use browser::Browser;
pub(crate) use client::{Answer, Connection, call, get, post};
pub(crate) use peer::{Peer, program};
pub(crate) use read::{Said, read_stream};
pub(crate) use upstream::{Asked, End, Script, Upstream};

/// The token of the tests, whose facts count.
pub(crate) const TOKEN: &str = "sp-test";
/// A phone number, plainly artificial, in no form that a test's text has otherwise.
pub(crate) const PHONE: &str = "13912345678";
/// A text that a person has to see first.
pub(crate) const RUMOR: &str = "内部消息称全城停水。";
/// A text about which there is nothing to say.
pub(crate) const HARMLESS: &str = "图书馆周一闭馆。";

/// A host on the built-in policies, with platform facts trusted.
pub(crate) fn host() -> Host {
    hosts::host(hosts::built_in())
}

/// A tenant whose users are adults who accepted the agreement of a service of the mainland, and its token.
pub(crate) fn tenant() -> String {
    format!(
        "[[tokens]]\nsha256 = \"{}\"\ntenant = \"t\"\nsources = [\"platform\"]\n\
         [tenants.t.facts]\nprovider.origin = \"mainland\"\nsubject.age = \"adult\"\n\
         agreement = {{ version = \"1\", current-version = \"1\", accepted-on = \"2026-03-09\", clauses = [\"rights-duties\"] }}\n",
        TokenDigest::of(TOKEN)
    )
}

/// A server on a free port, with this configuration beside the tenant's.
pub(crate) fn server(more: &str) -> Running {
    server_of(&format!("listen = \"127.0.0.1:0\"\n{more}\n{}", tenant()))
}

/// A server with exactly this configuration.
pub(crate) fn server_of(config: &str) -> Running {
    let config = Config::parse(config).expect("the configuration is read");
    Server::bind(config, host()).expect("the server starts").spawn()
}

/// A server before an upstream, with more lines for its route.
pub(crate) fn before(upstream: &Upstream, interface: &str, more: &str) -> Running {
    let address = upstream.address();
    server(&format!(
        "label-producer = \"001191110000MAAAAAAA0210002\"\ntimeouts = {{ drain = 200 }}\n[[routes]]\npath = \"/up\"\n\
         interface = \"{interface}\"\nupstream = \"http://{address}\"\n{more}\n"
    ))
}

/// The session that the decision of an answer names: one of its own under a name.
pub(crate) fn own_session(answer: &Value, name: &str) -> SessionId {
    let session: SessionId = serde_json::from_value(answer["decision"]["session"].clone()).unwrap();
    assert!(session.is_named(name) && session.as_str() != name, "{session}");
    session
}
