//! E-mails, through the agency's own server.
//!
//! **Promise.** Without TLS nothing leaves this machine: a server elsewhere is spoken to over TLS from the first byte, or STARTTLS
//! is required. A mail says that a program sent it, so that nobody's absence notice answers.

use std::fmt;
use std::time::Duration;

use aws_lc_rs::digest;
use lettre::message::Mailbox;
use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::response::Category;
use lettre::{Address, AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};

use super::message::Message;
use super::{Outcome, SetUpError};
use crate::config::{MailSection, is_loopback};

/// How long the server may take for one command.
const ANSWER_MAX: Duration = Duration::from_secs(30);
/// How long an address may be (RFC 5321, 4.5.3.1.3).
const ADDRESS_CHARS_MAX: usize = 254;

/// Sends e-mails.
pub(crate) struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    /// What our message ids end with.
    domain: String,
}

impl fmt::Debug for Mailer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mailer")
    }
}

/// How the connection to the server is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Protection {
    /// TLS from the first byte.
    Tls,
    /// TLS after a greeting; nothing is sent where the server does not want it.
    StartTls,
    /// None, on a loopback.
    Plain,
}

/// Where the server is.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Server {
    protection: Protection,
    host: String,
    port: u16,
}

impl Mailer {
    /// Prepares the way to the server; the first mail goes it. `own_host` is the host of the application's address.
    ///
    /// # Errors
    /// What of the configuration can't be used.
    pub(crate) fn new(config: &MailSection, own_host: &str) -> Result<Self, SetUpError> {
        let server = Server::parse(&config.server).map_err(SetUpError::Mail)?;
        let from = sender(&config.from).map_err(SetUpError::Mail)?;
        let tls =
            |e: lettre::transport::smtp::Error| SetUpError::Mail(format!("TLS can't be used: {e}"));
        let mut parameters = TlsParameters::builder(server.host.clone());
        if let Some(path) = &config.roots_file {
            for certificate in certificates(&read(path)?) {
                let added = Certificate::from_pem(certificate.as_bytes()).map_err(tls)?;
                parameters = parameters.add_root_certificate(added);
            }
        }
        let protection = match server.protection {
            Protection::Plain => Tls::None,
            Protection::Tls => Tls::Wrapper(parameters.build().map_err(tls)?),
            Protection::StartTls => Tls::Required(parameters.build().map_err(tls)?),
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&server.host)
            .port(server.port)
            .tls(protection)
            .timeout(Some(ANSWER_MAX))
            .hello_name(ClientId::Domain(own_host.to_owned()));
        if let (Some(user), Some(path)) = (&config.user, &config.password_file) {
            let password = read(path)?.trim_end_matches(['\r', '\n']).to_owned();
            builder = builder.credentials(Credentials::new(user.clone(), password));
        }
        Ok(Self {
            transport: builder.build(),
            domain: from.email.domain().to_owned(),
            from,
        })
    }

    /// Sends a message to an address. `id` is the same for the same message, so that one that came twice is known as one.
    pub(crate) async fn send(&self, message: &Message, to: &str, id: &str) -> Outcome {
        let Some(to) = address(to) else {
            return Outcome::Refused;
        };
        let mail = lettre::Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .message_id(Some(format!("<{id}@{}>", self.domain)))
            .subject(message.subject.as_str())
            .header(AutoSubmitted)
            .header(NoAutoResponse)
            .header(ContentType::TEXT_PLAIN)
            .body(message.text.clone());
        let mail = match mail {
            Ok(mail) => mail,
            Err(error) => {
                tracing::error!(%error, "a mail could not be made");
                return Outcome::Refused;
            }
        };
        match self.transport.send(mail).await {
            Ok(_) => Outcome::Sent,
            Err(error) => refusal(&error),
        }
    }
}

/// The server's own words may hold the address, so that only their number gets into the log.
fn refusal(error: &lettre::transport::smtp::Error) -> Outcome {
    let Some(code) = error.status() else {
        let reason = if error.is_tls() { "TLS" } else { "connection" };
        tracing::warn!(reason, "the mail server can't be reached");
        return Outcome::Later(None);
    };
    // 55x is about this mail or this address (RFC 5321, 4.2.1 and 4.2.3). All else, such as a password that is not taken, is for
    // whoever looks after the server, and goes well once they did.
    let is_about_mail = error.is_permanent() && code.category == Category::MailSystem;
    tracing::warn!(code = %code, "the mail server refuses a mail");
    if is_about_mail {
        Outcome::Refused
    } else {
        Outcome::Later(None)
    }
}

/// An address as somebody typed it; `None` where it is none that a mail can go to.
pub(crate) fn address(text: &str) -> Option<Address> {
    let text = text.trim();
    let is_plain =
        text.len() <= ADDRESS_CHARS_MAX && text.is_ascii() && !text.contains(['"', '[', ' ']);
    is_plain.then(|| text.parse().ok()).flatten()
}

/// Names one message to one way, so that trying again does not make it another.
pub(crate) fn message_id(parts: impl IntoIterator<Item = impl AsRef<[u8]>>) -> String {
    let mut context = digest::Context::new(&digest::SHA256);
    for part in parts {
        context.update(part.as_ref());
        context.update(&[0]);
    }
    let hash = context.finish();
    hash.as_ref()[..16]
        .iter()
        .map(|it| format!("{it:02x}"))
        .collect()
}

/// Looks at what an operator wrote, before anything starts.
///
/// # Errors
/// What is wrong, with its key.
pub(crate) fn check(config: &MailSection) -> Result<(), String> {
    let server = Server::parse(&config.server)?;
    sender(&config.from)?;
    match (&config.user, &config.password_file) {
        (Some(_), None) => Err("mail.password_file must be set where mail.user is".to_owned()),
        (None, Some(_)) => Err("mail.user must be set where mail.password_file is".to_owned()),
        (Some(_), Some(_)) if server.protection == Protection::Plain => Err(
            "mail.user needs a server with TLS: the password would be readable on the way"
                .to_owned(),
        ),
        _ => Ok(()),
    }
}

fn sender(text: &str) -> Result<Mailbox, String> {
    text.parse()
        .map_err(|_| "mail.from must be such as `Verbund <verbund@stadt.example>`".to_owned())
}

impl Server {
    fn parse(text: &str) -> Result<Self, String> {
        let wrong = || {
            "mail.server must be such as smtps://mail.stadt.example, smtp://mail.stadt.example:587 or \
             smtp+plain://127.0.0.1:25"
                .to_owned()
        };
        let address: http::Uri = text.parse().map_err(|_| wrong())?;
        let (protection, usual_port) = match address.scheme_str() {
            Some("smtps") => (Protection::Tls, 465),
            Some("smtp") => (Protection::StartTls, 587),
            Some("smtp+plain") => (Protection::Plain, 25),
            _ => return Err(wrong()),
        };
        let authority = address.authority().ok_or_else(wrong)?;
        let host = authority
            .host()
            .trim_start_matches('[')
            .trim_end_matches(']')
            .to_owned();
        if host.is_empty() || authority.as_str().contains('@') || address.path().len() > 1 {
            return Err(wrong());
        }
        if protection == Protection::Plain && !is_loopback(&host) {
            return Err(
                "mail.server must be smtps:// or smtp:// for all but a loopback".to_owned(),
            );
        }
        Ok(Self {
            protection,
            host,
            port: authority.port_u16().unwrap_or(usual_port),
        })
    }
}

fn read(path: &std::path::Path) -> Result<String, SetUpError> {
    std::fs::read_to_string(path).map_err(|source| SetUpError::Read {
        path: path.to_owned(),
        source,
    })
}

/// The certificates of a PEM file, one by one.
fn certificates(pem: &str) -> impl Iterator<Item = &str> {
    const END: &str = "-----END CERTIFICATE-----";
    pem.split_inclusive(END).filter(|it| it.ends_with(END))
}

/// A program sent this, and wants no answer of one (RFC 3834, 5).
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// The same in the words of Exchange, which does not know the other.
#[derive(Clone)]
struct NoAutoResponse;

impl Header for NoAutoResponse {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("X-Auto-Response-Suppress")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "All".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_without_tls_is_on_this_machine() {
        let parse = |text: &str| Server::parse(text).map(|it| (it.protection, it.host, it.port));
        let host = |text: &str| text.to_owned();
        assert_eq!(
            parse("smtps://mail.example"),
            Ok((Protection::Tls, host("mail.example"), 465))
        );
        assert_eq!(
            parse("smtp://mail.example:25"),
            Ok((Protection::StartTls, host("mail.example"), 25))
        );
        assert_eq!(
            parse("smtp+plain://127.0.0.1:2525"),
            Ok((Protection::Plain, host("127.0.0.1"), 2_525))
        );
        assert_eq!(
            parse("smtp+plain://[::1]"),
            Ok((Protection::Plain, host("::1"), 25))
        );
        for bad in [
            "smtp+plain://mail.example",
            "mail.example",
            "http://a",
            "smtp://u:p@a",
            "smtp://a/b",
            "",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_is_wrong_with_the_section_is_told_with_its_key() {
        let section = |server: &str, from: &str, user: bool, password: bool| MailSection {
            server: server.to_owned(),
            from: from.to_owned(),
            user: user.then(|| "verbund".to_owned()),
            password_file: password.then(|| "password".into()),
            roots_file: None,
        };
        let (tls, from) = ("smtps://mail.example", "Verbund <verbund@mail.example>");
        assert_eq!(check(&section(tls, from, true, true)), Ok(()));
        for (bad, key) in [
            (section("mail.example", from, false, false), "mail.server"),
            (section(tls, "Verbund", false, false), "mail.from"),
            (section(tls, from, true, false), "mail.password_file"),
            (section(tls, from, false, true), "mail.user"),
            (
                section("smtp+plain://localhost", from, true, true),
                "mail.user",
            ),
        ] {
            assert!(check(&bad).unwrap_err().contains(key), "{key}");
        }
    }

    #[test]
    fn an_address_is_one_that_mail_can_go_to() {
        for good in ["a@stadt.example", " a.b+c@kod.krefeld.example "] {
            assert!(address(good).is_some(), "{good}");
        }
        for bad in [
            "",
            "a",
            "a@",
            "a@b\r\nBcc: c@d",
            "a@b.example, c@d.example",
            "A <a@b.example>",
            "ä@b.example",
        ] {
            assert!(address(bad).is_none(), "{bad}");
        }
        assert!(address(&format!("{}@b.example", "a".repeat(260))).is_none());
    }

    #[test]
    fn the_same_message_has_the_same_id() {
        assert_eq!(message_id(["a", "b"]), message_id(["a", "b"]));
        assert_ne!(message_id(["a", "b"]), message_id(["ab"]));
        assert_eq!(message_id(["a"]).len(), 32);
    }

    #[test]
    fn each_certificate_of_a_file_is_taken() {
        let one = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----";
        assert_eq!(certificates(&format!("{one}\n{one}\n")).count(), 2);
        assert_eq!(certificates("").count(), 0);
    }
}
