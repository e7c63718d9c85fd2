//! A backup of the erasure keys: what it holds as text, how old it may become, and how it lies in a folder.
//!
//! Keys of days that are over are left out both ways, and after [`DAYS`] a backup is deleted by the next one and refused by a restore:
//! what was forgotten can be read from backups for a week at most.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

use verbund_model::UnixMillis;

/// How long keys may be kept in a backup (DESIGN, erasure).
const DAYS: i64 = 7;
const DAY_MS: i64 = 24 * 3600 * 1000;
const FORMAT: &str = "verbund-erasure-keys 1";
const PREFIX: &str = "verbund-erasure-keys-";
const SUFFIX: &str = ".age";
const KEY_BYTES: usize = 32;

/// A key file's name, and what is in it.
pub(crate) type Key = (String, [u8; KEY_BYTES]);

/// Keys as they were at a time.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Backup {
    made_at: UnixMillis,
    pub(crate) keys: Vec<Key>,
}

impl Backup {
    /// Whether it should have been deleted.
    pub(crate) fn is_too_old(&self, now: UnixMillis) -> bool {
        is_too_old(self.made_at.0, now)
    }
}

fn is_too_old(made_at_ms: i64, now: UnixMillis) -> bool {
    now.0 - made_at_ms > DAYS * DAY_MS
}

/// The name of a backup that is made now.
pub(crate) fn name(now: UnixMillis) -> String {
    format!("{PREFIX}{}{SUFFIX}", now.0 / 1000)
}

/// Deletes the backups in a folder that are too old; gives how many there were.
pub(crate) fn drop_old(folder: &Path, now: UnixMillis) -> io::Result<usize> {
    let mut dropped = 0;
    for found in fs::read_dir(folder)? {
        let found = found?;
        let name = found.file_name();
        let made_at = name
            .to_str()
            .and_then(|name| name.strip_prefix(PREFIX)?.strip_suffix(SUFFIX))
            .and_then(|seconds| seconds.parse::<i64>().ok());
        if made_at.is_some_and(|seconds| is_too_old(seconds.saturating_mul(1000), now)) {
            fs::remove_file(found.path())?;
            dropped += 1;
        }
    }
    Ok(dropped)
}

/// The keys in a node's folder; none where there is no folder.
pub(crate) fn read_folder(folder: &Path) -> io::Result<Vec<Key>> {
    let mut keys = Vec::new();
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(keys),
        entries => entries?,
    };
    for found in entries {
        let name = found?.file_name();
        let Some(name) = name.to_str().filter(|name| day(name).is_some()) else {
            continue;
        };
        match fs::read(folder.join(name)) {
            Ok(bytes) => {
                let key = bytes.try_into().map_err(|_| {
                    io::Error::new(io::ErrorKind::InvalidData, format!("{name} is no key"))
                })?;
                keys.push((name.to_owned(), key));
            }
            // Destroyed since the folder was listed.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    keys.sort();
    Ok(keys)
}

/// Writes keys of today and later into a folder; gives how many. All of them or, where one can't be written, none: a node that started
/// with some of them would make others in their places.
pub(crate) fn write_folder(folder: &Path, keys: &[Key], today: i32) -> io::Result<usize> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)?;
    let due = keys
        .iter()
        .filter(|(name, _)| day(name).is_some_and(|day| day >= today));
    // A node removes what has this ending, should this process be killed in between.
    let due: Vec<_> = due
        .map(|(name, key)| (folder.join(name), folder.join(format!("{name}.new")), key))
        .collect();
    let written = due.iter().try_for_each(|(_, draft, key)| {
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(draft)?;
        file.write_all(&key[..])?;
        file.sync_all()
    });
    if let Err(error) = written {
        for (_, draft, _) in &due {
            // Those after the one that failed are not there.
            let _ = fs::remove_file(draft);
        }
        return Err(error);
    }
    for (path, draft, _) in &due {
        fs::rename(draft, path)?;
    }
    fs::File::open(folder)?.sync_all()?;
    Ok(due.len())
}

/// The day of a key file `DAY.GENERATION.key`.
fn day(name: &str) -> Option<i32> {
    let (day, generation) = name.strip_suffix(".key")?.split_once('.')?;
    generation.parse::<u32>().ok()?;
    day.parse().ok()
}

/// What is encrypted.
pub(crate) fn text(keys: &[Key], now: UnixMillis) -> String {
    let lines = keys
        .iter()
        .map(|(name, key)| format!("{name} {}\n", hex::encode(key)));
    format!(
        "{FORMAT}\nmade-at-ms {}\n{}",
        now.0,
        lines.collect::<String>()
    )
}

/// Reads that again; `None` where it is something else.
pub(crate) fn parse(text: &str) -> Option<Backup> {
    let mut lines = text.lines();
    if lines.next() != Some(FORMAT) {
        return None;
    }
    let made_at = lines.next()?.strip_prefix("made-at-ms ")?.parse().ok()?;
    let key = |line: &str| {
        let (name, key) = line.split_once(' ')?;
        day(name)?;
        Some((name.to_owned(), hex::decode(key).ok()?.try_into().ok()?))
    };
    Some(Backup {
        made_at: UnixMillis(made_at),
        keys: lines.map(key).collect::<Option<_>>()?,
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn keys_come_back_but_for_those_of_days_that_are_over() {
        let folder = tempfile::tempdir().unwrap();
        let now = UnixMillis(1_800_000_000_000);
        let keys: Vec<Key> = [("19999.1.key", 1), ("20000.2.key", 2), ("20001.1.key", 3)]
            .map(|(name, byte)| (name.to_owned(), [byte; KEY_BYTES]))
            .to_vec();
        let backup = parse(&text(&keys, now)).unwrap();
        assert_eq!(backup.keys, keys);
        let target = folder.path().join("keys");
        assert_eq!(write_folder(&target, &backup.keys, 20_000).unwrap(), 2);
        fs::write(target.join("marker"), "no key").unwrap();
        assert_eq!(read_folder(&target).unwrap(), keys[1..]);
        for (path, mode) in [(target.clone(), 0o700), (target.join(&keys[1].0), 0o600)] {
            assert_eq!(
                fs::metadata(path).unwrap().permissions().mode() & 0o777,
                mode
            );
        }
        fs::write(target.join("20002.1.key"), "short").unwrap();
        assert!(read_folder(&target).is_err());
        let elsewhere = format!("{FORMAT}\nmade-at-ms 1\n../x {}\n", "00".repeat(KEY_BYTES));
        assert_eq!(parse(&elsewhere), None);
    }

    #[test]
    fn where_one_key_cannot_be_written_none_is() {
        let folder = tempfile::tempdir().unwrap();
        let keys = ["20000.1.key", "20001.1.key"].map(|name| (name.to_owned(), [7; KEY_BYTES]));
        let obstacle = folder.path().join("20001.1.key.new");
        fs::create_dir(&obstacle).unwrap();
        assert!(write_folder(folder.path(), &keys, 20_000).is_err());
        assert_eq!(read_folder(folder.path()).unwrap(), []);
        fs::remove_dir(obstacle).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        assert_eq!(write_folder(folder.path(), &keys, 20_000).unwrap(), 2);
        assert_eq!(read_folder(folder.path()).unwrap(), keys);
    }

    #[test]
    fn a_backup_lives_for_seven_days() {
        let folder = tempfile::tempdir().unwrap();
        let now = UnixMillis(1_800_000_000_000);
        let ago = |ms: i64| UnixMillis(now.0 - ms);
        for (age, too_old) in [(DAYS * DAY_MS, false), (DAYS * DAY_MS + 1, true)] {
            let backup = parse(&text(&[], ago(age))).unwrap();
            assert_eq!(backup.is_too_old(now), too_old);
        }
        let (young, old) = (name(ago(6 * DAY_MS)), name(ago(8 * DAY_MS)));
        for name in [&*young, &*old, "another.age"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        assert_eq!(drop_old(folder.path(), now).unwrap(), 1);
        assert!(folder.path().join(young).exists() && !folder.path().join(old).exists());
    }
}
