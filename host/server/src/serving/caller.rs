//! Who calls: what its token leads to.

use std::sync::Arc;

use hyper::HeaderMap;
use hyper::header::{AUTHORIZATION, HeaderName};
use specialis::core::{Context, Date, SourceId};

use super::problem::Problem;
use crate::config::{Area, Role, TenantConfig, TokenConfig};

/// What is known of a token.
#[derive(Debug)]
pub(super) struct Entry {
    tenant: Option<(Arc<str>, TenantConfig)>,
    areas: Vec<Area>,
    sources: Vec<SourceId>,
    role: Role,
    until: Option<Date>,
    /// Header names with the paths of the facts that they carry.
    headers: Vec<(HeaderName, String)>,
}

impl Entry {
    pub(super) fn new(token: &TokenConfig, tenant: Option<(&String, &TenantConfig)>) -> Self {
        let headers = fact_headers(tenant.map(|(_, tenant)| tenant));
        Self {
            tenant: tenant.map(|(id, tenant)| (Arc::from(id.as_str()), tenant.clone())),
            areas: token.areas.clone(),
            sources: token.sources.clone(),
            role: token.role,
            until: token.until,
            headers,
        }
    }

    /// A gateway that signs its requests, on behalf of a tenant.
    pub(super) fn of_gateway(tenant: Option<(&String, &TenantConfig)>) -> Self {
        Self {
            tenant: tenant.map(|(id, tenant)| (Arc::from(id.as_str()), tenant.clone())),
            areas: vec![Area::Contracts],
            sources: Vec::new(),
            role: Role::default(),
            until: None,
            headers: fact_headers(tenant.map(|(_, tenant)| tenant)),
        }
    }

    /// Whether the token may be used here and today.
    pub(super) fn admit(&self, area: Area, today: Date) -> Result<(), Problem> {
        if self.until.is_some_and(|until| today > until) {
            return Err(Problem::unauthorized("the token has expired; get a new one"));
        }
        if !self.areas.contains(&area) {
            return Err(Problem::forbidden("the token is not for this part of the server; get one that is"));
        }
        Ok(())
    }
}

/// Header names with the paths of the facts that they carry.
fn fact_headers(tenant: Option<&TenantConfig>) -> Vec<(HeaderName, String)> {
    let headers = tenant.into_iter().flat_map(|tenant| &tenant.headers);
    headers.filter_map(|(fact, name)| Some((name.parse().ok()?, fact.clone()))).collect()
}

/// Who calls. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Caller(Option<Arc<Entry>>);

impl Caller {
    /// Somebody without a token.
    pub(crate) fn anonymous() -> Self {
        Self(None)
    }

    pub(super) fn of(entry: Arc<Entry>) -> Self {
        Self(Some(entry))
    }

    /// The token of a request: as OpenAI's clients and most others send it, or as Anthropic's do.
    pub(super) fn token(headers: &HeaderMap) -> Option<&str> {
        let bearer = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let bearer = bearer.and_then(|value| {
            let (scheme, token) = value.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
        });
        bearer.or_else(|| headers.get("x-api-key").and_then(|value| value.to_str().ok()))
    }

    /// The id of the tenant.
    pub(crate) fn tenant(&self) -> &str {
        self.of_tenant().map_or("", |(id, _)| id)
    }

    /// What the configuration says of the tenant.
    pub(crate) fn tenant_config(&self) -> Option<&TenantConfig> {
        self.of_tenant().map(|(_, tenant)| tenant)
    }

    fn of_tenant(&self) -> Option<&(Arc<str>, TenantConfig)> {
        self.0.as_ref().and_then(|entry| entry.tenant.as_ref())
    }

    /// What it may do in the console; nothing without a token.
    pub(crate) fn role(&self) -> Option<Role> {
        self.0.as_ref().map(|entry| entry.role)
    }

    /// Facts of each session of the tenant.
    pub(crate) fn facts(&self) -> Option<&Context> {
        self.tenant_config().map(|tenant| &tenant.facts)
    }

    /// Whether facts count that the caller asserts under a source.
    pub(crate) fn may_assert_as(&self, source: &SourceId) -> bool {
        self.0.as_ref().is_some_and(|entry| entry.sources.contains(source))
    }

    /// Header names with the paths of the facts that they carry.
    pub(crate) fn fact_headers(&self) -> &[(HeaderName, String)] {
        self.0.as_ref().map_or(&[], |entry| entry.headers.as_slice())
    }
}
