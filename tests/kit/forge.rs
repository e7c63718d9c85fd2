//! Entries of a lane as an origin makes them, and as it should not.

use std::sync::Arc;

use uuid::Uuid;
use verbund_ledger::{
    Committed, Entry, EntryKey, Frame, FrameHash, LaneHead, LaneId, Part, Suite, SystemEntropy,
    frame,
};
use verbund_model::{
    AgencyId, Audience, Clock as _, Day, FederationId, Handling, Observation, SourceKind,
    SubjectId, SystemClock, Transition, Trend, Urgency, day_number,
};
use verbund_wire::convert::codes::{self, Codes, Kind, Predecessor};

use crate::federation::Federation;
use crate::raw;

/// Makes the entries of one lane, one after the other. Every field is open, to be set wrong.
#[derive(Debug, Clone)]
pub struct Forge {
    /// The federation that the frames name.
    pub federation: FederationId,
    /// The origin that the frames name.
    pub origin: AgencyId,
    /// The key that signs.
    pub key: Arc<EntryKey>,
    /// The lane that the frames name: its first entry gives it its name, whatever it says.
    pub lane: LaneId,
    /// The epoch that the frames name.
    pub epoch: u32,
    /// The audience that the opening names.
    pub audience: Audience,
    /// The charter's version that the codes name.
    pub charter_version: u32,
    /// The day of the updates.
    pub day: Day,
    /// Where the lane stands.
    pub head: LaneHead,
}

impl Forge {
    /// A new lane of an agency for an audience, with that agency's real key.
    #[must_use]
    pub fn new(fed: &Federation, origin: &str, audience: Audience) -> Self {
        let member = fed.member(origin);
        Self {
            federation: fed.id().clone(),
            origin: member.agency.clone(),
            key: member.entry_key.clone(),
            lane: LaneId::ZERO,
            epoch: 1,
            audience,
            charter_version: fed.charter().version(),
            day: fed.today(),
            head: LaneHead::ORIGIN,
        }
    }

    /// The lane's first entry.
    pub fn opening(&mut self) -> Entry {
        self.successor(None)
    }

    /// The first entry of a lane that goes on for another one.
    pub fn successor(&mut self, predecessor: Option<Predecessor>) -> Entry {
        self.seal(self.opening_codes(predecessor), raw::text(""))
    }

    /// The first entry of a lane under a name that is not its own.
    pub fn opening_as(&mut self, lane: LaneId) -> Entry {
        self.lane = lane;
        self.seal(self.opening_codes(None), raw::text(""))
    }

    fn opening_codes(&self, predecessor: Option<Predecessor>) -> Committed {
        let audience = self.audience.clone();
        let codes = self.codes(Kind::LaneOpened {
            audience,
            predecessor,
        });
        Committed::new(codes::encode(&codes), &SystemEntropy)
    }

    /// An update with nothing wrong in it.
    pub fn update(&mut self, note: &str) -> Entry {
        let codes = self.issued();
        self.next(codes::encode(&codes), raw::text(note))
    }

    /// Updates with these notes, one after the other.
    pub fn updates(&mut self, notes: &[&str]) -> Vec<Entry> {
        notes.iter().map(|note| self.update(note)).collect()
    }

    /// The lane's opening and updates with these notes.
    pub fn lane(&mut self, notes: &[&str]) -> Vec<Entry> {
        let mut entries = vec![self.opening()];
        entries.extend(self.updates(notes));
        entries
    }

    /// Whatever this says, as the lane's next entry.
    pub fn next(&mut self, codes: Vec<u8>, text: Vec<u8>) -> Entry {
        self.seal(Committed::new(codes, &SystemEntropy), text)
    }

    fn seal(&mut self, codes: Committed, text: Vec<u8>) -> Entry {
        if self.lane == LaneId::ZERO {
            let commitment = codes.commitment(Part::Codes);
            self.lane = LaneId::of(&self.federation, &self.origin, self.epoch, &commitment);
        }
        let text = Committed::new(text, &SystemEntropy);
        let frame = self.frame(&codes, &text);
        let entry = sign(&frame, &self.key, codes, text);
        self.take(&entry);
        entry
    }

    /// Goes on after an entry that was made elsewhere.
    pub fn take(&mut self, entry: &Entry) {
        self.head = LaneHead {
            sequence: self.head.sequence + 1,
            hash: frame::hash(&entry.frame),
        };
    }

    /// The next frame, to be changed before it is signed.
    #[must_use]
    pub fn frame(&self, codes: &Committed, text: &Committed) -> Frame {
        Frame {
            suite: Suite::Ed25519,
            federation: self.federation.clone(),
            origin: self.origin.clone(),
            epoch: self.epoch,
            lane: self.lane,
            sequence: self.head.sequence + 1,
            previous: self.head.hash,
            key: self.key.id(),
            erasure_day: day_number(self.day) + 90,
            codes: codes.commitment(Part::Codes),
            text: text.commitment(Part::Text),
        }
    }

    /// The next update, its frame changed before it is signed. The lane does not go on.
    #[must_use]
    pub fn with_frame(&self, note: &str, change: impl FnOnce(&mut Frame)) -> Entry {
        let codes = Committed::new(codes::encode(&self.issued()), &SystemEntropy);
        let text = Committed::new(raw::text(note), &SystemEntropy);
        let mut frame = self.frame(&codes, &text);
        change(&mut frame);
        sign(&frame, &self.key, codes, text)
    }

    /// The codes of an update with nothing wrong in it, on a new subject.
    #[must_use]
    pub fn issued(&self) -> Codes {
        self.codes(Kind::Situation(Transition::Issued(self.observation())))
    }

    /// Codes of this kind on a new subject of its own.
    #[must_use]
    pub fn codes(&self, kind: Kind) -> Codes {
        Codes {
            charter_version: self.charter_version,
            guard_version: "hostile-1".to_owned(),
            subject: SubjectId::from_random(*Uuid::new_v4().as_bytes()),
            parents: Vec::new(),
            created_at: SystemClock.now(),
            reviewed: false,
            handling: Handling::Amber,
            owner: kind.is_step().then(|| self.origin.clone()),
            kind,
        }
    }

    /// What an update with nothing wrong in it tells.
    ///
    /// # Panics
    /// Never: the words are the vocabulary's.
    #[must_use]
    pub fn observation(&self) -> Observation {
        let word = "the words are slugs";
        Observation {
            category: "sauberkeit".parse().expect(word),
            place: "theaterplatz".parse().expect(word),
            day: self.day,
            window: None,
            trend: Trend::Steady,
            source: Some(SourceKind::OwnObservation),
            measure: "m1".parse().expect(word),
            urgency: Urgency::Routine,
            exercise: false,
            generalised: false,
            readings: Vec::new(),
        }
    }
}

/// Signs a frame as it is, with whatever key.
#[must_use]
pub fn sign(frame: &Frame, key: &EntryKey, codes: Committed, text: Committed) -> Entry {
    let bytes = frame.encode();
    Entry {
        signature: key.sign_frame(&bytes),
        frame: bytes,
        codes: Some(codes),
        text: Some(text),
    }
}

/// The hash of an entry's frame.
#[must_use]
pub fn hash(entry: &Entry) -> FrameHash {
    frame::hash(&entry.frame)
}
