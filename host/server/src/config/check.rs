//! What a configuration must hold to beyond its types.

use specialis::core::{check_id, nearest};

use super::Config;

/// Why a configuration is refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// It cannot be read; the source names the line.
    #[error("the configuration cannot be read")]
    Toml {
        /// What is wrong.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The address can be reached by others, and nothing is encrypted.
    #[error(
        "`listen` is `{listen}`, which others can reach without encryption; give `tls`, or `behind-proxy = true` where a proxy does it"
    )]
    Unencrypted {
        /// The address.
        listen: std::net::SocketAddr,
    },
    /// A token names a tenant that is not there.
    #[error("token {number} stands for the tenant `{tenant}`, which is not under `tenants`; nearest is `{nearest}`")]
    Tenant {
        /// The number of the token, from 1.
        number: usize,
        /// The tenant.
        tenant: String,
        /// The nearest one that is there.
        nearest: String,
    },
    /// A token decides on reviews, and nobody knows whose it is.
    #[error(
        "token {number} decides on reviews and has no `name` that can stand in a record; give it one, such as `name = \"wang\"`"
    )]
    NamelessReviewer {
        /// The number of the token, from 1.
        number: usize,
    },
    /// A bound of the queue of reviews is zero.
    #[error("`reviews.{name}` is 0, so that nothing could wait; give a number above 0")]
    ZeroReviews {
        /// The bound.
        name: &'static str,
    },
    /// A certificate or an identity provider cannot be used.
    #[error("{what} cannot be used: {trouble}")]
    Identity {
        /// The certificate by its name, or the provider by its issuer.
        what: String,
        /// What is wrong, and what to do.
        trouble: &'static str,
    },
    /// Two tokens have the same digest.
    #[error("token {number} has the digest of an earlier one; make a new token for it")]
    SameToken {
        /// The number of the second, from 1.
        number: usize,
    },
    /// The path of a route cannot be one.
    #[error("the path `{path}` of a route cannot be used; give one like `/openai` that no other route begins with")]
    RoutePath {
        /// The path.
        path: String,
    },
    /// The name of a server of tools cannot be one, or is another's.
    #[error(
        "the name `{name}` under `mcp` cannot be used; give each server one of its own, of letters, digits, `-` and `_`"
    )]
    McpName {
        /// The name.
        name: String,
    },
    /// The upstream of a route is no address.
    #[error("the upstream `{upstream}` of route `{path}` is no address; give one like `https://api.example/v1`")]
    Upstream {
        /// The route.
        path: String,
        /// The address.
        upstream: String,
    },
    /// Prompts would leave the machine unencrypted.
    #[error(
        "the upstream `{upstream}` of route `{path}` is not encrypted and not on this machine; give an `https` address"
    )]
    PlainUpstream {
        /// The route.
        path: String,
        /// The address.
        upstream: String,
    },
    /// The address of the webhook is none, or measures would leave the machine unencrypted.
    #[error("`webhook.url` is `{url}`; give an `https` address, or an `http` one on this machine")]
    Webhook {
        /// The address.
        url: String,
    },
    /// The address of the collector of traces is none, or ids would leave the machine unencrypted.
    #[error("`traces.url` is `{url}`; give an `https` address, or an `http` one on this machine")]
    Traces {
        /// The address.
        url: String,
    },
    /// A header that carries a fact, or is passed on, has a name that cannot be one.
    #[error("`{name}` is no name of a header; give one like `x-user-age`")]
    HeaderName {
        /// The name.
        name: String,
    },
    /// A template of a contract cannot be used.
    #[error("the contract `{name}` cannot be spoken: {trouble}")]
    Template {
        /// The template.
        name: String,
        /// What is wrong, and what to do.
        trouble: String,
    },
    /// A key of Aliyun's kind names a tenant that is not there, or has the id of another.
    #[error("the key `{id}` under `contracts.aliyun-keys` cannot be used: {trouble}")]
    AliyunKey {
        /// The id of the key.
        id: String,
        /// What is wrong, and what to do.
        trouble: &'static str,
    },
    /// Two templates have one name, or one has that of a contract.
    #[error("two contracts have the path `/contracts/{name}`; give one of them another name")]
    SameContract {
        /// The name.
        name: String,
    },
    /// A bound is zero.
    #[error("`bounds.{name}` is 0, so that nothing could be served; give a number above 0")]
    ZeroBound {
        /// The bound.
        name: &'static str,
    },
}

/// The first segments that are the server's own.
const OWN: [&str; 7] = ["v1", "contracts", "livez", "readyz", "metrics", "openapi.json", "console"];

impl Config {
    /// Checks what types do not.
    ///
    /// # Errors
    /// Where the configuration contradicts itself, or could not serve safely.
    pub fn check(&self) -> Result<(), ConfigError> {
        if !self.listen.ip().is_loopback() && self.tls.is_none() && !self.behind_proxy {
            return Err(ConfigError::Unencrypted { listen: self.listen });
        }
        self.check_tokens()?;
        self.check_routes()?;
        self.check_templates()?;
        self.check_webhook()?;
        self.check_aliyun()?;
        if let Some(traces) = self.traces.as_ref().filter(|traces| !leaves_encrypted(&traces.url)) {
            return Err(ConfigError::Traces { url: traces.url.clone() });
        }
        self.check_reviews()?;
        self.check_certificates()?;
        self.check_issuers()?;
        let headers = self.tenants.values().flat_map(|tenant| tenant.headers.values());
        for name in headers.chain(self.routes.iter().flat_map(|route| &route.headers)) {
            if name.parse::<hyper::header::HeaderName>().is_err() {
                return Err(ConfigError::HeaderName { name: name.clone() });
            }
        }
        let bounds = &self.bounds;
        let all = [
            ("body", bounds.body),
            ("file", bounds.file),
            ("headers", bounds.headers),
            ("header-fields", bounds.header_fields),
            ("answer", bounds.answer),
            ("media", bounds.media),
            ("stream-event", bounds.stream_event),
            ("connections", bounds.connections),
            ("sessions", bounds.sessions),
            ("session-bytes", bounds.session_bytes),
            ("decisions", bounds.decisions),
            ("waiting", bounds.waiting),
            ("draft-bytes", bounds.draft_bytes),
        ];
        all.into_iter().try_for_each(
            |(name, bound)| {
                if bound == 0 { Err(ConfigError::ZeroBound { name }) } else { Ok(()) }
            },
        )
    }

    fn check_webhook(&self) -> Result<(), ConfigError> {
        let Some(webhook) = &self.webhook else { return Ok(()) };
        if leaves_encrypted(&webhook.url) { Ok(()) } else { Err(ConfigError::Webhook { url: webhook.url.clone() }) }
    }

    fn check_certificates(&self) -> Result<(), ConfigError> {
        for (at, certificate) in self.certificates.iter().enumerate() {
            let name = &certificate.name;
            let refused = |trouble| Err(ConfigError::Identity { what: format!("the certificate `{name}`"), trouble });
            if self.tls.as_ref().is_none_or(|tls| tls.client_authorities.is_none()) {
                return refused("no client shows one; name the authorities under `tls.client-authorities`");
            }
            if rustls::pki_types::DnsName::try_from(name.as_str()).is_err() {
                return refused("its name is no DNS name; give one like `gateway.shop.internal`");
            }
            if certificate.tenant.as_ref().is_some_and(|tenant| !self.tenants.contains_key(tenant)) {
                return refused("its tenant is not under `tenants`; add it there");
            }
            if self.certificates.iter().take(at).any(|other| other.name == *name) {
                return refused("an earlier one has this name; give each its own");
            }
        }
        Ok(())
    }

    fn check_issuers(&self) -> Result<(), ConfigError> {
        for jwt in &self.jwt {
            let what = format!("the identity provider `{}`", jwt.issuer);
            let refused = |trouble| Err(ConfigError::Identity { what: what.clone(), trouble });
            if jwt.keys_file.is_some() == jwt.keys_url.is_some() {
                return refused("give either `keys-file` or `keys-url`");
            }
            if jwt.keys_url.as_ref().is_some_and(|url| !leaves_encrypted(url)) {
                return refused(
                    "`keys-url` is neither an `https` address nor an `http` one on this machine; give one that is",
                );
            }
            if jwt.tenant.as_ref().is_some_and(|tenant| !self.tenants.contains_key(tenant)) {
                return refused("its tenant is not under `tenants`; add it there");
            }
            if jwt.tenant.is_some() && jwt.tenant_claim.is_some() {
                return refused("`tenant` and `tenant-claim` contradict each other; give one of them");
            }
            if jwt.areas.contains(&super::Area::Console) {
                return refused("the console takes tokens of the configuration alone; leave `console` out of `areas`");
            }
        }
        Ok(())
    }

    fn check_reviews(&self) -> Result<(), ConfigError> {
        let Some(reviews) = &self.reviews else { return Ok(()) };
        let bounds =
            [("waiting", reviews.waiting == 0), ("bytes", reviews.bytes == 0), ("expires", reviews.expires == 0)];
        let zero = bounds.into_iter().find(|(_, is_zero)| *is_zero);
        zero.map_or(Ok(()), |(name, _)| Err(ConfigError::ZeroReviews { name }))
    }

    fn check_routes(&self) -> Result<(), ConfigError> {
        let routes = self.routes.iter().map(|route| (&route.path, &route.upstream));
        let all: Vec<_> = routes.chain(self.mcp.iter().map(|server| (&server.path, &server.upstream))).collect();
        for ((path, upstream), at) in all.iter().zip(0_usize..) {
            check_route(path, upstream)?;
            if all.iter().take(at).any(|(other, _)| overlaps(other, path)) {
                return Err(ConfigError::RoutePath { path: (*path).clone() });
            }
        }
        for (server, at) in self.mcp.iter().zip(0_usize..) {
            let is_taken = self.mcp.iter().take(at).any(|other| other.name == server.name);
            if is_taken || !crate::wire::is_tool_name(&server.name) || server.name.contains('/') {
                return Err(ConfigError::McpName { name: server.name.clone() });
            }
        }
        Ok(())
    }

    fn check_templates(&self) -> Result<(), ConfigError> {
        let own = ["litellm", "openai", "dify", "lakera", "agentgateway", "portkey", "aliyun"];
        for (at, template) in self.contracts.templates.iter().enumerate() {
            let name = template.name.clone();
            if let Some(trouble) = template.trouble() {
                return Err(ConfigError::Template { name, trouble });
            }
            let mut others = self.contracts.templates.iter().take(at);
            if own.contains(&name.as_str()) || others.any(|other| other.name == name) {
                return Err(ConfigError::SameContract { name });
            }
        }
        Ok(())
    }

    fn check_aliyun(&self) -> Result<(), ConfigError> {
        let keys = &self.contracts.aliyun_keys;
        for (at, key) in keys.iter().enumerate() {
            let refused = |trouble| Err(ConfigError::AliyunKey { id: key.id.clone(), trouble });
            if key.tenant.as_ref().is_some_and(|tenant| !self.tenants.contains_key(tenant)) {
                return refused("its tenant is not under `tenants`; add it there");
            }
            if keys.iter().take(at).any(|other| other.id == key.id) {
                return refused("an earlier key has this id; give each its own");
            }
        }
        Ok(())
    }

    fn check_tokens(&self) -> Result<(), ConfigError> {
        for (at, token) in self.tokens.iter().enumerate() {
            let number = at.saturating_add(1);
            if self.tokens.iter().take(at).any(|other| other.sha256 == token.sha256) {
                return Err(ConfigError::SameToken { number });
            }
            let has_name = token.name.as_deref().is_some_and(|name| check_id(name).is_ok());
            if !token.reviews.is_empty() && !has_name {
                return Err(ConfigError::NamelessReviewer { number });
            }
            let Some(tenant) = &token.tenant else { continue };
            if !self.tenants.contains_key(tenant) {
                let near = nearest(tenant, self.tenants.keys().map(String::as_str)).unwrap_or("nothing").to_owned();
                return Err(ConfigError::Tenant { number, tenant: tenant.clone(), nearest: near });
            }
        }
        Ok(())
    }
}

/// Checks the path of a route and the address of its upstream.
fn check_route(path: &str, upstream: &str) -> Result<(), ConfigError> {
    let refused = || ConfigError::RoutePath { path: path.to_owned() };
    let inside = path.strip_prefix('/').ok_or_else(refused)?;
    let is_of_path = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'/');
    let first = inside.split('/').next().unwrap_or_default();
    if inside.is_empty()
        || inside.ends_with('/')
        || inside.contains("//")
        || !inside.bytes().all(is_of_path)
        || OWN.contains(&first)
    {
        return Err(refused());
    }
    let uri = upstream.parse::<hyper::Uri>().ok();
    let address = uri.as_ref().and_then(|uri| Some((uri.scheme_str()?, uri.host()?)));
    let (path, upstream) = (path.to_owned(), upstream.to_owned());
    match address {
        Some(("https", _)) => Ok(()),
        Some(("http", host)) if is_loopback(host) => Ok(()),
        Some(("http", _)) => Err(ConfigError::PlainUpstream { path, upstream }),
        _ => Err(ConfigError::Upstream { path, upstream }),
    }
}

/// Whether an address is one to which nothing goes that others can read: encrypted, or on this machine.
fn leaves_encrypted(url: &str) -> bool {
    let uri = url.parse::<hyper::Uri>().ok();
    match uri.as_ref().and_then(|uri| Some((uri.scheme_str()?, uri.host()?))) {
        Some(("https", _)) => true,
        Some(("http", host)) => is_loopback(host),
        _ => false,
    }
}

/// Whether a host is this machine.
fn is_loopback(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Whether one path lies in the other.
fn overlaps(one: &str, other: &str) -> bool {
    let lies_in = |path: &str, folder: &str| {
        path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    lies_in(one, other) || lies_in(other, one)
}

#[cfg(test)]
mod tests {
    use super::super::{Interfaces, TokenConfig, TokenDigest};
    use super::*;

    fn refused(text: &str) -> String {
        Config::parse(text).expect_err("it is refused").to_string()
    }

    fn route(path: &str, upstream: &str) -> String {
        format!("[[routes]]\npath = \"{path}\"\ninterface = \"openai\"\nupstream = \"{upstream}\"\n")
    }

    #[test]
    fn empty_configuration_is_the_default() {
        assert_eq!(Config::parse("").unwrap(), Config::default());
    }

    #[test]
    fn what_nobody_knows_is_an_error() {
        use std::error::Error;
        let error = Config::parse("listn = \"127.0.0.1:1\"").unwrap_err();
        assert!(error.source().unwrap().to_string().contains("listn"));
    }

    #[test]
    fn address_that_others_reach_is_encrypted_or_behind_a_proxy() {
        assert!(refused("listen = \"0.0.0.0:8787\"").contains("behind-proxy"));
        assert!(Config::parse("listen = \"0.0.0.0:8787\"\nbehind-proxy = true").is_ok());
        let tls = "listen = \"0.0.0.0:8787\"\n[tls]\ncertificates = \"a.pem\"\nkey = \"b.pem\"";
        assert!(Config::parse(tls).is_ok());
    }

    #[test]
    fn prompts_leave_the_machine_encrypted_alone() {
        assert!(Config::parse(&route("/openai", "https://api.example/v1")).is_ok());
        assert!(Config::parse(&route("/openai", "http://[::1]:9/v1")).is_ok());
        assert!(refused(&route("/openai", "http://api.example/v1")).contains("not encrypted"));
        assert!(refused(&route("/openai", "api.example")).contains("is no address"));
    }

    #[test]
    fn routes_do_not_cover_each_other_or_the_servers_own_paths() {
        let up = "https://api.example";
        for path in ["openai", "/", "/a/", "/a//b", "/v1", "/v1/chat", "/livez", "/a?b"] {
            assert!(refused(&route(path, up)).contains("cannot be used"), "{path}");
        }
        let two = |one: &str, other: &str| format!("{}{}", route(one, up), route(other, up));
        assert!(Config::parse(&two("/a", "/b")).is_ok());
        assert!(Config::parse(&two("/a", "/ab")).is_ok());
        assert!(refused(&two("/a", "/a/b")).contains("`/a/b`"));
    }

    #[test]
    fn token_leads_to_a_tenant_that_is_there_and_is_one_of_its_own() {
        let token =
            |tenant: &str| format!("[[tokens]]\nsha256 = \"{}\"\ntenant = \"{tenant}\"\n", TokenDigest::of("x"));
        assert!(refused(&format!("{}[tenants.shop]\n", token("shpo"))).contains("nearest is `shop`"));
        assert!(refused(&format!("{}{}[tenants.shop]\n", token("shop"), token("shop"))).contains("token 2"));
        let config = Config::parse(&format!("{}[tenants.shop]\n", token("shop"))).unwrap();
        let expected = TokenConfig {
            sha256: TokenDigest::of("x"),
            name: None,
            tenant: Some("shop".to_owned()),
            areas: super::super::Area::all(),
            sources: Vec::new(),
            role: super::super::Role::Viewer,
            reviews: Vec::new(),
            until: None,
        };
        assert_eq!(config.tokens, [expected]);
    }

    #[test]
    fn measures_leave_the_machine_encrypted_alone() {
        let webhook = |url: &str| format!("[webhook]\nurl = \"{url}\"\nkey-file = \"key\"\nfolder = \"measures\"");
        assert!(Config::parse(&webhook("https://ops.example/measures")).is_ok());
        assert!(Config::parse(&webhook("http://127.0.0.1:9/measures")).is_ok());
        for url in ["http://ops.example", "ops.example"] {
            assert!(refused(&webhook(url)).contains("`https`"), "{url}");
            assert!(refused(&format!("[traces]\nurl = \"{url}\"")).contains("`traces.url`"), "{url}");
        }
    }

    #[test]
    fn who_decides_on_reviews_has_a_name() {
        let token = |name: &str| {
            format!("[[tokens]]\nsha256 = \"{}\"\n{name}reviews = [\"editor-in-chief\"]\n", TokenDigest::of("x"))
        };
        assert!(refused(&token("")).contains("has no `name`"));
        assert!(refused(&token("name = \"王 编\"\n")).contains("has no `name`"));
        assert!(Config::parse(&token("name = \"wang\"\n")).is_ok());
        assert!(refused("[reviews]\nfolder = \"r\"\nkey-file = \"k\"\nwaiting = 0").contains("reviews.waiting"));
    }

    #[test]
    fn certificates_and_identity_providers_that_could_not_serve_are_refused() {
        let certificate = |more: &str| format!("[[certificates]]\nname = \"gw.internal\"\n{more}");
        assert!(refused(&certificate("")).contains("client-authorities"));
        let tls = "[tls]\ncertificates = \"a\"\nkey = \"b\"\nclient-authorities = \"c\"\n";
        assert!(Config::parse(&certificate(tls)).is_ok());
        assert!(refused(&certificate(&format!("tenant = \"shop\"\n{tls}"))).contains("add it there"));
        let jwt = |more: &str| format!("[[jwt]]\nissuer = \"i\"\naudience = \"a\"\n{more}\n");
        assert!(refused(&jwt("")).contains("either"));
        assert!(refused(&jwt("keys-url = \"http://id.example/keys\"")).contains("https"));
        assert!(Config::parse(&jwt("keys-url = \"http://127.0.0.1:9/keys\"")).is_ok());
        assert!(refused(&jwt("keys-file = \"k\"\nareas = [\"console\"]")).contains("console"));
        assert!(refused(&jwt("keys-file = \"k\"\ntenant = \"shop\"")).contains("add it there"));
    }

    #[test]
    fn bound_of_zero_is_refused() {
        assert!(refused("[bounds]\nwaiting = 0").contains("bounds.waiting"));
    }

    #[test]
    fn defaults_of_a_route_end_stopped_answers_as_the_interface_has_it() {
        let config = Config::parse(&route("/openai", "https://api.example/v1")).unwrap();
        let route = &config.routes[0];
        assert_eq!((route.interface, route.block), (Interfaces::Openai, crate::wire::BlockStyle::Filter));
    }
}
