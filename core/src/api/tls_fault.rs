//! What a TLS handshake failed at.

/// Which fault a certificate has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TlsFault {
    /// Its time is over.
    #[error("its certificate has expired")]
    Expired,
    /// Its time has not begun.
    #[error("its certificate is not valid yet")]
    NotYetValid,
    /// It is for another host.
    #[error("its certificate is for another host")]
    WrongHost,
    /// It vouches for itself, and nobody here trusts it.
    #[error("its certificate is self-signed")]
    SelfSigned,
    /// Its issuer is not trusted here.
    #[error("its certificate is from an issuer that is unknown to this machine")]
    UnknownIssuer,
    /// It was revoked.
    #[error("its certificate was revoked")]
    Revoked,
    /// This machine has no CA certificates to check it with.
    #[error("this machine has no CA certificates to check it with")]
    NoRoots,
    /// Something else about the certificate.
    #[error("its certificate cannot be accepted")]
    BadCertificate,
    /// Not a certificate matter: no common version or cipher, or no TLS at all.
    #[error("no TLS connection could be agreed on")]
    Handshake,
}

/// Finds rustls' own error in a chain, also inside `io::Error`s, which hide theirs from `source`.
pub(super) fn tls_fault(error: &(dyn std::error::Error + 'static)) -> Option<TlsFault> {
    let mut next = Some(error);
    while let Some(cause) = next {
        if let Some(error) = cause.downcast_ref::<rustls::Error>() {
            return Some(classify_tls(error));
        }
        if let Some(inner) = cause
            .downcast_ref::<std::io::Error>()
            .and_then(std::io::Error::get_ref)
            && let Some(fault) = tls_fault(inner)
        {
            return Some(fault);
        }
        next = cause.source();
    }
    None
}

fn classify_tls(error: &rustls::Error) -> TlsFault {
    use rustls::CertificateError as C;
    match error {
        rustls::Error::InvalidCertificate(fault) => match fault {
            C::Expired | C::ExpiredContext { .. } => TlsFault::Expired,
            C::NotValidYet | C::NotValidYetContext { .. } => TlsFault::NotYetValid,
            C::NotValidForName | C::NotValidForNameContext { .. } => TlsFault::WrongHost,
            C::UnknownIssuer => TlsFault::UnknownIssuer,
            C::Revoked => TlsFault::Revoked,
            _ => TlsFault::BadCertificate,
        },
        rustls::Error::Other(other) if other.0.is::<super::tls::NoRoots>() => TlsFault::NoRoots,
        rustls::Error::Other(other) if other.0.is::<super::tls::SelfSigned>() => {
            TlsFault::SelfSigned
        }
        _ => TlsFault::Handshake,
    }
}
