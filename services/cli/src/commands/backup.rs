//! `verbund backup`: the database, and the erasure keys apart from it, each into a file that only the holder of a secret key can read.

use std::fs::{self, DirBuilder, File};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, Subcommand};
use serde_json::json;
use verbund_ledger::SystemEntropy;
use verbund_model::{Clock as _, SystemClock};
use verbund_store::age::{self, Recipient, Secret};
use zeroize::Zeroizing;

use super::store::{Meter, Node, failed};
use crate::exit::{Exit, Failure, failure, usage};
use crate::files::{self, Access};
use crate::keys_file;
use crate::output::{self, Format};
use crate::text;

#[derive(Args, Debug)]
#[command(after_help = text::BACKUP_EXIT_CODES)]
pub(crate) struct BackupArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    #[command(about = text::ABOUT_BACKUP_KEYGEN)]
    Keygen {
        #[arg(long, value_name = text::FILE.now(), help = text::ARG_BACKUP_SECRET_NEW)]
        output: PathBuf,
    },
    #[command(about = text::ABOUT_BACKUP_STORE, after_help = text::BACKUP_EXIT_CODES)]
    Store {
        #[arg(long, value_name = text::FILE.now(), help = text::ARG_NODE_CONFIG)]
        config: PathBuf,
        #[arg(long, required = true, value_name = "age1…", help = text::ARG_BACKUP_RECIPIENT)]
        recipient: Vec<String>,
        #[arg(long, value_name = text::FILE.now(), help = text::ARG_BACKUP_OUTPUT)]
        output: PathBuf,
    },
    #[command(about = text::ABOUT_BACKUP_KEYS, after_help = text::BACKUP_EXIT_CODES)]
    Keys {
        #[arg(long, value_name = text::FILE.now(), help = text::ARG_NODE_CONFIG)]
        config: PathBuf,
        #[arg(long, required = true, value_name = "age1…", help = text::ARG_BACKUP_RECIPIENT)]
        recipient: Vec<String>,
        #[arg(long, value_name = text::FOLDER.now(), help = text::ARG_BACKUP_KEYS_FOLDER)]
        folder: PathBuf,
    },
}

pub(crate) async fn run(args: BackupArgs, format: Format) -> anyhow::Result<()> {
    match args.command {
        Command::Keygen { output } => keygen(&output, format),
        Command::Store {
            config,
            recipient,
            output,
        } => store(&config, &recipients(&recipient)?, &output, format).await,
        Command::Keys {
            config,
            recipient,
            folder,
        } => keys(&config, &recipients(&recipient)?, &folder, format),
    }
}

fn recipients(given: &[String]) -> anyhow::Result<Vec<Recipient>> {
    let parsed = given.iter().map(|text| text.trim().parse());
    parsed
        .collect::<Result<_, _>>()
        .map_err(|_| usage(text::BACKUP_BAD_RECIPIENT.to_string()))
}

fn keygen(path: &Path, format: Format) -> anyhow::Result<()> {
    let secret = Secret::generate(&SystemEntropy);
    let recipient = secret.recipient()?;
    let content = format!("# public key: {recipient}\n{}\n", &*secret.reveal());
    files::write_new(path, content.as_bytes(), Access::Secret)?;
    match format {
        Format::Json => output::json(&json!({ "recipient": recipient.to_string() }))?,
        Format::Table => {
            output::line(recipient.to_string())?;
            output::note(text::BACKUP_SECRET_WRITTEN.fill(&[&path.display()]));
        }
    }
    Ok(())
}

async fn store(
    config: &Path,
    recipients: &[Recipient],
    path: &Path,
    format: Format,
) -> anyhow::Result<()> {
    let mut node = Node::of(config)?;
    let to = Sink::of(path)?;
    // Beside the node's own data, since codes stand in it in clear until it is encrypted.
    let scratch = scratch(&node.config().node.data)?;
    let copy = scratch.path().join("backup.db");
    let url = node.url().to_owned();
    let mut meter = Meter::new();
    let told: &mut (dyn FnMut(verbund_store::Progress) + Send) = &mut |it| meter.show(it);
    let (upkeep, members) = node.parts();
    let copied = verbund_store::backup(&url, &copy, upkeep, members, told).await;
    meter.end();
    let copied = copied.map_err(failed)?;
    let mut content = BufReader::new(File::open(&copy)?);
    let bytes = to.seal(&mut content, recipients)?;
    to.tell(match format {
        Format::Json => json!({
            "rows": copied.rows, "entries": copied.entries, "generation": copied.generation,
            "position": copied.position, "bytes": bytes,
        })
        .to_string(),
        Format::Table => {
            text::BACKUP_DONE.fill(&[&copied.rows, &copied.entries, &path.display(), &bytes])
        }
    })
}

/// A folder that goes with this process; one that an earlier process left behind when it was killed goes first.
pub(crate) fn scratch(data: &Path) -> anyhow::Result<tempfile::TempDir> {
    const PREFIX: &str = "backup-scratch-";
    let cant_write = |error: &io::Error| failure(text::CANT_WRITE.fill(&[&data.display(), error]));
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(data)
        .map_err(|error| cant_write(&error))?;
    for found in fs::read_dir(data).map_err(|error| cant_write(&error))? {
        let found = found.map_err(|error| cant_write(&error))?;
        let name = found.file_name();
        let owner = name.to_str().and_then(|name| {
            let (pid, _) = name.strip_prefix(PREFIX)?.split_once('-')?;
            pid.parse::<u32>().ok()
        });
        if owner.is_some_and(|pid| !Path::new(&format!("/proc/{pid}")).exists()) {
            fs::remove_dir_all(found.path()).map_err(|error| cant_write(&error))?;
        }
    }
    tempfile::Builder::new()
        .prefix(&format!("{PREFIX}{}-", std::process::id()))
        .tempdir_in(data)
        .map_err(|error| cant_write(&error))
}

/// Where a backup goes: into a new file, or to the standard output, for nodes that have no folder of the operator's.
enum Sink<'a> {
    File(&'a Path),
    Output,
}

impl<'a> Sink<'a> {
    fn of(path: &'a Path) -> anyhow::Result<Self> {
        if path == Path::new(OUTPUT) {
            Ok(Self::Output)
        } else if path.exists() {
            Err(failure(text::EXISTS.fill(&[&path.display()])))
        } else {
            Ok(Self::File(path))
        }
    }

    /// Encrypts content; gives how many bytes became of it. A file is there whole or not at all; of what goes to the standard output the
    /// exit code tells, and a restore, since the format has an end.
    fn seal(&self, content: &mut dyn Read, recipients: &[Recipient]) -> anyhow::Result<u64> {
        match self {
            Self::File(path) => {
                seal(content, recipients, path)?;
                Ok(fs::metadata(path)?.len())
            }
            Self::Output => {
                let mut counted = Counted(BufWriter::new(io::stdout().lock()), 0);
                age::encrypt(recipients, &SystemEntropy, content, &mut counted)
                    .map_err(|error| failure(text::CANT_WRITE.fill(&[&OUTPUT, &error])))?;
                Ok(counted.1)
            }
        }
    }

    /// Says what was done, where the backup is not.
    fn tell(&self, words: String) -> anyhow::Result<()> {
        match self {
            Self::File(_) => Ok(output::line(words)?),
            Self::Output => {
                output::note(words);
                Ok(())
            }
        }
    }
}

/// Stands for the standard output.
const OUTPUT: &str = "-";

/// Counts what is written.
struct Counted<W>(W, u64);

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.0.write(bytes)?;
        self.1 += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Encrypts content into a file, which is there whole or not at all.
fn seal(content: &mut dyn Read, recipients: &[Recipient], path: &Path) -> anyhow::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".part");
    let beside = PathBuf::from(beside);
    let mut write = || -> Result<(), age::Error> {
        let file = fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&beside)?;
        let mut file = BufWriter::new(file);
        age::encrypt(recipients, &SystemEntropy, content, &mut file)?;
        file.flush()?;
        file.get_ref().sync_all()?;
        fs::rename(&beside, path)?;
        let folder = path.parent().filter(|it| !it.as_os_str().is_empty());
        Ok(File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?)
    };
    write().map_err(|error| {
        // What there is of it is no backup.
        let _ = fs::remove_file(&beside);
        failure(text::CANT_WRITE.fill(&[&path.display(), &error]))
    })
}

fn keys(
    config: &Path,
    recipients: &[Recipient],
    folder: &Path,
    format: Format,
) -> anyhow::Result<()> {
    let node = Node::of(config)?;
    let now = SystemClock.now();
    // The old ones first: a disk that is full must not keep them.
    let dropped = match folder == Path::new(OUTPUT) {
        true => 0,
        false => keys_file::drop_old(folder, now)
            .map_err(|error| failure(text::CANT_WRITE.fill(&[&folder.display(), &error])))?,
    };
    let all = keys_file::read_folder(&node.config().store.erasure_keys)
        .with_context(|| node.config().store.erasure_keys.display().to_string())?;
    let path = match folder == Path::new(OUTPUT) {
        true => folder.to_owned(),
        false => folder.join(keys_file::name(now)),
    };
    let to = Sink::of(&path)?;
    let plain = Zeroizing::new(keys_file::text(&all, now));
    to.seal(&mut plain.as_bytes(), recipients)?;
    to.tell(match format {
        Format::Json => json!({
            "keys": all.len(), "file": path.display().to_string(), "dropped": dropped,
        })
        .to_string(),
        Format::Table => text::BACKUP_KEYS_DONE.fill(&[&all.len(), &path.display(), &dropped]),
    })
}

/// Decrypts a file with the secret key in another.
pub(crate) fn unseal(file: &Path, identity: &Path, into: &mut dyn Write) -> anyhow::Result<()> {
    let secret = secret(identity)?;
    let sealed = File::open(file);
    let mut sealed =
        sealed.map_err(|error| usage(text::CANT_READ.fill(&[&file.display(), &error])))?;
    age::decrypt(&secret, &mut sealed, into).map_err(|error| {
        let (exit, words) = match error {
            age::Error::WrongKey => (Exit::Refused, text::RESTORE_WRONG_KEY.to_string()),
            age::Error::NotEncrypted => (Exit::Refused, text::RESTORE_NOT_ENCRYPTED.to_string()),
            age::Error::Damaged => (Exit::Failure, text::RESTORE_CUT_OFF.to_string()),
            age::Error::BadSecret | age::Error::BadRecipient => {
                (Exit::Usage, text::RESTORE_BAD_SECRET.to_string())
            }
            age::Error::Io(error) if error.kind() == io::ErrorKind::StorageFull => {
                (Exit::Failure, text::STORE_DISK_FULL.to_string())
            }
            age::Error::Io(error) => (
                Exit::Failure,
                text::RESTORE_CANT_DECRYPT.fill(&[&file.display(), &error]),
            ),
        };
        Failure::new(exit, words).into()
    })
}

fn secret(path: &Path) -> anyhow::Result<Secret> {
    let text = Zeroizing::new(super::read_text(path)?);
    let line = text
        .lines()
        .map(str::trim)
        .find(|line| !line.is_empty() && !line.starts_with('#'));
    line.and_then(|line| line.parse().ok())
        .ok_or_else(|| usage(text::RESTORE_BAD_SECRET.to_string()))
}
