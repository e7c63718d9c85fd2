//! The vocabulary of a federation: agencies, charter, places, situation updates, readings, audiences.
//!
//! This crate promises that a value of one of its types can't be wrong in itself: what a caller or a partner sent is
//! parsed here once, against the charter in force, into types that need no second look. It does no I/O, knows no wire
//! format and no database, and asks nobody for the time or for randomness: both are passed in.
//!
//! Two doors lead in. [`Draft::check`] is the sender's: it compares with the clock, coarsens figures and splits what a
//! protected origin tells. [`Observation::admit`] is the receiver's: it checks the same rules on what a partner's node
//! already coarsened, and never looks at a clock, so that two receivers always judge alike.

#[macro_use]
mod words;

mod audience;
mod audit;
mod charter;
mod counting;
mod handling;
mod history;
mod id;
mod line;
mod meeting;
mod numbering;
mod picture;
mod protocol;
mod reading;
mod remark;
mod report;
mod situation;
mod subject;
mod task;
#[cfg(test)]
mod testing;
mod texts;
mod time;
mod validity;
mod violation;

pub use audience::{AGENCIES_MAX, Audience, AudienceError};
pub use audit::{AuditEvent, AuditRole, Pseudonym};
pub use charter::{
    Agency, CHARTER_BYTES_MAX, Charter, CharterError, CharterProblem, Counts, EntryKeyText,
    Indicator, MemberKeys, Names, Place, PlaceKind, Position, ProtocolRules, Quota, Responsibility,
    Retention, Term, Thresholds, ToldOf, Untold,
};
pub use handling::{Handling, Use};
pub use history::{
    History, Latest, Machine, STEPS_EACH_MAX, STEPS_MAX, Standing, Step, StepId, Void,
};
pub use id::{
    AgencyId, CategoryId, FederationId, IdError, IndicatorId, MeasureId, MeetingTypeId, PlaceId,
    RequestId, ReviewId, SubjectId, WindowId,
};
pub use meeting::{
    AGENDA_MAX, AHEAD_DAYS, Acting, AgendaDraft, AgendaItem, Answer, CUT_MAX, Cut, CutLane,
    DecisionView, ITEM_CHARS, ItemNumber, MEETING_MOVES, Meeting, MeetingDraft, MeetingItem,
    MeetingMachine, MeetingMove, MeetingParty, MeetingRole, MeetingRule, MeetingState,
    MeetingStatus, MeetingTerms, MeetingTransition, Rhythm, SERIES_MAX, Said,
};
pub use numbering::{Numbered, Numbering};
pub use picture::{Drawing, Picture, PictureUpdate, PlacePicture, Trends};
pub use protocol::{
    AFFAIRS_CHARS, Attendance, Blocked, COPIES_MAX, Correction, Decision, ItemSources, Objection,
    PARTS_MAX, PROTOCOL_MOVES, Piece, Proposal, ProposalState, ProposedPart, Protocol,
    ProtocolContent, ProtocolDraft, ProtocolItem, ProtocolMachine, ProtocolMove, ProtocolNumber,
    ProtocolParty, ProtocolRole, ProtocolRule, ProtocolState, ProtocolStatus, ProtocolTransition,
    UpdateCopy, Verdict, Word, Writer, may_reserve,
};
pub use reading::{Band, COUNT_MAX, Period, Reading, ReadingDraft, Sum, Told, Value, ValueDraft};
pub use remark::{Acknowledgement, Conversation, Question, REMARK_CHARS, Remark, Unasked, Uttered};
pub use report::{
    Count, DISPLACEMENTS_MAX, DecisionFact, Displacement, FELL_BY, FIGURES_MAX, PlaceChange,
    REPORT_DAYS_MAX, Report, ReportPeriod, ReportUpdate, SPREAD_DAYS, Series, SeriesValue,
    TO_PLACES_MAX, Tally, TaskCount, TaskFact, ToldFigure, ToldFigures, TooManyFigures,
};
pub use situation::{
    Checked, Draft, Generalised, NOTE_CHARS, Observation, PAST_DAYS, PLANNED_DAYS, READINGS_MAX,
    SourceKind, Transition, Trend, Urgency, VERSIONS_MAX, WithdrawalReason, admit_note,
};
pub use subject::{SubjectKind, SubjectRef};
pub use task::{
    DESCRIPTION_CHARS, DUE_DAYS, DeclineReason, MOVES, Move, TITLE_CHARS, Task, TaskDraft,
    TaskMachine, TaskMove, TaskOrigin, TaskRole, TaskStatus, TaskTerms, TaskTransition, admit_text,
    erase_on, status,
};
pub use texts::{ItemTexts, Texts};
pub use time::{Clock, Day, Entropy, SystemClock, UnixMillis, day_from_number, day_number};
pub use validity::{Remaining, Validity};
pub use violation::{Reason, Violation};
