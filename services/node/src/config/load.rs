//! Reads the file, lays the environment over it, and fills the fields by the table of keys.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::path::Path;

use toml::{Table, Value};
use verbund_model::AgencyId;
use verbund_transport::SystemName;

use super::keys::{KEYS, Key, SECTIONS, boolean, expected, text};
use super::{Client, Config, ConfigError, ENVIRONMENT_PREFIX, Problem, store_in};
use crate::roles::{Role, UnknownRole};

/// Configuration files are written by hand; one beyond this is something else.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// A list of systems is written by hand; certificates' names are short.
const CLIENTS_MAX: usize = 1024;

impl Config {
    /// Reads a configuration file, with the environment's `VERBUND__SECTION__KEY` over it.
    ///
    /// `environment` is usually [`std::env::vars_os`]; what doesn't begin with [`ENVIRONMENT_PREFIX`] is passed over.
    ///
    /// # Errors
    /// Tells everything that is wrong at once: unknown keys with the nearest known one, values of the wrong type or out of
    /// bounds. Whether files exist is left to [`Config::check`].
    pub fn load(
        path: &Path,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Self, ConfigError> {
        let unreadable = |source| ConfigError::Read {
            path: path.to_owned(),
            source,
        };
        let bytes = std::fs::metadata(path).map_err(unreadable)?.len();
        if bytes > FILE_BYTES_MAX {
            return Err(unreadable(std::io::Error::other("it is larger than 1 MiB")));
        }
        let content = std::fs::read_to_string(path).map_err(unreadable)?;
        let file = std::path::absolute(path).map_err(unreadable)?;
        let folder = file.parent().unwrap_or(Path::new("/"));
        let table = content.parse::<Table>().map_err(|error| {
            let (line, column) = position(&content, error.span().map_or(0, |span| span.start));
            ConfigError::Syntax {
                path: path.to_owned(),
                line,
                column,
                message: error.message().to_owned(),
            }
        })?;

        let mut reader = Reader::default();
        let mut config = reader.read(table, environment);
        if !reader.problems.is_empty() {
            return Err(ConfigError::Invalid {
                path: path.to_owned(),
                problems: reader.problems,
            });
        }
        config.resolve(folder);
        Ok(config)
    }
}

/// Line and column of a byte, both from 1.
fn position(content: &str, byte: usize) -> (usize, usize) {
    let before = content.get(..byte).unwrap_or(content);
    let line = before.matches('\n').count() + 1;
    let column = before
        .rsplit('\n')
        .next()
        .unwrap_or_default()
        .chars()
        .count()
        + 1;
    (line, column)
}

#[derive(Default)]
struct Reader {
    /// Keys that were given, in the file or in the environment.
    given: BTreeSet<String>,
    problems: Vec<Problem>,
}

impl Reader {
    fn read(
        &mut self,
        table: Table,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Config {
        let placeholder = AgencyId::parse("agency").expect("the word is a slug");
        let mut config = Config::new(placeholder);
        for (section, value) in table {
            match (section.as_str(), value) {
                ("client", Value::Array(clients)) => self.clients(&mut config, clients),
                ("client", other) => self.problem("client", expected("a list: [[client]]", &other)),
                (section, Value::Table(keys)) => self.section(&mut config, section, keys),
                (section, _) if SECTIONS.iter().any(|(known, _)| *known == section) => {
                    self.problem(section, format!("is a section: [{section}]"));
                }
                (key, _) => self.unknown(key),
            }
        }
        for (name, value) in environment {
            self.variable(&mut config, &name, &value);
        }
        if !self.given.contains("node.agency") {
            self.problem("node.agency", "is missing: say whose node this is");
        }
        if self.given.contains("node.data") && !self.given.contains("store.url") {
            config.store.url = store_in(&config.node.data);
        }
        config
    }

    fn section(&mut self, config: &mut Config, section: &str, keys: Table) {
        if !SECTIONS.iter().any(|(known, _)| *known == section) {
            return self.unknown(section);
        }
        for (name, value) in keys {
            let path = format!("{section}.{name}");
            match (path.as_str(), value) {
                ("partners.endpoint", Value::Table(endpoints)) => {
                    for (agency, endpoint) in endpoints {
                        self.endpoint(config, &agency, &endpoint);
                    }
                }
                ("partners.endpoint", other) => {
                    self.problem(path, expected("a section: [partners.endpoint]", &other));
                }
                (_, value) => match key(&path) {
                    Some(key) => self.set(config, key, &value),
                    None => self.unknown(&path),
                },
            }
        }
    }

    fn set(&mut self, config: &mut Config, key: &Key, value: &Value) {
        self.given.insert(key.path.to_owned());
        if let Err(message) = (key.set)(config, value) {
            self.problem(key.path, message);
        }
    }

    fn endpoint(&mut self, config: &mut Config, agency: &str, endpoint: &Value) {
        let path = format!("partners.endpoint.{agency}");
        let Ok(id) = AgencyId::parse(agency) else {
            return self.problem(path, "is no agency id");
        };
        match text(endpoint).and_then(|given| host_and_port(given).map(|()| given.to_owned())) {
            Ok(given) => {
                config.partners.endpoint.insert(id, given);
            }
            Err(message) => self.problem(path, message),
        }
    }

    fn clients(&mut self, config: &mut Config, clients: Vec<Value>) {
        if clients.len() > CLIENTS_MAX {
            return self.problem("client", format!("must not be more than {CLIENTS_MAX}"));
        }
        for (index, client) in clients.into_iter().enumerate() {
            match client {
                Value::Table(table) => self.client(config, &format!("client[{index}]"), table),
                other => self.problem("client", expected("a list of sections: [[client]]", &other)),
            }
        }
    }

    fn client(&mut self, config: &mut Config, path: &str, mut table: Table) {
        let name = match table.remove("name") {
            None => Err("is missing".to_owned()),
            Some(value) => text(&value).and_then(|name| client_name(config, name)),
        };
        let roles = match table.remove("roles") {
            None => Err("is missing".to_owned()),
            Some(value) => roles(&value),
        };
        let acts_for_people = match table.remove("acts_for_people") {
            None => Ok(false),
            Some(value) => boolean(&value),
        };
        for key in table.keys() {
            let near = nearest(key, ["name", "roles", "acts_for_people"].into_iter());
            self.problem(
                format!("{path}.{key}"),
                format!("is unknown; did you mean {near}?"),
            );
        }
        match (name, roles, acts_for_people) {
            (Ok(name), Ok(roles), Ok(acts_for_people)) => config.clients.push(Client {
                name,
                roles,
                acts_for_people,
            }),
            (name, roles, acts_for_people) => {
                for (key, fault) in [
                    ("name", name.err()),
                    ("roles", roles.err()),
                    ("acts_for_people", acts_for_people.err()),
                ] {
                    if let Some(message) = fault {
                        self.problem(format!("{path}.{key}"), message);
                    }
                }
            }
        }
    }

    fn variable(&mut self, config: &mut Config, name: &OsStr, value: &OsStr) {
        let shown = name.to_string_lossy();
        let Some(rest) = shown.strip_prefix(ENVIRONMENT_PREFIX) else {
            return;
        };
        let Some(value) = value.to_str() else {
            return self.problem(shown, "is not UTF-8");
        };
        let path = rest.to_lowercase().replace("__", ".");
        if let Some(agency) = path.strip_prefix("partners.endpoint.") {
            let endpoint = Value::String(value.to_owned());
            return self.endpoint(config, agency, &endpoint);
        }
        let Some(key) = key(&path) else {
            let message = match path.as_str() {
                path if path.split('.').next() == Some("client") => {
                    "is a list, which only the file can hold".to_owned()
                }
                path => {
                    let near = nearest(path, known());
                    let near = near.to_uppercase().replace('.', "__");
                    format!("is unknown; did you mean {ENVIRONMENT_PREFIX}{near}?")
                }
            };
            return self.problem(shown, message);
        };
        self.given.insert(key.path.to_owned());
        // A text needs no quotes in a variable; what isn't a text is written as in the file.
        let Err(as_text) = (key.set)(config, &Value::String(value.to_owned())) else {
            return;
        };
        let fault = match format!("value = {value}").parse::<Table>() {
            Ok(table) => match table.get("value") {
                Some(value) if !value.is_str() => (key.set)(config, value).err(),
                _ => Some(as_text),
            },
            Err(_) => Some(as_text),
        };
        if let Some(message) = fault {
            self.problem(shown, message);
        }
    }

    fn unknown(&mut self, path: &str) {
        let near = nearest(path, known());
        self.problem(path, format!("is unknown; did you mean {near}?"));
    }

    fn problem(&mut self, key: impl Into<String>, message: impl Into<String>) {
        self.problems.push(Problem::new(key, message));
    }
}

fn key(path: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.path == path)
}

/// Every key and section, for those who mistyped one.
fn known() -> impl Iterator<Item = &'static str> {
    let sections = SECTIONS.iter().map(|(section, _)| *section);
    let lists = ["client", "partners.endpoint"];
    KEYS.iter().map(|key| key.path).chain(sections).chain(lists)
}

fn client_name(config: &Config, name: &str) -> Result<String, String> {
    if SystemName::parse(name).is_err() {
        return Err("must be lower-case letters, digits and hyphens, at most 63".to_owned());
    }
    if config.clients.iter().any(|client| client.name == name) {
        return Err(format!("{name:?} stands there twice"));
    }
    Ok(name.to_owned())
}

fn roles(value: &Value) -> Result<Vec<Role>, String> {
    let words = value
        .as_array()
        .ok_or_else(|| expected("a list of roles", value))?;
    if words.is_empty() {
        return Err(format!("must hold one at least: {UnknownRole}"));
    }
    let mut roles = Vec::new();
    for word in words {
        let role = text(word)?
            .parse()
            .map_err(|error: UnknownRole| error.to_string())?;
        if !roles.contains(&role) {
            roles.push(role);
        }
    }
    Ok(roles)
}

/// Checks the form `host:port`, with a name, an IPv4 address or an IPv6 address in brackets.
pub(super) fn host_and_port(endpoint: &str) -> Result<(), String> {
    let wrong = || format!("{endpoint:?} is no host and port such as node.example:7444");
    let (host, port) = endpoint.rsplit_once(':').ok_or_else(wrong)?;
    let port_is_right = port.parse::<u16>().is_ok_and(|port| port > 0);
    let host_is_right = match host.strip_prefix('[') {
        Some(address) => {
            let address = address.strip_suffix(']').unwrap_or_default();
            address.parse::<std::net::Ipv6Addr>().is_ok()
        }
        None => {
            let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
            !host.is_empty() && host.len() <= 253 && host.chars().all(fits)
        }
    };
    if port_is_right && host_is_right {
        Ok(())
    } else {
        Err(wrong())
    }
}

/// The known word that is nearest to a mistyped one; one of the right name in another section comes first.
fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> &'a str {
    let name = |path: &str| path.rsplit('.').next().unwrap_or_default().to_owned();
    let wanted = name(word);
    known
        .min_by_key(|candidate| {
            let misplaced = word.contains('.') && name(candidate) == wanted;
            (!misplaced, distance(word, candidate))
        })
        .unwrap_or_default()
}

/// Levenshtein's distance: how many characters must be put in, taken out or exchanged.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (line, a) in one.chars().take(128).enumerate() {
        let mut diagonal = row[0];
        row[0] = line + 1;
        for (column, b) in other.iter().enumerate() {
            let exchange = diagonal + usize::from(a != *b);
            diagonal = row[column + 1];
            row[column + 1] = exchange.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row.last().copied().unwrap_or_default()
}
