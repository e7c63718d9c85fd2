//! A database of a test's own in a server that others use too.

use std::env;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, Stdio};
use std::sync::OnceLock;

use anyhow::{Context as _, Result, anyhow, ensure};

use crate::SHARED;
use crate::cluster::Cluster;
use crate::programs::{psql, query, random, run};
use crate::url::Url;

/// An empty database; dropped with this, whoever is connected.
#[derive(Debug)]
pub struct Database {
    admin: Url,
    name: String,
}

impl Database {
    /// One in the server of [`SHARED`], or else in one that this process starts once and that ends with it.
    ///
    /// # Errors
    /// When there is no server, and none can be started.
    pub fn new() -> Result<Self> {
        static OWN: OnceLock<Result<Cluster>> = OnceLock::new();
        if let Ok(admin) = env::var(SHARED) {
            return Self::create(&Url::parse(&admin)?);
        }
        match OWN.get_or_init(Cluster::start_new) {
            Ok(cluster) => Self::create(&cluster.url()),
            Err(error) => Err(anyhow!("no PostgreSQL for tests: {error:#}")),
        }
    }

    pub(crate) fn create(admin: &Url) -> Result<Self> {
        let name = format!("t{}", random()?);
        query(admin, &format!("CREATE DATABASE {name}"))?;
        Ok(Self {
            admin: admin.clone(),
            name,
        })
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// As the server's administrator, by TLS with verification; see there for other roles and parameters.
    #[must_use]
    pub fn url(&self) -> Url {
        self.admin.database(&self.name)
    }

    /// Runs statements in it, as administrator; gives the rows, one a line, columns apart by `|`.
    ///
    /// # Errors
    /// The first statement that fails.
    pub fn psql(&self, sql: &str) -> Result<String> {
        query(&self.url(), sql)
    }

    /// Runs a file for `psql` in it, with variables.
    ///
    /// # Errors
    /// The first statement that fails.
    pub fn psql_file(&self, file: &Path, variables: &[(&str, &str)]) -> Result<String> {
        let mut command = psql(&self.url())?;
        for (name, value) in variables {
            command.arg("-v").arg(format!("{name}={value}"));
        }
        run(command.arg("-f").arg(file), "")
    }

    /// Makes the two roles by an operator's file, which takes their names as `migrate_role` and `run_role`, and lets them
    /// connect. Can be called again, as an operator would after a migration.
    ///
    /// # Errors
    /// The first statement that fails.
    pub fn roles(&self, file: &Path) -> Result<Roles> {
        let [migrate, run] = self.role_names();
        self.psql_file(file, &[("migrate_role", &migrate), ("run_role", &run)])?;
        // Their names are as hard to guess as any password.
        self.psql(&format!(
            "ALTER ROLE {migrate} PASSWORD '{migrate}'; ALTER ROLE {run} PASSWORD '{run}'"
        ))?;
        Ok(Roles {
            migrate: self.url().role(&migrate, &migrate),
            run: self.url().role(&run, &run),
        })
    }

    fn role_names(&self) -> [String; 2] {
        ["migrate", "run"].map(|what| format!("{}_{what}", self.name))
    }

    /// Ends all connections to it; they may come back at once.
    ///
    /// # Errors
    /// When the server is not running.
    pub fn terminate_backends(&self) -> Result<u32> {
        let ended = query(
            &self.admin,
            &format!(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = '{}'",
                self.name
            ),
        )?;
        Ok(ended.parse()?)
    }

    /// Takes so many connections, as somebody else's pool does.
    ///
    /// # Errors
    /// When there are not so many.
    pub fn occupy(&self, connections: u32) -> Result<Occupied> {
        Occupied::take(&self.url(), connections)
    }
}

/// The roles of one database, and how each connects.
#[derive(Debug, Clone)]
pub struct Roles {
    /// Changes the schema.
    pub migrate: Url,
    /// Works in it.
    pub run: Url,
}

impl Drop for Database {
    fn drop(&mut self) {
        // The server may be down by now, and then takes everything with it. Roles belong to the server, so they are dropped
        // after what they have in the database.
        let [migrate, run] = self.role_names();
        let name = &self.name;
        drop(query(
            &self.admin,
            &format!(
                // A standby that is named may be gone.
                "SET synchronous_commit = local; DROP DATABASE IF EXISTS {name} WITH (FORCE); DROP ROLE IF EXISTS {migrate}, {run}"
            ),
        ));
    }
}

/// Connections that somebody else has; given back with this.
#[derive(Debug)]
pub struct Occupied {
    sessions: Vec<(Child, ChildStdin)>,
}

impl Occupied {
    pub(crate) fn take(url: &Url, connections: u32) -> Result<Self> {
        let mut occupied = Self {
            sessions: Vec::new(),
        };
        for _ in 0..connections {
            let mut child = psql(url)?
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .spawn()?;
            let mut to = child.stdin.take().context("its input is ours")?;
            let from = child.stdout.take().context("its output is ours")?;
            let asked = to.write_all(b"SELECT 'connected';\n");
            occupied.sessions.push((child, to));
            let mut line = String::new();
            BufReader::new(from).read_line(&mut line)?;
            ensure!(
                asked.is_ok() && line.trim_end() == "connected",
                "there are no {connections} connections left"
            );
        }
        Ok(occupied)
    }
}

impl Drop for Occupied {
    fn drop(&mut self) {
        for (mut child, to) in self.sessions.drain(..) {
            drop(to);
            drop(child.wait());
        }
    }
}
