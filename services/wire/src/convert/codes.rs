//! The closed-vocabulary part of an entry.
//!
//! **Promise.** [`decode`] accepts exactly the bytes that [`encode`] makes. An entry is signed over its bytes, and prost drops
//! fields that it does not know and reads many spellings of one message: whatever does not encode to the same bytes again may
//! say more than this release sees, so it is not understood, and stays sealed until a release understands it.

use bytes::Bytes;
use prost::Message;
use verbund_ledger::{FrameHash, LaneId};
use verbund_model::{
    Acknowledgement, AgencyId, Audience, Handling, MeetingTransition, Observation,
    ProtocolTransition, Remark, SubjectId, SubjectKind, TaskTransition, Transition, UnixMillis,
    WithdrawalReason,
};

use super::vocabulary::{Word, required};
use super::{ConversionError, Problem, fixed, id, meeting, observation, protocol, remark, task};
use crate::federation;
use crate::federation::codes::Kind as WireKind;
use crate::federation::situation::Transition as WireTransition;

/// Most frames that one entry builds on.
pub const PARENTS_MAX: usize = 16;
/// Longest name of a guard's version, in bytes.
pub const GUARD_VERSION_BYTES: usize = 64;

/// What an entry says in words of a closed vocabulary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Codes {
    /// Version of the charter whose vocabulary it uses.
    pub charter_version: u32,
    /// Version of the guard that let the text pass at the sender.
    pub guard_version: String,
    /// What it is about.
    pub subject: SubjectId,
    /// The frames that it builds on, at most [`PARENTS_MAX`].
    pub parents: Vec<FrameHash>,
    /// When its origin made it, by the origin's clock. Information, never an order.
    pub created_at: UnixMillis,
    /// A coordinator of the origin confirmed what its guard wanted reviewed.
    pub reviewed: bool,
    /// How far the content may travel.
    pub handling: Handling,
    /// Who opened the subject; only of [steps](Kind::is_step).
    pub owner: Option<AgencyId>,
    /// What kind of entry it is.
    pub kind: Kind,
}

/// What kind of entry it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Opens a lane, and says for whom it is.
    LaneOpened {
        /// The lane's agencies, for ever.
        audience: Audience,
        /// Where the lane that this one goes on for ended, if it is a successor.
        predecessor: Option<Predecessor>,
    },
    /// A step of a situation update.
    Situation(Transition),
    /// A step on a task.
    Task(TaskTransition),
    /// A step on a meeting.
    Meeting(MeetingTransition),
    /// A step on a protocol.
    Protocol(ProtocolTransition),
    /// A remark on a subject of some kind.
    Remark(SubjectKind, Remark),
    /// An agency has taken note of an entry on a subject of some kind.
    Acknowledgement(SubjectKind, Acknowledgement),
}

impl Kind {
    /// Whether it is a step on a subject on which several agencies may speak.
    #[must_use]
    pub const fn is_step(&self) -> bool {
        match self {
            Self::LaneOpened { .. } | Self::Situation(_) => false,
            Self::Task(_)
            | Self::Meeting(_)
            | Self::Protocol(_)
            | Self::Remark(..)
            | Self::Acknowledgement(..) => true,
        }
    }

    /// The charter's protocol level from which on such entries are sent: older releases keep them sealed.
    #[must_use]
    pub const fn protocol_level(&self) -> u32 {
        if self.is_step() { 2 } else { 1 }
    }
}

/// The last undisputed frame of a lane that another goes on for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Predecessor {
    /// The lane that stopped.
    pub lane: LaneId,
    /// The frame's sequence in it.
    pub sequence: u64,
    /// The frame's hash.
    pub frame_hash: FrameHash,
}

/// Why a content is not taken in. In both cases the lane goes on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ContentError {
    /// It says something that this release does not know; it is kept sealed for one that does.
    #[error("not understood by this release")]
    NotUnderstood,
    /// No release can read it.
    #[error("malformed: {0}")]
    Malformed(#[from] ConversionError),
}

impl ContentError {
    fn not_a_message(what: &'static str) -> Self {
        Self::Malformed(ConversionError::invalid(what, "is not a message"))
    }
}

/// Decodes what encodes to the very same bytes again.
pub(super) fn decode_exactly<M: Message + Default>(
    bytes: &[u8],
    what: &'static str,
) -> Result<M, ContentError> {
    let message = M::decode(bytes).map_err(|_| ContentError::not_a_message(what))?;
    // The length alone settles most cases without encoding.
    if message.encoded_len() != bytes.len() || message.encode_to_vec() != bytes {
        return Err(ContentError::NotUnderstood);
    }
    Ok(message)
}

/// The codes as they are committed to, stored and sent.
pub fn encode(codes: &Codes) -> Vec<u8> {
    to_wire(codes).encode_to_vec()
}

/// Reads what [`encode`] makes.
///
/// # Errors
/// Whether another release may understand it, or none can.
pub fn decode(bytes: &[u8]) -> Result<Codes, ContentError> {
    let message: federation::Codes = decode_exactly(bytes, "codes")?;
    from_wire(&message).map_err(|error| match error.problem() {
        Problem::Unknown => ContentError::NotUnderstood,
        Problem::Missing | Problem::Invalid(_) => ContentError::Malformed(error),
    })
}

fn to_wire(codes: &Codes) -> federation::Codes {
    federation::Codes {
        charter_version: codes.charter_version,
        guard_version: codes.guard_version.clone(),
        subject: Bytes::copy_from_slice(codes.subject.as_bytes()),
        parents: codes
            .parents
            .iter()
            .map(|it| Bytes::copy_from_slice(it.as_bytes()))
            .collect(),
        created_at_ms: codes.created_at.0,
        reviewed: codes.reviewed,
        handling: codes.handling.to_wire(),
        owner: codes
            .owner
            .as_ref()
            .map_or_else(String::new, |it| it.as_str().to_owned()),
        kind: Some(match &codes.kind {
            Kind::LaneOpened {
                audience,
                predecessor,
            } => WireKind::LaneOpened(federation::LaneOpened {
                agencies: audience.iter().map(|it| it.as_str().to_owned()).collect(),
                predecessor: predecessor.map(|it| federation::LanePosition {
                    lane: Bytes::copy_from_slice(it.lane.as_bytes()),
                    sequence: it.sequence,
                    frame_hash: Bytes::copy_from_slice(it.frame_hash.as_bytes()),
                }),
            }),
            Kind::Situation(transition) => WireKind::Situation(federation::Situation {
                transition: Some(match transition {
                    Transition::Issued(it) => WireTransition::Issued(observation::to_wire(it)),
                    Transition::Corrected(it) => {
                        WireTransition::Corrected(observation::to_wire(it))
                    }
                    Transition::Withdrawn(reason) => {
                        WireTransition::Withdrawn(federation::Withdrawal {
                            reason: reason.to_wire(),
                        })
                    }
                }),
            }),
            Kind::Task(it) => WireKind::Task(task::to_wire(it)),
            Kind::Meeting(it) => WireKind::Meeting(meeting::to_wire(it)),
            Kind::Protocol(it) => WireKind::Protocol(protocol::to_wire(it)),
            Kind::Remark(on, it) => WireKind::Remark(remark::to_wire(*on, it)),
            Kind::Acknowledgement(on, it) => {
                WireKind::Acknowledgement(remark::acknowledgement_to_wire(*on, it))
            }
        }),
    }
}

fn from_wire(it: &federation::Codes) -> Result<Codes, ConversionError> {
    // First what kind it is: of a kind that is not known, nothing else can be judged.
    let kind = match &it.kind {
        None => return Err(ConversionError::unknown("kind")),
        Some(WireKind::LaneOpened(it)) => {
            lane_opened(it).map_err(|error| error.within("lane_opened"))?
        }
        Some(WireKind::Situation(it)) => {
            Kind::Situation(transition(it).map_err(|error| error.within("situation"))?)
        }
        Some(WireKind::Task(it)) => {
            Kind::Task(task::from_wire(it).map_err(|error| error.within("task"))?)
        }
        Some(WireKind::Meeting(it)) => {
            Kind::Meeting(meeting::from_wire(it).map_err(|error| error.within("meeting"))?)
        }
        Some(WireKind::Protocol(it)) => {
            Kind::Protocol(protocol::from_wire(it).map_err(|error| error.within("protocol"))?)
        }
        Some(WireKind::Remark(it)) => {
            let (on, it) = remark::from_wire(it).map_err(|error| error.within("remark"))?;
            Kind::Remark(on, it)
        }
        Some(WireKind::Acknowledgement(it)) => {
            let (on, it) =
                remark::acknowledgement(it).map_err(|error| error.within("acknowledgement"))?;
            Kind::Acknowledgement(on, it)
        }
    };
    let owner = owner(&it.owner, kind.is_step())?;
    // Graphic ASCII without spaces: a version, and no place for a sentence.
    if it.guard_version.len() > GUARD_VERSION_BYTES
        || !it.guard_version.bytes().all(|it| it.is_ascii_graphic())
    {
        return Err(ConversionError::invalid(
            "guard_version",
            "is not a version",
        ));
    }
    if it.parents.len() > PARENTS_MAX {
        return Err(ConversionError::invalid("parents", "are more than 16"));
    }
    Ok(Codes {
        charter_version: it.charter_version,
        guard_version: it.guard_version.clone(),
        subject: SubjectId::from_bytes(fixed(&it.subject, "subject", "is not 16 bytes")?),
        parents: it
            .parents
            .iter()
            .map(|it| Ok(FrameHash(fixed(it, "parents", "are not 32 bytes each")?)))
            .collect::<Result<_, ConversionError>>()?,
        created_at: UnixMillis(it.created_at_ms),
        reviewed: it.reviewed,
        handling: required(it.handling, "handling")?,
        owner,
        kind,
    })
}

/// Steps name who opened their subject; of the other kinds the origin alone speaks.
fn owner(text: &str, is_step: bool) -> Result<Option<AgencyId>, ConversionError> {
    if is_step {
        return id(text, "owner", AgencyId::parse).map(Some);
    }
    if text.is_empty() {
        return Ok(None);
    }
    let right = "is given by steps on tasks, meetings and protocols only";
    Err(ConversionError::invalid("owner", right))
}

fn lane_opened(it: &federation::LaneOpened) -> Result<Kind, ConversionError> {
    const RIGHT: &str = "are not 1 to 64 agencies in ascending order, each once";
    let agencies = it
        .agencies
        .iter()
        .map(|it| id(it, "agencies", AgencyId::parse))
        .collect::<Result<Vec<_>, _>>()?;
    if !agencies.windows(2).all(|pair| pair[0] < pair[1]) {
        return Err(ConversionError::invalid("agencies", RIGHT));
    }
    let audience =
        Audience::new(agencies).map_err(|_| ConversionError::invalid("agencies", RIGHT))?;
    let predecessor = it
        .predecessor
        .as_ref()
        .map(|it| lane_position(it).map_err(|error| error.within("predecessor")))
        .transpose()?;
    Ok(Kind::LaneOpened {
        audience,
        predecessor,
    })
}

fn lane_position(it: &federation::LanePosition) -> Result<Predecessor, ConversionError> {
    if it.sequence == 0 {
        return Err(ConversionError::missing("sequence"));
    }
    Ok(Predecessor {
        lane: LaneId(fixed(&it.lane, "lane", "is not 16 bytes")?),
        sequence: it.sequence,
        frame_hash: FrameHash(fixed(&it.frame_hash, "frame_hash", "is not 32 bytes")?),
    })
}

fn transition(it: &federation::Situation) -> Result<Transition, ConversionError> {
    let observed = |it: &federation::Observation, step: &'static str| -> Result<Observation, _> {
        observation::from_wire(it).map_err(|error| error.within(step))
    };
    match &it.transition {
        None => Err(ConversionError::unknown("transition")),
        Some(WireTransition::Issued(it)) => observed(it, "issued").map(Transition::Issued),
        Some(WireTransition::Corrected(it)) => observed(it, "corrected").map(Transition::Corrected),
        Some(WireTransition::Withdrawn(it)) => {
            required::<WithdrawalReason>(it.reason, "withdrawn.reason").map(Transition::Withdrawn)
        }
    }
}

#[cfg(test)]
mod tests;
