//! Certificates and keys on disk.

use std::{os::unix::fs::MetadataExt, path::Path};

use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};

use super::{TlsSetupError, verify::Trusted};
use crate::postgres::conninfo::TlsPolicy;

/// The authorities in a file.
pub(super) fn roots(path: &Path) -> Result<Trusted, TlsSetupError> {
    let certificates = certificates(path, "root certificate")?;
    let mut store = RootCertStore::empty();
    let (added, _) = store.add_parsable_certificates(certificates.iter().cloned());
    if added == 0 {
        return Err(TlsSetupError(format!("root certificate {}: holds no usable certificate", path.display())));
    }
    Ok(Trusted { store, certificates })
}

/// The authorities that the operating system trusts.
pub(super) fn system_roots() -> Result<Trusted, TlsSetupError> {
    let loaded = rustls_native_certs::load_native_certs();
    let mut store = RootCertStore::empty();
    store.add_parsable_certificates(loaded.certs);
    if store.is_empty() {
        let hint = "install the package ca-certificates or name a file in sslrootcert";
        return Err(TlsSetupError(format!("sslrootcert=system: this machine has no trusted certificates: {hint}")));
    }
    Ok(Trusted { store, certificates: Vec::new() })
}

type ClientCertificate = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

/// The client's certificate and key, where there is a certificate.
pub(super) fn client_certificate(policy: &TlsPolicy) -> Result<Option<ClientCertificate>, TlsSetupError> {
    let Some(path) = policy.certificate.as_deref().filter(|p| p.exists()) else { return Ok(None) };
    let chain = certificates(path, "client certificate")?;
    let Some(key) = policy.key.as_deref() else {
        return Err(TlsSetupError(format!("client certificate {} has no key: set sslkey", path.display())));
    };
    let metadata =
        std::fs::metadata(key).map_err(|e| TlsSetupError(format!("client key {}: {}", key.display(), e.kind())))?;
    // As libpq: only the owner, or root's group, may read a key.
    let allowed = if metadata.uid() == 0 { 0o640 } else { 0o600 };
    if metadata.mode() & 0o777 & !allowed != 0 {
        let shown = key.display();
        return Err(TlsSetupError(format!("client key {shown}: others may read it: chmod 600 {shown}")));
    }
    let key = PrivateKeyDer::from_pem_file(key).map_err(|_| {
        TlsSetupError(format!("client key {}: is not an unencrypted private key in PEM format", key.display()))
    })?;
    Ok(Some((chain, key)))
}

fn certificates(path: &Path, what: &str) -> Result<Vec<CertificateDer<'static>>, TlsSetupError> {
    let problem = |problem: String| TlsSetupError(format!("{what} {}: {problem}", path.display()));
    let pem = std::fs::read(path).map_err(|e| problem(e.kind().to_string()))?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    match found {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        _ => Err(problem("holds no certificate in PEM format".to_owned())),
    }
}
