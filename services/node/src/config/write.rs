//! Writes a configuration down: as it is in force, or as a commented file for a new node.

use std::fmt::Write as _;

use toml::Value;

use super::keys::{KEYS, SECTIONS};
use super::{Client, Config};

const HEAD: &str = "\
# Configuration of a Verbund node.
#
# Every key is here. A line that is commented out shows the default, or an example where there is none. A key that isn't
# known is an error. Any key but those of [[client]] can be overridden by an environment variable:
# VERBUND__ADMIN__LISTEN is [admin] listen.
# `verbund config check` tells what is wrong, `verbund config dump` what is in force.
";

/// What the template shows of keys that have no default, or none that is a value.
const EXAMPLES: &[(&str, &str)] = &[
    ("node.replica", "\"verbund-0\""),
    ("store.migrate_at_start", "true"),
    ("store.archive", "\"archive\""),
    ("telemetry.otlp_endpoint", "\"http://127.0.0.1:4317\""),
];

const CLIENT_HEAD: &str = "\
# The own agency's systems and people, by the name in their certificate, spiffe://<agency>.<federation>.verbund/system/<name>,
# and what they may do: publisher (sends updates), coordinator (sends, confirms, reads), reader, operator (runs the node),
# auditor (sees alarms and evidence). A certificate whose name isn't here may do nothing. An application that signs people in, such
# as `verbund briefing`, has acts_for_people = true: it says with each call for whom and in which of its roles, and reads at most
# where it does not.
";

const ENDPOINT_HEAD: &str = "\
# Where to dial a partner instead of where the charter says, host:port by agency.
";

impl Config {
    /// The configuration in force as TOML, environment and defaults included. Passwords in addresses are hidden.
    #[must_use]
    pub fn dump(&self) -> String {
        let mut out = String::new();
        for (section, _) in SECTIONS {
            self.head(&mut out, section);
            for key in KEYS.iter().filter(|key| section_of(key.path) == *section) {
                if let Some(value) = (key.get)(self) {
                    assign(&mut out, key.path, &value);
                }
            }
            if *section == "partners" && !self.partners.endpoint.is_empty() {
                self.endpoints(&mut out);
            }
        }
        for client in &self.clients {
            write_client(&mut out, client);
        }
        out
    }

    /// The file that `verbund init` writes: every key with its meaning, unit and bounds. What equals the default is
    /// commented out, but for the keys that every operator should see set.
    #[must_use]
    pub fn template(&self) -> String {
        let defaults = Self::new(self.node.agency.clone());
        let mut out = HEAD.to_owned();
        for (section, doc) in SECTIONS {
            self.head(&mut out, section);
            comment(&mut out, doc);
            for key in KEYS.iter().filter(|key| section_of(key.path) == *section) {
                out.push('\n');
                comment(&mut out, key.doc);
                let value = (key.get)(self);
                let shown = SHOWN.contains(&key.path) || value != (key.get)(&defaults);
                match value {
                    Some(value) => {
                        out.push_str(if shown { "" } else { "# " });
                        assign(&mut out, key.path, &value);
                    }
                    None => {
                        let example = EXAMPLES.iter().find(|(path, _)| *path == key.path);
                        let (_, example) =
                            example.expect("every key without a value has an example");
                        let _ = writeln!(out, "# {} = {example}", name_of(key.path));
                    }
                }
            }
            if *section == "partners" {
                out.push('\n');
                out.push_str(ENDPOINT_HEAD);
                if self.partners.endpoint.is_empty() {
                    out.push_str("# [partners.endpoint]\n# kod = \"node.kod.example:7444\"\n");
                } else {
                    self.endpoints(&mut out);
                }
            }
        }
        out.push('\n');
        out.push_str(CLIENT_HEAD);
        if self.clients.is_empty() {
            out.push_str("# [[client]]\n# name = \"duty-log\"\n# roles = [\"publisher\"]\n");
            out.push_str("# acts_for_people = false\n");
        }
        for client in &self.clients {
            write_client(&mut out, client);
        }
        out
    }

    fn head(&self, out: &mut String, section: &str) {
        if !out.is_empty() {
            out.push('\n');
        }
        let _ = writeln!(out, "[{section}]");
    }

    fn endpoints(&self, out: &mut String) {
        out.push_str("[partners.endpoint]\n");
        for (agency, endpoint) in &self.partners.endpoint {
            let _ = writeln!(out, "{agency} = {}", Value::String(endpoint.clone()));
        }
    }
}

/// Keys that the template sets even to their default: what an operator looks for first.
const SHOWN: &[&str] = &[
    "node.agency",
    "node.data",
    "charter.file",
    "agency_api.listen",
    "federation.listen",
    "admin.listen",
    "tls.certificate",
    "tls.key",
    "tls.crls",
    "entry_key.file",
    "store.erasure_keys",
];

fn write_client(out: &mut String, client: &Client) {
    let roles = client.roles.iter().map(|role| Value::from(role.as_str()));
    let roles = Value::Array(roles.collect());
    let _ = writeln!(
        out,
        "\n[[client]]\nname = {}\nroles = {roles}",
        Value::String(client.name.clone())
    );
    if client.acts_for_people {
        out.push_str("acts_for_people = true\n");
    }
}

fn assign(out: &mut String, path: &str, value: &Value) {
    let _ = writeln!(out, "{} = {value}", name_of(path));
}

fn comment(out: &mut String, text: &str) {
    for line in text.lines() {
        let _ = writeln!(out, "# {line}");
    }
}

fn section_of(path: &str) -> &str {
    path.split_once('.').map_or(path, |(section, _)| section)
}

fn name_of(path: &str) -> &str {
    path.split_once('.').map_or(path, |(_, name)| name)
}
