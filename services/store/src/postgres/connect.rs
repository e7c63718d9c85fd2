//! Connecting: what an address may say, how sessions are set, and what a server must be to keep the promises.

use std::io::ErrorKind;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions, PgSslMode};
use sqlx::{ConnectOptions, PgConnection, PgPool, Row};
use tokio::time::timeout;

use super::{delay, sql};
use crate::error::{Error, Result};

/// How long connecting may take, name lookup and TLS included.
const CONNECT_MAX: Duration = Duration::from_secs(4);
/// How long a statement may take to be answered; beyond, the connection is taken for dead.
pub(super) const STATEMENT_MAX: Duration = Duration::from_secs(8);
/// The same for getting the turn, which others have for less than a second each: a connection that has fallen silent since
/// the last one is found out before callers are told that there is no database.
pub(super) const TURN_MAX: Duration = Duration::from_secs(3);
/// Prepared statements that a connection keeps: all there are.
const STATEMENTS: usize = 256;
/// The oldest server that this is tested with.
const VERSION_LEAST: i64 = 150_000;

/// Session settings.
///
/// Every statement finds its rows through an index, however many they are: the planner must not think otherwise while it
/// has no statistics of a young table, or stale ones. None is so long that compiling it pays.
///
/// A replica that stalls with the turn in its hands, or whose cable is pulled, must not keep the others
/// from theirs: the server ends such a session within seconds.
const SESSION: [(&str, &str); 11] = [
    ("enable_seqscan", "off"),
    ("enable_hashjoin", "off"),
    ("enable_mergejoin", "off"),
    // A page ends where its limit is reached, but only what comes in order can be read until then.
    ("enable_bitmapscan", "off"),
    ("jit", "off"),
    ("idle_in_transaction_session_timeout", "5s"),
    ("statement_timeout", "8s"),
    ("tcp_keepalives_idle", "5"),
    ("tcp_keepalives_interval", "2"),
    ("tcp_keepalives_count", "3"),
    ("tcp_user_timeout", "10s"),
];

/// A database, and how its sessions are set.
#[derive(Debug, Clone)]
pub(super) struct Database {
    options: PgConnectOptions,
    accept_data_loss: bool,
}

impl Database {
    /// Reads an address. Beyond this machine nothing goes without TLS, and the server has to prove its name.
    pub(super) fn parse(url: &str, accept_data_loss: bool) -> Result<Self> {
        let bad = |reason: String| Error::BadUrl {
            url: "postgres:…".to_owned(),
            reason,
        };
        let mut options = PgConnectOptions::from_str(url).map_err(|error| {
            // What the parser says may repeat the address, password and all.
            drop(error);
            bad(
                "it is not such as postgres://verbund@db.example/verbund?sslrootcert=ca.pem"
                    .to_owned(),
            )
        })?;
        let near = options.get_socket().is_some() || is_near(options.get_host());
        let says = url
            .split_once('?')
            .is_some_and(|(_, query)| query.contains("sslmode=") || query.contains("ssl-mode="));
        if !says && !near {
            options = options.ssl_mode(PgSslMode::VerifyFull);
        }
        match options.get_ssl_mode() {
            PgSslMode::VerifyFull | PgSslMode::VerifyCa => {}
            _ if near => {}
            _ => {
                return Err(bad(
                    "a server on another machine needs sslmode=verify-full (or verify-ca), and sslrootcert where its \
                     certificate is not of a public authority"
                        .to_owned(),
                ));
            }
        }
        let options = options
            .application_name("verbund")
            .statement_cache_capacity(STATEMENTS)
            .options(SESSION)
            .disable_statement_logging();
        Ok(Self {
            options,
            accept_data_loss,
        })
    }

    /// How copies, checks and repairs connect: told apart from nodes.
    pub(super) fn for_upkeep(self) -> Self {
        Self {
            options: self.options.application_name("verbund store"),
            ..self
        }
    }

    /// How readers connect: what they write is worth no flush.
    fn reader_options(&self) -> PgConnectOptions {
        self.options
            .clone()
            .options([("synchronous_commit", "off")])
    }

    /// Connects.
    pub(super) async fn connect(&self) -> Result<PgConnection> {
        match timeout(CONNECT_MAX, self.options.connect()).await {
            Ok(connected) => {
                let connection = connected.map_err(|error| self.explain(error))?;
                delay::turn_off(self.options.get_port());
                Ok(connection)
            }
            Err(_) => Err(unavailable("the server does not answer")),
        }
    }

    /// What can be done about a connection that can't be made.
    fn explain(&self, error: sqlx::Error) -> Error {
        let todo = match &error {
            sqlx::Error::Tls(_) => {
                "does it take TLS (ssl = on), and is sslrootcert in `store.url` the certificate of its authority?"
            }
            sqlx::Error::Io(said) if said.kind() == ErrorKind::InvalidData => {
                "sslrootcert in `store.url` has to be the certificate of the authority that vouches for the server, and the \
                 host's name one that the server's certificate has"
            }
            sqlx::Error::Io(said) if said.kind() == ErrorKind::NotFound => {
                "is there a file, or a socket, where `store.url` says?"
            }
            _ => return engine_error("connect", error),
        };
        unavailable(&format!("no connection with the server: {error}; {todo}"))
    }

    /// Connections for reading, made when they are needed.
    pub(super) fn readers(&self, options: PgPoolOptions) -> PgPool {
        let port = self.options.get_port();
        options
            .after_connect(move |_, _| {
                delay::turn_off(port);
                Box::pin(async { Ok(()) })
            })
            .connect_lazy_with(self.reader_options())
    }

    /// Connects to write: to a server that keeps what it acknowledges, or is known not to. Gives what an operator should
    /// know as well.
    pub(super) async fn connect_to_write(&self) -> Result<(PgConnection, Server)> {
        let mut connection = self.connect().await?;
        let server = Server::ask(&mut connection).await?;
        server.check(self.accept_data_loss)?;
        Ok((connection, server))
    }
}

/// Whether a host is this machine.
fn is_near(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || host.starts_with('/')
        || address
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

/// What a server is set to.
#[derive(Debug, Clone)]
pub(super) struct Server {
    pub(super) version: String,
    version_number: i64,
    encoding: String,
    fsync: String,
    full_page_writes: String,
    synchronous_commit: String,
    synchronous_standby_names: String,
    in_recovery: bool,
    standbys: i64,
    /// When its first process was started, as it says it.
    pub(super) started: String,
}

impl Server {
    async fn ask(connection: &mut PgConnection) -> Result<Self> {
        let failed = |error| engine_error("ask for the server's settings", error);
        let row = sqlx::query(sql::SETTINGS)
            .fetch_one(connection)
            .await
            .map_err(failed)?;
        let text = |index: usize| row.try_get::<String, _>(index).map_err(failed);
        let number = |index: usize| row.try_get::<i64, _>(index).map_err(failed);
        Ok(Self {
            version: text(0)?,
            version_number: number(1)?,
            encoding: text(2)?,
            fsync: text(3)?,
            full_page_writes: text(4)?,
            synchronous_commit: text(5)?,
            synchronous_standby_names: text(6)?,
            in_recovery: row.try_get(7).map_err(failed)?,
            standbys: number(8)?.max(number(9)?),
            started: text(10)?,
        })
    }

    /// Refuses a server that can't be used, or that loses what it has acknowledged, unless that is accepted.
    fn check(&self, accept_data_loss: bool) -> Result<()> {
        if self.version_number < VERSION_LEAST {
            return Err(Error::Unsuitable(format!(
                "PostgreSQL {} is older than {}",
                self.version,
                VERSION_LEAST / 10_000
            )));
        }
        if self.encoding != "UTF8" {
            return Err(Error::Unsuitable(format!(
                "the database's encoding is {}, not UTF8",
                self.encoding
            )));
        }
        if self.in_recovery {
            return Err(unavailable("the server is a standby and takes no writes"));
        }
        let losses = self.losses();
        if losses.is_empty() || accept_data_loss {
            return Ok(());
        }
        Err(Error::Unsuitable(format!(
            "{}; set it right, or say `store.accept_data_loss = true` in the configuration",
            losses.join("; ")
        )))
    }

    /// How it can lose what it has acknowledged.
    pub(super) fn losses(&self) -> Vec<String> {
        let mut losses = Vec::new();
        if self.fsync == "off" {
            losses.push(
                "fsync is off: a power cut loses or corrupts what was acknowledged".to_owned(),
            );
        }
        if self.full_page_writes == "off" {
            losses.push("full_page_writes is off: a power cut can corrupt pages".to_owned());
        }
        if self.synchronous_commit == "off" {
            losses.push(
                "synchronous_commit is off: a crash loses what was acknowledged just before"
                    .to_owned(),
            );
        }
        if self.standbys > 0 {
            if self.synchronous_standby_names.trim().is_empty() {
                losses.push(format!(
                    "there are standbys ({}) and synchronous_standby_names is empty: a failover loses what they have not \
                     got yet",
                    self.standbys
                ));
            } else if matches!(&*self.synchronous_commit, "local" | "remote_write") {
                losses.push(format!(
                    "synchronous_commit is {}: a failover loses what the standby has not flushed yet",
                    self.synchronous_commit
                ));
            }
        }
        losses
    }
}

/// An engine's error as the store's: one that passes by itself, or the end.
pub(super) fn engine_error(doing: &'static str, error: sqlx::Error) -> Error {
    match &error {
        sqlx::Error::PoolClosed => Error::Closed,
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::WorkerCrashed => unavailable(&error.to_string()),
        sqlx::Error::Database(said) if passes(said.code().as_deref().unwrap_or_default()) => {
            unavailable(said.message())
        }
        _ => Error::fatal(doing, error),
    }
}

pub(super) fn unavailable(reason: &str) -> Error {
    Error::Unavailable {
        reason: Arc::from(reason),
    }
}

/// Whether an error with this SQLSTATE says something of the server's state and nothing of the statement.
fn passes(code: &str) -> bool {
    // Connections, authorization (a password is being changed), resources, locks and deadlocks, operator intervention,
    // a database that is being made or dropped, a server that reads only, a session ended in its transaction.
    let classes = ["08", "28", "53", "57", "58"];
    let single = ["25006", "25P03", "3D000", "40001", "40P01", "55P03"];
    classes.iter().any(|class| code.starts_with(class)) || single.contains(&code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_goes_far_without_verification() {
        let refused = |url: &str| match Database::parse(url, false) {
            Ok(_) => false,
            Err(error) => {
                assert!(!error.to_string().contains("secret"), "{error}");
                assert!(matches!(error, Error::BadUrl { .. }), "{error}");
                true
            }
        };
        for url in [
            "postgres://verbund:secret@db.example/verbund?sslmode=disable",
            "postgres://verbund:secret@db.example/verbund?sslmode=prefer",
            "postgres://verbund:secret@10.0.0.7/verbund?sslmode=require",
            "postgres://verbund:secret@db.example:port/verbund",
        ] {
            assert!(refused(url), "{url}");
        }
        for url in [
            "postgres://verbund:secret@db.example/verbund",
            "postgresql://verbund:secret@db.example/verbund?sslmode=verify-ca",
            "postgres://verbund:secret@localhost/verbund?sslmode=disable",
            "postgres://verbund:secret@127.0.0.1/verbund",
            "postgres://verbund@%2Frun%2Fpostgresql/verbund",
        ] {
            assert!(!refused(url), "{url}");
        }
        let far = Database::parse("postgres://verbund@db.example/verbund", false).unwrap();
        assert!(matches!(far.options.get_ssl_mode(), PgSslMode::VerifyFull));
    }

    #[test]
    fn what_loses_is_named() {
        let right = Server {
            version: "15.8".to_owned(),
            version_number: 150_008,
            encoding: "UTF8".to_owned(),
            fsync: "on".to_owned(),
            full_page_writes: "on".to_owned(),
            synchronous_commit: "on".to_owned(),
            synchronous_standby_names: String::new(),
            in_recovery: false,
            standbys: 0,
            started: String::new(),
        };
        assert!(right.check(false).is_ok() && right.losses().is_empty());
        let with_standby = Server {
            standbys: 1,
            synchronous_standby_names: "ANY 1 (*)".to_owned(),
            ..right.clone()
        };
        assert!(with_standby.check(false).is_ok());
        let on = |server: &Server, setting: &str| Server {
            synchronous_commit: setting.to_owned(),
            ..server.clone()
        };
        for (server, named) in [
            (on(&right, "off"), "synchronous_commit is off"),
            (on(&with_standby, "local"), "synchronous_commit is local"),
            (
                on(&with_standby, "remote_write"),
                "synchronous_commit is remote_write",
            ),
            (
                Server {
                    fsync: "off".to_owned(),
                    ..right.clone()
                },
                "fsync is off",
            ),
            (
                Server {
                    full_page_writes: "off".to_owned(),
                    ..right.clone()
                },
                "full_page_writes is off",
            ),
            (
                Server {
                    standbys: 2,
                    ..right.clone()
                },
                "synchronous_standby_names is empty",
            ),
        ] {
            let refused = server.check(false).unwrap_err().to_string();
            assert!(refused.contains(named), "{refused}");
            assert!(refused.contains("store.accept_data_loss"), "{refused}");
            assert!(server.check(true).is_ok());
            assert!(server.losses()[0].contains(named));
        }
        // Without a standby there is nothing to fail over to.
        assert!(on(&right, "local").check(false).is_ok());
        for unusable in [
            Server {
                version_number: 140_012,
                ..right.clone()
            },
            Server {
                encoding: "SQL_ASCII".to_owned(),
                ..right.clone()
            },
        ] {
            assert!(matches!(unusable.check(true), Err(Error::Unsuitable(_))));
        }
        let standby = Server {
            in_recovery: true,
            ..right
        };
        assert!(matches!(
            standby.check(true),
            Err(Error::Unavailable { .. })
        ));
    }

    #[test]
    fn errors_that_pass_are_told_from_those_that_stay() {
        for code in [
            "08006", "57P01", "53300", "53100", "25006", "40P01", "28P01",
        ] {
            assert!(passes(code), "{code}");
        }
        for code in ["23505", "42P01", "42501", "XX001", "22021", ""] {
            assert!(!passes(code), "{code}");
        }
    }
}
