//! The configuration as it is used: looked up for each request, replaced as a whole.

use std::collections::HashMap;
use std::io;
use std::path::Path;
use std::sync::Arc;

use hyper::header::{HeaderName, HeaderValue};
use hyper::{HeaderMap, Uri};
use specialis::core::Date;

use super::caller::{Caller, Entry};
use super::error::ServeError;
use super::file::key_text;
use super::jwt::{self, Issuer, KeySets};
use super::peer::Asking;
use super::problem::Problem;
use crate::config::{Area, Config, McpConfig, Route, TokenDigest};
use crate::proxy::{MediaRoute, is_list_of_models};
use crate::wire::Interface;

/// The configuration in force.
pub(crate) struct Settings {
    pub(crate) config: Config,
    tokens: HashMap<TokenDigest, Arc<Entry>>,
    /// Those who call with a certificate, by a name in it.
    certificates: Vec<(String, Arc<Entry>)>,
    issuers: Vec<Issuer>,
    /// Keys of issuers that stand behind addresses.
    pub(crate) key_sets: Arc<KeySets>,
    /// The secrets of Aliyun's contract, by the id of the key.
    aliyun: HashMap<String, (String, Arc<Entry>)>,
    routes: Vec<Arc<RouteTo>>,
    mcp: Vec<Arc<McpTo>>,
    hosts: Vec<String>,
}

/// A route with what is needed to pass a request on.
pub(crate) struct RouteTo {
    pub(crate) route: Route,
    key: Option<HeaderValue>,
    pub(crate) headers: Vec<HeaderName>,
}

/// A server of tools with what is needed to pass a message on.
pub(crate) struct McpTo {
    pub(crate) config: McpConfig,
    /// What its key is sent as.
    pub(crate) authorization: Option<HeaderValue>,
}

impl Settings {
    /// Makes a configuration usable: reads the keys of upstreams and issuers.
    ///
    /// # Errors
    /// Where a key cannot be read.
    pub(crate) fn new(config: Config) -> Result<Self, ServeError> {
        Self::with_keys(config, Arc::default())
    }

    /// The same, with keys that were fetched for a configuration before.
    ///
    /// # Errors
    /// Where a key cannot be read.
    pub(crate) fn with_keys(config: Config, key_sets: Arc<KeySets>) -> Result<Self, ServeError> {
        let tokens = config.tokens.iter().map(|token| {
            let tenant = token.tenant.as_ref().and_then(|id| config.tenants.get_key_value(id));
            (token.sha256, Arc::new(Entry::new(token, tenant)))
        });
        let tokens = tokens.collect();
        let certificates = config.certificates.iter().map(|certificate| {
            let tenant = certificate.tenant.as_ref().and_then(|id| config.tenants.get_key_value(id));
            (certificate.name.clone(), Arc::new(Entry::of_certificate(certificate, tenant)))
        });
        let certificates = certificates.collect();
        let issuers = config.jwt.iter().map(|jwt| Issuer::new(jwt, &config)).collect::<Result<_, _>>()?;
        let aliyun = config.contracts.aliyun_keys.iter().map(|key| {
            let tenant = key.tenant.as_ref().and_then(|id| config.tenants.get_key_value(id));
            let secret = read_key("contracts.aliyun-keys.secret-file", &key.secret_file)?;
            Ok((key.id.clone(), (secret, Arc::new(Entry::of_gateway(tenant)))))
        });
        let aliyun = aliyun.collect::<Result<_, ServeError>>()?;
        let routes = config.routes.iter().map(|route| RouteTo::new(route).map(Arc::new)).collect::<Result<_, _>>()?;
        let mcp = config.mcp.iter().map(|server| McpTo::new(server).map(Arc::new)).collect::<Result<_, _>>()?;
        let mut hosts: Vec<String> = config.hosts.iter().map(|host| host.to_ascii_lowercase()).collect();
        hosts.extend(["localhost", "127.0.0.1", "[::1]"].map(str::to_owned));
        hosts.push(match config.listen.ip() {
            ip if ip.is_ipv6() => format!("[{ip}]"),
            ip => ip.to_string(),
        });
        Ok(Self { tokens, certificates, issuers, key_sets, aliyun, routes, mcp, hosts, config })
    }

    /// Who calls, if it may call here.
    ///
    /// # Errors
    /// Where there is neither a token nor a certificate that counts, and callers without one are not let in.
    pub(crate) fn caller<'a>(&self, asking: impl Into<Asking<'a>>, area: Area, today: Date) -> Result<Caller, Problem> {
        let Asking { headers, peer } = asking.into();
        let Some(token) = Caller::token(headers) else {
            let known = peer.and_then(|peer| self.certificates.iter().find(|(name, _)| peer.has_name(name)));
            if let Some((_, entry)) = known {
                return Caller::of(entry.clone()).admit(area, today);
            }
            if self.config.anonymous && !matches!(area, Area::Metrics | Area::Console) {
                return Ok(Caller::anonymous());
            }
            return Err(Problem::unauthorized("there is no token; send `authorization: Bearer TOKEN`"));
        };
        let caller = match self.tokens.get(&TokenDigest::of(token)) {
            Some(entry) => Caller::of(entry.clone()),
            None if jwt::is_signed(token) && !self.issuers.is_empty() => {
                jwt::caller(&self.issuers, &self.key_sets, token)?
            }
            None => return Err(Problem::unauthorized("the token is not known here; check it")),
        };
        caller.admit(area, today)
    }

    /// The secret of a key of Aliyun's contract, and who calls with it.
    pub(crate) fn aliyun_key(&self, id: &str) -> Option<(&str, Caller)> {
        self.aliyun.get(id).map(|(secret, entry)| (secret.as_str(), Caller::of(entry.clone())))
    }

    /// Refuses what a web page sends that has no business here: a name that was pointed at this address, or another origin.
    ///
    /// # Errors
    /// Where `Host` or `Origin` is not one that the configuration names.
    pub(crate) fn check_origin(&self, headers: &HeaderMap, uri: &Uri) -> Result<(), Problem> {
        self.check_host(headers, uri)?;
        let Some(origin) = headers.get(hyper::header::ORIGIN) else { return Ok(()) };
        if self.config.origins.iter().any(|known| known.as_bytes() == origin.as_bytes()) {
            return Ok(());
        }
        Err(Problem::forbidden("web pages of this origin may not call; add it to `origins`"))
    }

    /// Refuses what a web page sends to the console that is not the console's own.
    ///
    /// # Errors
    /// Where `Host` is not one that the configuration names, or `Origin` is another one.
    pub(crate) fn check_own_origin(&self, headers: &HeaderMap, uri: &Uri) -> Result<(), Problem> {
        let host = self.check_host(headers, uri)?;
        let Some(origin) = headers.get(hyper::header::ORIGIN) else { return Ok(()) };
        let origin = origin.to_str().unwrap_or_default();
        // Behind a proxy that does TLS, pages have another scheme than requests.
        let scheme = if self.config.tls.is_some() { None } else { origin.strip_prefix("http://") };
        if origin.strip_prefix("https://").or(scheme) == Some(host) {
            return Ok(());
        }
        Err(Problem::forbidden("the console takes forms of its own pages alone; open it under the name that you use"))
    }

    fn check_host<'a>(&self, headers: &'a HeaderMap, uri: &'a Uri) -> Result<&'a str, Problem> {
        let host = headers.get(hyper::header::HOST).map(|host| host.to_str().unwrap_or_default());
        let host = host.or_else(|| uri.authority().map(|authority| authority.as_str())).unwrap_or_default();
        if self.hosts.contains(&without_port(host).to_ascii_lowercase()) {
            return Ok(host);
        }
        Err(Problem::forbidden("the name in `Host` is not one of this server; add it to `hosts`"))
    }

    /// The server of tools at a path.
    pub(crate) fn mcp(&self, path: &str) -> Option<Arc<McpTo>> {
        self.mcp.iter().find(|to| to.config.path == path.strip_suffix('/').unwrap_or(path)).cloned()
    }

    /// The route of media that a path lies on.
    pub(crate) fn media_route(&self, path: &str) -> Option<(Arc<RouteTo>, MediaRoute)> {
        self.routes.iter().find_map(|to| {
            let rest = path.strip_prefix(to.route.path.as_str())?;
            MediaRoute::at(to.route.interface, rest).map(|route| (to.clone(), route))
        })
    }

    /// The route whose list of models a path is.
    pub(crate) fn models_route(&self, path: &str) -> Option<Arc<RouteTo>> {
        let is_list = |to: &&Arc<RouteTo>| {
            let rest = path.strip_prefix(to.route.path.as_str());
            rest.is_some_and(|rest| is_list_of_models(to.route.interface, rest))
        };
        self.routes.iter().find(is_list).cloned()
    }

    /// The route that a path lies on, with the interface that the rest of the path names.
    pub(crate) fn route(&self, path: &str) -> Option<(Arc<RouteTo>, Interface)> {
        self.routes.iter().find_map(|to| {
            let rest = path.strip_prefix(to.route.path.as_str())?;
            let interface = Interface::at(to.route.interface, rest)?;
            Some((to.clone(), interface))
        })
    }
}

impl McpTo {
    fn new(server: &McpConfig) -> Result<Self, ServeError> {
        let file = server.key_file.as_deref();
        let authorization = file.map(|file| header_of("mcp.key-file", file, "Bearer ")).transpose()?;
        Ok(Self { config: server.clone(), authorization })
    }
}

impl RouteTo {
    fn new(route: &Route) -> Result<Self, ServeError> {
        let key = route.key_file.as_deref().map(|file| header_of("routes.key-file", file, "")).transpose()?;
        let headers = route.headers.iter().filter_map(|name| name.parse().ok()).collect();
        Ok(Self { route: route.clone(), key, headers })
    }

    /// The key of the upstream.
    pub(crate) fn key(&self) -> Option<&HeaderValue> {
        self.key.as_ref()
    }
}

/// The key in a file as the value of a header. `name` is what names the file in the configuration.
pub(super) fn header_of(name: &'static str, file: &Path, scheme: &str) -> Result<HeaderValue, ServeError> {
    let key = HeaderValue::from_str(&format!("{scheme}{}", read_key(name, file)?));
    let mut key = key.map_err(|error| ServeError::Key {
        name,
        file: file.display().to_string(),
        source: io::Error::new(io::ErrorKind::InvalidData, error),
    })?;
    key.set_sensitive(true);
    Ok(key)
}

/// What a file with a key alone holds.
fn read_key(name: &'static str, file: &Path) -> Result<String, ServeError> {
    let text = key_text(file).map_err(|source| ServeError::Key { name, file: file.display().to_string(), source })?;
    Ok(text.trim().to_owned())
}

/// A host without its port; an address in brackets keeps them.
fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) && !name.ends_with(':') => name,
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_is_compared_without_its_port() {
        let table =
            [("a:1", "a"), ("a", "a"), ("[::1]:80", "[::1]"), ("[::1]", "[::1]"), ("127.0.0.1:8787", "127.0.0.1")];
        for (host, name) in table {
            assert_eq!(without_port(host), name, "{host}");
        }
    }

    #[test]
    fn web_pages_of_other_origins_and_names_that_point_here_are_refused() {
        let config = Config::parse("hosts = [\"guard.example\"]\norigins = [\"https://app.example\"]").unwrap();
        let settings = Settings::new(config).unwrap();
        let check = |host: &str, origin: Option<&str>| {
            let mut headers = HeaderMap::new();
            headers.insert("host", host.parse().unwrap());
            if let Some(origin) = origin {
                headers.insert("origin", origin.parse().unwrap());
            }
            settings.check_origin(&headers, &Uri::from_static("/v1/decide")).is_ok()
        };
        assert!(check("localhost:8787", None) && check("Guard.Example", None));
        assert!(check("guard.example", Some("https://app.example")));
        assert!(!check("attacker.example", None));
        assert!(!check("localhost:8787", Some("https://attacker.example")));
        assert!(!check("localhost:8787", Some("null")));
        let own = |host: &str, origin: &str| {
            let headers = [("host", host), ("origin", origin)];
            let headers = headers.map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
            settings.check_own_origin(&headers.into_iter().collect(), &Uri::from_static("/console")).is_ok()
        };
        assert!(own("localhost:8787", "http://localhost:8787") && own("guard.example", "https://guard.example"));
        for (host, origin) in [
            ("localhost:8787", "http://localhost:1"),
            ("localhost:8787", "null"),
            ("localhost:8787", "https://app.example"),
            ("attacker.example", "http://attacker.example"),
        ] {
            assert!(!own(host, origin), "{host} {origin}");
        }
    }
}
