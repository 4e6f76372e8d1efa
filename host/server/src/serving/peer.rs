//! Who is at the other end of a connection, as its certificate says.

use std::sync::Arc;

use axum::body::Body;
use hyper::{HeaderMap, Request};
use rustls::client::verify_server_name;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::server::ParsedCertificate;

/// The certificate that a client showed, of an authority that the configuration names.
#[derive(Clone, Debug)]
pub(crate) struct Peer(Arc<CertificateDer<'static>>);

impl Peer {
    /// Of the certificates of a connection, its own first.
    pub(super) fn of(certificates: Option<&[CertificateDer<'static>]>) -> Option<Self> {
        certificates?.first().map(|own| Self(Arc::new(own.clone().into_owned())))
    }

    /// Whether the certificate has a DNS name.
    pub(super) fn has_name(&self, name: &str) -> bool {
        let parsed = ParsedCertificate::try_from(&*self.0);
        let name = ServerName::try_from(name.to_owned());
        matches!((parsed, name), (Ok(parsed), Ok(name)) if verify_server_name(&parsed, &name).is_ok())
    }
}

/// What a request shows of who asks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asking<'a> {
    pub(super) headers: &'a HeaderMap,
    pub(super) peer: Option<&'a Peer>,
}

impl<'a> From<&'a Request<Body>> for Asking<'a> {
    fn from(request: &'a Request<Body>) -> Self {
        Self { headers: request.headers(), peer: request.extensions().get() }
    }
}

impl<'a> From<&'a HeaderMap> for Asking<'a> {
    fn from(headers: &'a HeaderMap) -> Self {
        Self { headers, peer: None }
    }
}
