//! Against a real service over TLS, which decrypts as a browser does.

use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use aws_lc_rs::agreement::{ECDH_P256, PrivateKey};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request as Asked, Response as Answer};
use hyper_util::rt::TokioIo;
use verbund_model::{Clock as _, SystemClock};
use verbund_transport::pki::{Authority, Validity};
use verbund_transport::{WebIdentity, WebListener};

use super::*;
use crate::lang::Lang;
use crate::notify::matter::Matter;
use crate::notify::message::Waiting;

#[test]
fn only_push_services_are_written_to() {
    let folder = tempfile::tempdir().unwrap();
    let takes = |services: &[&str], endpoint: &str| {
        let config = PushSection {
            contact: "mailto:a@stadt.example".to_owned(),
            key_file: folder.path().join("push.key"),
            services: services.iter().map(|it| (*it).to_owned()).collect(),
            roots_file: None,
        };
        Pusher::new(&config).unwrap().takes(endpoint)
    };
    for good in [
        "https://fcm.googleapis.com/fcm/send/abc",
        "https://updates.push.services.mozilla.com/wpush/v2/abc",
        "https://web.push.apple.com/abc",
        "https://wns2-par02p.notify.windows.com/w/?token=abc",
        "https://FCM.googleapis.com:443/x",
    ] {
        assert!(takes(&[], good), "{good}");
    }
    for bad in [
        "http://fcm.googleapis.com/x",
        "https://fcm.googleapis.com.evil.example/x",
        "https://fcm.googleapis.com:8443/x",
        "https://evilpush.apple.com/x",
        "https://push.apple.com/x",
        "https://.push.apple.com/x",
        "https://user@fcm.googleapis.com/x",
        "https://fcm.googleapis.com@127.0.0.1/x",
        "https://127.0.0.1/x",
        "https://[::1]/x",
        "https://localhost/x",
        "file:///etc/passwd",
        "fcm.googleapis.com",
        "",
    ] {
        assert!(!takes(&[], bad), "{bad}");
    }
    assert!(takes(&["localhost:8443"], "https://localhost:8443/x"));
    assert!(!takes(&["localhost:8443"], "https://localhost/x"));
    assert!(!takes(&["localhost"], "https://fcm.googleapis.com/x"));
}

/// What a service was asked.
#[derive(Debug)]
struct Heard {
    headers: http::HeaderMap,
    body: Vec<u8>,
}

/// A certificate for `localhost`, and the file of the root that issued it.
fn certificate(folder: &Path) -> (WebIdentity, PathBuf) {
    let validity = Validity::days(SystemClock.now(), 1);
    let (agency, federation) = ("kod".parse().unwrap(), "krefeld".parse().unwrap());
    let authority = Authority::create(agency, federation, validity).unwrap();
    let issued = authority.issue(&authority.node(validity)).unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let certificate = file("service.pem", &issued.certificate_pem);
    let key = file("service.key", &issued.key_pem);
    let identity = WebIdentity::from_files(&certificate, &key).unwrap();
    (identity, file("root.pem", authority.certificate_pem()))
}

/// A push service that answers with one status.
struct Service {
    pusher: Pusher,
    endpoint: String,
    heard: Arc<Mutex<Vec<Heard>>>,
    _folder: tempfile::TempDir,
    _serving: tokio::task::JoinSet<()>,
}

async fn service(status: u16, header: Option<(&'static str, &'static str)>) -> Service {
    let folder = tempfile::tempdir().unwrap();
    let (identity, root) = certificate(folder.path());
    let address = "127.0.0.1:0".parse().unwrap();
    let mut listener = WebListener::bind(address, Some(identity)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = Arc::new(Mutex::new(Vec::new()));
    let mut serving = tokio::task::JoinSet::new();
    let seen = heard.clone();
    serving.spawn(async move {
        loop {
            let (stream, _) = listener.accept().await;
            let seen = seen.clone();
            let answer = service_fn(move |asked: Asked<Incoming>| {
                let seen = seen.clone();
                async move {
                    let headers = asked.headers().clone();
                    let body = asked
                        .into_body()
                        .collect()
                        .await
                        .unwrap()
                        .to_bytes()
                        .to_vec();
                    seen.lock().unwrap().push(Heard { headers, body });
                    let mut answer = Answer::builder().status(status);
                    if let Some((name, value)) = header {
                        answer = answer.header(name, value);
                    }
                    Ok::<_, Infallible>(answer.body(Full::<Bytes>::default()).unwrap())
                }
            });
            let _ = http1::Builder::new()
                .serve_connection(TokioIo::new(stream), answer)
                .await;
        }
    });
    let config = PushSection {
        contact: "mailto:a@stadt.example".to_owned(),
        key_file: folder.path().join("push.key"),
        services: vec![format!("localhost:{port}")],
        roots_file: Some(root),
    };
    Service {
        pusher: Pusher::new(&config).unwrap(),
        endpoint: format!("https://localhost:{port}/push/a-browser"),
        heard,
        _folder: folder,
        _serving: serving,
    }
}

async fn send(service: &Service, browser: &PrivateKey, secret: &[u8; 16]) -> Outcome {
    let waiting = Waiting::from([(Matter::UpdateImmediate, 1)]);
    let message = Message::waiting(&waiting, Lang::De, "https://verbund.example").unwrap();
    let key = browser.compute_public_key().unwrap();
    service
        .pusher
        .send(
            &message,
            &service.endpoint,
            key.as_ref(),
            secret,
            Timestamp::now(),
        )
        .await
}

#[tokio::test]
async fn the_browser_reads_it_and_the_service_does_not() {
    let browser = PrivateKey::generate(&ECDH_P256).unwrap();
    let service = service(201, None).await;
    assert_eq!(send(&service, &browser, &[3; 16]).await, Outcome::Sent);
    let heard = service.heard.lock().unwrap();
    let [heard] = heard.as_slice() else {
        panic!("{heard:?}")
    };
    let text: serde_json::Value =
        serde_json::from_slice(&encrypt::tests::open(&heard.body, &browser, &[3; 16])).unwrap();
    assert_eq!(text["title"], "Verbund: eine dringende Meldung wartet");
    assert_eq!(text["path"], "/feed");
    let header = |name: &str| heard.headers[name].to_str().unwrap();
    assert_eq!(header("content-encoding"), "aes128gcm");
    assert_eq!(
        (header("ttl"), header("urgency"), header("topic")),
        ("86400", "high", "immediate")
    );
    let key = service.pusher.public_key();
    assert!(
        header("authorization").starts_with("vapid t=") && header("authorization").ends_with(&key)
    );
    let seen = format!(
        "{:?}{}",
        heard.headers,
        String::from_utf8_lossy(&heard.body)
    );
    assert!(!seen.contains("Meldung"), "{seen}");
}

#[tokio::test]
async fn what_a_service_answers_decides_what_is_done_next() {
    let browser = PrivateKey::generate(&ECDH_P256).unwrap();
    for (status, header, expected) in [
        (202, None, Outcome::Sent),
        (404, None, Outcome::Gone),
        (410, None, Outcome::Gone),
        (413, None, Outcome::Refused),
        (403, None, Outcome::Refused),
        (500, None, Outcome::Later(None)),
        (429, Some(("retry-after", "120")), Outcome::Later(Some(120))),
        (
            503,
            Some(("retry-after", "999999999")),
            Outcome::Later(Some(3_600)),
        ),
        (
            503,
            Some(("retry-after", "Wed, 21 Oct 2026 07:28:00 GMT")),
            Outcome::Later(None),
        ),
    ] {
        let service = service(status, header).await;
        assert_eq!(
            send(&service, &browser, &[3; 16]).await,
            expected,
            "{status}"
        );
    }
}

#[tokio::test]
async fn nobody_is_followed_elsewhere() {
    let browser = PrivateKey::generate(&ECDH_P256).unwrap();
    let elsewhere = service(201, None).await;
    let target: &'static str = elsewhere.endpoint.clone().leak();
    for status in [301, 302, 307, 308] {
        let service = service(status, Some(("location", target))).await;
        assert_eq!(
            send(&service, &browser, &[3; 16]).await,
            Outcome::Refused,
            "{status}"
        );
    }
    assert!(elsewhere.heard.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_service_that_is_away_or_shows_another_certificate_is_asked_again_later() {
    let browser = PrivateKey::generate(&ECDH_P256).unwrap();
    let mut service = service(201, None).await;
    let trusting = std::mem::replace(
        &mut service.pusher.client,
        Client::builder(TokioExecutor::new())
            .build(verbund_transport::web_connector(None, false).unwrap()),
    );
    assert_eq!(
        send(&service, &browser, &[3; 16]).await,
        Outcome::Later(None)
    );
    service.pusher.client = trusting;
    service._serving.shutdown().await;
    assert_eq!(
        send(&service, &browser, &[3; 16]).await,
        Outcome::Later(None)
    );
}
