//! TLS of the listener, by rustls.

use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tokio_rustls::TlsAcceptor;

use super::error::ServeError;
use crate::config::Tls;

/// The most bytes of a file with certificates.
const MAX_PEM: u64 = 16 << 20;

/// What names the files in the configuration.
const CERTIFICATES: &str = "tls.certificates";
const KEY: &str = "tls.key";
const AUTHORITIES: &str = "tls.client-authorities";

/// Makes what takes encrypted connections.
///
/// # Errors
/// Where a file cannot be read, or holds something else.
pub(crate) fn acceptor(tls: &Tls) -> Result<TlsAcceptor, ServeError> {
    let certificates = certificates(CERTIFICATES, &tls.certificates)?;
    let key = read((KEY, &tls.key), "a private key")?;
    let key = PrivateKeyDer::from_pem_slice(&key).map_err(|e| failed((KEY, &tls.key), "a private key", e))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|e| failed((CERTIFICATES, &tls.certificates), "certificates", e))?;
    let builder = match &tls.client_authorities {
        None => builder.with_no_client_auth(),
        Some(file) => {
            let mut roots = RootCertStore::empty();
            roots.add_parsable_certificates(self::certificates(AUTHORITIES, file)?);
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            let verifier = if tls.clients_without { verifier.allow_unauthenticated() } else { verifier };
            builder.with_client_cert_verifier(
                verifier.build().map_err(|e| failed((AUTHORITIES, file), "certificates of authorities", e))?,
            )
        }
    };
    let config = builder.with_single_cert(certificates, key);
    let mut config = config.map_err(|e| failed((KEY, &tls.key), "the private key of the first certificate", e))?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

fn certificates(name: &'static str, file: &Path) -> Result<Vec<CertificateDer<'static>>, ServeError> {
    let bytes = read((name, file), "certificates")?;
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
    match all {
        Ok(all) if !all.is_empty() => Ok(all),
        Ok(_) => Err(failed((name, file), "certificates", "it holds none")),
        Err(error) => Err(failed((name, file), "certificates", error)),
    }
}

fn read((name, file): (&'static str, &Path), wanted: &'static str) -> Result<Vec<u8>, ServeError> {
    super::file::read(file, MAX_PEM).map_err(|e| failed((name, file), wanted, e))
}

fn failed(
    (name, file): (&'static str, &Path),
    wanted: &'static str,
    source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> ServeError {
    ServeError::Tls { name, file: file.display().to_string(), wanted, source: source.into() }
}
