//! Writing files that nobody may lose: never over another, never readable for others where they hold a key.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

use crate::exit::failure;
use crate::text;

/// Who may read what is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// The owner alone (0600): keys.
    Secret,
    /// Whoever the umask lets.
    Public,
}

/// Writes a new file and flushes it.
///
/// # Errors
/// When there is one already: keys and configurations are never overwritten.
pub(crate) fn write_new(path: &Path, content: &[u8], access: Access) -> anyhow::Result<()> {
    let mut options = OpenOptions::new();
    options.create_new(true);
    write_with(&mut options, path, content, access).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => failure(text::EXISTS.fill(&[&path.display()])),
        _ => failure(text::CANT_WRITE.fill(&[&path.display(), &error])),
    })
}

/// Puts a file in another's place, whole or not at all.
///
/// # Errors
/// When it can't be written.
pub(crate) fn replace(path: &Path, content: &[u8], access: Access) -> anyhow::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let mut options = OpenOptions::new();
    options.create(true).truncate(true);
    write_with(&mut options, beside.as_ref(), content, access)
        .and_then(|()| fs::rename(&beside, path))
        .map_err(|error| failure(text::CANT_WRITE.fill(&[&path.display(), &error])))
}

fn write_with(
    options: &mut OpenOptions,
    path: &Path,
    content: &[u8],
    access: Access,
) -> io::Result<()> {
    let mode = match access {
        Access::Secret => 0o600,
        Access::Public => 0o666,
    };
    let mut file: File = options.write(true).mode(mode).open(path)?;
    file.write_all(content)?;
    file.sync_all()
}

/// Makes a folder with all above it, for the owner alone; one that is there stays as it is.
///
/// # Errors
/// When it can't be made.
pub(crate) fn make_folder(path: &Path) -> anyhow::Result<()> {
    let made = fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path);
    made.map_err(|error| failure(text::CANT_WRITE.fill(&[&path.display(), &error])))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn keys_are_the_owners_and_are_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("entry.key");
        write_new(&path, b"one", Access::Secret).unwrap();
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        assert!(write_new(&path, b"two", Access::Secret).is_err());
        assert_eq!(fs::read(&path).unwrap(), b"one");
    }
}
