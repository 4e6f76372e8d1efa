//! The few calls of the distribution API that one file needs.

use std::io::Read;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail};
use serde::Deserialize;
use specialis_bundle::digest_of;
use specialis_core::printable;
use ureq::http::{Response, StatusCode};
use ureq::{Agent, Body};

use super::credentials::{Credentials, VARIABLE, host_of};
use super::reference::Reference;

/// Talks to one repository.
pub(super) struct Client {
    agent: Agent,
    base: String,
    shown: String,
    /// Host and port of the registry.
    registry: String,
    /// The value of `Authorization`, once the registry asked for it.
    authorization: Option<String>,
}

/// What a registry served.
pub(super) struct Found {
    pub(super) bytes: Vec<u8>,
    pub(super) digest: String,
}

/// What is sent.
enum Send<'a> {
    Get { accept: &'a str },
    Head,
    Post,
    Put { kind: &'a str, bytes: &'a [u8] },
}

impl Client {
    pub(super) fn new(to: &Reference) -> Result<Self> {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(300)))
            .user_agent("specialis");
        let agent = config.build().into();
        let shown = format!("{}/{}", to.registry, to.repository);
        Ok(Self { agent, base: to.base(), shown, registry: to.registry.clone(), authorization: None })
    }

    /// A manifest, by tag or digest.
    pub(super) fn manifest(&mut self, name: &str, accept: &str, most: u64) -> Result<Vec<u8>> {
        let response = self.ask(&format!("{}/manifests/{name}", self.base), &Send::Get { accept })?;
        if response.status() == StatusCode::NOT_FOUND {
            bail!("`{}` has no `{name}`; push it, or name another", self.shown);
        }
        self.expect(&response, StatusCode::OK, "does not give the manifest")?;
        self.read(response, most)
    }

    /// A blob, with the digest that its bytes have.
    pub(super) fn blob(&mut self, digest: &str, most: u64) -> Result<Found> {
        let response = self.ask(&format!("{}/blobs/{digest}", self.base), &Send::Get { accept: "*/*" })?;
        self.expect(&response, StatusCode::OK, "does not give the file")?;
        let bytes = self.read(response, most)?;
        let digest = digest_of(&bytes);
        Ok(Found { bytes, digest })
    }

    pub(super) fn push_blob(&mut self, bytes: &[u8], digest: &str) -> Result<()> {
        let there = self.ask(&format!("{}/blobs/{digest}", self.base), &Send::Head)?;
        if there.status() == StatusCode::OK {
            return Ok(());
        }
        let begun = self.ask(&format!("{}/blobs/uploads/", self.base), &Send::Post)?;
        self.expect(&begun, StatusCode::ACCEPTED, "takes no uploads")?;
        let location = begun.headers().get("location").and_then(|value| value.to_str().ok());
        let location = location.with_context(|| format!("`{}` does not say where to upload to", self.shown))?;
        // It may be a path alone, and may have a query already.
        let origin = self.base.split_once("/v2/").map_or("", |(origin, _)| origin);
        let location = if location.starts_with('/') { format!("{origin}{location}") } else { location.to_owned() };
        if !location.starts_with(&format!("{origin}/")) {
            bail!("`{}` sends uploads to another place, `{location}`", self.shown);
        }
        let joint = if location.contains('?') { '&' } else { '?' };
        let send = Send::Put { kind: "application/octet-stream", bytes };
        let done = self.ask(&format!("{location}{joint}digest={digest}"), &send)?;
        self.expect(&done, StatusCode::CREATED, "does not keep the file")
    }

    pub(super) fn push_manifest(&mut self, tag: &str, kind: &str, bytes: &[u8]) -> Result<()> {
        let done = self.ask(&format!("{}/manifests/{tag}", self.base), &Send::Put { kind, bytes })?;
        self.expect(&done, StatusCode::CREATED, "does not keep the manifest")
    }

    /// Sends, and once more with credentials where the registry asks for them.
    fn ask(&mut self, url: &str, send: &Send<'_>) -> Result<Response<Body>> {
        let response = self.send(url, send)?;
        if response.status() != StatusCode::UNAUTHORIZED || self.authorization.is_some() {
            return Ok(response);
        }
        let challenge = response.headers().get("www-authenticate").and_then(|value| value.to_str().ok());
        self.authorization = Some(self.authorize(challenge.unwrap_or_default())?);
        self.send(url, send)
    }

    fn send(&self, url: &str, send: &Send<'_>) -> Result<Response<Body>> {
        let mut headers: Vec<(&str, &str)> = Vec::new();
        if let Some(value) = &self.authorization {
            headers.push(("authorization", value));
        }
        let came = match send {
            Send::Get { accept } => {
                headers.push(("accept", *accept));
                headers.iter().fold(self.agent.get(url), |call, (name, value)| call.header(*name, *value)).call()
            }
            Send::Head => {
                headers.iter().fold(self.agent.head(url), |call, (name, value)| call.header(*name, *value)).call()
            }
            Send::Post => {
                headers.iter().fold(self.agent.post(url), |call, (name, value)| call.header(*name, *value)).send_empty()
            }
            Send::Put { kind, bytes } => {
                headers.push(("content-type", *kind));
                headers.iter().fold(self.agent.put(url), |call, (name, value)| call.header(*name, *value)).send(*bytes)
            }
        };
        came.with_context(|| format!("`{}` does not answer; check the name and the network", self.shown))
    }

    /// What to send along, by the registry's challenge: the credentials themselves, or a token got for them. The service that
    /// gives tokens gets the credentials only if they name its host too.
    fn authorize(&self, challenge: &str) -> Result<String> {
        let credentials = Credentials::of_environment()?;
        let for_host = |host: &str| credentials.as_ref().and_then(|both| both.for_host(host));
        let needed = |host: &str| {
            let host = printable(host);
            anyhow!("`{}` asks who you are; set `{VARIABLE}` to `{host}=user:password`", self.shown)
        };
        let Some(params) = challenge.strip_prefix("Bearer ") else {
            return for_host(&self.registry).ok_or_else(|| needed(&self.registry));
        };
        let param = |name: &str| {
            let value = params.split(',').find_map(|part| part.trim().strip_prefix(name)?.strip_prefix("=\""));
            value.and_then(|value| value.strip_suffix('"'))
        };
        let realm = param("realm").unwrap_or_default();
        let host = host_of(realm).ok_or_else(|| needed(&self.registry))?;
        let mut call = self.agent.get(realm);
        for name in ["service", "scope"] {
            if let Some(value) = param(name) {
                call = call.query(name, value);
            }
        }
        if let Some(basic) = for_host(host) {
            call = call.header("authorization", basic);
        }
        let both = format!("{},{host}", self.registry);
        let response = call.call().with_context(|| format!("`{realm}` does not answer"))?;
        if response.status() != StatusCode::OK {
            return Err(needed(&both));
        }
        #[derive(Deserialize)]
        struct Token {
            #[serde(alias = "access_token")]
            token: String,
        }
        let token: Token = serde_json::from_slice(&self.read(response, 1 << 20)?).map_err(|_| needed(&both))?;
        Ok(format!("Bearer {}", token.token))
    }

    fn expect(&self, response: &Response<Body>, status: StatusCode, what: &str) -> Result<()> {
        let found = response.status();
        if found == StatusCode::UNAUTHORIZED || found == StatusCode::FORBIDDEN {
            bail!("`{}` {what}: not allowed ({found}); check `{VARIABLE}`", self.shown);
        }
        if found != status {
            bail!("`{}` {what} ({found})", self.shown);
        }
        Ok(())
    }

    fn read(&self, response: Response<Body>, most: u64) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let reader = response.into_body().into_reader();
        reader
            .take(most.saturating_add(1))
            .read_to_end(&mut bytes)
            .with_context(|| format!("`{}` broke off", self.shown))?;
        if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > most {
            bail!("`{}` serves more than the {most} bytes it said", self.shown);
        }
        Ok(bytes)
    }
}
