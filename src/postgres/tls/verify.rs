//! The judge of a server's certificate.
//!
//! Whatever the mode, the server must prove that it holds the certificate's key. Whether the
//! certificate must lead to a trusted authority, and whether it must bear the host's name, is the
//! policy's choice.

use std::sync::Arc;

use rustls::{
    CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
    client::{
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
        verify_server_cert_signed_by_trust_anchor, verify_server_name,
    },
    crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime},
    server::ParsedCertificate,
};

/// The authorities that are trusted.
#[derive(Debug)]
pub(super) struct Trusted {
    /// For building chains.
    pub(super) store: RootCertStore,
    /// As they were in the file: a self-signed certificate that is itself in the file needs no chain.
    pub(super) certificates: Vec<CertificateDer<'static>>,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Verifier {
    trusted: Option<Trusted>,
    is_name_checked: bool,
    provider: Arc<CryptoProvider>,
}

impl Verifier {
    /// Without `trusted` any certificate is accepted.
    pub(super) const fn new(trusted: Option<Trusted>, is_name_checked: bool, provider: Arc<CryptoProvider>) -> Self {
        Self { trusted, is_name_checked, provider }
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let Some(trusted) = &self.trusted else { return Ok(ServerCertVerified::assertion()) };
        let certificate = ParsedCertificate::try_from(end_entity)?;
        let algorithms = self.provider.signature_verification_algorithms.all;
        let chain =
            verify_server_cert_signed_by_trust_anchor(&certificate, &trusted.store, intermediates, now, algorithms);
        let is_pinned = trusted.certificates.iter().any(|c| c == end_entity);
        match chain {
            // A self-signed certificate may act as its own authority, but not beyond its dates.
            Err(error) if is_pinned && !is_about_dates(&error) => {}
            outcome => outcome?,
        }
        if self.is_name_checked {
            verify_server_name(&certificate, server_name)?;
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

const fn is_about_dates(error: &Error) -> bool {
    matches!(
        error,
        Error::InvalidCertificate(
            CertificateError::Expired
                | CertificateError::ExpiredContext { .. }
                | CertificateError::NotValidYet
                | CertificateError::NotValidYetContext { .. }
        )
    )
}
