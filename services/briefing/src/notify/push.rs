//! Pushes to browsers, through the push service that each browser's maker runs (RFC 8030).
//!
//! **Promise.** A request goes to a host of the list only, over HTTPS, and nowhere that it answers with. The service sees that
//! this application has something for a browser and how urgent it is; the text is for the browser alone.

mod encrypt;
mod vapid;

use std::time::Duration;

use bytes::Bytes;
use http::uri::{Scheme, Uri};
use http::{Method, Request, StatusCode, header};
use http_body_util::Full;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use jiff::Timestamp;
use serde_json::json;
use tokio::time::timeout;

use super::matter::Urgency;
use super::message::Message;
use super::{Outcome, SetUpError};
use crate::config::PushSection;
use vapid::Vapid;

pub(crate) use encrypt::is_usable;

/// The push services of the common browsers; `*.` stands for any name below.
const SERVICES: &[&str] = &[
    "fcm.googleapis.com",
    "updates.push.services.mozilla.com",
    "*.push.apple.com",
    "*.notify.windows.com",
];
/// Addresses of browsers are some 200 characters.
const ENDPOINT_CHARS_MAX: usize = 2_048;
/// How long a service may take to answer.
const ANSWER_MAX: Duration = Duration::from_secs(15);
/// How long a service keeps a push for a browser that is not there: what waits longer is found on the page.
const KEPT_SECONDS: u32 = 24 * 3_600;
/// The longest that a service can make us wait; the rest is our own patience.
const RETRY_SECONDS_MAX: u64 = 3_600;

type Connector = verbund_transport::WebConnector;

/// Sends pushes.
#[derive(Debug)]
pub(crate) struct Pusher {
    client: Client<Connector, Full<Bytes>>,
    vapid: Vapid,
    services: Vec<String>,
}

impl Pusher {
    /// Reads the key, and makes it where it is not there.
    ///
    /// # Errors
    /// When the key or the roots can't be used.
    pub(crate) fn new(config: &PushSection) -> Result<Self, SetUpError> {
        let key_error = |error: vapid::KeyError| SetUpError::PushKey {
            path: config.key_file.clone(),
            source: error.into(),
        };
        let vapid = Vapid::open(&config.key_file, &config.contact).map_err(key_error)?;
        let connector = verbund_transport::web_connector(config.roots_file.as_deref(), false)?;
        let services = match config.services.as_slice() {
            [] => SERVICES.iter().map(|it| (*it).to_owned()).collect(),
            said => said.to_vec(),
        };
        Ok(Self {
            client: Client::builder(TokioExecutor::new()).build(connector),
            vapid,
            services,
        })
    }

    /// The public key that browsers are asked to take pushes of.
    pub(crate) fn public_key(&self) -> String {
        self.vapid.public_key()
    }

    /// Whether an address that a browser names is one of a push service.
    pub(crate) fn takes(&self, endpoint: &str) -> bool {
        self.address(endpoint).is_some()
    }

    fn address(&self, endpoint: &str) -> Option<Uri> {
        let address: Uri = endpoint.parse().ok()?;
        let authority = address.authority()?;
        let is_service = endpoint.len() <= ENDPOINT_CHARS_MAX
            && address.scheme() == Some(&Scheme::HTTPS)
            && !authority.as_str().contains('@')
            && self
                .services
                .iter()
                .any(|it| is_at(it, authority.host(), authority.port_u16()));
        is_service.then_some(address)
    }

    /// Sends a message to a browser.
    pub(crate) async fn send(
        &self,
        message: &Message,
        endpoint: &str,
        key: &[u8],
        secret: &[u8],
        now: Timestamp,
    ) -> Outcome {
        let Some(address) = self.address(endpoint) else {
            // The list was shortened since.
            return Outcome::Gone;
        };
        let text = json!({ "title": message.subject, "body": message.short, "path": message.path });
        let body = match encrypt::encrypt(text.to_string().as_bytes(), key, secret) {
            Ok(body) => body,
            Err(error) => {
                tracing::error!(%error, "a push could not be encrypted");
                return Outcome::Refused;
            }
        };
        let urgency = match message.urgency {
            Urgency::Routine => "low",
            Urgency::Soon => "normal",
            Urgency::Immediate => "high",
        };
        let origin = format!(
            "https://{}",
            address.authority().map_or("", |it| it.as_str())
        );
        let request = Request::builder()
            .method(Method::POST)
            .uri(address)
            .header(
                header::AUTHORIZATION,
                self.vapid.authorization(&origin, now),
            )
            .header(header::CONTENT_ENCODING, "aes128gcm")
            .header(header::CONTENT_TYPE, "application/octet-stream")
            .header("ttl", KEPT_SECONDS)
            .header("urgency", urgency)
            // A browser that was away gets the latest of each urgency, not a pile.
            .header("topic", message.urgency.word())
            .body(Full::from(body));
        let Ok(request) = request else {
            return Outcome::Gone;
        };
        // The answer's body is not read: there is nothing in it that we need.
        let status = match timeout(ANSWER_MAX, self.client.request(request)).await {
            Ok(Ok(answer)) => {
                let after = answer.headers().get(header::RETRY_AFTER);
                let after = after.and_then(|it| it.to_str().ok()?.parse::<u64>().ok());
                (answer.status(), after.map(|it| it.min(RETRY_SECONDS_MAX)))
            }
            Ok(Err(error)) => {
                let reason = &error as &dyn std::error::Error;
                tracing::warn!(error = reason, host = %origin, "a push service can't be reached");
                return Outcome::Later(None);
            }
            Err(_) => {
                tracing::warn!(host = %origin, "a push service does not answer");
                return Outcome::Later(None);
            }
        };
        outcome(status, &origin)
    }
}

fn outcome((status, after): (StatusCode, Option<u64>), origin: &str) -> Outcome {
    match status {
        _ if status.is_success() => Outcome::Sent,
        // The browser does not take pushes any more (RFC 8030, 7.3).
        StatusCode::NOT_FOUND | StatusCode::GONE => Outcome::Gone,
        StatusCode::TOO_MANY_REQUESTS => Outcome::Later(after),
        _ if status.is_server_error() => Outcome::Later(after),
        _ => {
            tracing::warn!(status = status.as_u16(), host = %origin, "a push service refuses a push");
            Outcome::Refused
        }
    }
}

/// Looks at what an operator wrote, before anything starts.
///
/// # Errors
/// What is wrong, with its key.
pub(crate) fn check(config: &PushSection) -> Result<(), String> {
    if !config.contact.starts_with("mailto:") && !config.contact.starts_with("https://") {
        return Err(
            "push.contact must be such as mailto:betrieb@stadt.example (RFC 8292)".to_owned(),
        );
    }
    let is_host = |entry: &String| {
        let host = entry.strip_prefix("*.").unwrap_or(entry);
        let (name, port) = host.rsplit_once(':').unwrap_or((host, "443"));
        let is_name = name
            .bytes()
            .all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || b".-".contains(&it));
        is_name && !name.is_empty() && port.parse::<u16>().is_ok()
    };
    match config.services.iter().find(|it| !is_host(it)) {
        Some(entry) => Err(format!(
            "push.services: `{entry}` is no host in lower case, such as push.example or *.push.example"
        )),
        None => Ok(()),
    }
}

/// Whether a host, and a port where it is another than HTTPS's, is what an entry of the list means.
fn is_at(entry: &str, host: &str, port: Option<u16>) -> bool {
    let (wanted, wanted_port) = match entry.rsplit_once(':') {
        Some((wanted, port)) => (wanted, port.parse().ok()),
        None => (entry, None),
    };
    let host = host.to_ascii_lowercase();
    let is_host = match wanted.strip_prefix("*.") {
        Some(above) => host
            .strip_suffix(above)
            .is_some_and(|it| it.len() > 1 && it.ends_with('.')),
        None => host == wanted,
    };
    is_host && port.unwrap_or(443) == wanted_port.unwrap_or(443)
}

#[cfg(test)]
mod tests;
