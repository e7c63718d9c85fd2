//! Looks at what a configuration points to, before a node starts on it.

use std::collections::BTreeMap;
use std::fs::{self, Metadata};
use std::net::SocketAddr;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::Path;

use verbund_model::{AgencyId, CHARTER_BYTES_MAX, Charter, FederationId};
use verbund_transport::{Peer, TlsFiles};

use super::{Config, Problem};
use crate::keyfile;
use crate::text::chain;

impl Config {
    /// Checks files, their permissions, addresses and what the charter must agree with, and tells all problems at once.
    ///
    /// Nothing is created, changed or listened on.
    ///
    /// # Errors
    /// Everything that would keep the node from starting.
    pub fn check(&self) -> Result<(), Vec<Problem>> {
        let mut problems = Vec::new();
        self.check_addresses(&mut problems);
        let charter = self.check_charter(&mut problems);
        self.check_identity(&mut problems, charter.as_ref());
        if private(&mut problems, "entry_key.file", &self.entry_key.file)
            && let Err(message) = keyfile::read(&self.entry_key.file)
        {
            let message = format!("{}: {message}", self.entry_key.file.display());
            problems.push(Problem::new("entry_key.file", message));
        }
        if !self.tls.crls.is_dir() {
            let message = format!("{} is no folder", self.tls.crls.display());
            problems.push(Problem::new("tls.crls", message));
        }
        own_folder(&mut problems, "node.data", &self.node.data);
        own_folder(
            &mut problems,
            "store.erasure_keys",
            &self.store.erasure_keys,
        );
        if problems.is_empty() {
            Ok(())
        } else {
            Err(problems)
        }
    }

    /// Makes the folders that the node writes, for its user only, where they aren't there yet.
    ///
    /// # Errors
    /// Where one can't be made.
    pub fn create_folders(&self) -> std::io::Result<()> {
        for folder in [&self.node.data, &self.store.erasure_keys] {
            fs::DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(folder)?;
        }
        Ok(())
    }

    fn check_addresses(&self, problems: &mut Vec<Problem>) {
        let mut taken: BTreeMap<SocketAddr, &str> = BTreeMap::new();
        for (key, address) in [
            ("agency_api.listen", self.agency_api.listen),
            ("federation.listen", self.federation.listen),
            ("admin.listen", self.admin.listen),
        ] {
            if address.port() == 0 {
                continue;
            }
            if let Some(other) = taken.insert(address, key) {
                problems.push(Problem::new(key, format!("{address} is taken by {other}")));
            }
        }
    }

    fn check_charter(&self, problems: &mut Vec<Problem>) -> Option<Charter> {
        let key = "charter.file";
        let path = &self.charter.file;
        let metadata = readable(problems, key, path)?;
        if metadata.len() > CHARTER_BYTES_MAX as u64 {
            let message = format!("is larger than {CHARTER_BYTES_MAX} bytes");
            problems.push(Problem::new(key, message));
            return None;
        }
        let charter = match fs::read(path).map(|bytes| Charter::parse(&bytes)) {
            Ok(Ok(charter)) => charter,
            Ok(Err(error)) => {
                problems.push(Problem::new(key, error.to_string()));
                return None;
            }
            Err(error) => {
                problems.push(unreadable(key, path, &error));
                return None;
            }
        };
        self.check_members(problems, &charter);
        Some(charter)
    }

    fn check_members(&self, problems: &mut Vec<Problem>, charter: &Charter) {
        let own = &self.node.agency;
        if charter.agency(own).is_none() {
            let members: Vec<&str> = charter.members().iter().map(AgencyId::as_str).collect();
            let members = members.join(", ");
            let message = format!("{own} is no member of the charter; members are {members}");
            problems.push(Problem::new("node.agency", message));
        }
        let endpoints = self.partners.endpoint.keys();
        let endpoints = endpoints.map(|agency| ("partners.endpoint", agency));
        let shared = self.telemetry.share_traces_with.iter();
        let shared = shared.map(|agency| ("telemetry.share_traces_with", agency));
        for (key, agency) in endpoints.chain(shared) {
            if agency == own {
                let message = format!("{agency} is this node's own agency");
                problems.push(Problem::new(key, message));
            } else if charter.agency(agency).is_none() {
                let version = charter.version();
                let message = format!(
                    "{agency} is no member of the charter's version {version}, the one in the file"
                );
                problems.push(Problem::new(key, message));
            }
        }
    }

    /// Whether certificate and key belong together and are those of this agency's node. Whether a partner would believe
    /// them today is for `verbund doctor`, which asks one.
    fn check_identity(&self, problems: &mut Vec<Problem>, charter: Option<&Charter>) {
        let key = "tls.certificate";
        let certificate = readable(problems, key, &self.tls.certificate).is_some();
        let private = private(problems, "tls.key", &self.tls.key);
        if !certificate || !private {
            return;
        }
        let files = TlsFiles {
            certificate: self.tls.certificate.clone(),
            key: self.tls.key.clone(),
            crls: None,
        };
        let identity = match files.identity() {
            Ok(identity) => identity,
            Err(error) => return problems.push(Problem::new("tls", chain(&error))),
        };
        let found = identity.id();
        let own = Peer::Node(self.node.agency.clone());
        let federation = charter.map(Charter::federation);
        if found.peer != own || federation.is_some_and(|federation| *federation != found.federation)
        {
            let agency = &self.node.agency;
            let federation = federation.map_or("<federation>", FederationId::as_str);
            let message =
                format!("is for {found}, not for spiffe://{agency}.{federation}.verbund/node");
            problems.push(Problem::new(key, message));
        }
    }
}

/// A file that must be there and be readable.
fn readable(problems: &mut Vec<Problem>, key: &str, path: &Path) -> Option<Metadata> {
    let opened = fs::File::open(path).and_then(|file| file.metadata());
    match opened {
        Ok(metadata) if metadata.is_file() => Some(metadata),
        Ok(_) => {
            problems.push(Problem::new(key, format!("{} is no file", path.display())));
            None
        }
        Err(error) => {
            problems.push(unreadable(key, path, &error));
            None
        }
    }
}

fn unreadable(key: &str, path: &Path, error: &std::io::Error) -> Problem {
    Problem::new(key, format!("can't read {}: {error}", path.display()))
}

/// A file with a private key: nobody else may read it.
///
/// As with PostgreSQL's `ssl_key_file`, a key that belongs to root may be read by a group: that is how secrets are handed to
/// a process that doesn't run as root.
fn private(problems: &mut Vec<Problem>, key: &str, path: &Path) -> bool {
    let Some(metadata) = readable(problems, key, path) else {
        return false;
    };
    let own = rustix::process::geteuid().as_raw();
    let fault = exposed(metadata.mode(), metadata.uid(), own);
    if let Some(fault) = &fault {
        problems.push(Problem::new(key, format!("{} {fault}", path.display())));
    }
    fault.is_none()
}

/// Why a key of this mode and owner isn't private to the user `own`.
fn exposed(mode: u32, owner: u32, own: u32) -> Option<String> {
    let handed_over = owner == 0 && own != 0;
    if owner != own && !handed_over {
        return Some(format!(
            "belongs to user {owner}, not to this process's user {own}"
        ));
    }
    let (forbidden, wanted) = if handed_over {
        (0o037, "0640")
    } else {
        (0o077, "0600")
    };
    (mode & forbidden != 0).then(|| {
        format!(
            "has mode {:04o}; it must be {wanted} or less",
            mode & 0o7777
        )
    })
}

/// A folder that the node writes: there and private, or to be made.
fn own_folder(problems: &mut Vec<Problem>, key: &str, path: &Path) {
    let mut problem = |message: String| problems.push(Problem::new(key, message));
    match fs::metadata(path) {
        Ok(metadata) if !metadata.is_dir() => problem(format!("{} is no folder", path.display())),
        Ok(metadata) => {
            if metadata.mode() & 0o007 != 0 {
                let mode = metadata.mode() & 0o7777;
                problem(format!(
                    "{} has mode {mode:04o}; it must be 0700 (0770 at most)",
                    path.display()
                ));
            }
            if let Err(error) = writable(path) {
                problem(format!("can't write to {}: {error}", path.display()));
            }
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let parent = path.ancestors().skip(1).find(|parent| parent.exists());
            if let Err(error) = writable(parent.unwrap_or(Path::new("/"))) {
                problem(format!("can't make {}: {error}", path.display()));
            }
        }
        Err(error) => problem(format!("can't look at {}: {error}", path.display())),
    }
}

fn writable(path: &Path) -> std::io::Result<()> {
    use rustix::fs::{Access, access};
    Ok(access(path, Access::WRITE_OK | Access::EXEC_OK)?)
}

#[cfg(test)]
mod tests {
    use super::exposed;

    #[test]
    fn keys_are_private_to_their_user_or_handed_over_by_root() {
        for (mode, owner, own, private) in [
            (0o100_600, 1000, 1000, true),
            (0o100_400, 1000, 1000, true),
            (0o100_640, 1000, 1000, false),
            (0o100_604, 1000, 1000, false),
            (0o100_640, 0, 1000, true),
            (0o100_440, 0, 1000, true),
            (0o100_660, 0, 1000, false),
            (0o100_644, 0, 1000, false),
            (0o100_640, 0, 0, false),
            (0o100_600, 1001, 1000, false),
        ] {
            let fault = exposed(mode, owner, own);
            assert_eq!(
                fault.is_none(),
                private,
                "{mode:o} of {owner} for {own}: {fault:?}"
            );
        }
    }
}
