//! An application without a node, and browsers that ask it: for tests of what holds whatever the node says.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use http::{HeaderMap, Method, Request, StatusCode, header};
use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;
use tower::ServiceExt as _;
use verbund_model::{Clock as _, SystemClock};
use verbund_transport::SystemName;
use verbund_transport::pki::{Authority, Validity};

use crate::app::App;
use crate::config::Config;
use crate::node::Node;
use crate::notify::Notify;
use crate::openid::OpenId;
use crate::security::client::PeerAddress;
use crate::server;
use crate::store::{NewPerson, Person, Store};

/// Where the application is reached in tests.
pub(crate) const URL: &str = "https://verbund.example";

/// The files of a configuration whose node is not there.
pub(crate) fn config(more: &str) -> (TempDir, Config) {
    verbund_transport::install_crypto_provider();
    let folder = tempfile::tempdir().unwrap();
    let validity = Validity::days(SystemClock.now(), 1);
    let (agency, federation) = ("kod".parse().unwrap(), "krefeld".parse().unwrap());
    let authority = Authority::create(agency, federation, validity).unwrap();
    let request = authority.system(SystemName::parse("briefing").unwrap(), validity);
    let issued = authority.issue(&request).unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("certificate.pem", &issued.certificate_pem);
    write("key.pem", &issued.key_pem);
    write("roots.pem", authority.certificate_pem());
    // A certificate for localhost, as an agency's own authority would give for the browser.
    let web = authority.issue(&authority.node(validity)).unwrap();
    write("web.pem", &web.certificate_pem);
    write("web.key", &web.key_pem);
    write(
        "briefing.toml",
        &format!(
            "listen = \"127.0.0.1:0\"\npublic_url = \"{URL}\"\n{more}\n[node]\naddress = \"127.0.0.1:1\"\n\
             certificate = \"certificate.pem\"\nkey = \"key.pem\"\nroots = \"roots.pem\"\n"
        ),
    );
    let config = Config::load(&folder.path().join("briefing.toml"), []).unwrap();
    (folder, config)
}

/// An application.
pub(crate) struct Bench {
    _folder: TempDir,
    pub(crate) app: App,
    router: Router,
}

impl Bench {
    pub(crate) async fn new() -> Arc<Self> {
        Self::with("").await
    }

    /// With more in its configuration's first section.
    pub(crate) async fn with(more: &str) -> Arc<Self> {
        let (folder, config) = config(more);
        let (node, _) = Node::new(&config.node).unwrap();
        let store = Store::open(&config.database).await.unwrap();
        let openid = config.sign_in.oidc.as_ref();
        let openid = openid.map(|it| OpenId::new(it, &config.public_url).unwrap());
        let notify = Notify::new(&config).unwrap();
        let app = App::new(config, node, store, openid, notify);
        Arc::new(Self {
            _folder: folder,
            router: server::router(app.clone()),
            app,
        })
    }

    /// An account.
    pub(crate) async fn person(&self, name: &str, roles: &str) -> Person {
        let new = NewPerson {
            name: name.to_owned(),
            roles: roles.parse().unwrap(),
            openid: None,
        };
        self.app.store().add_person(new).await.unwrap()
    }

    /// The path of a one-time link of an account.
    pub(crate) async fn link(&self, person: &Person) -> String {
        let ends_at = Timestamp::now() + SignedDuration::from_hours(1);
        let token = self.app.store().add_link(person.id, ends_at).await.unwrap();
        format!("/anmelden/link/{}", token.reveal())
    }

    /// A browser in which nobody is signed in.
    pub(crate) fn browser(self: &Arc<Self>) -> Browser {
        Browser {
            bench: self.clone(),
            cookies: BTreeMap::new(),
            form_token: String::new(),
            address: "192.0.2.1".parse().unwrap(),
            headers: HeaderMap::new(),
        }
    }

    /// A browser in which a person is signed in, who has just shown who they are or long ago.
    pub(crate) async fn signed_in(self: &Arc<Self>, person: &Person, is_proven: bool) -> Browser {
        let now = Timestamp::now();
        let hour = SignedDuration::from_hours(1);
        let proven_until = if is_proven { now + hour } else { now - hour };
        let begun = self
            .app
            .store()
            .begin_session(person.id, "", now + hour, proven_until);
        let token = begun.await.unwrap().reveal();
        let mut browser = self.browser();
        let name = self.app.cookies().session.clone();
        browser.cookies.insert(name, token);
        browser
    }
}

/// A browser: it keeps cookies, and knows the token of the forms on the page that it last saw.
pub(crate) struct Browser {
    bench: Arc<Bench>,
    pub(crate) cookies: BTreeMap<String, String>,
    form_token: String,
    pub(crate) address: IpAddr,
    /// Sent along with each request.
    pub(crate) headers: HeaderMap,
}

/// What it got.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Page {
    /// Where it is sent on to.
    pub(crate) fn to(&self) -> &str {
        let location = self.headers.get(header::LOCATION);
        location.map_or("", |it| it.to_str().unwrap())
    }
}

impl Browser {
    pub(crate) async fn get(&mut self, path: &str) -> Page {
        self.ask(Method::GET, path, String::new()).await
    }

    /// Sends a form of the page that it last saw; of the page about signing in where it has seen none.
    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        if self.form_token.is_empty() {
            self.get("/konto").await;
        }
        if self.form_token.is_empty() {
            self.get("/anmelden").await;
        }
        let token = self.form_token.clone();
        self.post_raw(path, &[fields, &[("form-token", &token)]].concat())
            .await
    }

    /// Sends these fields and no token.
    pub(crate) async fn post_raw(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        self.ask(Method::POST, path, body).await
    }

    pub(crate) async fn ask(&mut self, method: Method, path: &str, body: String) -> Page {
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::COOKIE, cookies.join("; "))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .extension(PeerAddress(self.address))
            .body(Body::from(body))
            .unwrap();
        request.headers_mut().extend(self.headers.clone());
        let response = self.bench.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        for cookie in parts.headers.get_all(header::SET_COOKIE) {
            let cookie = cookie.to_str().unwrap();
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            if cookie.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        // A stream of events has no end.
        let is_stream = parts
            .headers
            .get(header::CONTENT_TYPE)
            .is_some_and(|it| it == "text/event-stream");
        let text = match is_stream {
            true => String::new(),
            false => String::from_utf8(to_bytes(body, 1 << 24).await.unwrap().to_vec())
                .unwrap_or_default(),
        };
        if let Some((_, after)) = text.split_once("data-form-token=\"") {
            self.form_token = after.split('"').next().unwrap().to_owned();
        }
        Page {
            status: parts.status,
            headers: parts.headers,
            text,
        }
    }
}
