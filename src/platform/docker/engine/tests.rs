use std::fs;

use super::*;

fn env<'a>(pairs: &'a [(&'a str, &'a str)]) -> impl Fn(&str) -> Option<String> + 'a {
    move |name| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
}

fn endpoint(engine: &Engine) -> Endpoint {
    engine.endpoint().expect("an address").clone()
}

/// A docker directory with one context, `prod`, chosen.
fn docker_directory(host: &str, with_tls: bool, skip: bool) -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a directory");
    fs::write(dir.path().join("config.json"), r#"{"auths":{},"currentContext":"prod"}"#).expect("written");
    let meta = dir.path().join("contexts/meta/abc123");
    fs::create_dir_all(&meta).expect("made");
    let text = format!(
        r#"{{"Name":"prod","Metadata":{{}},"Endpoints":{{"docker":{{"Host":"{host}","SkipTLSVerify":{skip}}}}}}}"#
    );
    fs::write(meta.join("meta.json"), text).expect("written");
    if with_tls {
        fs::create_dir_all(dir.path().join("contexts/tls/abc123/docker")).expect("made");
    }
    dir
}

#[test]
fn docker_host_wins_over_contexts() {
    let dir = docker_directory("ssh://ops@bastion", false, false);
    let path = dir.path().to_string_lossy().into_owned();
    let pairs = [("DOCKER_CONFIG", path.as_str()), ("DOCKER_HOST", "tcp://10.0.0.9"), ("DOCKER_CONTEXT", "prod")];
    let engines = engines(&env(&pairs));
    assert_eq!(engines.len(), 1);
    assert_eq!(endpoint(&engines[0]), Endpoint::Http("10.0.0.9:2375".into()));
    assert_eq!(*engines[0].place(), "docker tcp://10.0.0.9:2375");
}

#[test]
fn the_current_context_is_taken() {
    let dir = docker_directory("ssh://ops@bastion:2222/", false, false);
    let path = dir.path().to_string_lossy().into_owned();
    let engines = engines(&env(&[("DOCKER_CONFIG", path.as_str())]));
    assert_eq!(engines.len(), 1);
    assert_eq!(endpoint(&engines[0]), Endpoint::Ssh("ops@bastion:2222".into()));
    assert_eq!(*engines[0].place(), "docker prod");
    assert_eq!(engines[0].key(), "docker:prod");
}

#[test]
fn a_context_brings_its_certificates() {
    let dir = docker_directory("tcp://db1:2376", true, false);
    let path = dir.path().to_string_lossy().into_owned();
    let engine = Engine::context("prod", &env(&[("DOCKER_CONFIG", path.as_str())]));
    let Endpoint::Tls { address, certificates } = endpoint(&engine) else { panic!("no TLS") };
    assert_eq!(address, "db1:2376");
    assert!(certificates.ends_with("contexts/tls/abc123/docker"));
}

#[test]
fn verification_is_not_skipped_in_silence() {
    let dir = docker_directory("tcp://db1:2376", true, true);
    let path = dir.path().to_string_lossy().into_owned();
    let engine = Engine::context("prod", &env(&[("DOCKER_CONFIG", path.as_str())]));
    assert!(engine.endpoint().expect_err("refused").why.contains("not to verify"));
}

#[test]
fn a_context_that_is_gone_says_so() {
    let engine = Engine::context("gone", &env(&[("DOCKER_CONFIG", "/nowhere")]));
    let trouble = engine.endpoint().expect_err("unknown");
    assert_eq!(trouble.why, "the docker context `gone` is chosen but not defined under /nowhere/contexts");
}

#[test]
fn the_environment_asks_for_tls() {
    let pairs = [("DOCKER_TLS_VERIFY", "1"), ("DOCKER_CERT_PATH", "/certs"), ("DOCKER_HOST", "tcp://h")];
    let engines = engines(&env(&pairs));
    assert_eq!(endpoint(&engines[0]), Endpoint::Tls { address: "h:2376".into(), certificates: "/certs".into() });
}

#[test]
fn an_address_of_no_known_kind_is_refused_with_what_was_expected() {
    let trouble = Engine::at("npipe:////./pipe/docker", &env(&[])).endpoint().expect_err("refused");
    assert_eq!(trouble.why, "`npipe:////./pipe/docker`: `npipe://` is not a way to an engine");
    assert!(Engine::at("ssh://", &env(&[])).endpoint().is_err());
}

#[test]
fn machines_of_published_ports() {
    let machine = |host: &str| {
        let endpoint = Endpoint::parse(host, None).expect("an address");
        let (name, is_here) = endpoint.machine();
        (name.to_owned(), is_here)
    };
    assert_eq!(machine("unix:///run/d.sock"), ("127.0.0.1".into(), true));
    assert_eq!(machine("tcp://10.1.1.1:2375"), ("10.1.1.1".into(), false));
    assert_eq!(machine("localhost"), ("localhost".into(), true));
    assert_eq!(machine("ssh://me@host:22"), ("host".into(), false));
    assert_eq!(machine("ssh://host"), ("host".into(), false));
    assert_eq!(machine("tcp://[fe80::1]:2375"), ("fe80::1".into(), false));
}

#[test]
fn equal_where_they_listen_at_the_same_place() {
    let nothing = env(&[]);
    assert_eq!(Engine::at("ssh://a", &nothing), Engine::at("ssh://a", &nothing));
    assert_ne!(Engine::at("ssh://a", &nothing), Engine::at("ssh://b", &nothing));
    assert_eq!(*Engine::at("unix:///var/run/docker.sock", &nothing).place(), "docker local");
}
