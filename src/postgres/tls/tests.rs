//! Certificates that are valid for a hundred years: an authority, a server's, and one that signed itself.

use std::time::Duration;

use rustls::pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject};

use super::*;

const AUTHORITY: &str = "-----BEGIN CERTIFICATE-----
MIIBcTCCARegAwIBAgIUPBJksQqumLfkAcasVpGX98YzGkUwCgYIKoZIzj0EAwIw
DTELMAkGA1UEAwwCY2EwIBcNMjYxMTIxMDc1MTU2WhgPMjEyNjEwMjgwNzUxNTZa
MA0xCzAJBgNVBAMMAmNhMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEhVau5WpN
3GKvCOOXVmMpu+IntVX70Wj+2INOtT16U7Ru+eSsLkghTkzaqiL9+hYHD5RZWk8m
PL6L2JiUIJec06NTMFEwHQYDVR0OBBYEFPKC9bF9r3MHKnKu4duKMszM3H0+MB8G
A1UdIwQYMBaAFPKC9bF9r3MHKnKu4duKMszM3H0+MA8GA1UdEwEB/wQFMAMBAf8w
CgYIKoZIzj0EAwIDSAAwRQIgAnypcCg5jYkoucQwXYDYw4jSDfUwA3yhTadCiNaR
KyACIQDLNb4LeybdCyqb28Y77QgzzaQF3a9LkkPvG+W4gpnjcg==
-----END CERTIFICATE-----";

/// For `db1.example` and `10.0.0.5`; its common name is `db1`.
const SERVER: &str = "-----BEGIN CERTIFICATE-----
MIIBgDCCASWgAwIBAgIUedv8OanQBRHUlJv923+AzBdwV1AwCgYIKoZIzj0EAwIw
DTELMAkGA1UEAwwCY2EwIBcNMjYxMTIxMDc1MTU2WhgPMjEyNjEwMjgwNzUxNTZa
MA4xDDAKBgNVBAMMA2RiMTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABP1vXUIh
zdBXuogwwHqlH3rsKtMS9Wf98mWbYlo5ZVVyplipJjJSV3RJkw91j0LMxZPnhBDr
aw+nVYQXJJHTr4ejYDBeMBwGA1UdEQQVMBOCC2RiMS5leGFtcGxlhwQKAAAFMB0G
A1UdDgQWBBS+PZzWHDP4IqnxzJV5K69YqFbz5jAfBgNVHSMEGDAWgBTygvWxfa9z
BypyruHbijLMzNx9PjAKBggqhkjOPQQDAgNJADBGAiEAsh/DprjvYiAyrBelcZyO
FRhMiekZaPuM8DLnMnpYi4wCIQCwyNz+48TbH7USTwPQvaN8DtJqBIdTQvlPvRVL
vXRtWQ==
-----END CERTIFICATE-----";

/// For `self.example`.
const SELF_SIGNED: &str = "-----BEGIN CERTIFICATE-----
MIIBjjCCATSgAwIBAgIUTse9EyPIKnHQlT1QVc+rfmQKYOowCgYIKoZIzj0EAwIw
DzENMAsGA1UEAwwEc2VsZjAgFw0yNjExMjEwNzUxNTZaGA8yMTI2MTAyODA3NTE1
NlowDzENMAsGA1UEAwwEc2VsZjBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABHdX
PCwoG07rS940yVvs4BXEhCGQtp8/fsW/PfzA4N52mIfs2KJIADtq8Su09B6k7b7s
A/9fbq/o/LTb3XjWaUmjbDBqMB0GA1UdDgQWBBTzuOCGwAlSgy7Q+rjM7JeeoVC6
8TAfBgNVHSMEGDAWgBTzuOCGwAlSgy7Q+rjM7JeeoVC68TAPBgNVHRMBAf8EBTAD
AQH/MBcGA1UdEQQQMA6CDHNlbGYuZXhhbXBsZTAKBggqhkjOPQQDAgNIADBFAiBk
rJLkVLMOHkidoOe0XquibMZTHclWSOjKYFlmyZiAFAIhAOFIRWbKOPW6bm5mq5iy
RQefmqoi2gnnoU6dm6tParJI
-----END CERTIFICATE-----";

const IN_2030: UnixTime = UnixTime::since_unix_epoch(Duration::from_secs(1_900_000_000));
const IN_2200: UnixTime = UnixTime::since_unix_epoch(Duration::from_secs(7_300_000_000));

fn der(pem: &str) -> CertificateDer<'static> {
    CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()
}

/// Whether a server that shows `shown` and is called `name` is accepted.
fn accepts(mode: SslMode, root: Option<&str>, shown: &str, name: &str, now: UnixTime) -> Result<(), String> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("root.crt");
    if let Some(root) = root {
        std::fs::write(&path, root).unwrap();
    }
    let policy = TlsPolicy { mode, roots: Roots::Default(path), ..TlsPolicy::default() };
    let verifier = verifier(&policy, &Arc::new(rustls::crypto::ring::default_provider())).unwrap();
    let name = ServerName::try_from(name.to_owned()).unwrap();
    verifier.verify_server_cert(&der(shown), &[], &name, &[], now).map(|_| ()).map_err(|e| e.to_string())
}

#[test]
fn verify_full_wants_an_authority_and_the_name() {
    let full = |name| accepts(SslMode::VerifyFull, Some(AUTHORITY), SERVER, name, IN_2030);
    full("db1.example").unwrap();
    full("10.0.0.5").unwrap();
    for name in ["db1", "db2.example", "10.0.0.6"] {
        full(name).expect_err(name);
    }
    accepts(SslMode::VerifyFull, Some(SELF_SIGNED), SERVER, "db1.example", IN_2030).unwrap_err();
    accepts(SslMode::VerifyFull, Some(AUTHORITY), SERVER, "db1.example", IN_2200).unwrap_err();
}

#[test]
fn verify_ca_wants_an_authority_and_any_name() {
    accepts(SslMode::VerifyCa, Some(AUTHORITY), SERVER, "elsewhere", IN_2030).unwrap();
    accepts(SslMode::VerifyCa, Some(SELF_SIGNED), SERVER, "db1.example", IN_2030).unwrap_err();
}

#[test]
fn weaker_modes_check_only_where_an_authority_is_known() {
    for mode in [SslMode::Allow, SslMode::Prefer, SslMode::Require] {
        accepts(mode, None, SERVER, "elsewhere", IN_2030).unwrap();
        accepts(mode, Some(AUTHORITY), SERVER, "elsewhere", IN_2030).unwrap();
        accepts(mode, Some(SELF_SIGNED), SERVER, "elsewhere", IN_2030).unwrap_err();
    }
}

#[test]
fn a_certificate_may_be_its_own_authority() {
    accepts(SslMode::VerifyFull, Some(SELF_SIGNED), SELF_SIGNED, "self.example", IN_2030).unwrap();
    accepts(SslMode::VerifyFull, Some(SELF_SIGNED), SELF_SIGNED, "other.example", IN_2030).unwrap_err();
    accepts(SslMode::VerifyCa, Some(AUTHORITY), SELF_SIGNED, "self.example", IN_2030).unwrap_err();
    accepts(SslMode::VerifyCa, Some(SELF_SIGNED), SELF_SIGNED, "self.example", IN_2200).unwrap_err();
}

fn policy(mode: SslMode, roots: Roots) -> TlsPolicy {
    TlsPolicy { mode, roots, ..TlsPolicy::default() }
}

#[test]
fn modes_are_ordered_and_spelt_as_libpq_does() {
    assert!(SslMode::Prefer < SslMode::Require && SslMode::Require < SslMode::VerifyCa);
    assert_eq!(SslMode::from_word("verify-full"), Some(SslMode::VerifyFull));
    assert_eq!(SslMode::from_word("VERIFY-FULL"), None);
    assert_eq!(SslMode::default(), SslMode::Prefer);
}

#[test]
fn verifying_without_an_authority_is_refused() {
    for mode in [SslMode::VerifyCa, SslMode::VerifyFull] {
        let missing = Roots::Default("/nonexistent/root.crt".into());
        let error = client_config(&policy(mode, missing)).unwrap_err().to_string();
        assert!(error.contains(mode.word()) && error.contains("/nonexistent/root.crt"), "{error}");
        assert!(client_config(&policy(mode, Roots::None)).is_err());
    }
    assert!(client_config(&policy(SslMode::Require, Roots::Default("/nonexistent/root.crt".into()))).is_ok());
}

#[test]
fn a_root_file_that_is_rubbish_is_an_error_even_where_it_is_optional() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("root.crt");
    std::fs::write(&path, "no certificate").unwrap();
    let error = client_config(&policy(SslMode::Require, Roots::File(path))).unwrap_err().to_string();
    assert!(error.contains("root.crt"), "{error}");
}

#[test]
fn names_matter_only_where_they_are_checked() {
    assert_eq!(server_name("10.0.0.5", SslMode::VerifyFull).unwrap(), "10.0.0.5");
    assert_eq!(server_name("not a name", SslMode::Require).unwrap(), "server.invalid");
    assert!(server_name("not a name", SslMode::VerifyFull).is_err());
}
