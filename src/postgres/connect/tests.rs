//! A server that says what it is told to, over a pipe.

use std::sync::Mutex;

use futures::FutureExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

use super::*;
use crate::postgres::conninfo::Surroundings;

fn conninfo(text: &str) -> Conninfo {
    Conninfo::parse(text, &Surroundings { variable: &|_| None, os_user: Some("ada"), home: None }).unwrap()
}

/// An `ErrorResponse`.
fn error_response(code: &str, routine: &str, message: &str) -> Vec<u8> {
    let fields = format!("SFATAL\0VFATAL\0C{code}\0M{message}\0R{routine}\0\0");
    let mut bytes = vec![b'E'];
    bytes.extend(u32::try_from(fields.len() + 4).unwrap().to_be_bytes());
    bytes.extend(fields.as_bytes());
    bytes
}

/// Reads one start-up packet: an SSL request is 8 bytes long.
async fn packet(stream: &mut DuplexStream) -> Vec<u8> {
    let length = stream.read_u32().await.unwrap();
    let mut packet = vec![0; length as usize - 4];
    stream.read_exact(&mut packet).await.unwrap();
    packet
}

/// What a server says on each connection that is opened, in turn; it declines TLS and then answers.
/// Gives the outcome and the first packets of each connection.
async fn outcome(text: &str, answers: &[Vec<u8>]) -> (ConnectError, Vec<Vec<u8>>) {
    let conninfo = conninfo(text);
    let servers = Mutex::new(Vec::new());
    let open = || {
        let (near, far) = tokio::io::duplex(4096);
        servers.lock().unwrap().push(far);
        async { Ok(BoxStream::new(near)) }.boxed()
    };
    let target = Target::of(&conninfo, &conninfo.hosts[0], "db1:5432");
    let mut packets = Vec::new();
    let serve = async {
        for answer in answers {
            let mut stream = loop {
                tokio::task::yield_now().await;
                if let Some(stream) = servers.lock().unwrap().pop() {
                    break stream;
                }
            };
            packets.push(packet(&mut stream).await);
            if packets.last().unwrap().len() == 4 {
                stream.write_all(b"N").await.unwrap();
                if answer.is_empty() {
                    continue;
                }
                packets.push(packet(&mut stream).await);
            }
            stream.write_all(answer).await.unwrap();
        }
    };
    let (outcome, ()) = futures::join!(connect::<Monitor>(&open, target, Pace::default()), serve);
    (outcome.unwrap_err(), packets)
}

#[tokio::test]
async fn every_refusal_has_its_kind_and_its_way_out() {
    use ConnectErrorKind as Kind;
    let cases = [
        ("28P01", "auth_failed", "password authentication failed", Kind::WrongPassword, ".pgpass"),
        ("28000", "ClientAuthentication", "kein Eintrag", Kind::NotInHba, "pg_hba.conf"),
        ("28000", "InitializeSessionUserId", "role \"ada\" does not exist", Kind::NoRole, "CREATE ROLE"),
        ("3D000", "InitPostgres", "database does not exist", Kind::NoDatabase, "dbname="),
        ("42501", "CheckMyDatabase", "permission denied for database", Kind::DatabaseRefused, "GRANT CONNECT"),
        ("57P03", "ProcessStartupPacket", "the database system is starting up", Kind::StartingUp, "tried again"),
        ("57P03", "ProcessStartupPacket", "the database system is shutting down", Kind::ShuttingDown, "tried again"),
        ("57P03", "ProcessStartupPacket", "the database system is in recovery mode", Kind::Recovering, "log says why"),
        ("57P03", "ProcessStartupPacket", "das System nimmt nichts an", Kind::NotAccepting, "nimmt nichts an"),
        ("53300", "InitProcess", "sorry, too many clients already", Kind::Full, "max_connections"),
        (
            "53300",
            "InitPostgres",
            "remaining slots are reserved",
            Kind::OnlyReservedLeft,
            "pg_use_reserved_connections",
        ),
        ("53300", "InitializeSessionUserId", "too many connections for role", Kind::Full, "CONNECTION LIMIT"),
        ("XX000", "whatever", "odd", Kind::Other, "XX000"),
    ];
    for (code, routine, message, kind, way_out) in cases {
        let answer = error_response(code, routine, message);
        let text = "host=db1 user=ada password=hunter2 sslmode=disable";
        let (error, _) = outcome(text, &[answer]).await;
        assert_eq!(error.kind(), kind, "{code} {routine}: {error}");
        assert!(error.to_string().starts_with("db1:5432 ") && error.to_string().contains(way_out), "{error}");
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
    }
}

#[tokio::test]
async fn a_pooler_that_refuses_options_is_asked_without_them() {
    let refused = error_response("08P01", "", "unsupported startup parameter: options");
    let full = error_response("53300", "", "no more connections allowed");
    let (error, packets) = outcome("host=db1 user=ada sslmode=disable", &[refused, full]).await;
    assert_eq!(error.kind(), ConnectErrorKind::Full);
    let has_options = |packet: &[u8]| packet.windows(8).any(|w| w == b"options\0");
    assert!(has_options(&packets[0]) && !has_options(&packets[1]));
    assert!(packets[0].windows(15).any(|w| w == b"howdah.session="));
}

#[tokio::test]
async fn allow_asks_for_tls_only_after_a_refusal_and_require_never_goes_without() {
    let hba = error_response("28000", "ClientAuthentication", "no encryption");
    let (error, packets) = outcome("host=db1 user=ada sslmode=allow", &[hba.clone(), Vec::new()]).await;
    assert_eq!(error.kind(), ConnectErrorKind::TlsRefused);
    assert!(packets[0].len() > 4 && packets[1].len() == 4, "{packets:?}");

    let (error, packets) = outcome("host=db1 user=ada sslmode=require", &[Vec::new()]).await;
    assert_eq!((error.kind(), packets.len()), (ConnectErrorKind::TlsRefused, 1));

    let (error, packets) = outcome("host=db1 user=ada sslmode=disable", std::slice::from_ref(&hba)).await;
    assert_eq!((error.kind(), packets.len()), (ConnectErrorKind::NotInHba, 1));
}

#[tokio::test]
async fn a_wrong_password_is_not_tried_again_in_the_clear() {
    let wrong = error_response("28P01", "auth_failed", "no");
    let (error, packets) = outcome("host=db1 user=ada password=x sslmode=prefer", &[wrong]).await;
    assert_eq!((error.kind(), packets.len()), (ConnectErrorKind::WrongPassword, 2));
}

#[tokio::test]
async fn a_password_that_is_not_known_is_asked_for() {
    let (error, _) = outcome("host=db1 user=ada sslmode=disable", &[b"R\0\0\0\x08\0\0\0\x03".to_vec()]).await;
    assert_eq!(error.kind(), ConnectErrorKind::NoPassword);
    assert!(error.to_string().contains("PGPASSWORD"), "{error}");
}

#[tokio::test]
async fn something_else_is_recognised() {
    let (error, _) = outcome("host=db1 user=ada sslmode=disable", &[b"HTTP/1.1 400 Bad\r\n".to_vec()]).await;
    assert_eq!(error.kind(), ConnectErrorKind::NotPostgres);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_says_nothing_is_given_up() {
    let conninfo = conninfo("host=db1 connect_timeout=2");
    let (near, _far) = tokio::io::duplex(4096);
    let near = Mutex::new(Some(near));
    let open = || {
        let near = near.lock().unwrap().take().unwrap();
        async { Ok(BoxStream::new(near)) }.boxed()
    };
    let target = Target::of(&conninfo, &conninfo.hosts[0], "db1:5432");
    let error = connect::<Monitor>(&open, target, Pace::default()).await.unwrap_err();
    assert_eq!(error.kind(), ConnectErrorKind::TimedOut);
    assert!(error.to_string().contains("within 2 s"), "{error}");
}

#[tokio::test]
async fn servers_that_cannot_be_asked_say_so() {
    let old = ConnectError::not_served("db1", "12.22 (Debian 12.22-1)").unwrap();
    assert_eq!(old.kind(), ConnectErrorKind::TooOld);
    assert!(old.to_string().contains("12.22") && old.to_string().contains("13"), "{old}");
    assert_eq!(ConnectError::not_served("b", "1.25.2/bouncer").unwrap().kind(), ConnectErrorKind::NotPostgres);
    assert_eq!(ConnectError::not_served("db1", "13.1"), None);
    assert_eq!(ConnectError::not_served("db1", "19devel"), None);
}

#[test]
fn a_unix_socket_is_never_encrypted() {
    assert_eq!(encryptions(SslMode::VerifyFull, false), (Encryption::Never, None));
    assert_eq!(encryptions(SslMode::Prefer, true), (Encryption::IfOffered, Some(Encryption::Never)));
}

#[test]
fn sessions_may_move_between_threads() {
    fn is_send<T: Send>(_: T) {}
    let conninfo = conninfo("host=db1");
    is_send(connect_host::<Monitor>(&conninfo, &conninfo.hosts[0], Pace::default()));
    is_send(async {
        let connected = connect_host::<Monitor>(&conninfo, &conninfo.hosts[0], Pace::default()).await;
        let _ = connected.unwrap().session.sweep(&std::collections::BTreeSet::new(), jiff::Timestamp::UNIX_EPOCH).await;
    });
}
