//! Addresses of databases, and their changes that tests need.

use anyhow::{Context as _, Result};

/// `postgres://USER:PASSWORD@HOST:PORT/DATABASE?QUERY`, in parts. Passwords and names of tests need no escapes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Url {
    user: String,
    host: String,
    database: String,
    query: String,
}

impl Url {
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let parts = || {
            let (_, rest) = text.split_once("://")?;
            let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
            let (authority, database) = rest.split_once('/')?;
            let (user, host) = authority.rsplit_once('@')?;
            Some(Self {
                user: user.to_owned(),
                host: host.to_owned(),
                database: database.to_owned(),
                query: query.to_owned(),
            })
        };
        parts().with_context(|| {
            format!("`{text}` is not postgres://USER:PASSWORD@HOST:PORT/DATABASE?QUERY")
        })
    }

    /// Of another database there.
    #[must_use]
    pub fn database(&self, name: &str) -> Self {
        let database = name.to_owned();
        Self {
            database,
            ..self.clone()
        }
    }

    /// Runs statements there; gives the rows, one a line, columns apart by `|`.
    ///
    /// # Errors
    /// The first statement that fails.
    pub fn psql(&self, sql: &str) -> Result<String> {
        crate::programs::query(self, sql)
    }

    /// As another role.
    #[must_use]
    pub fn role(&self, name: &str, password: &str) -> Self {
        let user = format!("{name}:{password}");
        Self {
            user,
            ..self.clone()
        }
    }

    /// With other parameters, such as `sslmode=disable`.
    #[must_use]
    pub fn query(&self, query: &str) -> Self {
        let query = query.to_owned();
        Self {
            query,
            ..self.clone()
        }
    }

    /// By another name or port of the host.
    #[must_use]
    pub fn host(&self, host_and_port: &str) -> Self {
        let host = host_and_port.to_owned();
        Self {
            host,
            ..self.clone()
        }
    }
}

impl std::fmt::Display for Url {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            user,
            host,
            database,
            query,
        } = self;
        write!(f, "postgres://{user}@{host}/{database}")?;
        if !query.is_empty() {
            write!(f, "?{query}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_change_one_by_one() {
        let text = "postgres://postgres:secret@127.0.0.1:5432/postgres?sslmode=verify-full&sslrootcert=/tmp/ca.pem";
        let url = Url::parse(text).expect("complete");
        assert_eq!(url.to_string(), text);
        let changed = url
            .database("t1")
            .role("runs", "pass")
            .query("")
            .host("localhost:1");
        assert_eq!(changed.to_string(), "postgres://runs:pass@localhost:1/t1");
        for bad in ["", "postgres://localhost/x", "sqlite:verbund.db"] {
            assert!(Url::parse(bad).is_err(), "{bad}");
        }
    }
}
