//! The marker: what tells a node that its database is an older one than it had.
//!
//! It lies in the folder of the erasure keys, outside the database and its backups, and is never backed up itself. It names the
//! latest generation and entry that the database was seen with, and the timeline of its server. A database that is behind it, or a
//! server on another timeline, was restored. While a restored node is finding out what it once showed its partners, the marker
//! says that too, so that a restart does not forget it.
//!
//! **Order.** The database is written first and the marker after it. A crash between the two leaves a database that is ahead of its
//! marker, which is honest; the other way round an honest node would count as restored.
//!
//! Several replicas share the folder: it is changed under a lock, and what it says of the database only rises.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

use rustix::fs::{FlockOperation, flock};
use verbund_model::AgencyId;

use crate::error::{Error, Result};

/// Stores whose generation is as high have had a marker. A release that knew none counted from one, so that a store without a
/// marker below this is a new one, or one of an older release, and one above has lost it.
pub const MARKED: u64 = 1_000_000;

const NAME: &str = "marker";
const LOCK: &str = "marker.lock";
const DRAFT: &str = "marker.draft";
const FORMAT: &str = "verbund-marker 1";

/// Where a database stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// The node's generation; 0 before the first claim.
    pub generation: u64,
    /// The last entry's position; 0 while there is none.
    pub position: u64,
    /// The server, and the timeline that it is on; `None` where there is no server.
    pub timeline: Option<String>,
}

impl Standing {
    /// Whether a timeline is one of the same server: those of different servers can't be compared.
    fn same_server(&self, other: Option<&str>) -> bool {
        let server = |timeline: &str| timeline.split_once('/').map(|it| it.0.to_owned());
        let (own, other) = (
            self.timeline.as_deref().and_then(server),
            other.and_then(server),
        );
        own.is_some() && own == other
    }
}

/// What is said of the database.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Marker {
    /// The latest generation that was seen.
    pub generation: u64,
    /// The latest entry's position that was seen.
    pub position: u64,
    /// The server's timeline; `None` where there is no server.
    pub timeline: Option<String>,
    /// There while a restored node does not sign.
    pub recovery: Option<Recovery>,
}

/// Why a node does not sign, and whose word it has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovery {
    /// Why.
    pub reason: Restored,
    /// Partners that have shown what they hold of this node, all of which is here.
    pub shown: BTreeSet<AgencyId>,
    /// Partners that the operator does not wait for.
    pub forgone: BTreeSet<AgencyId>,
}

impl Recovery {
    /// Nobody has shown anything yet.
    #[must_use]
    pub fn new(reason: Restored) -> Self {
        Self {
            reason,
            shown: BTreeSet::new(),
            forgone: BTreeSet::new(),
        }
    }
}

/// Why a database counts as restored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Restored {
    /// `verbund restore` made it.
    Backup,
    /// It is older than its marker.
    Older,
    /// Its marker is gone, or another node's or unreadable.
    MarkerLost,
    /// Its server goes on another timeline: a standby was promoted, or an archive replayed.
    Timeline,
    /// A partner showed an own entry that is not here.
    OwnHead,
}

impl Restored {
    const ALL: [Self; 5] = [
        Self::Backup,
        Self::Older,
        Self::MarkerLost,
        Self::Timeline,
        Self::OwnHead,
    ];

    /// A stable word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Backup => "backup",
            Self::Older => "older-than-marker",
            Self::MarkerLost => "marker-lost",
            Self::Timeline => "new-timeline",
            Self::OwnHead => "own-entry-elsewhere",
        }
    }
}

/// What a marker's folder holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// Nothing.
    Nothing,
    /// A marker.
    Marker(Marker),
    /// Something that can't be read.
    Unreadable,
}

/// Looks at the marker in a folder of erasure keys.
///
/// # Errors
/// [`Error::Fatal`] when the folder can't be read.
pub fn look(folder: &Path) -> Result<Found> {
    match fs::read(folder.join(NAME)) {
        Ok(bytes) => Ok(std::str::from_utf8(&bytes)
            .ok()
            .and_then(Marker::parse)
            .map_or(Found::Unreadable, Found::Marker)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Found::Nothing),
        Err(error) => Err(Error::fatal("read the marker", error)),
    }
}

/// Changes the marker, makes it if there is none, and answers when it is on stable storage. Gives what it is now.
///
/// # Errors
/// [`Error::Fatal`] when it can't be written.
pub fn change(folder: &Path, change: impl FnOnce(&mut Marker)) -> Result<Marker> {
    let written = || -> Result<Marker, io::Error> {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)?;
        let lock = open(&folder.join(LOCK))?;
        flock(&lock, FlockOperation::LockExclusive)?;
        let before = match look(folder) {
            Ok(Found::Marker(marker)) => Some(marker),
            Ok(_) => None,
            Err(error) => return Err(io::Error::other(error)),
        };
        let mut marker = before.clone().unwrap_or_default();
        change(&mut marker);
        if before.as_ref() == Some(&marker) {
            return Ok(marker);
        }
        let mut draft = open(&folder.join(DRAFT))?;
        draft.set_len(0)?;
        draft.write_all(marker.text().as_bytes())?;
        draft.sync_all()?;
        fs::rename(folder.join(DRAFT), folder.join(NAME))?;
        File::open(folder)?.sync_all()?;
        Ok(marker)
    };
    written().map_err(|error| Error::fatal("write the marker", error))
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)
}

/// What a store is, by its marker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The one that the node had.
    Honest,
    /// An older one, for this reason.
    Restored(Restored),
    /// One that is being recovered since an earlier start.
    Recovering(Restored),
}

/// Whether a store is the one that its marker tells of.
#[must_use]
pub fn judge(found: &Found, standing: &Standing) -> Verdict {
    let marker = match found {
        Found::Nothing if standing.generation < MARKED => return Verdict::Honest,
        Found::Nothing | Found::Unreadable => return Verdict::Restored(Restored::MarkerLost),
        Found::Marker(marker) => marker,
    };
    // A restored store has a low generation until its first claim; and whoever never stored anything has shown nothing.
    let earlier =
        marker.recovery.is_none() && marker.position > 0 && standing.generation < marker.generation;
    if earlier || standing.position < marker.position {
        return Verdict::Restored(Restored::Older);
    }
    let timeline = marker.timeline.as_deref();
    if standing.timeline.as_deref() != timeline && standing.same_server(timeline) {
        return Verdict::Restored(Restored::Timeline);
    }
    match &marker.recovery {
        Some(recovery) => Verdict::Recovering(recovery.reason),
        None => Verdict::Honest,
    }
}

impl Marker {
    /// Takes over how the database was seen; it only rises.
    pub fn note(&mut self, standing: &Standing) {
        self.generation = self.generation.max(standing.generation);
        self.position = self.position.max(standing.position);
        self.note_timeline(standing);
    }

    /// From now on the database, as it stands, is a restored one. Who has shown what in an earlier recovery does not count.
    pub fn restore(&mut self, reason: Restored, standing: &Standing) {
        self.generation = self.generation.max(standing.generation);
        self.position = standing.position;
        self.note_timeline(standing);
        self.recovery = Some(Recovery::new(reason));
    }

    fn note_timeline(&mut self, standing: &Standing) {
        if standing.timeline.is_some() {
            self.timeline.clone_from(&standing.timeline);
        }
    }

    fn text(&self) -> String {
        let mut text = format!(
            "{FORMAT}\ngeneration {}\nposition {}\n",
            self.generation, self.position
        );
        let mut line = |name: &str, value: &str| {
            // Writing to a string can't fail.
            let _ = writeln!(text, "{name} {value}");
        };
        if let Some(timeline) = &self.timeline {
            line("timeline", timeline);
        }
        if let Some(recovery) = &self.recovery {
            line("restored", recovery.reason.as_str());
            for agency in &recovery.shown {
                line("shown", agency.as_str());
            }
            for agency in &recovery.forgone {
                line("forgone", agency.as_str());
            }
        }
        text
    }

    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.strip_suffix('\n')?.split('\n');
        if lines.next() != Some(FORMAT) {
            return None;
        }
        let mut marker = Self::default();
        let mut seen = 0;
        for line in lines {
            let (name, value) = line.split_once(' ')?;
            match (name, &mut marker.recovery) {
                ("generation", _) => marker.generation = value.parse().ok()?,
                ("position", _) => marker.position = value.parse().ok()?,
                ("timeline", _) => marker.timeline = Some(value.to_owned()),
                ("restored", _) => {
                    let reason = Restored::ALL.into_iter().find(|it| it.as_str() == value)?;
                    marker.recovery = Some(Recovery::new(reason));
                }
                ("shown", Some(recovery)) => {
                    recovery.shown.insert(AgencyId::parse(value).ok()?);
                }
                ("forgone", Some(recovery)) => {
                    recovery.forgone.insert(AgencyId::parse(value).ok()?);
                }
                _ => return None,
            }
            seen += u32::from(matches!(name, "generation" | "position"));
        }
        (seen == 2).then_some(marker)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing(generation: u64, position: u64, timeline: Option<&str>) -> Standing {
        Standing {
            generation,
            position,
            timeline: timeline.map(str::to_owned),
        }
    }

    fn agency(id: &str) -> AgencyId {
        AgencyId::parse(id).unwrap()
    }

    #[test]
    fn comes_back_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(look(folder.path()).unwrap(), Found::Nothing);
        // A crash has left more of it than is written now.
        fs::write(folder.path().join(DRAFT), "verbund-marker 1\n".repeat(99)).unwrap();
        let written = change(folder.path(), |marker| {
            marker.note(&standing(7, 40, Some("1-2")));
            let mut recovery = Recovery::new(Restored::OwnHead);
            recovery.shown.insert(agency("kod"));
            recovery.forgone.insert(agency("dhz"));
            marker.recovery = Some(recovery);
        });
        let written = written.unwrap();
        assert_eq!(look(folder.path()).unwrap(), Found::Marker(written));
        let whole = "verbund-marker 1\ngeneration 1\nposition 1\n";
        for wrong in [
            "",
            "verbund-marker 2\ngeneration 1\nposition 1\n",
            "verbund-marker 1\ngeneration 1\n",
            whole.trim_end(),
            &format!("{whole}more 1\n"),
            &format!("{whole}shown kod\n"),
            &format!("{whole}restored by-hand\n"),
            &format!("{whole}restored backup\nshown Kod!\n"),
        ] {
            fs::write(folder.path().join(NAME), wrong).unwrap();
            assert_eq!(look(folder.path()).unwrap(), Found::Unreadable, "{wrong:?}");
        }
    }

    #[test]
    fn a_store_is_honest_unless_it_is_behind() {
        let marker = |generation, position, timeline| {
            let mut marker = Marker::default();
            marker.note(&standing(generation, position, timeline));
            Found::Marker(marker)
        };
        let (g, old) = (MARKED + 5, MARKED + 4);
        for (found, there, verdict) in [
            (Found::Nothing, standing(0, 0, None), Verdict::Honest),
            // Of a release that knew no marker.
            (Found::Nothing, standing(41, 900, None), Verdict::Honest),
            (
                Found::Nothing,
                standing(g, 900, None),
                Verdict::Restored(Restored::MarkerLost),
            ),
            (
                Found::Unreadable,
                standing(0, 0, None),
                Verdict::Restored(Restored::MarkerLost),
            ),
            (
                marker(g, 900, None),
                standing(g, 900, None),
                Verdict::Honest,
            ),
            // A crash between the database and the marker.
            (
                marker(g, 900, None),
                standing(g + 1, 950, None),
                Verdict::Honest,
            ),
            (
                marker(g, 900, None),
                standing(old, 900, None),
                Verdict::Restored(Restored::Older),
            ),
            // A copy of the same run.
            (
                marker(g, 900, None),
                standing(g, 899, None),
                Verdict::Restored(Restored::Older),
            ),
            // An empty disk.
            (
                marker(g, 900, None),
                standing(0, 0, None),
                Verdict::Restored(Restored::Older),
            ),
            (
                marker(g, 9, Some("7/1")),
                standing(g, 9, Some("7/1")),
                Verdict::Honest,
            ),
            (
                marker(g, 9, Some("7/1")),
                standing(g, 9, Some("7/2")),
                Verdict::Restored(Restored::Timeline),
            ),
            // An empty store in place of an empty one.
            (marker(g, 0, None), standing(0, 0, None), Verdict::Honest),
            // Moved to another server, or to another engine.
            (
                marker(g, 9, Some("7/1")),
                standing(g, 9, Some("8/3")),
                Verdict::Honest,
            ),
            (
                marker(g, 9, None),
                standing(g, 9, Some("8/3")),
                Verdict::Honest,
            ),
        ] {
            assert_eq!(judge(&found, &there), verdict, "{found:?} {there:?}");
        }
    }

    #[test]
    fn it_only_rises_until_a_restore() {
        let folder = tempfile::tempdir().unwrap();
        change(folder.path(), |it| it.note(&standing(9, 90, None))).unwrap();
        let marker = change(folder.path(), |it| it.note(&standing(8, 95, None))).unwrap();
        assert_eq!((marker.generation, marker.position), (9, 95));
        let there = standing(3, 10, None);
        let marker = change(folder.path(), |it| it.restore(Restored::Backup, &there)).unwrap();
        assert_eq!((marker.generation, marker.position), (9, 10));
        let found = Found::Marker(marker);
        // Before its first claim its generation is the backup's.
        assert_eq!(judge(&found, &there), Verdict::Recovering(Restored::Backup));
        assert_eq!(
            judge(&found, &standing(99, 99, None)),
            Verdict::Recovering(Restored::Backup)
        );
        let older = standing(99, 9, None);
        assert_eq!(judge(&found, &older), Verdict::Restored(Restored::Older));
    }
}
