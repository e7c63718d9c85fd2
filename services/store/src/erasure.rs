//! Keys of the erasure days, and what is sealed under them.
//!
//! Each key is a file of its own, named after its day and generation, in a folder that lies outside the database, its
//! journal and its backups. A key is on stable storage before anything is sealed under it. Destroying it removes the file:
//! from then on nothing that was sealed under it can be opened, wherever copies of the database may lie.
//!
//! What a file system or a disk keeps of a removed file of 32 bytes is beyond this; `docs/` says what that asks of the disk.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::fs::{DirBuilder, File, OpenOptions, hard_link, read_dir, remove_file};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use verbund_ledger::{Committed, LaneId};
use verbund_model::{Entropy, ReviewId, SubjectId};
use zeroize::Zeroizing;

use crate::error::{Error, Result};
use crate::limits;

const KEY_BYTES: usize = 32;
const TAG_BYTES: usize = 16;
const SALT_BYTES: usize = 32;

/// A key, with the generation that rows name.
#[derive(Clone)]
pub(crate) struct DayKey {
    pub(crate) generation: u32,
    key: Arc<LessSafeKey>,
}

impl DayKey {
    /// Seals a text with its salt, bound to its place.
    pub(crate) fn seal_text(
        &self,
        entropy: &dyn Entropy,
        lane: &LaneId,
        sequence: u64,
        text: &Committed,
    ) -> Vec<u8> {
        self.seal(
            entropy,
            &text_place(lane, sequence),
            &[&text.salt, &text.content],
        )
    }

    /// Opens a text; `None` when it was sealed elsewhere or has been changed.
    pub(crate) fn open_text(
        &self,
        lane: &LaneId,
        sequence: u64,
        sealed: Vec<u8>,
    ) -> Option<Committed> {
        let mut salt_and_content = self.open(&text_place(lane, sequence), sealed)?;
        let salt = *salt_and_content.first_chunk::<SALT_BYTES>()?;
        salt_and_content.drain(..SALT_BYTES);
        Some(Committed {
            salt,
            content: salt_and_content,
        })
    }

    /// Seals a pending draft.
    pub(crate) fn seal_draft(
        &self,
        entropy: &dyn Entropy,
        subject: &SubjectId,
        body: &[u8],
    ) -> Vec<u8> {
        self.seal(entropy, &place(b'd', subject.as_bytes()), &[body])
    }

    /// Opens a pending draft.
    pub(crate) fn open_draft(&self, subject: &SubjectId, sealed: Vec<u8>) -> Option<Vec<u8>> {
        self.open(&place(b'd', subject.as_bytes()), sealed)
    }

    /// Seals a draft that is held for review.
    pub(crate) fn seal_review(
        &self,
        entropy: &dyn Entropy,
        review: &ReviewId,
        body: &[u8],
    ) -> Vec<u8> {
        self.seal(entropy, &place(b'r', review.as_bytes()), &[body])
    }

    /// Opens a draft that is held for review.
    pub(crate) fn open_review(&self, review: &ReviewId, sealed: Vec<u8>) -> Option<Vec<u8>> {
        self.open(&place(b'r', review.as_bytes()), sealed)
    }

    /// Seals an update that is queued.
    pub(crate) fn seal_queued(
        &self,
        entropy: &dyn Entropy,
        subject: &SubjectId,
        body: &[u8],
    ) -> Vec<u8> {
        self.seal(entropy, &place(b'q', subject.as_bytes()), &[body])
    }

    /// Opens an update that is queued.
    pub(crate) fn open_queued(&self, subject: &SubjectId, sealed: Vec<u8>) -> Option<Vec<u8>> {
        self.open(&place(b'q', subject.as_bytes()), sealed)
    }

    fn seal(&self, entropy: &dyn Entropy, place: &[u8], parts: &[&[u8]]) -> Vec<u8> {
        // Random, and not made of the place: a transaction that a crash undid has used its places already, perhaps with
        // another content. One day's key seals far fewer than the 2^32 texts that 96 random bits are good for.
        let mut nonce = [0; NONCE_LEN];
        entropy.fill(&mut nonce);
        let content: usize = parts.iter().map(|part| part.len()).sum();
        let mut sealed = Vec::with_capacity(NONCE_LEN + content + TAG_BYTES);
        sealed.extend_from_slice(&nonce);
        for part in parts {
            sealed.extend_from_slice(part);
        }
        let tag = self
            .key
            .seal_in_place_separate_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(place),
                &mut sealed[NONCE_LEN..],
            )
            .expect("a text is far shorter than AES-GCM's bound");
        sealed.extend_from_slice(tag.as_ref());
        sealed
    }

    fn open(&self, place: &[u8], mut sealed: Vec<u8>) -> Option<Vec<u8>> {
        let nonce = *sealed.first_chunk::<NONCE_LEN>()?;
        let nonce = Nonce::assume_unique_for_key(nonce);
        let opened = self
            .key
            .open_in_place(nonce, Aad::from(place), &mut sealed[NONCE_LEN..])
            .ok()?
            .len();
        sealed.truncate(NONCE_LEN + opened);
        sealed.drain(..NONCE_LEN);
        Some(sealed)
    }
}

/// What a text is bound to: lane and sequence.
fn text_place(lane: &LaneId, sequence: u64) -> [u8; 25] {
    let mut place = [0; 25];
    place[0] = b't';
    place[1..17].copy_from_slice(lane.as_bytes());
    place[17..].copy_from_slice(&sequence.to_be_bytes());
    place
}

/// What a draft is bound to: its kind, and its subject or its id in the review list.
fn place(kind: u8, id: &[u8; 16]) -> [u8; 17] {
    let mut place = [0; 17];
    place[0] = kind;
    place[1..].copy_from_slice(id);
    place
}

/// The folder with the keys.
pub(crate) struct ErasureKeys {
    folder: PathBuf,
    entropy: Arc<dyn Entropy>,
    sharing: Sharing,
    known: Mutex<Known>,
    destructions: AtomicU64,
    misses: AtomicU64,
}

/// Who else makes and destroys keys in the folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sharing {
    /// Nobody.
    Alone,
    /// Other replicas: a key that is not known here may be there, and one that is known may be gone.
    Replicas,
}

#[derive(Default)]
struct Known {
    /// Generations that have a file, by day. The highest seals.
    generations: BTreeMap<i32, BTreeSet<u32>>,
    /// Keys that have been read.
    read: HashMap<(i32, u32), Arc<LessSafeKey>>,
}

impl fmt::Debug for ErasureKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ErasureKeys")
            .field("folder", &self.folder)
            .finish_non_exhaustive()
    }
}

impl ErasureKeys {
    /// Opens the folder, makes it if it is missing, and removes what a crash left half done.
    pub(crate) fn open(
        folder: PathBuf,
        entropy: Arc<dyn Entropy>,
        sharing: Sharing,
    ) -> Result<Self> {
        let known = list(&folder, sharing)
            .map_err(|error| Error::fatal("open the folder of erasure keys", error))?;
        Ok(Self {
            folder,
            entropy,
            sharing,
            known: Mutex::new(known),
            destructions: AtomicU64::new(0),
            misses: AtomicU64::new(0),
        })
    }

    /// The keys of a folder that is left as it is: read when they are wanted.
    pub(crate) fn looked_at(folder: PathBuf, entropy: Arc<dyn Entropy>) -> Self {
        Self {
            folder,
            entropy,
            sharing: Sharing::Replicas,
            known: Mutex::default(),
            destructions: AtomicU64::new(0),
            misses: AtomicU64::new(0),
        }
    }

    /// Where nonces come from.
    pub(crate) fn entropy(&self) -> &dyn Entropy {
        &*self.entropy
    }

    /// How often keys have been destroyed. What was read while this changed may have been sealed again meanwhile.
    pub(crate) fn destructions(&self) -> u64 {
        self.destructions.load(Ordering::Acquire)
    }

    /// How often a key that a row names was not there. Another replica may have sealed that row again meanwhile.
    pub(crate) fn misses(&self) -> u64 {
        self.misses.load(Ordering::Acquire)
    }

    /// Takes over that a day has a newer key, made by another replica; what is older than it is not used for sealing any more.
    pub(crate) fn renewed(&self, day: i32, generation: u32) {
        if self.sharing == Sharing::Alone {
            return;
        }
        self.known()
            .generations
            .entry(day)
            .or_default()
            .insert(generation);
    }

    /// Lets go of the keys whose files are gone.
    pub(crate) fn forget_destroyed(&self) -> Result<()> {
        if self.sharing == Sharing::Alone {
            return Ok(());
        }
        // Before the folder is looked at: what is taken over meanwhile must not be forgotten again.
        let mut known = self.known();
        let there = list(&self.folder, self.sharing)
            .map_err(|error| Error::fatal("look at the folder of erasure keys", error))?;
        known.read.retain(|(day, generation), _| {
            there
                .generations
                .get(day)
                .is_some_and(|all| all.contains(generation))
        });
        known.generations = there.generations;
        Ok(())
    }

    /// The key that seals what is due on a day, if making one is not needed: this never touches the disk.
    pub(crate) fn sealing_at_hand(&self, day: i32) -> Option<DayKey> {
        let known = self.known();
        let generation = *known.generations.get(&day)?.last()?;
        let key = Arc::clone(known.read.get(&(day, generation))?);
        Some(DayKey { generation, key })
    }

    /// The key that seals what is due on a day; makes it if there is none. Touches the disk once a day.
    pub(crate) fn sealing(&self, day: i32) -> Result<DayKey> {
        let mut known = self.known();
        match known
            .generations
            .get(&day)
            .and_then(BTreeSet::last)
            .copied()
        {
            Some(generation) => {
                let key = self.read(&mut known, day, generation)?.ok_or_else(|| {
                    let name = self.folder.join(file_name(day, generation));
                    let problem = format!("{} is not there", name.display());
                    Error::fatal(
                        "read an erasure key",
                        io::Error::new(io::ErrorKind::NotFound, problem),
                    )
                })?;
                Ok(DayKey { generation, key })
            }
            None => self.make(&mut known, day, 1),
        }
    }

    /// Makes a new key for a day; from now on that one seals.
    pub(crate) fn renew(&self, day: i32) -> Result<DayKey> {
        let mut known = self.known();
        let newest = known
            .generations
            .get(&day)
            .and_then(BTreeSet::last)
            .copied();
        self.make(&mut known, day, newest.unwrap_or(0) + 1)
    }

    /// The key for opening; `None` when it has been destroyed.
    pub(crate) fn opening(&self, day: i32, generation: u32) -> Result<Option<DayKey>> {
        let mut known = self.known();
        if let Some(key) = known.read.get(&(day, generation)) {
            return Ok(Some(DayKey {
                generation,
                key: Arc::clone(key),
            }));
        }
        let is_known = known
            .generations
            .get(&day)
            .is_some_and(|all| all.contains(&generation));
        if !is_known && self.sharing == Sharing::Alone {
            return Ok(None);
        }
        let key = self.read(&mut known, day, generation)?;
        match &key {
            Some(_) => {
                known.generations.entry(day).or_default().insert(generation);
            }
            None => {
                self.misses.fetch_add(1, Ordering::AcqRel);
            }
        }
        Ok(key.map(|key| DayKey { generation, key }))
    }

    /// Days with more than one key: an erasure has not been finished there.
    pub(crate) fn days_with_several(&self) -> Vec<i32> {
        let known = self.known();
        let several = known.generations.iter().filter(|(_, all)| all.len() > 1);
        several.map(|(day, _)| *day).collect()
    }

    /// Destroys a day's keys before a generation.
    pub(crate) fn destroy_older(&self, day: i32, generation: u32) -> Result<()> {
        self.destroy(|of_day, of_generation| of_day == day && of_generation < generation)
    }

    /// Destroys all keys of the days before `today`.
    pub(crate) fn destroy_before(&self, today: i32) -> Result<()> {
        self.destroy(|day, _| day < today)
    }

    fn destroy(&self, which: impl Fn(i32, u32) -> bool) -> Result<()> {
        let mut known = self.known();
        let all = known.generations.iter();
        let doomed: Vec<(i32, u32)> = all
            .flat_map(|(day, generations)| generations.iter().map(|generation| (*day, *generation)))
            .filter(|(day, generation)| which(*day, *generation))
            .collect();
        if doomed.is_empty() {
            return Ok(());
        }
        let remove = || -> io::Result<()> {
            for (day, generation) in &doomed {
                match remove_file(self.folder.join(file_name(*day, *generation))) {
                    // Another replica was quicker.
                    Err(error)
                        if error.kind() == io::ErrorKind::NotFound
                            && self.sharing == Sharing::Replicas => {}
                    removed => removed?,
                }
            }
            sync_folder(&self.folder)
        };
        remove().map_err(|error| Error::fatal("destroy an erasure key", error))?;
        self.destructions.fetch_add(1, Ordering::AcqRel);
        for (day, generation) in doomed {
            known.read.remove(&(day, generation));
            if let Some(generations) = known.generations.get_mut(&day) {
                generations.remove(&generation);
                if generations.is_empty() {
                    known.generations.remove(&day);
                }
            }
        }
        Ok(())
    }

    fn make(&self, known: &mut Known, day: i32, generation: u32) -> Result<DayKey> {
        if known.generations.len() >= limits::ERASURE_DAYS && !known.generations.contains_key(&day)
        {
            return Err(Error::TooManyErasureDays { day });
        }
        let mut bytes = Zeroizing::new([0; KEY_BYTES]);
        self.entropy.fill(&mut bytes[..]);
        let name = file_name(day, generation);
        let written = write_key(&self.folder, &name, &*self.entropy, &bytes)
            .map_err(|error| Error::fatal("write an erasure key", error))?;
        if !written {
            // Another replica has made it since.
            let made = read_key(&self.folder.join(&name))
                .map_err(|error| Error::fatal("read an erasure key", error))?;
            bytes = made.ok_or_else(|| {
                let problem = format!("{name} was made and destroyed at once");
                Error::fatal("read an erasure key", io::Error::other(problem))
            })?;
        }
        let key = aead_key(&bytes);
        known.generations.entry(day).or_default().insert(generation);
        known.read.insert((day, generation), Arc::clone(&key));
        Ok(DayKey { generation, key })
    }

    fn read(
        &self,
        known: &mut Known,
        day: i32,
        generation: u32,
    ) -> Result<Option<Arc<LessSafeKey>>> {
        if let Some(key) = known.read.get(&(day, generation)) {
            return Ok(Some(Arc::clone(key)));
        }
        let bytes = read_key(&self.folder.join(file_name(day, generation)))
            .map_err(|error| Error::fatal("read an erasure key", error))?;
        let Some(bytes) = bytes else { return Ok(None) };
        let key = aead_key(&bytes);
        known.read.insert((day, generation), Arc::clone(&key));
        Ok(Some(key))
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known
            .lock()
            .expect("nothing panics while it holds the keys")
    }
}

fn aead_key(bytes: &[u8; KEY_BYTES]) -> Arc<LessSafeKey> {
    let key = UnboundKey::new(&AES_256_GCM, bytes).expect("an AES-256 key has 32 bytes");
    Arc::new(LessSafeKey::new(key))
}

fn file_name(day: i32, generation: u32) -> String {
    format!("{day}.{generation}.key")
}

fn parse_name(name: &str) -> Option<(i32, u32)> {
    let (day, generation) = name.strip_suffix(".key")?.rsplit_once('.')?;
    let parsed = (day.parse().ok()?, generation.parse().ok()?);
    (file_name(parsed.0, parsed.1) == name).then_some(parsed)
}

fn list(folder: &Path, sharing: Sharing) -> io::Result<Known> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)?;
    let mut known = Known::default();
    for file in read_dir(folder)? {
        let name = file?.file_name();
        let Some(name) = name.to_str() else { continue };
        if name.ends_with(".new") {
            // Another replica may be about to name it.
            if sharing == Sharing::Alone {
                remove_file(folder.join(name))?;
            }
        } else if let Some((day, generation)) = parse_name(name) {
            known.generations.entry(day).or_default().insert(generation);
        }
    }
    Ok(known)
}

/// Writes a key under its name, whole or not at all; `false` when there is one of that name already.
fn write_key(
    folder: &Path,
    name: &str,
    entropy: &dyn Entropy,
    bytes: &[u8; KEY_BYTES],
) -> io::Result<bool> {
    let mut nonce = [0; 8];
    entropy.fill(&mut nonce);
    let new = folder.join(format!("{name}.{:016x}.new", u64::from_be_bytes(nonce)));
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&new)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    // A link and not a rename, which would take the place of another replica's key.
    let linked = hard_link(&new, folder.join(name));
    remove_file(&new)?;
    let written = match linked {
        Ok(()) => true,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => false,
        Err(error) => return Err(error),
    };
    sync_folder(folder)?;
    Ok(written)
}

fn read_key(path: &Path) -> io::Result<Option<Zeroizing<[u8; KEY_BYTES]>>> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    if file.metadata()?.len() != KEY_BYTES as u64 {
        let reason = format!("{} does not have {KEY_BYTES} bytes", path.display());
        return Err(io::Error::new(io::ErrorKind::InvalidData, reason));
    }
    let mut bytes = Zeroizing::new([0; KEY_BYTES]);
    file.read_exact(&mut bytes[..])?;
    Ok(Some(bytes))
}

/// Makes renames and removals in a folder durable.
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use verbund_ledger::SystemEntropy;

    use super::*;

    const LANE: LaneId = LaneId([3; 16]);

    fn keys(folder: &Path) -> ErasureKeys {
        ErasureKeys::open(folder.join("keys"), Arc::new(SystemEntropy), Sharing::Alone).unwrap()
    }

    fn text() -> Committed {
        Committed {
            salt: [5; 32],
            content: b"a note".to_vec(),
        }
    }

    fn sealed(key: &DayKey) -> Vec<u8> {
        key.seal_text(&SystemEntropy, &LANE, 7, &text())
    }

    #[test]
    fn opens_what_it_sealed_in_its_place_only() {
        let folder = tempfile::tempdir().unwrap();
        let key = keys(folder.path()).sealing(100).unwrap();
        let sealed = sealed(&key);
        assert_eq!(key.open_text(&LANE, 7, sealed.clone()), Some(text()));
        assert_eq!(key.open_text(&LANE, 8, sealed.clone()), None);
        assert_eq!(key.open_text(&LaneId([4; 16]), 7, sealed.clone()), None);
        for i in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[i] ^= 1;
            assert_eq!(key.open_text(&LANE, 7, changed), None, "byte {i}");
            assert_eq!(
                key.open_text(&LANE, 7, sealed[..i].to_vec()),
                None,
                "{i} bytes"
            );
        }
    }

    #[test]
    fn a_draft_is_no_text() {
        let folder = tempfile::tempdir().unwrap();
        let key = keys(folder.path()).sealing(100).unwrap();
        let subject = SubjectId::from_bytes([9; 16]);
        let sealed = key.seal_draft(&SystemEntropy, &subject, b"draft");
        assert_eq!(
            key.open_draft(&subject, sealed.clone()).as_deref(),
            Some(&b"draft"[..])
        );
        assert_eq!(
            key.open_draft(&SubjectId::from_bytes([8; 16]), sealed.clone()),
            None
        );
        assert_eq!(key.open_text(&LANE, 0, sealed), None);
    }

    #[test]
    fn keys_survive_a_restart_and_are_the_owners_alone() {
        let folder = tempfile::tempdir().unwrap();
        let sealed = sealed(&keys(folder.path()).sealing(-3).unwrap());
        let again = keys(folder.path());
        assert!(
            again.sealing_at_hand(-3).is_none(),
            "nothing is read before it is used"
        );
        let key = again.opening(-3, 1).unwrap().unwrap();
        assert_eq!(key.open_text(&LANE, 7, sealed), Some(text()));
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&folder.path().join("keys")), 0o700);
        assert_eq!(mode(&folder.path().join("keys/-3.1.key")), 0o600);
    }

    #[test]
    fn destroyed_keys_are_gone_from_memory_and_disk() {
        let folder = tempfile::tempdir().unwrap();
        let keys = keys(folder.path());
        for day in [1, 2, 3] {
            keys.sealing(day).unwrap();
        }
        assert_eq!(keys.renew(2).unwrap().generation, 2);
        assert_eq!(keys.days_with_several(), [2]);
        keys.destroy_older(2, 2).unwrap();
        keys.destroy_before(2).unwrap();
        assert!(keys.opening(1, 1).unwrap().is_none());
        assert!(keys.opening(2, 1).unwrap().is_none());
        assert!(keys.opening(2, 2).unwrap().is_some());
        assert!(keys.opening(3, 1).unwrap().is_some());
        let mut names: Vec<_> = read_dir(folder.path().join("keys"))
            .unwrap()
            .map(|file| file.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        assert_eq!(names, ["2.2.key", "3.1.key"]);
        assert_eq!(keys.sealing(2).unwrap().generation, 2);
    }

    #[test]
    fn what_a_crash_left_is_removed_and_a_short_key_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        keys(folder.path()).sealing(1).unwrap();
        fs::write(path.join("2.1.key.new"), b"half").unwrap();
        fs::write(path.join("1.1.key"), b"short").unwrap();
        let keys = keys(folder.path());
        assert!(!path.join("2.1.key.new").exists());
        assert!(matches!(keys.opening(1, 1), Err(Error::Fatal { .. })));
    }

    #[test]
    fn the_number_of_days_is_bounded() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        fs::create_dir(&path).unwrap();
        for day in 0..limits::ERASURE_DAYS {
            fs::write(
                path.join(file_name(i32::try_from(day).unwrap(), 1)),
                [0; 32],
            )
            .unwrap();
        }
        let keys = keys(folder.path());
        assert!(keys.sealing(0).is_ok());
        assert!(matches!(
            keys.sealing(-1),
            Err(Error::TooManyErasureDays { day: -1 })
        ));
    }
}
