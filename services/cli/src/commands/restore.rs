//! `verbund restore`: a database and erasure keys from their backups, and going on without partners that stay away.

use std::fs::OpenOptions;
use std::io::BufWriter;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde_json::json;
use verbund_model::{AgencyId, Clock as _, SystemClock};
use verbund_store::marker::{self, Found};
use zeroize::Zeroizing;

use super::backup::{scratch, unseal};
use super::store::{Meter, Node, failed};
use crate::exit::{Exit, Failure, failure, usage};
use crate::keys_file;
use crate::output::{self, Format};
use crate::text;

#[derive(Args, Debug)]
#[command(after_help = text::BACKUP_EXIT_CODES)]
pub(crate) struct RestoreArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    #[command(about = text::ABOUT_RESTORE_STORE, after_help = text::BACKUP_EXIT_CODES)]
    Store(From),
    #[command(about = text::ABOUT_RESTORE_KEYS, after_help = text::BACKUP_EXIT_CODES)]
    Keys(From),
    #[command(about = text::ABOUT_RESTORE_WITHOUT, after_help = text::BACKUP_EXIT_CODES)]
    Without {
        #[arg(long, value_name = text::FILE.now(), help = text::ARG_NODE_CONFIG)]
        config: PathBuf,
        #[arg(long, required = true, help = text::ARG_RESTORE_ACCEPT)]
        accept_loss: bool,
        #[arg(required = true, value_name = text::AGENCY.now(), help = text::ARG_RESTORE_PARTNER)]
        partner: Vec<String>,
    },
}

#[derive(Args, Debug)]
struct From {
    #[arg(long, value_name = text::FILE.now(), help = text::ARG_NODE_CONFIG)]
    config: PathBuf,
    #[arg(long, value_name = text::FILE.now(), help = text::ARG_RESTORE_FROM)]
    from: PathBuf,
    #[arg(long, value_name = text::FILE.now(), help = text::ARG_RESTORE_IDENTITY)]
    identity: PathBuf,
    #[arg(long, value_name = text::STORE_URL.now(), env = "VERBUND_STORE_URL", help = text::ARG_STORE_URL)]
    url: Option<String>,
}

pub(crate) async fn run(args: RestoreArgs, format: Format) -> anyhow::Result<()> {
    match args.command {
        Command::Store(from) => store(&from, format).await,
        Command::Keys(from) => keys(&from, format),
        Command::Without {
            config, partner, ..
        } => without(&config, &partner, format),
    }
}

async fn store(args: &From, format: Format) -> anyhow::Result<()> {
    let mut node = Node::of(&args.config)?;
    let scratch = scratch(&node.config().node.data)?;
    let copy = scratch.path().join("backup.db");
    let plain = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&copy)?;
    let mut plain = BufWriter::new(plain);
    unseal(&args.from, &args.identity, &mut plain)?;
    drop(plain);
    let url = args.url.clone().unwrap_or_else(|| node.url().to_owned());
    let mut meter = Meter::new();
    let told: &mut (dyn FnMut(verbund_store::Progress) + Send) = &mut |it| meter.show(it);
    let (upkeep, members) = node.parts();
    let restored = verbund_store::restore(&copy, &url, upkeep, members, told).await;
    meter.end();
    let restored = restored.map_err(|error| match error {
        verbund_store::Error::NotABackup => {
            Failure::new(Exit::Refused, text::RESTORE_NO_BACKUP.to_string()).into()
        }
        error => failed(error),
    })?;
    match format {
        Format::Json => output::json(&json!({
            "rows": restored.rows, "entries": restored.entries, "found": restored.found,
        }))?,
        Format::Table => {
            output::line(text::RESTORE_DONE.fill(&[&restored.rows, &restored.entries]))?;
            output::note(text::RESTORE_NEXT.to_string());
            if !url.starts_with("sqlite:") {
                output::note(text::STORE_ROLES.to_string());
            }
        }
    }
    Ok(())
}

fn keys(args: &From, format: Format) -> anyhow::Result<()> {
    let node = Node::of(&args.config)?;
    let mut plain = Zeroizing::new(Vec::new());
    unseal(&args.from, &args.identity, &mut *plain)?;
    let refused = |words: String| Failure::new(Exit::Refused, words);
    let backup = std::str::from_utf8(&plain).ok().and_then(keys_file::parse);
    let backup = backup.ok_or_else(|| refused(text::RESTORE_NO_KEYS.to_string()))?;
    if backup.is_too_old(SystemClock.now()) {
        return Err(refused(text::RESTORE_KEYS_OLD.to_string()).into());
    }
    let folder = &node.config().store.erasure_keys;
    let there = keys_file::read_folder(folder)
        .map_err(|error| failure(text::CANT_WRITE.fill(&[&folder.display(), &error])))?;
    if !there.is_empty() {
        return Err(refused(text::RESTORE_KEYS_THERE.fill(&[&folder.display()])).into());
    }
    let written = keys_file::write_folder(folder, &backup.keys, node.today())
        .map_err(|error| failure(text::CANT_WRITE.fill(&[&folder.display(), &error])))?;
    match format {
        Format::Json => output::json(&json!({ "keys": written }))?,
        Format::Table => output::line(text::RESTORE_KEYS_DONE.fill(&[&written]))?,
    }
    Ok(())
}

fn without(config: &Path, partners: &[String], format: Format) -> anyhow::Result<()> {
    let node = Node::of(config)?;
    let charter = node.charter()?;
    let own = &node.config().node.agency;
    let mut forgone = Vec::new();
    for partner in partners {
        let agency = AgencyId::parse(partner).ok();
        let agency = agency.filter(|it| it != own && charter.agency(it).is_some());
        forgone.push(agency.ok_or_else(|| usage(text::RESTORE_NO_PARTNER.fill(&[partner])))?);
    }
    let folder = &node.config().store.erasure_keys;
    let recovering = match marker::look(folder).map_err(failed)? {
        Found::Marker(marker) => marker.recovery.is_some(),
        Found::Nothing | Found::Unreadable => false,
    };
    if !recovering {
        return Err(Failure::new(Exit::Refused, text::RESTORE_NOT_RECOVERING.to_string()).into());
    }
    let change = marker::change(folder, |marker| {
        if let Some(recovery) = &mut marker.recovery {
            recovery.forgone.extend(forgone);
        }
    });
    let marker = change.map_err(failed)?;
    let all: Vec<String> = marker
        .recovery
        .iter()
        .flat_map(|it| it.forgone.iter().map(ToString::to_string))
        .collect();
    match format {
        Format::Json => output::json(&json!({ "forgone": all }))?,
        Format::Table => output::line(text::RESTORE_FORGONE.fill(&[&all.join(", ")]))?,
    }
    Ok(())
}
