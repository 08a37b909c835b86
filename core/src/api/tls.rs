//! TLS by rustls with ring, and the platform's CA certificates, read only when a handshake needs them.
//!
//! Reading the CA directory costs milliseconds on every start and fails on images without a bundle
//! even for loopback, so the verifier is built at the first handshake.

use std::fmt;
use std::sync::{Arc, OnceLock};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, OtherError, RootCertStore, SignatureScheme};

/// The machine has no CA certificates at all.
#[derive(Debug, thiserror::Error)]
#[error("no CA certificates on this machine")]
pub(super) struct NoRoots;

/// The server's certificate was issued by itself, and is not trusted.
#[derive(Debug, thiserror::Error)]
#[error("the certificate is self-signed")]
pub(super) struct SelfSigned;

/// Names what hides behind "unknown issuer", behind a CA certificate in a server's place and, where a
/// trusted one has the same name, behind a bad signature. Turns one refusal into another, never into
/// trust.
fn named(refusal: rustls::Error, end_entity: &CertificateDer<'_>) -> rustls::Error {
    use rustls::CertificateError as C;
    let another_fault = matches!(
        refusal,
        rustls::Error::InvalidCertificate(
            C::Expired
                | C::ExpiredContext { .. }
                | C::NotValidYet
                | C::NotValidYetContext { .. }
                | C::NotValidForName
                | C::NotValidForNameContext { .. }
                | C::Revoked
        )
    );
    let self_issued = webpki::EndEntityCert::try_from(end_entity)
        .is_ok_and(|certificate| certificate.issuer() == certificate.subject());
    if self_issued && !another_fault {
        rustls::Error::Other(OtherError(Arc::new(SelfSigned)))
    } else {
        refusal
    }
}

/// Whether all that a certificate lacks is somebody who vouches for it as a server's: its times were
/// found good before.
fn lacks_an_issuer(refusal: &rustls::Error) -> bool {
    use rustls::CertificateError as C;
    match refusal {
        rustls::Error::InvalidCertificate(C::UnknownIssuer) => true,
        rustls::Error::InvalidCertificate(C::Other(other)) => {
            let cause = other.0.downcast_ref::<webpki::Error>();
            cause == Some(&webpki::Error::CaUsedAsEndEntity)
        }
        _ => false,
    }
}

/// Why a CA bundle cannot be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("no usable certificate in it: PEM blocks `BEGIN CERTIFICATE` are accepted")]
pub struct CaBundleError;

/// Reads the certificates of a PEM bundle (`--cacert`); one that cannot be a trust anchor is an error.
pub fn ca_bundle(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, CaBundleError> {
    let certificates = CertificateDer::pem_slice_iter(pem)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|_| CaBundleError)?;
    let mut roots = RootCertStore::empty();
    for certificate in &certificates {
        roots.add(certificate.clone()).map_err(|_| CaBundleError)?;
    }
    if certificates.is_empty() {
        return Err(CaBundleError);
    }
    Ok(certificates)
}

/// The client configuration: TLS 1.2 and 1.3, HTTP/1.1, lazy platform verifier plus `extra_roots`.
pub(super) fn client_config(
    extra_roots: Vec<CertificateDer<'static>>,
) -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = LazyVerifier {
        extra: extra_verifier(&extra_roots, &provider),
        provider: Arc::clone(&provider),
        extra_roots,
        built: OnceLock::new(),
    };
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

/// A verifier that trusts the roots of `--cacert` and no others; none if there are none.
fn extra_verifier(
    roots: &[CertificateDer<'static>],
    provider: &Arc<CryptoProvider>,
) -> Option<Arc<WebPkiServerVerifier>> {
    let mut store = RootCertStore::empty();
    store.add_parsable_certificates(roots.iter().cloned());
    WebPkiServerVerifier::builder_with_provider(Arc::new(store), Arc::clone(provider))
        .build()
        .ok()
}

/// The platform's verifier, built at the first handshake that needs it. It only delays: a chain that
/// leads to a root of `--cacert`, or to nothing but a certificate that stands there itself, is good
/// without the system's as well.
struct LazyVerifier {
    provider: Arc<CryptoProvider>,
    extra: Option<Arc<WebPkiServerVerifier>>,
    extra_roots: Vec<CertificateDer<'static>>,
    built: OnceLock<Option<rustls_platform_verifier::Verifier>>,
}

impl fmt::Debug for LazyVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LazyVerifier").finish_non_exhaustive()
    }
}

impl LazyVerifier {
    fn platform(&self) -> Result<&rustls_platform_verifier::Verifier, rustls::Error> {
        self.built
            .get_or_init(|| {
                use rustls_platform_verifier::Verifier;
                let provider = Arc::clone(&self.provider);
                // Windows makes a chain engine of its own for extra roots, but not for none of them.
                if self.extra_roots.is_empty() {
                    return Verifier::new(provider).ok();
                }
                Verifier::new_with_extra_roots(self.extra_roots.iter().cloned(), provider).ok()
            })
            .as_ref()
            .ok_or_else(|| rustls::Error::Other(OtherError(Arc::new(NoRoots))))
    }
}

impl ServerCertVerifier for LazyVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if let Some(extra) = &self.extra {
            match extra
                .verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
            {
                Ok(verified) => return Ok(verified),
                // Named exactly by whoever runs this, it is trusted as it is, and for its own host.
                Err(refusal)
                    if self.extra_roots.contains(end_entity) && lacks_an_issuer(&refusal) =>
                {
                    rustls::client::verify_server_name(&end_entity.try_into()?, server_name)?;
                    return Ok(ServerCertVerified::assertion());
                }
                Err(_) => {}
            }
        }
        self.platform()?
            .verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
            .map_err(|refusal| named(refusal, end_entity))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, cert, dss, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, cert, dss, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::ca_bundle;

    #[test]
    fn a_bundle_without_certificates_is_refused() {
        for bad in [
            "",
            "hello",
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        ] {
            assert!(ca_bundle(bad.as_bytes()).is_err(), "{bad:?}");
        }
    }
}
