//! Two agencies' nodes, a pair of keys, and the steps of a drill.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use verbund_tests::federation::request_id;
use verbund_tests::postgres::{Cluster, Database, Url};
use verbund_tests::program::{self, Called};
use verbund_tests::replica::share_node;
use verbund_tests::{Federation, Plan, System};
use verbund_wire::agency::{CorrectSituationRequest, GetStatusResponse};
use verbund_wire::error::{ErrorCode, explain};

pub(crate) const ORIGIN: &str = "kod";
pub(crate) const PARTNER: &str = "quartiersbuero";
/// Members whose nodes are never there.
pub(crate) const AWAY: [&str; 4] = ["dhz", "polizei", "staatsanwaltschaft", "streetwork"];
/// For how many days updates are kept.
pub(crate) const KEPT_DAYS: u32 = 7;
pub(crate) const DONE: Option<i32> = Some(0);
pub(crate) const FAILURE: Option<i32> = Some(1);
pub(crate) const USAGE: Option<i32> = Some(2);
pub(crate) const REFUSED: Option<i32> = Some(4);

/// What the origin keeps its entries in.
pub(crate) enum Engine {
    Sqlite,
    Postgres(Box<Served>),
}

/// A server with the origin's database.
pub(crate) struct Served {
    server: Cluster,
    database: Database,
}

pub(crate) struct Scene {
    pub(crate) fed: Federation,
    engine: Engine,
    standby: Option<Cluster>,
    /// The public key.
    pub(crate) recipient: String,
}

impl Scene {
    /// Both nodes are up, the origin's over SQLite.
    pub(crate) async fn sqlite() -> Result<Self> {
        Self::started(Engine::Sqlite).await
    }

    /// Both nodes are up, the origin's over a PostgreSQL of its own.
    pub(crate) async fn postgres() -> Result<Self> {
        let server = Cluster::start_new()?;
        let database = server.database()?;
        Self::started(Engine::Postgres(Box::new(Served { server, database }))).await
    }

    async fn started(engine: Engine) -> Result<Self> {
        let plan = Plan::nodes(&[ORIGIN, PARTNER])
            .kept(KEPT_DAYS)
            .patience(Duration::from_secs(120));
        let mut fed = plan.build()?;
        if let Engine::Postgres(served) = &engine {
            share_node(&fed, ORIGIN, "one", &served.database.url())?;
        }
        for node in [ORIGIN, PARTNER] {
            fed.launch(node)?;
        }
        fed.ready(&[ORIGIN, PARTNER]).await?;
        let secret = fed.folder().join("secret");
        let made = ["backup", "keygen", "--output", text(&secret)?];
        let made = program::call(&fed, made, "").await?;
        ensure!(made.code == DONE, "{made:?}");
        let recipient = made.out.trim().to_owned();
        Ok(Self {
            fed,
            engine,
            standby: None,
            recipient,
        })
    }

    pub(crate) fn secret(&self) -> PathBuf {
        self.fed.folder().join("secret")
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.fed.node_folder(ORIGIN).join("node.toml")
    }

    pub(crate) async fn call(&self, arguments: &[&str]) -> Result<Called> {
        program::call(&self.fed, arguments, "").await
    }

    /// Calls a command with the origin's configuration.
    pub(crate) async fn with_config(&self, arguments: &[&str]) -> Result<Called> {
        let config = self.config();
        self.call(&[arguments, &["--config", text(&config)?]].concat())
            .await
    }

    pub(crate) async fn origin(&self) -> Result<System> {
        self.fed.system(ORIGIN, "everything").await
    }

    pub(crate) async fn partner(&self) -> Result<System> {
        self.fed.system(PARTNER, "everything").await
    }

    /// Makes a backup of the origin's database.
    pub(crate) async fn back_up(&self, name: &str) -> Result<PathBuf> {
        let file = self.fed.folder().join(name);
        let arguments = ["--recipient", &self.recipient, "--output", text(&file)?];
        let arguments = [&["backup", "store"][..], &arguments].concat();
        let called = self.with_config(&arguments).await?;
        ensure!(called.code == DONE, "{called:?}");
        Ok(file)
    }

    pub(crate) async fn restore(&self, file: &Path) -> Result<Called> {
        let secret = self.secret();
        let arguments = ["--from", text(file)?, "--identity", text(&secret)?];
        let arguments = [&["restore", "store"][..], &arguments].concat();
        self.with_config(&arguments).await
    }

    /// The origin's database is gone; its configuration names an empty one.
    pub(crate) fn lose_database(&mut self) -> Result<()> {
        match &mut self.engine {
            Engine::Sqlite => {
                for file in ["verbund.db", "verbund.db-wal", "verbund.db-shm"] {
                    let file = self.fed.node_folder(ORIGIN).join("data").join(file);
                    if file.exists() {
                        fs::remove_file(file)?;
                    }
                }
            }
            Engine::Postgres(served) => {
                let new = served.server.database()?;
                name_database(&self.fed, &served.database.url(), &new.url())?;
                served.database = new;
            }
        }
        Ok(())
    }

    /// The server is gone, and a standby that has everything takes over: the origin's configuration names it.
    pub(crate) fn fail_over(&mut self) -> Result<()> {
        let Engine::Postgres(served) = &self.engine else {
            bail!("a file has no standby");
        };
        let Served { server, database } = &**served;
        let standby = server.standby("second")?;
        server.stop()?;
        standby.promote()?;
        let url = standby.url().database(database.name());
        name_database(&self.fed, &database.url(), &url)?;
        self.standby = Some(standby);
        Ok(())
    }

    pub(crate) async fn stop(&mut self, node: &str) -> Result<()> {
        let patience = self.fed.patience();
        self.fed.node_mut(node).stop(patience).await.map(drop)
    }

    pub(crate) async fn kill(&mut self, node: &str) -> Result<()> {
        let patience = self.fed.patience();
        self.fed.node_mut(node).kill(patience).await.map(drop)
    }

    pub(crate) async fn start(&mut self, node: &str) -> Result<()> {
        self.fed.launch(node)?;
        self.fed.ready(&[node]).await
    }

    /// The operator goes on without the members that are never there.
    pub(crate) async fn forgo_absent(&self) -> Result<()> {
        let arguments = [&["restore", "without", "--accept-loss"][..], &AWAY].concat();
        let called = self.with_config(&arguments).await?;
        ensure!(called.code == DONE, "{called:?}");
        Ok(())
    }

    /// Waits until the origin's status is as wanted.
    pub(crate) async fn until_status(
        &self,
        what: &str,
        holds: impl Fn(&GetStatusResponse) -> bool,
    ) -> Result<()> {
        let origin = self.origin().await?;
        let look = async || {
            let status = origin.status().await.map_err(|error| error.to_string())?;
            match holds(&status) {
                true => Ok(()),
                false => Err(format!(
                    "{:?}, awaits {:?}, {} queued",
                    status.read_only, status.awaited, status.queued_entries
                )),
            }
        };
        self.fed.until(what, look).await
    }

    /// Waits until the origin signs.
    pub(crate) async fn until_it_signs(&self) -> Result<()> {
        self.until_status("the origin to sign again", |it| it.read_only.is_empty())
            .await
    }

    /// The origin reads, and refuses what refers to states that it may lack.
    pub(crate) async fn signs_nothing(&self) -> Result<()> {
        let origin = self.origin().await?;
        assert_eq!(origin.status().await?.read_only, "RECOVERING");
        let correction = CorrectSituationRequest {
            request_id: request_id(),
            subject: "0192f0a0-0000-4000-8000-000000000000".to_owned(),
            etag: "any".to_owned(),
            situation: Some(origin.draft("Zu früh.")),
            confirm_review: false,
        };
        let refused = origin
            .situations
            .clone()
            .correct_situation(correction)
            .await;
        let refused = refused.expect_err("it waits");
        let code = explain(&refused).code;
        assert_eq!(code, Some(ErrorCode::Recovering), "{refused}");
        origin.events().await?;
        Ok(())
    }

    /// Waits until so many of the origin's updates are queued.
    pub(crate) async fn until_queued(&self, count: u64) -> Result<()> {
        let what = format!("{count} updates to be queued");
        self.until_status(&what, |it| it.queued_entries == count)
            .await
    }

    /// Every byte that the origin's database has on its disk.
    pub(crate) fn bytes(&self) -> Result<Vec<u8>> {
        let folder = match &self.engine {
            Engine::Sqlite => self.fed.node_folder(ORIGIN).join("data"),
            Engine::Postgres(served) => {
                served.server.psql("CHECKPOINT")?;
                served.server.data()
            }
        };
        let (mut folders, mut bytes) = (vec![folder], Vec::new());
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder)? {
                let path = entry?.path();
                match path.is_dir() {
                    true => folders.push(path),
                    // One that went meanwhile holds nothing any more.
                    false => bytes.extend(fs::read(path).unwrap_or_default()),
                }
            }
        }
        Ok(bytes)
    }

    /// Waits until both feeds hold exactly these notes of the origin, whatever their order.
    pub(crate) async fn agree(&self, notes: &[String]) -> Result<()> {
        let mut wanted = notes.to_vec();
        wanted.sort();
        for system in [self.origin().await?, self.partner().await?] {
            let look = async || {
                let found = system.notes_of(ORIGIN).await;
                let mut found = found.map_err(|error| error.to_string())?;
                found.sort();
                match found == wanted {
                    true => Ok(()),
                    false => Err(format!("{} notes of {}", found.len(), wanted.len())),
                }
            };
            self.fed.until("both feeds to hold the same", look).await?;
        }
        Ok(())
    }

    /// Nobody has stopped a lane or found two histories.
    pub(crate) async fn nobody_saw_a_fork(&self) -> Result<()> {
        for system in [self.origin().await?, self.partner().await?] {
            let alarms = system.alarms().await?;
            let forks = [
                "LANE_STOPPED",
                "HISTORIES_DIFFER",
                "OWN_HISTORIES_DIFFER",
                "OWN_LANE_STOPPED",
            ];
            let fork = alarms.iter().find(|it| forks.contains(&&*it.reason));
            assert!(fork.is_none(), "{fork:?}");
        }
        Ok(())
    }
}

/// Puts another database's address into the origin's configuration.
fn name_database(fed: &Federation, old: &Url, new: &Url) -> Result<()> {
    let config = fed.node_folder(ORIGIN).join("node.toml");
    let before = fs::read_to_string(&config)?;
    let (old, new) = (old.to_string(), new.to_string());
    ensure!(before.contains(&old), "{before}");
    Ok(fs::write(config, before.replace(&old, &new))?)
}

pub(crate) fn text(path: &Path) -> Result<&str> {
    path.to_str().context("a path of letters")
}

pub(crate) fn folder_copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    fs::set_permissions(to, fs::metadata(from)?.permissions())?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            folder_copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
