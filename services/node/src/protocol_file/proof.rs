//! The signed entries in a file, and what they prove.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use verbund_guard::gate::Unguarded;
use verbund_ledger::{
    Committed, Content, Entry, Expect, Fault, Frame, Keyring, SALT_BYTES, examine,
};
use verbund_model::{
    AgencyId, Charter, Handling, ItemNumber, ProtocolContent, ProtocolMove, ProtocolStatus,
    ProtocolTransition, STEPS_MAX, StepId, SubjectRef,
};
use verbund_wire::convert::codes::{self, Kind};
use verbund_wire::convert::name;
use verbund_wire::convert::text::{self, Text};

use super::stated::{Source, Spoken, Stated};
use super::{FILE_BYTES_MAX, FORMAT, ProtocolFile};

/// An entry as its origin signed it. All bytes are in base64.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signed {
    /// What it does, such as `sign-off`.
    #[serde(rename = "move")]
    pub makes: String,
    /// Whose it is.
    pub agency: String,
    /// The frame.
    pub frame: String,
    /// The signature over the frame.
    pub signature: String,
    /// What it says in codes; absent where something of it is left out.
    pub codes: Option<Opened>,
    /// What it says in words; absent where something of it is left out.
    pub text: Option<Opened>,
}

/// A content with the salt that opens the frame's commitment to it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opened {
    /// The salt.
    pub salt: String,
    /// The content.
    pub content: String,
}

impl std::fmt::Debug for Opened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Opened({} characters)", self.content.len())
    }
}

impl Signed {
    /// An entry with all that it says, or without.
    pub(crate) fn of(makes: &str, agency: &AgencyId, entry: &Entry, whole: bool) -> Self {
        let opened = |part: &Option<Committed>| {
            let part = part.as_ref().filter(|_| whole)?;
            Some(Opened {
                salt: STANDARD.encode(part.salt),
                content: STANDARD.encode(&part.content),
            })
        };
        Self {
            makes: makes.to_owned(),
            agency: agency.to_string(),
            frame: STANDARD.encode(&entry.frame),
            signature: STANDARD.encode(entry.signature),
            codes: opened(&entry.codes),
            text: opened(&entry.text),
        }
    }

    fn entry(&self) -> Option<Entry> {
        let part = |it: &Option<Opened>| match it {
            None => Some(None),
            Some(it) => {
                let salt: [u8; SALT_BYTES] = STANDARD.decode(&it.salt).ok()?.try_into().ok()?;
                let content = STANDARD.decode(&it.content).ok()?;
                Some(Some(Committed { salt, content }))
            }
        };
        Some(Entry {
            frame: STANDARD.decode(&self.frame).ok()?,
            signature: STANDARD.decode(&self.signature).ok()?.try_into().ok()?,
            codes: part(&self.codes)?,
            text: part(&self.text)?,
        })
    }
}

/// How much of a file is proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proven {
    /// All of it.
    Whole,
    /// Who wrote the revision with this fingerprint, and who signed it off. Not what it says: something was left out.
    Signatures,
}

/// What a file is proven to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// What it says.
    pub stated: Stated,
    /// Who signed the revision off, in ascending order.
    pub signed: Vec<AgencyId>,
    /// Who objects, in ascending order.
    pub objecting: Vec<AgencyId>,
    /// How much of it is proven.
    pub proven: Proven,
}

/// Why a file proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotVerified {
    /// The bytes are no such file, or have another spelling than the one that exports have.
    #[error("not an exported protocol, or changed")]
    NotAFile,
    /// It belongs to another federation than the charter.
    #[error("of another federation than the charter")]
    OtherFederation,
    /// The charter's keys are no keys.
    #[error("a key of the charter is no key")]
    Charter,
    /// A draft: nobody has signed anything.
    #[error("a draft, which nobody has signed off")]
    Draft,
    /// An entry is not what its agency signed.
    #[error("entry {place}: {fault}")]
    Entry {
        /// Its place in the file, from 1.
        place: usize,
        /// What is wrong.
        fault: Fault,
    },
    /// An entry is signed and does not belong here.
    #[error("entry {place} does not prove what the file says")]
    Unrelated {
        /// Its place in the file, from 1.
        place: usize,
    },
    /// It says that it is released, and not all have signed off who had to.
    #[error("not all whom it would bind have signed it off")]
    NotReleased,
    /// What the file says is not what was signed.
    #[error("the file does not say what was signed")]
    OtherText,
}

/// Checks a file with the charters under which its entries were signed; the one in force is enough while no key has changed. Nothing
/// else is asked.
///
/// # Errors
/// Why it proves nothing.
pub fn verify(bytes: &[u8], charters: &[Charter]) -> Result<Verified, NotVerified> {
    if bytes.len() > FILE_BYTES_MAX {
        return Err(NotVerified::NotAFile);
    }
    let file: ProtocolFile = serde_json::from_slice(bytes).map_err(|_| NotVerified::NotAFile)?;
    // One file has one spelling: no byte is without meaning.
    if file.format != FORMAT || file.to_json().ok().as_deref() != Some(bytes) {
        return Err(NotVerified::NotAFile);
    }
    let charters: Vec<(&Charter, Keyring)> = charters
        .iter()
        .filter(|it| it.federation().as_str() == file.federation)
        .map(|it| Ok((it, Keyring::of(it).map_err(|_| NotVerified::Charter)?)))
        .collect::<Result<_, _>>()?;
    if charters.is_empty() {
        return Err(NotVerified::OtherFederation);
    }
    if file.proof.is_empty() {
        return Err(match file.protocol.fingerprint {
            None => NotVerified::Draft,
            // What would prove it was taken out.
            Some(_) => NotVerified::NotAFile,
        });
    }
    if file.proof.len() > STEPS_MAX {
        return Err(NotVerified::NotAFile);
    }
    let mut entries = file.proof.iter().enumerate().map(|(at, signed)| {
        let place = at + 1;
        let step = ProvenStep::of(signed, &charters, place)?;
        let tells_itself = step.by.as_str() == signed.agency
            && step
                .said
                .as_ref()
                .is_none_or(|it| ProtocolMove::of(&it.transition).as_str() == signed.makes);
        if tells_itself {
            Ok((place, step))
        } else {
            Err(NotVerified::Unrelated { place })
        }
    });
    let (_, revision) = entries.next().ok_or(NotVerified::Draft)??;
    let entries: Vec<(usize, ProvenStep)> = entries.collect::<Result<_, _>>()?;
    let is_circulated = file.proof[0].makes == ProtocolMove::Circulate.as_str();
    if !is_circulated || file.protocol.fingerprint != Some(hex::encode(revision.id.0)) {
        return Err(NotVerified::Unrelated { place: 1 });
    }
    let told = Told::of(&revision, &entries)?;
    let proven = match &revision.said {
        Some(said) => {
            let ProtocolTransition::Circulated(content) = &said.transition else {
                return Err(NotVerified::Unrelated { place: 1 });
            };
            if told.source(&revision, said, content)?.stated() != file.protocol {
                return Err(NotVerified::OtherText);
            }
            Proven::Whole
        }
        None => {
            told.agrees_with(&file.protocol)?;
            Proven::Signatures
        }
    };
    let of = |objects: bool| {
        let words = told.words.iter();
        let words = words.filter(|(_, it)| matches!(it, Spoken::Objected { .. }) == objects);
        words.map(|(agency, _)| agency.clone()).collect()
    };
    Ok(Verified {
        signed: of(false),
        objecting: of(true),
        stated: file.protocol,
        proven,
    })
}

/// An entry whose signature and commitments hold.
struct ProvenStep {
    id: StepId,
    by: AgencyId,
    /// Nothing where it came without content.
    said: Option<ProvenSaying>,
}

struct ProvenSaying {
    key: SubjectRef,
    handling: Handling,
    transition: ProtocolTransition,
    text: Text<Unguarded>,
}

impl ProvenStep {
    fn of(
        signed: &Signed,
        charters: &[(&Charter, Keyring)],
        place: usize,
    ) -> Result<Self, NotVerified> {
        let unrelated = || NotVerified::Unrelated { place };
        let entry = signed.entry().ok_or(NotVerified::NotAFile)?;
        let failed = |fault| NotVerified::Entry { place, fault };
        let frame = Frame::decode(&entry.frame).map_err(|error| failed(error.into()))?;
        let mut fault = Fault::UnknownKey;
        let mut examined = None;
        for (charter, keyring) in charters {
            let expect = Expect {
                federation: charter.federation(),
                origin: &frame.origin,
                keys: keyring.keys(&frame.origin),
                lane: None,
                epoch: None,
            };
            match examine(&entry, &expect) {
                Ok(it) => examined = Some(it),
                Err(Fault::UnknownKey) => {}
                Err(other) => fault = other,
            }
        }
        let examined = examined.ok_or(failed(fault))?;
        let said = match (examined.codes, examined.text) {
            (Content::Present, Content::Present) => {
                let content = |part: &Option<Committed>| {
                    part.as_ref()
                        .map(|it| it.content.clone())
                        .unwrap_or_default()
                };
                let codes = codes::decode(&content(&entry.codes)).map_err(|_| unrelated())?;
                let text = text::decode(&content(&entry.text)).map_err(|_| unrelated())?;
                let (Some(owner), Kind::Protocol(transition)) = (codes.owner, codes.kind) else {
                    return Err(unrelated());
                };
                Some(ProvenSaying {
                    key: SubjectRef {
                        subject: codes.subject,
                        owner,
                    },
                    handling: codes.handling,
                    transition,
                    text,
                })
            }
            // Only the revision may come so.
            (Content::Missing, Content::Missing) if place == 1 => None,
            _ => return Err(unrelated()),
        };
        Ok(Self {
            id: name::step_of(&examined.hash),
            by: frame.origin,
            said,
        })
    }
}

/// What the entries after the revision tell.
#[derive(Default)]
struct Told {
    key: Option<SubjectRef>,
    words: BTreeMap<AgencyId, Spoken>,
    /// Who has signed it off, whatever they said later.
    signed: BTreeSet<AgencyId>,
    release: Option<Release>,
    approved_by: Option<SubjectRef>,
    corrections: Vec<(Option<ItemNumber>, String)>,
    /// Who wrote it, released it, approved it or corrected it.
    writers: BTreeSet<AgencyId>,
}

/// How it was released.
#[derive(Default)]
struct Release {
    silent: BTreeSet<AgencyId>,
    objecting: BTreeSet<AgencyId>,
    reserved: bool,
}

impl Told {
    fn of(revision: &ProvenStep, entries: &[(usize, ProvenStep)]) -> Result<Self, NotVerified> {
        let mut told = Self {
            key: revision.said.as_ref().map(|it| it.key.clone()),
            writers: BTreeSet::from([revision.by.clone()]),
            ..Self::default()
        };
        for (place, step) in entries {
            let fits = told.take(revision, step);
            fits.ok_or(NotVerified::Unrelated { place: *place })?;
        }
        if let Some(release) = &told.release {
            for word in told.words.iter_mut() {
                if let (agency, Spoken::Objected { late, .. }) = word {
                    *late = !release.objecting.contains(agency);
                }
            }
        }
        Ok(told)
    }

    /// Takes an entry in; nothing where it does not belong to the revision.
    fn take(&mut self, revision: &ProvenStep, step: &ProvenStep) -> Option<()> {
        let said = step.said.as_ref()?;
        if *self.key.get_or_insert_with(|| said.key.clone()) != said.key {
            return None;
        }
        let by = step.by.clone();
        let description = || said.text.description.read().to_owned();
        match &said.transition {
            ProtocolTransition::SignedOff { revision: named } if *named == revision.id => {
                self.signed.insert(by.clone());
                self.words.insert(by, Spoken::SignedOff);
            }
            ProtocolTransition::Objected {
                revision: named,
                item,
            } if *named == revision.id => {
                let spoken = Spoken::Objected {
                    item: *item,
                    why: description(),
                    late: false,
                };
                self.words.insert(by, spoken);
            }
            ProtocolTransition::Released { revision: named }
                if *named == revision.id && self.release.is_none() =>
            {
                self.release = Some(Release::default());
                self.writers.insert(by);
            }
            ProtocolTransition::Reserved {
                revision: named,
                silent,
                objecting,
            } if *named == revision.id && self.release.is_none() => {
                self.release = Some(Release {
                    silent: silent.clone(),
                    objecting: objecting.clone(),
                    reserved: true,
                });
                self.writers.insert(by);
            }
            ProtocolTransition::Approved { meeting }
                if self.release.is_some() && self.approved_by.is_none() =>
            {
                self.approved_by = Some(meeting.clone());
                self.writers.insert(by);
            }
            ProtocolTransition::Corrected { item } if self.approved_by.is_some() => {
                self.corrections.push((*item, description()));
                self.writers.insert(by);
            }
            _ => return None,
        }
        Some(())
    }

    fn status(&self) -> ProtocolStatus {
        let objects = |it: &Spoken| matches!(it, Spoken::Objected { .. });
        match &self.release {
            Some(_) if self.approved_by.is_some() => ProtocolStatus::Approved,
            Some(release) if release.reserved => ProtocolStatus::Reserved,
            Some(_) => ProtocolStatus::Released,
            None if self.words.values().any(objects) => ProtocolStatus::Objected,
            None => ProtocolStatus::Circulating,
        }
    }

    /// What a revision and the entries after it come to.
    fn source<'a>(
        &self,
        revision: &'a ProvenStep,
        said: &'a ProvenSaying,
        content: &'a ProtocolContent,
    ) -> Result<Source<'a>, NotVerified> {
        let may_write = |it: &AgencyId| *it == said.key.owner || *it == content.deputy;
        let may_speak = |it: &AgencyId| content.is_attending(it);
        if !self.writers.iter().all(may_write) || !self.words.keys().all(may_speak) {
            return Err(NotVerified::Unrelated { place: 1 });
        }
        let mut bound = BTreeSet::new();
        if let Some(release) = &self.release {
            for agency in content.attending() {
                let excused = release.silent.contains(agency) || release.objecting.contains(agency);
                let signed = matches!(self.words.get(agency), Some(Spoken::SignedOff));
                if !excused && !self.signed.contains(agency) {
                    return Err(NotVerified::NotReleased);
                }
                if !excused || signed {
                    bound.insert(agency.clone());
                }
            }
        }
        Ok(Source {
            key: &said.key,
            status: self.status(),
            fingerprint: Some(revision.id),
            written_by: &revision.by,
            handling: said.handling,
            content,
            text: &said.text,
            words: self.words.clone(),
            bound,
            corrections: self.corrections.clone(),
            approved_by: self.approved_by.clone(),
        })
    }

    /// Whether a file whose text is not proven at least says what the entries tell.
    fn agrees_with(&self, stated: &Stated) -> Result<(), NotVerified> {
        let word = |it: &super::stated::Attending| match (it.word.as_str(), &*it.agency) {
            ("none", _) => None,
            (word, agency) => Some((agency.to_owned(), word.to_owned())),
        };
        let told: BTreeMap<String, String> = stated.attendance.iter().filter_map(word).collect();
        let proven = self.words.iter().map(|(agency, it)| {
            let word = match it {
                Spoken::SignedOff => "signed-off",
                Spoken::Objected { late: true, .. } => "objected-late",
                Spoken::Objected { .. } => "objected",
            };
            (agency.to_string(), word.to_owned())
        });
        let agrees = told == proven.collect() && stated.state == self.status().to_string();
        agrees.then_some(()).ok_or(NotVerified::OtherText)
    }
}
