//! Who calls: what its token leads to.

use std::sync::Arc;

use hyper::HeaderMap;
use hyper::header::{AUTHORIZATION, HeaderName};
use specialis::core::{Context, Date, SourceId};

use super::problem::Problem;
use crate::config::{Area, CertificateConfig, JwtConfig, Role, TenantConfig, TokenConfig};
use crate::reviews::Reviewer;

/// What is known of a token.
#[derive(Debug)]
pub(super) struct Entry {
    tenant: Option<(Arc<str>, TenantConfig)>,
    areas: Vec<Area>,
    sources: Vec<SourceId>,
    role: Role,
    reviewer: Option<Reviewer>,
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
            reviewer: reviewer_of(token),
            until: token.until,
            headers,
        }
    }

    /// Who calls with a token of an identity provider, on behalf of a tenant.
    pub(super) fn of_issuer(jwt: &JwtConfig, tenant: Option<(&String, &TenantConfig)>) -> Self {
        Self { areas: jwt.areas.clone(), sources: jwt.sources.clone(), ..Self::of_gateway(tenant) }
    }

    /// Who calls with a certificate, on behalf of a tenant.
    pub(super) fn of_certificate(certificate: &CertificateConfig, tenant: Option<(&String, &TenantConfig)>) -> Self {
        Self {
            areas: certificate.areas.clone(),
            sources: certificate.sources.clone(),
            until: certificate.until,
            ..Self::of_gateway(tenant)
        }
    }

    /// A gateway that signs its requests, on behalf of a tenant.
    pub(super) fn of_gateway(tenant: Option<(&String, &TenantConfig)>) -> Self {
        Self {
            tenant: tenant.map(|(id, tenant)| (Arc::from(id.as_str()), tenant.clone())),
            areas: vec![Area::Contracts],
            sources: Vec::new(),
            role: Role::default(),
            reviewer: None,
            until: None,
            headers: fact_headers(tenant.map(|(_, tenant)| tenant)),
        }
    }

    /// Whether the token may be used here and today.
    fn admit(&self, area: Area, today: Date) -> Result<(), Problem> {
        if self.until.is_some_and(|until| today > until) {
            return Err(Problem::unauthorized("the token or certificate has expired; get a new one"));
        }
        if !self.areas.contains(&area) {
            return Err(Problem::forbidden(
                "the token or certificate is not for this part of the server; get one that is",
            ));
        }
        Ok(())
    }
}

/// Who decides on reviews with a token, where somebody may.
fn reviewer_of(token: &TokenConfig) -> Option<Reviewer> {
    let (name, roles) = (token.name.clone()?, token.reviews.clone());
    (!roles.is_empty()).then(|| Reviewer { name, tenant: token.tenant.clone(), roles })
}

/// Header names with the paths of the facts that they carry.
fn fact_headers(tenant: Option<&TenantConfig>) -> Vec<(HeaderName, String)> {
    let headers = tenant.into_iter().flat_map(|tenant| &tenant.headers);
    headers.filter_map(|(fact, name)| Some((name.parse().ok()?, fact.clone()))).collect()
}

/// Who calls. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    entry: Option<Arc<Entry>>,
    /// Facts that the claims of its token carry.
    claims: Option<Arc<Context>>,
}

impl Caller {
    /// Somebody without a token.
    pub(crate) fn anonymous() -> Self {
        Self { entry: None, claims: None }
    }

    pub(super) fn of(entry: Arc<Entry>) -> Self {
        Self { entry: Some(entry), claims: None }
    }

    /// Somebody with a token whose claims carry facts.
    pub(super) fn with_claims(entry: Arc<Entry>, claims: Option<Arc<Context>>) -> Self {
        Self { entry: Some(entry), claims }
    }

    /// Refuses who may not be here, or not any more.
    ///
    /// # Errors
    /// Where it may not.
    pub(super) fn admit(self, area: Area, today: Date) -> Result<Self, Problem> {
        self.entry.iter().try_for_each(|entry| entry.admit(area, today)).map(|()| self)
    }

    /// Facts that the claims of its token carry.
    pub(super) fn claims(&self) -> Option<&Context> {
        self.claims.as_deref()
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
        self.entry.as_ref().and_then(|entry| entry.tenant.as_ref())
    }

    /// What it may do in the console; nothing without a token.
    pub(crate) fn role(&self) -> Option<Role> {
        self.entry.as_ref().map(|entry| entry.role)
    }

    /// Who decides on reviews with its token, where somebody may.
    pub(crate) fn reviewer(&self) -> Option<&Reviewer> {
        self.entry.as_ref().and_then(|entry| entry.reviewer.as_ref())
    }

    /// Facts of each session of the tenant.
    pub(crate) fn facts(&self) -> Option<&Context> {
        self.tenant_config().map(|tenant| &tenant.facts)
    }

    /// Whether facts count that the caller asserts under a source.
    pub(crate) fn may_assert_as(&self, source: &SourceId) -> bool {
        self.entry.as_ref().is_some_and(|entry| entry.sources.contains(source))
    }

    /// Header names with the paths of the facts that they carry.
    pub(crate) fn fact_headers(&self) -> &[(HeaderName, String)] {
        self.entry.as_ref().map_or(&[], |entry| entry.headers.as_slice())
    }
}
