//! Certificates, keys and revocation lists in files, taken up again when they change.
//!
//! What is bad is not adopted: the one in use stays, and the reason is returned and logged once for each change. An
//! unreadable revocation list shuts out its own agency when there was no readable one before, and nobody else.

use std::collections::BTreeMap;
use std::fs::{self, Metadata};
use std::io::Read as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use verbund_model::AgencyId;

use crate::error::Error;
use crate::limits::{CRL_FILE_BYTES, CRL_FILES, PEM_FILE_BYTES, RELOAD_INTERVAL};
use crate::own::Identity;
use crate::tls::Tls;
use crate::trust::{RevocationLists, Trust, read_revocation_lists};

/// Where the own certificate, its key and the agencies' revocation lists are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// The own certificate, then its intermediates, in PEM form.
    pub certificate: PathBuf,
    /// Its private key in PEM form.
    pub key: PathBuf,
    /// A folder with `<agency>.crl` or `<agency>.pem` for the agencies that publish a revocation list. A file may hold
    /// several lists in PEM form, or one in DER form.
    pub crls: Option<PathBuf>,
}

impl TlsFiles {
    /// Reads certificate and key.
    ///
    /// # Errors
    /// Which file is unusable, and why.
    pub fn identity(&self) -> Result<Identity, Error> {
        let certificate = read(&self.certificate, PEM_FILE_BYTES)?;
        let key = read(&self.key, PEM_FILE_BYTES)?;
        if fs::metadata(&self.key).is_ok_and(|data| data.mode() & 0o004 != 0) {
            let key = self.key.display();
            tracing::warn!(%key, "every user of this machine can read the private key");
        }
        Identity::from_pem(&certificate, &key).map_err(|reason| {
            let path = match &reason {
                Error::NoKey | Error::BadKey => &self.key,
                _ => &self.certificate,
            };
            Error::File {
                path: path.clone(),
                reason: Box::new(reason),
            }
        })
    }

    /// Adds the revocation lists of the folder. A file that can't be read shuts its agency out, and is reported here.
    ///
    /// # Errors
    /// When the folder itself can't be read.
    pub fn revocation_lists(&self, mut trust: Trust) -> Result<(Trust, Vec<Error>), Error> {
        let (lists, problems) = self.read_lists(&BTreeMap::new())?;
        trust.lists = lists;
        Ok((trust, problems))
    }

    /// The lists by agency. Where a file is bad or gone, the agency keeps the lists it had before. Without any before,
    /// a bad file leaves an agency whose certificates nothing covers.
    fn read_lists(&self, before: &RevocationLists) -> Result<(RevocationLists, Vec<Error>), Error> {
        let mut lists = RevocationLists::new();
        let mut problems = Vec::new();
        for (agency, path) in self.list_files()? {
            match read(&path, CRL_FILE_BYTES).and_then(|bytes| read_revocation_lists(&bytes)) {
                Ok(read) => lists.entry(agency).or_default().extend(read),
                Err(reason) => {
                    let kept = before.get(&agency).cloned().unwrap_or_default();
                    lists.entry(agency).or_default().extend(kept);
                    problems.push(match reason {
                        Error::BadRevocationList => Error::File {
                            path,
                            reason: Box::new(reason),
                        },
                        reason => reason,
                    });
                }
            }
        }
        // A volume that is not mounted any more must not take back what was revoked.
        for (agency, kept) in before {
            if !lists.contains_key(agency) {
                lists.insert(agency.clone(), kept.clone());
                problems.push(Error::ListVanished(agency.clone()));
            }
        }
        Ok((lists, problems))
    }

    /// The files of the folder whose names are an agency's, in the order of their names.
    fn list_files(&self) -> Result<Vec<(AgencyId, PathBuf)>, Error> {
        let Some(folder) = &self.crls else {
            return Ok(Vec::new());
        };
        let failed = |source| Error::Read {
            path: folder.clone(),
            source,
        };
        let mut files = Vec::new();
        for entry in fs::read_dir(folder).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            let is_list = path
                .extension()
                .is_some_and(|end| end == "crl" || end == "pem");
            let agency = path
                .file_stem()
                .and_then(|stem| stem.to_str())
                .and_then(|stem| AgencyId::parse(stem).ok());
            let (true, Some(agency)) = (is_list, agency) else {
                continue;
            };
            if files.len() == CRL_FILES {
                return Err(Error::TooLarge {
                    path: folder.clone(),
                    limit: CRL_FILES as u64,
                });
            }
            files.push((agency, path));
        }
        files.sort();
        Ok(files)
    }

    fn stamp_identity(&self) -> Vec<Stamp> {
        [&self.certificate, &self.key]
            .into_iter()
            .map(|path| Stamp::of(path))
            .collect()
    }

    fn stamp_lists(&self) -> Vec<Stamp> {
        // A folder that can't be read just now has no stamps, which differs from what it had.
        let files = self.list_files().unwrap_or_default();
        files.iter().map(|(_, path)| Stamp::of(path)).collect()
    }
}

fn read(path: &Path, limit: u64) -> Result<Vec<u8>, Error> {
    let failed = |source| Error::Read {
        path: path.to_owned(),
        source,
    };
    let file = fs::File::open(path).map_err(failed)?;
    let mut bytes = Vec::new();
    file.take(limit + 1)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    if bytes.len() as u64 > limit {
        return Err(Error::TooLarge {
            path: path.to_owned(),
            limit,
        });
    }
    Ok(bytes)
}

impl Tls {
    fn follow_roots(&self, agency: &AgencyId, file: &Path) -> Result<(), Error> {
        let pem = String::from_utf8_lossy(&read(file, PEM_FILE_BYTES)?).into_owned();
        let trust = Trust::new(self.trust().federation().clone());
        self.replace_roots(trust.with_roots(agency.clone(), &pem)?)
    }
}

/// What tells one state of a file from the next. Following links, since Kubernetes swaps a link to a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Stamp {
    path: PathBuf,
    file: Option<(u64, u64, u64, i64, i64, i64, i64)>,
}

impl Stamp {
    fn of(path: &Path) -> Self {
        let file = fs::metadata(path).ok().map(|data: Metadata| {
            (
                data.dev(),
                data.ino(),
                data.size(),
                data.mtime(),
                data.mtime_nsec(),
                data.ctime(),
                data.ctime_nsec(),
            )
        });
        Self {
            path: path.to_owned(),
            file,
        }
    }
}

/// What a look at the files led to.
#[derive(Debug, Default)]
pub struct Reloaded {
    /// Another certificate is in use now.
    pub identity: bool,
    /// Other revocation lists are in use now.
    pub revocation_lists: bool,
    /// Other roots are in use now.
    pub roots: bool,
    /// What was not adopted, and why.
    pub problems: Vec<Error>,
}

impl Reloaded {
    /// Nothing changed and nothing is wrong.
    pub fn is_quiet(&self) -> bool {
        let changed = self.identity || self.revocation_lists || self.roots;
        !changed && self.problems.is_empty()
    }
}

/// Looks at the files and takes up what changed.
#[derive(Debug)]
pub struct Reloader {
    files: TlsFiles,
    tls: Tls,
    identity: Vec<Stamp>,
    lists: Vec<Stamp>,
    /// Of a system: its agency, and the file of that one's roots.
    roots: Option<(AgencyId, Stamp)>,
}

impl Reloader {
    /// Begins with the files as they are now; `tls` is taken to hold what they say.
    pub fn new(files: TlsFiles, tls: Tls) -> Self {
        let (identity, lists) = (files.stamp_identity(), files.stamp_lists());
        Self {
            files,
            tls,
            identity,
            lists,
            roots: None,
        }
    }

    /// Follows the own agency's roots in a file as well: for a system, to which no charter tells them.
    #[must_use]
    pub fn with_roots(mut self, agency: AgencyId, file: &Path) -> Self {
        self.roots = Some((agency, Stamp::of(file)));
        self
    }

    /// Looks once. Blocks on the file system, briefly.
    pub fn check(&mut self) -> Reloaded {
        let mut reloaded = Reloaded::default();
        // First: the new certificate may be one of the new root.
        if let Some((agency, known)) = &mut self.roots {
            let now = Stamp::of(&known.path);
            if now != *known {
                *known = now;
                match self.tls.follow_roots(agency, &known.path) {
                    Ok(()) => reloaded.roots = true,
                    Err(error) => reloaded.problems.push(error),
                }
            }
        }
        let identity = self.files.stamp_identity();
        if identity != self.identity {
            self.identity = identity;
            match self
                .files
                .identity()
                .and_then(|identity| self.tls.replace_identity(identity))
            {
                Ok(()) => reloaded.identity = true,
                Err(error) => reloaded.problems.push(error),
            }
        }
        let lists = self.files.stamp_lists();
        if lists != self.lists {
            self.lists = lists;
            match self.files.read_lists(&self.tls.trust().lists) {
                Ok((lists, problems)) => {
                    reloaded.problems.extend(problems);
                    match self.tls.replace_revocation_lists(lists) {
                        Ok(()) => reloaded.revocation_lists = true,
                        Err(error) => reloaded.problems.push(error),
                    }
                }
                Err(error) => reloaded.problems.push(error),
            }
        }
        reloaded
    }

    /// Looks every [`RELOAD_INTERVAL`], and whenever `now` says so (a SIGHUP, say), until it is dropped. Logs what it
    /// takes up and what it doesn't.
    pub async fn run(mut self, mut now: tokio::sync::mpsc::Receiver<()>) {
        let mut ticks = tokio::time::interval(RELOAD_INTERVAL);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut asked = true;
        loop {
            tokio::select! {
                _ = ticks.tick() => {}
                more = now.recv(), if asked => asked = more.is_some(),
            }
            let looked = tokio::task::spawn_blocking(move || {
                let reloaded = self.check();
                (self, reloaded)
            });
            // The runtime is shutting down.
            let Ok((reloader, reloaded)) = looked.await else {
                return;
            };
            self = reloader;
            self.report(&reloaded);
        }
    }

    fn report(&self, reloaded: &Reloaded) {
        if reloaded.identity {
            let identity = self.tls.identity();
            tracing::info!(id = %identity.id(), serial = identity.serial(), "the own certificate was replaced");
        }
        if reloaded.revocation_lists {
            tracing::info!("the revocation lists were replaced");
        }
        if reloaded.roots {
            tracing::info!("the own agency's roots were replaced");
        }
        for error in &reloaded.problems {
            tracing::error!(%error, "changed TLS files were not adopted; what was in use stays in use");
        }
    }
}
