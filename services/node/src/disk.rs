//! Room on the disk: how much is free, and whether that is enough to take anything new.
//!
//! A node turns read-only while there is still room to end what was begun, to check-point, and to erase: a full disk
//! would stop it in the middle of a write. It turns back only with a margin, so that it doesn't flap at the border.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

/// Bytes free for this process on the file system that holds a folder.
///
/// # Errors
/// Where the folder can't be looked at.
pub fn free_bytes(folder: &Path) -> io::Result<u64> {
    let figures = rustix::fs::statvfs(folder)?;
    // `f_bavail`, not `f_bfree`: the rest is root's.
    Ok(figures.f_bavail.saturating_mul(figures.f_frsize))
}

/// What must stay free, and whether it does.
#[derive(Debug)]
pub struct Reserve {
    folder: PathBuf,
    reserve_bytes: u64,
    read_only: AtomicBool,
}

/// What one look at the disk gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// Bytes free.
    pub free_bytes: u64,
    /// Nothing new may be taken.
    pub read_only: bool,
    /// That is news.
    pub changed: bool,
}

impl Reserve {
    /// Keeps `reserve_bytes` free on the file system of `folder`, which need not exist before the first look.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>, reserve_bytes: u64) -> Self {
        Self {
            folder: folder.into(),
            reserve_bytes,
            read_only: AtomicBool::new(false),
        }
    }

    /// Looks at the disk.
    ///
    /// # Errors
    /// Where the folder can't be looked at; whether the node is read-only stays as it was.
    pub fn look(&self) -> io::Result<Look> {
        Ok(self.judge(free_bytes(&self.folder)?))
    }

    /// Judges a figure that comes from elsewhere, such as the store.
    pub fn judge(&self, free_bytes: u64) -> Look {
        let was = self.is_read_only();
        let enough = if was {
            self.reserve_bytes.saturating_add(self.margin_bytes())
        } else {
            self.reserve_bytes
        };
        let read_only = free_bytes < enough;
        self.read_only.store(read_only, Ordering::Relaxed);
        Look {
            free_bytes,
            read_only,
            changed: read_only != was,
        }
    }

    /// What the last look said: nothing new may be taken.
    #[must_use]
    pub fn is_read_only(&self) -> bool {
        self.read_only.load(Ordering::Relaxed)
    }

    /// What must stay free.
    #[must_use]
    pub fn reserve_bytes(&self) -> u64 {
        self.reserve_bytes
    }

    /// A quarter more than the reserve before writing is allowed again: a checkpoint gives some tens of MiB back at once.
    fn margin_bytes(&self) -> u64 {
        self.reserve_bytes / 4
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1 << 20;

    #[test]
    fn turns_read_only_below_the_reserve_and_back_only_with_a_margin() {
        let reserve = Reserve::new("/", 256 * MIB);
        let steps = [
            (1000 * MIB, false, false),
            (256 * MIB, false, false),
            (256 * MIB - 1, true, true),
            (0, true, false),
            (256 * MIB, true, false),
            (320 * MIB - 1, true, false),
            (320 * MIB, false, true),
            (256 * MIB, false, false),
        ];
        for (free_bytes, read_only, changed) in steps {
            let look = reserve.judge(free_bytes);
            let expected = Look {
                free_bytes,
                read_only,
                changed,
            };
            assert_eq!(look, expected);
            assert_eq!(reserve.is_read_only(), read_only);
        }
    }

    #[test]
    fn a_reserve_beyond_the_disk_makes_it_read_only() {
        let reserve = Reserve::new("/", u64::MAX);
        let look = reserve.look().unwrap();
        assert!(look.read_only && look.changed);
    }

    #[test]
    fn real_figures_of_a_real_folder() {
        let folder = tempfile::tempdir().unwrap();
        assert!(free_bytes(folder.path()).unwrap() > 0);
        assert!(free_bytes(&folder.path().join("not-there")).is_err());
    }

    #[test]
    fn what_can_not_be_looked_at_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let reserve = Reserve::new(folder.path().join("not-there"), u64::MAX);
        reserve.judge(0);
        assert!(reserve.look().is_err());
        assert!(reserve.is_read_only());
    }
}
