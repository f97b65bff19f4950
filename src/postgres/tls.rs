//! TLS as `sslmode` means it.
//!
//! | mode | encrypted | chain checked | host name checked |
//! |---|---|---|---|
//! | disable | never | | |
//! | allow | when the server insists | as for require | no |
//! | prefer | when the server can | as for require | no |
//! | require | always | when a root certificate file exists | no |
//! | verify-ca | always | always | no |
//! | verify-full | always | always | yes |
//!
//! One difference to libpq remains, on the strict side: under `verify-full` a name must be among the
//! certificate's subjectAltNames, its common name does not count.

mod files;
#[cfg(test)]
mod tests;
mod verify;

use std::sync::Arc;

use rustls::{ClientConfig, crypto::CryptoProvider, pki_types::ServerName};

use super::conninfo::{Roots, TlsPolicy};

/// How much TLS has to protect, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum SslMode {
    /// Never.
    Disable,
    /// Only when the server insists.
    Allow,
    /// When the server can.
    #[default]
    Prefer,
    /// Always.
    Require,
    /// Always, and the certificate must come from a trusted authority.
    VerifyCa,
    /// As before, and it must be the certificate of the host that was asked for.
    VerifyFull,
}

impl SslMode {
    /// What `sslmode` may be, for error messages.
    pub const EXPECTED: &str = "disable, allow, prefer, require, verify-ca or verify-full";

    /// A mode by its word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Disable, Self::Allow, Self::Prefer, Self::Require, Self::VerifyCa, Self::VerifyFull]
            .into_iter()
            .find(|mode| mode.word() == word)
    }

    /// Its word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Disable => "disable",
            Self::Allow => "allow",
            Self::Prefer => "prefer",
            Self::Require => "require",
            Self::VerifyCa => "verify-ca",
            Self::VerifyFull => "verify-full",
        }
    }
}

/// A certificate, key or authority that cannot be used: one sentence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct TlsSetupError(pub(crate) String);

/// Prepares TLS for one connection.
///
/// # Errors
/// When a file that must be there is not, or cannot be used.
pub fn client_config(policy: &TlsPolicy) -> Result<ClientConfig, TlsSetupError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = verifier(policy, &provider)?;
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| TlsSetupError(format!("TLS cannot be set up: {e}")))?
        .dangerous()
        .with_custom_certificate_verifier(verifier);
    let mut config = match files::client_certificate(policy)? {
        Some((chain, key)) => builder
            .with_client_auth_cert(chain, key)
            .map_err(|e| TlsSetupError(format!("the client certificate cannot be used: {e}")))?,
        None => builder.with_no_client_auth(),
    };
    if policy.is_direct {
        config.alpn_protocols = vec![b"postgresql".to_vec()];
    }
    Ok(config)
}

/// Who judges the server's certificate under this policy.
fn verifier(
    policy: &TlsPolicy,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn rustls::client::danger::ServerCertVerifier>, TlsSetupError> {
    let must_verify = policy.mode >= SslMode::VerifyCa;
    let roots = match &policy.roots {
        Roots::System => Some(files::system_roots()?),
        Roots::File(path) if must_verify || path.exists() => Some(files::roots(path)?),
        Roots::Default(path) if path.exists() => Some(files::roots(path)?),
        Roots::Default(path) if must_verify => {
            return Err(TlsSetupError(format!(
                "sslmode={} needs the certificate of an authority to trust, and {} does not exist: put it there or set sslrootcert",
                policy.mode.word(),
                path.display()
            )));
        }
        Roots::None if must_verify => {
            return Err(TlsSetupError(format!(
                "sslmode={} needs the certificate of an authority to trust: set sslrootcert",
                policy.mode.word()
            )));
        }
        Roots::File(_) | Roots::Default(_) | Roots::None => None,
    };
    let is_name_checked = policy.mode == SslMode::VerifyFull;
    Ok(Arc::new(verify::Verifier::new(roots, is_name_checked, Arc::clone(provider))))
}

/// The name to ask a server for. A name that is none (`my host`) is only fatal where it is checked.
///
/// # Errors
/// When the name is to be checked and cannot be the name in a certificate.
pub fn server_name(name: &str, mode: SslMode) -> Result<String, TlsSetupError> {
    if ServerName::try_from(name).is_ok() {
        return Ok(name.to_owned());
    }
    if mode == SslMode::VerifyFull {
        return Err(TlsSetupError(format!(
            "\"{}\" cannot be the name in a certificate, which sslmode=verify-full checks",
            crate::domain::Text::from(name)
        )));
    }
    Ok("server.invalid".to_owned())
}
