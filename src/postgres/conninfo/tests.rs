use std::{collections::BTreeMap, os::unix::fs::PermissionsExt, path::Path};

use proptest::prelude::*;
use secrecy::ExposeSecret;

use super::*;

/// A person's environment: variables, the name `ada` and perhaps a home.
fn resolve_in(text: &str, variables: &[(&str, &str)], home: Option<&Path>) -> Result<Conninfo, ConninfoError> {
    let variables: BTreeMap<_, _> = variables.iter().copied().collect();
    let variable = |name: &str| variables.get(name).map(|v| (*v).to_owned());
    Conninfo::parse(text, &Surroundings { variable: &variable, os_user: Some("ada"), home })
}

fn resolve(text: &str) -> Conninfo {
    resolve_in(text, &[], None).unwrap()
}

fn shown(conninfo: &Conninfo) -> Vec<String> {
    conninfo.hosts.iter().map(ToString::to_string).collect()
}

fn password(conninfo: &Conninfo) -> Option<&str> {
    conninfo.password_for(&conninfo.hosts[0]).map(ExposeSecret::expose_secret)
}

#[test]
fn keyword_values_with_quotes_and_escapes() {
    let conninfo = resolve(r"host = db1 port=5433 user='a b' password='it\'s \\ mine' dbname=x\ y");
    assert_eq!(shown(&conninfo), ["db1:5433"]);
    assert_eq!((conninfo.user.as_str(), conninfo.dbname.as_str()), ("a b", "x y"));
    assert_eq!(password(&conninfo), Some(r"it's \ mine"));
}

#[test]
fn uris() {
    let conninfo = resolve("postgresql://a%20b:p%40ss@[::1]:5433,db2/shop?sslmode=require&application_name=x%26y");
    assert_eq!(shown(&conninfo), ["[::1]:5433", "db2:5432"]);
    assert_eq!((conninfo.user.as_str(), password(&conninfo)), ("a b", Some("p@ss")));
    assert_eq!(conninfo.tls.mode, SslMode::Require);
    assert_eq!(conninfo.application_name.as_deref(), Some("x&y"));
    assert_eq!(resolve("postgres://").dbname, "ada");
    assert_eq!(resolve("postgresql:///d?host=/srv/s&port=1").hosts[0].to_string(), "/srv/s:1");
    assert_eq!(resolve("postgresql://%2Fsrv%2Fs/d").hosts[0].address, Address::Unix("/srv/s".into()));
    assert_eq!(resolve("postgresql://h/d?ssl=true").tls.mode, SslMode::Require);
}

#[test]
fn defaults_are_those_of_libpq() {
    let conninfo = resolve("");
    assert!(matches!(conninfo.hosts[0].address, Address::Unix(_)));
    assert_eq!((conninfo.hosts[0].port, conninfo.user.as_str(), conninfo.dbname.as_str()), (5432, "ada", "ada"));
    assert_eq!(conninfo.tls.mode, SslMode::Prefer);
    assert_eq!(resolve("shop").dbname, "shop");
    assert_eq!(resolve("user=eve").dbname, "eve");
    assert_eq!(resolve("connect_timeout=0").connect_timeout, None);
    assert_eq!(resolve("connect_timeout=7").connect_timeout, Some(Duration::from_secs(7)));
}

#[test]
fn several_hosts() {
    assert_eq!(shown(&resolve("host=a,b port=1,2")), ["a:1", "b:2"]);
    assert_eq!(shown(&resolve("host=a,b port=9")), ["a:9", "b:9"]);
    assert_eq!(shown(&resolve("host=a,b port=,7")), ["a:5432", "b:7"]);
    let conninfo = resolve("host=name hostaddr=10.0.0.5");
    let address = Address::Tcp { name: "name".into(), ip: Some("10.0.0.5".parse().unwrap()) };
    assert_eq!(conninfo.hosts[0].address, address);
    assert_eq!(resolve("host=@/x").hosts[0].address, Address::Unix("@/x".into()));
    let error = resolve_in("host=a,b,c port=1,2", &[], None).unwrap_err().to_string();
    assert!(error.contains("2 values of port for 3 hosts"), "{error}");
}

#[test]
fn explicit_over_service_over_environment_over_default() {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join(".pg_service.conf"), "[s]\nhost=from-service\nuser=from-service\n").unwrap();
    let environment = [("PGHOST", "from-env"), ("PGUSER", "from-env"), ("PGDATABASE", "from-env"), ("PGSERVICE", "s")];
    let conninfo = resolve_in("host=explicit", &environment, Some(home.path())).unwrap();
    assert_eq!(shown(&conninfo), ["explicit:5432"]);
    assert_eq!((conninfo.user.as_str(), conninfo.dbname.as_str()), ("from-service", "from-env"));
    let conninfo = resolve_in("service=s", &environment, Some(home.path())).unwrap();
    assert_eq!(shown(&conninfo), ["from-service:5432"]);
    assert!(resolve_in("service=t", &environment, Some(home.path())).is_err());
}

#[test]
fn an_address_cannot_be_moved_by_the_environment() {
    let variable = |name: &str| match name {
        "PGHOST" | "PGHOSTADDR" => Some("10.9.9.9".to_owned()),
        "PGPORT" => Some("1".to_owned()),
        "PGSERVICE" => Some("elsewhere".to_owned()),
        "PGPASSWORD" => Some("hunter2".to_owned()),
        _ => None,
    };
    let around = Surroundings { variable: &variable, os_user: Some("ada"), home: None };
    let conninfo = Conninfo::resolve(Parameters::at("172.18.0.4", 5432), &around).unwrap();
    assert_eq!(shown(&conninfo), ["172.18.0.4:5432"]);
    assert_eq!(password(&conninfo), Some("hunter2"));
}

#[test]
fn every_variable_counts() {
    let environment = [
        ("PGSSLMODE", "verify-full"),
        ("PGSSLROOTCERT", "/ca"),
        ("PGSSLCERT", "/c"),
        ("PGSSLKEY", "/k"),
        ("PGTARGETSESSIONATTRS", "standby"),
        ("PGCONNECT_TIMEOUT", "4"),
        ("PGOPTIONS", "-c x.y=1"),
        ("PGAPPNAME", "me"),
    ];
    let conninfo = resolve_in("", &environment, None).unwrap();
    assert_eq!(conninfo.tls.mode, SslMode::VerifyFull);
    assert_eq!(conninfo.tls.roots, Roots::File("/ca".into()));
    assert_eq!((conninfo.tls.certificate, conninfo.tls.key), (Some("/c".into()), Some("/k".into())));
    assert_eq!(conninfo.target_session_attrs, TargetSessionAttrs::Standby);
    assert_eq!(conninfo.connect_timeout, Some(Duration::from_secs(4)));
    assert_eq!(conninfo.options.as_deref(), Some("-c x.y=1"));
    assert_eq!(conninfo.application_name.as_deref(), Some("me"));
}

#[test]
fn the_system_s_authorities_ask_for_the_full_check() {
    assert_eq!(resolve("sslrootcert=system").tls.mode, SslMode::VerifyFull);
    assert!(resolve_in("sslrootcert=system sslmode=require", &[], None).is_err());
    assert!(resolve_in("sslnegotiation=direct", &[], None).is_err());
}

#[test]
fn passwords_come_from_the_password_file_host_by_host() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join(".pgpass");
    std::fs::write(&path, "a:*:*:*:for-a\nb:*:*:*:for-b\n").unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    let conninfo = resolve_in("host=a,b,c", &[], Some(home.path())).unwrap();
    let found: Vec<_> = conninfo.hosts.iter().map(|h| conninfo.password_for(h).map(|p| p.expose_secret())).collect();
    assert_eq!(found, [Some("for-a"), Some("for-b"), None]);
    assert_eq!(password(&resolve_in("host=a password=own", &[], Some(home.path())).unwrap()), Some("own"));
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    let conninfo = resolve_in("host=a", &[], Some(home.path())).unwrap();
    assert!(password(&conninfo).is_none());
    assert!(conninfo.passfile_trouble.unwrap().contains("chmod 600"));
}

#[test]
fn no_error_and_no_debug_shows_a_password() {
    let wrong = [
        "host=a password=hunter2 hunter2",
        "host=a password='hunter2",
        "host=a password=x hunter2=y",
        "host=a passwort=hunter2",
        "host=a password=hunter2 sslmode=hunter2",
        "host=a password=hunter2 port=hunter2",
        "postgresql://u:hunter2@h:99999999/d",
        "postgresql://u:x@hunter2@h/d",
        "postgresql://u:12/hunter2@h/d",
        "postgresql://u:hunter2%@h/d",
        "postgresql://u@h/d?password=hunter2&x=hunter2",
        "postgresql://u@h/d?password=a=hunter2",
        "sslpassword=hunter2",
    ];
    for text in wrong {
        let error = resolve_in(text, &[], None).expect_err(text);
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{text}: {error}");
    }
    let text = "postgresql://u:hunter2@h/d";
    assert!(!format!("{:?} {:?}", resolve(text), Parameters::parse(text).unwrap()).contains("hunter2"));
}

#[test]
fn what_cannot_be_kept_is_not_ignored() {
    for text in ["sslcrl=/x", "requirepeer=postgres", "gssencmode=require", "ssl_min_protocol_version=TLSv1.3"] {
        let error = resolve_in(text, &[], None).unwrap_err().to_string();
        assert!(error.contains("not supported"), "{text}: {error}");
    }
    resolve("gssencmode=prefer sslcompression=0 krbsrvname=postgres keepalives=1 ssl_min_protocol_version=TLSv1.2");
}

#[test]
fn unknown_keywords_are_named_with_the_nearest() {
    let error = resolve_in("hosst=a", &[], None).unwrap_err().to_string();
    assert!(error.contains("\"hosst\"") && error.contains("did you mean host?"), "{error}");
    let error = resolve_in("host=a b", &[], None).unwrap_err().to_string();
    assert!(error.contains("expected keyword=value"), "{error}");
    let error = resolve_in("", &[("PGSSLMODE", "full")], None).unwrap_err().to_string();
    assert!(error.contains("sslmode") && error.contains("verify-full"), "{error}");
}

fn honoured() -> impl Strategy<Value = BTreeMap<&'static str, String>> {
    let names = prop::sample::select(vec!["host", "user", "password", "dbname", "options", "application_name"]);
    prop::collection::btree_map(names, "[^\0]{0,20}", 0..6)
}

proptest! {
    #[test]
    fn reads_back_what_it_quotes(values in honoured()) {
        let mut written = Parameters::default();
        for (name, value) in &values {
            written.set(name, value.clone(), "test");
        }
        prop_assert_eq!(Parameters::parse(&(written.to_pairs() + " port=1")).unwrap().with("port", None).unwrap(),
            written.with("port", Some("1")).unwrap());
    }

    #[test]
    fn reads_back_what_is_percent_encoded(user in "[^\0]{1,20}", password in "[^\0]{1,20}", dbname in "[^\0]{1,20}") {
        let encode = |text: &str| text.bytes().map(|b| format!("%{b:02X}")).collect::<String>();
        let uri = format!("postgresql://{}:{}@h/{}", encode(&user), encode(&password), encode(&dbname));
        let read = Parameters::parse(&uri).unwrap();
        prop_assert_eq!(read.get("user"), Some(user.as_str()));
        prop_assert_eq!(read.get("password"), Some(password.as_str()));
        prop_assert_eq!(read.get("dbname"), Some(dbname.as_str()));
    }

    #[test]
    fn never_panics(text in "\\PC{0,60}") {
        let _ = resolve_in(&text, &[], None);
        let _ = resolve_in(&format!("postgresql://{text}"), &[], None);
        let _ = resolve_in(&format!("host={text}"), &[], None);
    }
}
