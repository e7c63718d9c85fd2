//! The application's configuration: a TOML file, and environment variables over it.
//!
//! **Promise.** An unknown key is an error that names it. A configuration that loaded holds absolute paths and values within
//! their bounds. What is told never holds a secret: those are in files of their own.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use toml::{Table, Value};

use crate::notify::{mail, push};
use crate::role::Role;
pub use crate::security::client::Network;

/// Prefix of the environment variables that override keys: `VERBUND_BRIEFING__NODE__ADDRESS` is `node.address`.
pub const ENVIRONMENT_PREFIX: &str = "VERBUND_BRIEFING__";
/// Configuration files are written by hand; one beyond this is something else.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// Everything that an operator sets for one application.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Address and port to listen on.
    pub listen: SocketAddr,
    /// Where people reach it, such as `https://verbund.stadt.example`: scheme, host, and port where it is another than the scheme's.
    pub public_url: String,
    /// The database of accounts and sessions, a file.
    #[serde(default = "default_database")]
    pub database: PathBuf,
    /// Proxies in front, by address or network: what they say of a browser's address is believed. None where browsers connect
    /// themselves.
    #[serde(default)]
    pub trusted_proxies: Vec<Network>,
    /// Form of the log on the standard error.
    #[serde(default)]
    pub log: LogFormat,
    /// The own agency's node.
    pub node: NodeSection,
    /// The certificate that browsers see; without it a proxy in front does TLS, or the address is a loopback's.
    #[serde(default)]
    pub tls: Option<TlsSection>,
    /// How people sign in.
    #[serde(default)]
    pub sign_in: SignInSection,
    /// How notifications leave by e-mail.
    #[serde(default)]
    pub mail: Option<MailSection>,
    /// How notifications leave by web push.
    #[serde(default)]
    pub push: Option<PushSection>,
    /// What lies under the map of places.
    #[serde(default)]
    pub map: Option<MapSection>,
}

/// Form of the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Lines for people.
    #[default]
    Human,
    /// One JSON object for each event.
    Json,
}

/// `[node]`: the own agency's node.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NodeSection {
    /// `host:port` of its agency API.
    pub address: String,
    /// The application's certificate, PEM: `spiffe://<agency>.<federation>.verbund/system/briefing`.
    pub certificate: PathBuf,
    /// Its private key, PEM.
    pub key: PathBuf,
    /// The own agency's roots, PEM.
    pub roots: PathBuf,
}

/// `[tls]`: the certificate that browsers see.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsSection {
    /// The certificate and its intermediates, PEM. A new file is taken over without a restart.
    pub certificate: PathBuf,
    /// Its private key, PEM.
    pub key: PathBuf,
}

/// `[sign_in]`: how people sign in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SignInSection {
    /// Accounts of the application's own, with passwords.
    pub local: bool,
    /// Hours after which somebody has to sign in anew, 1 to 168.
    pub session_hours: u32,
    /// An OpenID Connect provider.
    pub oidc: Option<OidcSection>,
}

impl Default for SignInSection {
    fn default() -> Self {
        Self {
            local: true,
            session_hours: 12,
            oidc: None,
        }
    }
}

/// `[sign_in.oidc]`: an OpenID Connect provider.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OidcSection {
    /// The issuer, an `https://` address (`http://` on a loopback only).
    pub issuer: String,
    /// The client id that the provider gave.
    pub client_id: String,
    /// A file with the client's secret; none for a public client. PKCE is used in any case.
    #[serde(default)]
    pub client_secret_file: Option<PathBuf>,
    /// What is asked for besides `openid`. Some providers tell groups only to who asks for a scope of that name.
    #[serde(default = "default_scopes")]
    pub scopes: Vec<String>,
    /// The claim that lists a person's groups: a name such as `groups`, or the way to it such as `realm_access.roles`.
    #[serde(default = "default_groups_claim")]
    pub groups_claim: String,
    /// Which groups give which role.
    pub roles: BTreeMap<String, Role>,
    /// What the button says; the issuer's host where nothing is said.
    #[serde(default)]
    pub name: Option<String>,
    /// Roots to trust for the provider besides the system's, PEM.
    #[serde(default)]
    pub roots_file: Option<PathBuf>,
}

/// `[mail]`: how notifications leave by e-mail.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailSection {
    /// `smtps://host:465`, `smtp://host:587` (STARTTLS is required), or `smtp+plain://127.0.0.1:25` on a loopback.
    pub server: String,
    /// The sender, such as `Verbund <verbund@stadt.example>`.
    pub from: String,
    /// The user to sign in as at the server.
    #[serde(default)]
    pub user: Option<String>,
    /// A file with that user's password.
    #[serde(default)]
    pub password_file: Option<PathBuf>,
    /// Roots to trust for the server besides the system's, PEM.
    #[serde(default)]
    pub roots_file: Option<PathBuf>,
}

/// `[push]`: how notifications leave by web push.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PushSection {
    /// Whom push services may write to when something is wrong, such as `mailto:betrieb@stadt.example`.
    pub contact: String,
    /// The file of the key that names this application to push services; made when it is not there.
    #[serde(default = "default_push_key")]
    pub key_file: PathBuf,
    /// Hosts of push services that may be written to, with a port where it is not 443; `*.` stands for any name below. Those of
    /// the common browsers where nothing is said.
    #[serde(default)]
    pub services: Vec<String>,
    /// Roots to trust for push services besides the system's, PEM.
    #[serde(default)]
    pub roots_file: Option<PathBuf>,
}

/// `[map]`: what lies under the map of places. Without it the map is drawn from the charter alone, and no browser asks anybody else
/// for anything; with it browsers ask this one server for pictures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MapSection {
    /// Where the pictures are: `https://tiles.stadt.example/{z}/{x}/{y}.png` (`http://` on a loopback only).
    pub tiles: String,
    /// Whose map it is, as its licence wants it said below.
    pub attribution: String,
}

impl MapSection {
    /// Scheme, host and port of the pictures' server.
    pub(crate) fn origin(&self) -> Option<String> {
        let address = self.tiles.split('{').next().unwrap_or_default();
        let url: http::Uri = address.parse().ok()?;
        let (scheme, authority) = (url.scheme_str()?, url.authority()?);
        let is_plain = !authority.as_str().contains('@');
        let is_allowed = scheme == "https" || scheme == "http" && is_loopback(authority.host());
        (is_plain && is_allowed).then(|| format!("{scheme}://{authority}"))
    }

    fn check(&self) -> Result<(), String> {
        if self.origin().is_none() {
            return Err("map.tiles must begin with https:// and a host".to_owned());
        }
        if !["{z}", "{x}", "{y}"]
            .iter()
            .all(|it| self.tiles.contains(it))
        {
            return Err("map.tiles must name {z}, {x} and {y}".to_owned());
        }
        if self.attribution.trim().is_empty() {
            return Err("map.attribution must say whose map it is".to_owned());
        }
        Ok(())
    }
}

fn default_database() -> PathBuf {
    PathBuf::from("briefing.db")
}

fn default_push_key() -> PathBuf {
    PathBuf::from("push.key")
}

fn default_scopes() -> Vec<String> {
    vec!["profile".to_owned()]
}

fn default_groups_claim() -> String {
    "groups".to_owned()
}

impl<'de> Deserialize<'de> for Role {
    fn deserialize<D: serde::Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let word = String::deserialize(input)?;
        word.parse().map_err(serde::de::Error::custom)
    }
}

impl Serialize for Role {
    fn serialize<S: serde::Serializer>(&self, output: S) -> Result<S::Ok, S::Error> {
        output.serialize_str(self.as_str())
    }
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file can't be read.
    #[error("can't read {}", path.display())]
    Read {
        /// Which one.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file, or a variable, is not what a configuration is.
    #[error("{}: {message}", path.display())]
    Invalid {
        /// Which file.
        path: PathBuf,
        /// What is wrong, with the key.
        message: String,
    },
}

impl Config {
    /// What is needed at least; all else as where nothing is said.
    #[must_use]
    pub fn new(listen: SocketAddr, public_url: String, node: NodeSection) -> Self {
        Self {
            listen,
            public_url,
            database: default_database(),
            trusted_proxies: Vec::new(),
            log: LogFormat::default(),
            node,
            tls: None,
            sign_in: SignInSection::default(),
            mail: None,
            push: None,
            map: None,
        }
    }

    /// Reads a file, with the environment over it. `environment` is usually [`std::env::vars_os`].
    ///
    /// # Errors
    /// What is wrong, with the key that it is about.
    pub fn load(
        path: &Path,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Self, ConfigError> {
        let unreadable = |source| ConfigError::Read {
            path: path.to_owned(),
            source,
        };
        let invalid = |message: String| ConfigError::Invalid {
            path: path.to_owned(),
            message,
        };
        if std::fs::metadata(path).map_err(unreadable)?.len() > FILE_BYTES_MAX {
            return Err(unreadable(std::io::Error::other("it is larger than 1 MiB")));
        }
        let text = std::fs::read_to_string(path).map_err(unreadable)?;
        let mut table: Table = toml::from_str(&text).map_err(|error| invalid(error.to_string()))?;
        for (name, value) in environment {
            let (Some(name), Some(value)) = (name.to_str(), value.to_str()) else {
                continue;
            };
            if let Some(key) = name.strip_prefix(ENVIRONMENT_PREFIX) {
                set(&mut table, &key.to_ascii_lowercase(), value).map_err(|_| {
                    invalid(format!("{name} names a key below one that is no section"))
                })?;
            }
        }
        let mut config: Self = table
            .try_into()
            .map_err(|error: toml::de::Error| invalid(error.message().to_owned()))?;
        config.check().map_err(invalid)?;
        let file = std::path::absolute(path).map_err(unreadable)?;
        config.resolve(file.parent().unwrap_or(Path::new("/")));
        Ok(config)
    }

    /// Whether people reach it over HTTPS; cookies are `Secure` then.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.public_url.starts_with("https://")
    }

    /// The host at which people reach it.
    pub(crate) fn public_host(&self) -> &str {
        let (_, rest) = self.public_url.split_once("://").unwrap_or_default();
        let end = rest.find([':', '/']).unwrap_or(rest.len());
        &rest[..end]
    }

    fn check(&mut self) -> Result<(), String> {
        self.public_url = self.public_url.trim_end_matches('/').to_owned();
        let url: http::Uri = (self.public_url.parse())
            .map_err(|error| format!("public_url is no address: {error}"))?;
        let (Some(scheme), Some(host)) = (url.scheme_str(), url.host()) else {
            return Err("public_url must be such as https://verbund.stadt.example".to_owned());
        };
        if !url.path().is_empty() && url.path() != "/" {
            return Err(
                "public_url must have no path: the application has a host or port of its own"
                    .to_owned(),
            );
        }
        match scheme {
            "https" => {}
            "http" if is_loopback(host) => {}
            "http" => {
                return Err(
                    "public_url must be https:// for all but a loopback: sessions would be readable on the way"
                        .to_owned(),
                );
            }
            _ => return Err("public_url must begin with https://".to_owned()),
        }
        if self.tls.is_some() && scheme == "http" {
            return Err("public_url must be https:// where [tls] is set".to_owned());
        }
        if !(1..=168).contains(&self.sign_in.session_hours) {
            return Err("sign_in.session_hours must be 1 to 168".to_owned());
        }
        if !self.sign_in.local && self.sign_in.oidc.is_none() {
            return Err("nobody could sign in: set sign_in.local or [sign_in.oidc]".to_owned());
        }
        if let Some(oidc) = &self.sign_in.oidc {
            let issuer: Option<http::Uri> = oidc.issuer.parse().ok();
            let is_safe = issuer.is_some_and(|it| match (it.scheme_str(), it.host()) {
                (Some("https"), Some(_)) => true,
                (Some("http"), Some(host)) => is_loopback(host),
                _ => false,
            });
            if !is_safe {
                return Err(
                    "sign_in.oidc.issuer must begin with https://, or http:// on a loopback"
                        .to_owned(),
                );
            }
            if oidc.roles.is_empty() {
                return Err(
                    "sign_in.oidc.roles gives nobody a role: name at least one group".to_owned(),
                );
            }
        }
        self.mail.as_ref().map_or(Ok(()), mail::check)?;
        self.push.as_ref().map_or(Ok(()), push::check)?;
        self.map.as_ref().map_or(Ok(()), MapSection::check)
    }

    /// Relative paths start at the folder of the file.
    fn resolve(&mut self, folder: &Path) {
        let mut paths = vec![
            &mut self.database,
            &mut self.node.certificate,
            &mut self.node.key,
            &mut self.node.roots,
        ];
        if let Some(tls) = &mut self.tls {
            paths.extend([&mut tls.certificate, &mut tls.key]);
        }
        if let Some(oidc) = &mut self.sign_in.oidc {
            paths.extend(oidc.client_secret_file.as_mut());
            paths.extend(oidc.roots_file.as_mut());
        }
        if let Some(mail) = &mut self.mail {
            paths.extend(mail.password_file.as_mut());
            paths.extend(mail.roots_file.as_mut());
        }
        if let Some(push) = &mut self.push {
            paths.push(&mut push.key_file);
            paths.extend(push.roots_file.as_mut());
        }
        for path in paths {
            *path = folder.join(&*path);
        }
    }
}

/// Whether a host of an address is this machine's own.
pub(crate) fn is_loopback(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || host.ends_with(".localhost")
        || (host.parse::<std::net::IpAddr>()).is_ok_and(|it| it.is_loopback())
}

/// Lays a variable's value over a key such as `node__address`. What reads as TOML's number or boolean is one; else it is text.
fn set(table: &mut Table, key: &str, value: &str) -> Result<(), ()> {
    match key.split_once("__") {
        Some((section, rest)) => {
            let inner = table
                .entry(section)
                .or_insert_with(|| Value::Table(Table::new()));
            set(inner.as_table_mut().ok_or(())?, rest, value)
        }
        None => {
            let read = match value.parse::<i64>() {
                Ok(number) => Value::Integer(number),
                Err(_) => match value.parse::<bool>() {
                    Ok(yes) => Value::Boolean(yes),
                    Err(_) => Value::String(value.to_owned()),
                },
            };
            table.insert(key.to_owned(), read);
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
listen = "127.0.0.1:8080"
public_url = "http://127.0.0.1:8080/"
[node]
address = "localhost:7443"
certificate = "c.pem"
key = "/k.pem"
roots = "r.pem"
"#;

    fn load(text: &str, environment: &[(&str, &str)]) -> Result<Config, String> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("briefing.toml");
        std::fs::write(&file, text).unwrap();
        let variables = environment
            .iter()
            .map(|(name, value)| (OsString::from(name), OsString::from(value)));
        let mut config = Config::load(&file, variables).map_err(|error| error.to_string())?;
        config.node.certificate = config
            .node
            .certificate
            .strip_prefix(folder.path())
            .unwrap()
            .into();
        Ok(config)
    }

    #[test]
    fn what_is_not_said_has_sensible_values() {
        let config = load(GOOD, &[]).unwrap();
        assert!(config.sign_in.local);
        assert_eq!(config.public_url, "http://127.0.0.1:8080");
        assert_eq!(config.node.certificate, Path::new("c.pem"));
        assert_eq!(config.node.key, Path::new("/k.pem"));
    }

    #[test]
    fn variables_come_over_the_file() {
        let over = [
            ("VERBUND_BRIEFING__NODE__ADDRESS", "node:1"),
            ("VERBUND_BRIEFING__SIGN_IN__SESSION_HOURS", "8"),
            ("VERBUND__NODE__AGENCY", "kod"),
        ];
        let config = load(GOOD, &over).unwrap();
        assert_eq!(config.node.address, "node:1");
        assert_eq!(config.sign_in.session_hours, 8);
    }

    #[test]
    fn a_map_names_one_server_and_whose_it_is() {
        let with = |tiles: &str, attribution: &str| {
            load(
                &format!("{GOOD}[map]\ntiles = \"{tiles}\"\nattribution = \"{attribution}\"\n"),
                &[],
            )
        };
        let config = with("https://tiles.example:8443/a/{z}/{x}/{y}.png", "Stadt").unwrap();
        assert_eq!(
            config.map.unwrap().origin().as_deref(),
            Some("https://tiles.example:8443")
        );
        assert!(with("http://127.0.0.1:8080/{z}/{x}/{y}.png", "Stadt").is_ok());
        for (tiles, attribution) in [
            ("http://tiles.example/{z}/{x}/{y}.png", "Stadt"),
            ("https://{z}.tiles.example/{x}/{y}.png", "Stadt"),
            ("https://a:b@tiles.example/{z}/{x}/{y}.png", "Stadt"),
            ("https://tiles.example/{z}/{x}.png", "Stadt"),
            ("/{z}/{x}/{y}.png", "Stadt"),
            ("https://tiles.example/{z}/{x}/{y}.png", " "),
        ] {
            let error = with(tiles, attribution).unwrap_err();
            assert!(error.contains("map."), "{tiles}: {error}");
        }
    }

    #[test]
    fn what_is_wrong_is_told_with_its_key() {
        for (text, word) in [
            (GOOD.replace("listen", "lisen"), "lisen"),
            (
                GOOD.replace("http://127.0.0.1:8080/", "http://stadt.example"),
                "https",
            ),
            (
                GOOD.replace("http://127.0.0.1:8080/", "https://a.example/b"),
                "path",
            ),
            (format!("{GOOD}[sign_in]\nlocal = false\n"), "sign_in"),
            (
                format!("{GOOD}[sign_in]\nsession_hours = 0\n"),
                "session_hours",
            ),
            (
                format!(
                    "{GOOD}[sign_in.oidc]\nissuer=\"https://a\"\nclient_id=\"b\"\n[sign_in.oidc.roles]\nx=\"chief\"\n"
                ),
                "coordinator",
            ),
        ] {
            let error = load(&text, &[]).unwrap_err();
            assert!(error.contains(word), "{error} does not say {word}");
        }
    }
}
