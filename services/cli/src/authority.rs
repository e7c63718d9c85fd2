//! A development authority in a folder: its root, its key, what it revoked, and what it issued.
//!
//! For trying out and for tests. An agency in service has its own authority; what that has to issue is the same.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use verbund_model::{AgencyId, Clock as _, FederationId, SystemClock};
use verbund_transport::SystemName;
use verbund_transport::pki::{self, Request, Validity};

use crate::exit::{self, failure};
use crate::files::{self, Access};
use crate::text;

/// A root lasts longer than anything that it issues.
const ROOT_DAYS: u32 = 3650;

/// An authority and the folder that it lives in.
#[derive(Debug)]
pub(crate) struct Authority {
    folder: PathBuf,
    agency: AgencyId,
    state: State,
    inner: pki::Authority,
}

/// What must be remembered beside certificate and key.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct State {
    federation: FederationId,
    /// Number of the last revocation list; rises with each.
    crl_number: u64,
    /// Serial numbers in hex.
    revoked: Vec<String>,
}

/// Where a certificate and its key were written.
#[derive(Clone, Debug)]
pub(crate) struct Written {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

impl Authority {
    /// Makes a new one, with a first, empty revocation list.
    ///
    /// # Errors
    /// When there is one of this agency in the folder already.
    pub(crate) fn create(
        folder: &Path,
        agency: &AgencyId,
        federation: &FederationId,
        crl_days: u32,
    ) -> anyhow::Result<Self> {
        let validity = Validity::days(SystemClock.now(), ROOT_DAYS);
        let inner = pki::Authority::create(agency.clone(), federation.clone(), validity)?;
        let state = State {
            federation: federation.clone(),
            crl_number: 0,
            revoked: Vec::new(),
        };
        let mut authority = Self {
            folder: folder.to_owned(),
            agency: agency.clone(),
            state,
            inner,
        };
        files::make_folder(folder)?;
        files::write_new(
            &authority.key(),
            authority.inner.key_pem().as_bytes(),
            Access::Secret,
        )?;
        let certificate = authority.inner.certificate_pem().as_bytes();
        files::write_new(&authority.certificate(), certificate, Access::Public)?;
        authority.write_revocation_list(crl_days)?;
        Ok(authority)
    }

    /// Takes one up again.
    ///
    /// # Errors
    /// When there is none of this agency in the folder, or its files are wrong.
    pub(crate) fn open(folder: &Path, agency: &AgencyId) -> anyhow::Result<Self> {
        let read = |path: PathBuf| {
            fs::read_to_string(&path)
                .map_err(|error| exit::usage(text::CANT_READ.fill(&[&path.display(), &error])))
        };
        let file = |end: &str| folder.join(format!("{agency}.{end}"));
        let state: State = toml::from_str(&read(file("authority.toml"))?).map_err(|error| {
            exit::usage(text::BAD_CONFIG.fill(&[&file("authority.toml").display(), &error]))
        })?;
        let (certificate, key) = (read(file("root.pem"))?, read(file("root.key"))?);
        let inner =
            pki::Authority::from_pem(agency.clone(), state.federation.clone(), &certificate, &key)?;
        Ok(Self {
            folder: folder.to_owned(),
            agency: agency.clone(),
            state,
            inner,
        })
    }

    /// The federation that it is of.
    pub(crate) fn federation(&self) -> &FederationId {
        &self.state.federation
    }

    /// The root's certificate.
    pub(crate) fn certificate(&self) -> PathBuf {
        self.file("root.pem")
    }

    /// The root's certificate as PEM.
    pub(crate) fn certificate_pem(&self) -> &str {
        self.inner.certificate_pem()
    }

    /// The root's key.
    pub(crate) fn key(&self) -> PathBuf {
        self.file("root.key")
    }

    /// The revocation list.
    pub(crate) fn revocation_list(&self) -> PathBuf {
        self.file("crl")
    }

    fn file(&self, end: &str) -> PathBuf {
        self.folder.join(format!("{}.{end}", self.agency))
    }

    /// Issues a certificate for the agency's node; `names` are host names and addresses by which clients reach it.
    ///
    /// # Errors
    /// When it can't be made or written.
    pub(crate) fn issue_node(&self, names: &[String], days: u32) -> anyhow::Result<Written> {
        let mut request = self.inner.node(Validity::days(SystemClock.now(), days));
        request.names.extend(
            names
                .iter()
                .filter(|it| !request.names.contains(it))
                .cloned()
                .collect::<Vec<_>>(),
        );
        self.write("node", &request)
    }

    /// Issues a certificate for one of the agency's systems or people.
    ///
    /// # Errors
    /// When it can't be made or written.
    pub(crate) fn issue_system(&self, name: &str, days: u32) -> anyhow::Result<Written> {
        let system = SystemName::parse(name).map_err(|error| exit::usage(error.to_string()))?;
        let request = self
            .inner
            .system(system, Validity::days(SystemClock.now(), days));
        self.write(&format!("system.{name}"), &request)
    }

    fn write(&self, what: &str, request: &Request) -> anyhow::Result<Written> {
        let issued = self.inner.issue(request)?;
        let certificate = self.file(&format!("{what}.pem"));
        let key = self.file(&format!("{what}.key"));
        files::replace(&key, issued.key_pem.as_bytes(), Access::Secret)?;
        files::replace(
            &certificate,
            issued.certificate_pem.as_bytes(),
            Access::Public,
        )?;
        Ok(Written { certificate, key })
    }

    /// Revokes a certificate and writes a new revocation list.
    ///
    /// # Errors
    /// When the file holds no certificate, or the list can't be written.
    pub(crate) fn revoke(&mut self, certificate: &Path, crl_days: u32) -> anyhow::Result<()> {
        let pem = fs::read_to_string(certificate).map_err(|error| {
            exit::usage(text::CANT_READ.fill(&[&certificate.display(), &error]))
        })?;
        let serial = pki::serial(&pem)
            .map_err(|error| exit::usage(text::BAD_FILE.fill(&[&certificate.display(), &error])))?;
        let serial = hex::encode(serial);
        if !self.state.revoked.contains(&serial) {
            self.state.revoked.push(serial);
        }
        self.write_revocation_list(crl_days)
    }

    /// Writes a revocation list that is valid from now on.
    ///
    /// # Errors
    /// When it can't be made or written.
    pub(crate) fn write_revocation_list(&mut self, days: u32) -> anyhow::Result<()> {
        self.state.crl_number += 1;
        let revoked: Vec<Vec<u8>> = (self.state.revoked.iter())
            .map(hex::decode)
            .collect::<Result<_, _>>()
            .map_err(|error| {
                failure(text::BAD_FILE.fill(&[&self.file("authority.toml").display(), &error]))
            })?;
        let validity = Validity::days(SystemClock.now(), days);
        let list = self
            .inner
            .revocation_list(self.state.crl_number, &revoked, validity)?;
        // The state first: a number that was used twice would be worse than one that was never used.
        let state = toml::to_string(&self.state)?;
        files::replace(
            &self.file("authority.toml"),
            state.as_bytes(),
            Access::Public,
        )?;
        files::replace(&self.revocation_list(), list.as_bytes(), Access::Public)
    }
}
