//! Every key of the configuration: its meaning, its bounds, and the field that it fills.

use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

use toml::Value;
use verbund_model::AgencyId;

use super::{Config, LogFormat, REPLICA_CHARS, StoreUrl, TellShown};

/// One key.
pub(super) struct Key {
    /// Section and name, such as `store.url`.
    pub(super) path: &'static str,
    /// What it means, in which unit and between which bounds; the template's comment.
    pub(super) doc: &'static str,
    /// Takes a value over, or tells what would be right.
    pub(super) set: fn(&mut Config, &Value) -> Result<(), String>,
    /// The value; `None` where there is none and no default either.
    pub(super) get: fn(&Config) -> Option<Value>,
}

/// Every section with the line above it in the template, in the order of the template.
pub(super) const SECTIONS: &[(&str, &str)] = &[
    ("node", "Who this node is and where it keeps what it has."),
    (
        "charter",
        "What the federation agreed: members, their keys, addresses and trust roots, and the vocabulary.",
    ),
    (
        "agency_api",
        "For the systems and people of the own agency: gRPC over mutual TLS.",
    ),
    (
        "federation",
        "For the partners' nodes: gRPC over mutual TLS.",
    ),
    (
        "admin",
        "Health and metrics: /healthz, /readyz, /metrics over plain HTTP. They hold no content, but are for operators only.",
    ),
    (
        "tls",
        "This node's TLS identity. The roots to trust, one for each agency, are in the charter.",
    ),
    (
        "entry_key",
        "The key that signs this agency's entries and receipts. It is not the TLS key.",
    ),
    ("store", "The database."),
    ("partners", "How the partners are reached."),
    (
        "delivery",
        "What partners are told of their updates beyond receipts.",
    ),
    ("telemetry", "Traces. They hold no content."),
    (
        "limits",
        "Bounds that depend on the machine and its use. All others are fixed, with their reasons in the documentation.",
    ),
];

/// Largest queue or number of connections that may be set: each costs memory, some KiB at least.
const COUNT_MAX: usize = 65_536;

/// The keys, in the order of the template. `[[client]]` and `[partners.endpoint]` are lists and come besides.
pub(super) const KEYS: &[Key] = &[
    Key {
        path: "node.agency",
        doc: "The agency whose node this is, by its id in the charter. Required.",
        set: |config, value| {
            config.node.agency =
                AgencyId::parse(text(value)?).map_err(|error| error.to_string())?;
            Ok(())
        },
        get: |config| Some(string(&config.node.agency)),
    },
    Key {
        path: "node.data",
        doc: "Folder of everything that the node writes, but for the erasure keys. Only the node's user may read it.\n\
              Relative paths, here and below, start at the folder of this file.",
        set: |config, value| path(&mut config.node.data, value),
        get: |config| Some(path_value(&config.node.data)),
    },
    Key {
        path: "node.log",
        doc: "Form of the log on the standard error: \"human\" or \"json\".",
        set: |config, value| {
            config.node.log = match text(value)? {
                "human" => LogFormat::Human,
                "json" => LogFormat::Json,
                _ => return Err("must be \"human\" or \"json\"".to_owned()),
            };
            Ok(())
        },
        get: |config| {
            Some(string(match config.node.log {
                LogFormat::Human => "human",
                LogFormat::Json => "json",
            }))
        },
    },
    Key {
        path: "node.log_filter",
        doc: "What is logged, such as \"info\" or \"info,verbund_node=debug\". Whatever it says, no content is logged.",
        set: |config, value| {
            let filter = text(value)?;
            tracing_subscriber::EnvFilter::builder()
                .parse(filter)
                .map_err(|error| format!("is no log filter: {error}"))?;
            config.node.log_filter = filter.to_owned();
            Ok(())
        },
        get: |config| Some(string(&config.node.log_filter)),
    },
    Key {
        path: "node.drain_seconds",
        doc: "How long what was begun may take to end once the node is told to stop, seconds, 0 to 600.",
        set: |config, value| {
            config.node.drain = Duration::from_secs(integer(value, 0..=600)?);
            Ok(())
        },
        get: |config| Some(number(config.node.drain.as_secs())),
    },
    Key {
        path: "node.replica",
        doc: "The name of this replica, where several share one PostgreSQL: 1 to 63 printable characters, another for each. The machine's\n\
              name and the process id where nothing is said.",
        set: |config, value| {
            let name = text(value)?;
            if name.is_empty()
                || name.len() > REPLICA_CHARS
                || !name.bytes().all(|it| it.is_ascii_graphic())
            {
                return Err(format!(
                    "must be 1 to {REPLICA_CHARS} printable characters without spaces"
                ));
            }
            config.node.replica = Some(name.to_owned());
            Ok(())
        },
        get: |config| config.node.replica.as_ref().map(string),
    },
    Key {
        path: "charter.file",
        doc: "The charter. Its signatures are in the file of the same name with .sig behind it. A newer one that is put here is taken\n\
              without a restart, and told to the partners.",
        set: |config, value| path(&mut config.charter.file, value),
        get: |config| Some(path_value(&config.charter.file)),
    },
    Key {
        path: "agency_api.listen",
        doc: "Address and port.",
        set: |config, value| address(&mut config.agency_api.listen, value),
        get: |config| Some(string(config.agency_api.listen)),
    },
    Key {
        path: "federation.listen",
        doc: "Address and port. The partners dial what the charter says; this is where it must lead.",
        set: |config, value| address(&mut config.federation.listen, value),
        get: |config| Some(string(config.federation.listen)),
    },
    Key {
        path: "admin.listen",
        doc: "Address and port. Keep it on the loopback or in the operators' network: there is neither TLS nor sign-in.",
        set: |config, value| address(&mut config.admin.listen, value),
        get: |config| Some(string(config.admin.listen)),
    },
    Key {
        path: "tls.certificate",
        doc: "This node's certificate and its intermediates, PEM. Exactly one SPIFFE URI:\n\
              spiffe://<agency>.<federation>.verbund/node. A new file is taken over without a restart.",
        set: |config, value| path(&mut config.tls.certificate, value),
        get: |config| Some(path_value(&config.tls.certificate)),
    },
    Key {
        path: "tls.key",
        doc: "The certificate's private key, PEM; mode 0600.",
        set: |config, value| path(&mut config.tls.key, value),
        get: |config| Some(path_value(&config.tls.key)),
    },
    Key {
        path: "tls.crls",
        doc: "Folder of the agencies' certificate revocation lists: <agency>.crl or <agency>.pem. An expired list refuses\n\
              the agency's certificates.",
        set: |config, value| path(&mut config.tls.crls, value),
        get: |config| Some(path_value(&config.tls.crls)),
    },
    Key {
        path: "entry_key.file",
        doc: "The private key: the 32-byte Ed25519 seed in hex; mode 0600. `verbund init` makes one.",
        set: |config, value| path(&mut config.entry_key.file, value),
        get: |config| Some(path_value(&config.entry_key.file)),
    },
    Key {
        path: "store.url",
        doc: "Where the database is: sqlite:<file>, or postgres://<user>@<host>/<database> for several replicas of this node.\n\
              verbund.db in the data folder where nothing is said. A password is better set by VERBUND__STORE__URL.",
        set: |config, value| {
            let url = text(value)?;
            if url
                .split_once(':')
                .is_none_or(|(scheme, rest)| scheme.is_empty() || rest.is_empty())
            {
                // The value itself stays untold: it may hold a password.
                return Err("must be an address such as sqlite:data/verbund.db".to_owned());
            }
            config.store.url = StoreUrl::new(url);
            Ok(())
        },
        get: |config| Some(string(&config.store.url)),
    },
    Key {
        path: "store.disk_reserve_mib",
        doc: "Below this much free space on the data folder's disk the node takes nothing new, MiB, 16 to 1048576.",
        set: |config, value| {
            config.store.disk_reserve_bytes = integer::<u64>(value, 16..=1 << 20)? << 20;
            Ok(())
        },
        get: |config| Some(number(config.store.disk_reserve_bytes >> 20)),
    },
    Key {
        path: "store.erasure_keys",
        doc: "Folder of the keys under which texts are stored, one for each erasure day. Destroying a key is the erasure:\n\
              keep the folder out of backups of the database. Only the node's user may read it. Replicas share it.",
        set: |config, value| path(&mut config.store.erasure_keys, value),
        get: |config| Some(path_value(&config.store.erasure_keys)),
    },
    Key {
        path: "store.migrate_at_start",
        doc: "Bring the database's schema up to this release at start. Where nothing is said: true with SQLite, false with PostgreSQL,\n\
              where `verbund store migrate` does it under a role of its own.",
        set: |config, value| {
            config.store.migrate_at_start = Some(boolean(value)?);
            Ok(())
        },
        get: |config| config.store.migrate_at_start.map(Value::Boolean),
    },
    Key {
        path: "store.accept_data_loss",
        doc: "Start also on a PostgreSQL that may lose what it acknowledged (synchronous_commit off, or standbys without\n\
              synchronous_standby_names). `verbund status` then says so. Without it the node refuses to start there.",
        set: |config, value| {
            config.store.accept_data_loss = boolean(value)?;
            Ok(())
        },
        get: |config| Some(Value::Boolean(config.store.accept_data_loss)),
    },
    Key {
        path: "store.archive",
        doc: "Folder in which tasks and protocols are laid down as files before they are forgotten, for the agency's own archive.\n\
              Where it isn't set nothing is kept.",
        set: |config, value| path(config.store.archive.get_or_insert_default(), value),
        get: |config| config.store.archive.as_deref().map(path_value),
    },
    Key {
        path: "partners.dial",
        doc: "Dial the partners. With false this node waits until they dial it.",
        set: |config, value| {
            config.partners.dial = boolean(value)?;
            Ok(())
        },
        get: |config| Some(Value::Boolean(config.partners.dial)),
    },
    Key {
        path: "delivery.shown",
        doc: "Whether the day and window are kept for 14 days, and told to the audience once the window is over, in which an update was\n\
              first on a screen here: \"on\", \"off\", or \"auto\", which is on where at least five coordinate. With fewer it could tell\n\
              when a single employee works. Counted are clients with the role coordinator; for one that acts for people, the accounts\n\
              with that role that it tells, whoever works: remove those of people who have left.",
        set: |config, value| {
            let word = text(value)?;
            let mut all = TellShown::ALL.iter();
            let found = all.find(|it| it.as_str() == word);
            config.delivery.shown = *found.ok_or("must be \"auto\", \"on\" or \"off\"")?;
            Ok(())
        },
        get: |config| Some(string(config.delivery.shown.as_str())),
    },
    Key {
        path: "telemetry.otlp_endpoint",
        doc: "Where traces go by OTLP over gRPC, scheme included, such as \"http://127.0.0.1:4317\". Nowhere where it isn't set.",
        set: |config, value| {
            let endpoint = text(value)?;
            let authority = endpoint.strip_prefix("http://").ok_or(
                "must begin with http://; run a collector beside the node to go further than this machine",
            )?;
            if authority.is_empty() || authority.contains('@') {
                return Err("must be such as http://127.0.0.1:4317, without credentials".to_owned());
            }
            config.telemetry.otlp_endpoint = Some(endpoint.to_owned());
            Ok(())
        },
        get: |config| config.telemetry.otlp_endpoint.as_ref().map(string),
    },
    Key {
        path: "telemetry.share_traces_with",
        doc: "Agencies with whom trace ids are exchanged, where they opted in as well. Ids only: no sampling, no baggage.",
        set: |config, value| {
            let ids = value
                .as_array()
                .ok_or_else(|| expected("a list of agency ids", value))?;
            let parse = |id| AgencyId::parse(text(id)?).map_err(|error| error.to_string());
            config.telemetry.share_traces_with = ids.iter().map(parse).collect::<Result<_, _>>()?;
            Ok(())
        },
        get: |config| {
            let shared = config.telemetry.share_traces_with.iter();
            Some(Value::Array(shared.map(string).collect()))
        },
    },
    Key {
        path: "limits.publish_queue",
        doc: "Publishes that may wait for their flush, 1 to 65536; beyond, callers are told to come again.",
        set: |config, value| count(&mut config.limits.publish_queue, value),
        get: |config| Some(number(config.limits.publish_queue)),
    },
    Key {
        path: "limits.feed_watchers",
        doc: "Feeds that may be watched at the same time, 1 to 65536; beyond, callers are told to come again.",
        set: |config, value| count(&mut config.limits.feed_watchers, value),
        get: |config| Some(number(config.limits.feed_watchers)),
    },
];

pub(super) fn text(value: &Value) -> Result<&str, String> {
    value.as_str().ok_or_else(|| expected("a text", value))
}

pub(super) fn boolean(value: &Value) -> Result<bool, String> {
    value
        .as_bool()
        .ok_or_else(|| expected("true or false", value))
}

pub(super) fn expected(what: &str, value: &Value) -> String {
    let article = if value.type_str().starts_with(['a', 'i']) {
        "an"
    } else {
        "a"
    };
    format!("must be {what}, not {article} {}", value.type_str())
}

fn path(field: &mut PathBuf, value: &Value) -> Result<(), String> {
    let given = text(value)?;
    if given.is_empty() {
        return Err("must not be empty".to_owned());
    }
    *field = PathBuf::from(given);
    Ok(())
}

fn address(field: &mut SocketAddr, value: &Value) -> Result<(), String> {
    let given = text(value)?;
    *field = given.parse().map_err(|_| {
        format!("{given:?} is no address and port such as 127.0.0.1:7443 or [::]:7443")
    })?;
    Ok(())
}

fn count(field: &mut usize, value: &Value) -> Result<(), String> {
    *field = integer(value, 1..=COUNT_MAX)?;
    Ok(())
}

fn integer<N>(value: &Value, bounds: RangeInclusive<N>) -> Result<N, String>
where
    N: TryFrom<i64> + PartialOrd + std::fmt::Display,
{
    let (first, last) = (bounds.start(), bounds.end());
    let wanted = format!("a whole number from {first} to {last}");
    let given = value.as_integer().ok_or_else(|| expected(&wanted, value))?;
    let within = N::try_from(given)
        .ok()
        .filter(|number| bounds.contains(number));
    within.ok_or_else(|| format!("must be {wanted}, not {given}"))
}

fn string(value: impl ToString) -> Value {
    Value::String(value.to_string())
}

fn number(value: impl TryInto<i64>) -> Value {
    Value::Integer(value.try_into().unwrap_or(i64::MAX))
}

fn path_value(path: &Path) -> Value {
    Value::String(path.display().to_string())
}
