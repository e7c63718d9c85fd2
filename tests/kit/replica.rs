//! A node that runs as several processes over one PostgreSQL.
//!
//! The agency's own process has the addresses that the charter tells of; the others are beside it, with ports of their own,
//! and share its database, its keys and its certificate.

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;

use anyhow::{Context as _, Result};

use crate::federation::{Federation, configuration_at};
use crate::node::NodeProcess;
use crate::postgres::Url;
use crate::surroundings::Surroundings;
use crate::system::System;

/// A further process of an agency's node.
#[derive(Debug)]
pub struct Replica {
    /// The process.
    pub process: NodeProcess,
    agency: String,
    agency_api: SocketAddr,
}

impl Replica {
    /// Starts one beside the agency's own process, under a name; waits until it is ready.
    ///
    /// # Errors
    /// What could not be made, or why it did not start.
    pub async fn started(fed: &Federation, id: &str, name: &str, store: &Url) -> Result<Self> {
        Self::started_in(fed, id, name, store, &Surroundings::new()).await
    }

    /// The same in other surroundings; one of this name that has ended is started again.
    ///
    /// # Errors
    /// As [`Replica::started`].
    pub async fn started_in(
        fed: &Federation,
        id: &str,
        name: &str,
        store: &Url,
        surroundings: &Surroundings,
    ) -> Result<Self> {
        let member = fed.member(id);
        let shared = fed.node_folder(id);
        let folder = fed.folder().join(format!("{id}-{name}"));
        fs::DirBuilder::new()
            .mode(0o700)
            .recursive(true)
            .create(folder.join("data"))?;
        let beside = |address: SocketAddr| SocketAddr::new(address.ip(), address.port() + 10);
        let addresses = [member.agency_api(), member.federation_api(), member.admin()].map(beside);
        let at = |path: &str| shared.join(path).display().to_string();
        let configuration = format!(
            "{}\n[charter]\nfile = {:?}\n\n[tls]\ncertificate = {:?}\nkey = {:?}\ncrls = {:?}\n\n\
             [entry_key]\nfile = {:?}\n",
            configuration_at(member, addresses),
            at("charter.toml"),
            at("tls/node.pem"),
            at("tls/node.key"),
            at("tls/crls"),
            at("keys/entry.key"),
        );
        fs::write(folder.join("node.toml"), configuration)?;
        share(&folder, name, store, &shared)?;
        let [agency_api, _, admin] = addresses;
        let mut process = NodeProcess::launch(id, &folder, admin, surroundings)?;
        process.ready(fed.patience()).await?;
        Ok(Self {
            process,
            agency: id.to_owned(),
            agency_api,
        })
    }

    /// Connects one of the agency's systems to this process.
    ///
    /// # Errors
    /// Why it does not reach it.
    pub async fn system(&self, fed: &Federation, name: &str) -> Result<System> {
        let certificate = fed.member(&self.agency).system(name)?;
        let endpoint = self.agency_api.to_string();
        fed.system_at(&self.agency, &certificate, &endpoint).await
    }
}

/// Lets the agency's own process, which has not been started yet, be a replica over this database.
///
/// # Errors
/// When its configuration can't be written.
pub fn share_node(fed: &Federation, id: &str, name: &str, store: &Url) -> Result<()> {
    let folder = fed.node_folder(id);
    share(&folder, name, store, &folder)
}

fn share(folder: &Path, name: &str, store: &Url, keys: &Path) -> Result<()> {
    let file = folder.join("node.toml");
    let before = fs::read_to_string(&file)?;
    let (head, rest) = before
        .split_once("[node]\n")
        .context("a configuration of a node")?;
    let keys = keys.join("erasure-keys").display().to_string();
    // A section in the middle would end the one that it is put into.
    let configuration = format!(
        "{head}[node]\nreplica = {name:?}\n{rest}\n[store]\nurl = \"{store}\"\nerasure_keys = {keys:?}\n\
         migrate_at_start = true\n"
    );
    Ok(fs::write(file, configuration)?)
}
