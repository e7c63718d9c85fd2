//! What is asked of a database, without saying how: which statement, with which values. Each engine writes every statement
//! out in its own SQL (`sqlite/sql.rs`, `postgres/sql.rs`), and the compiler sees to it that none is missing.

use verbund_ledger::LaneId;
use verbund_model::{AgencyId, ReviewId, SubjectId};

use crate::error::Result;

/// A parameter's value. Its kind is its column's, also where there is no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    Int(Option<i64>),
    Text(Option<String>),
    Blob(Option<Vec<u8>>),
}

macro_rules! values {
    ($($type:ty => |$value:ident| $variant:ident($convert:expr);)+) => {
        $(
            impl From<$type> for Value {
                fn from($value: $type) -> Self {
                    Self::$variant(Some($convert))
                }
            }

            impl From<Option<$type>> for Value {
                fn from(value: Option<$type>) -> Self {
                    Self::$variant(value.map(|$value| $convert))
                }
            }
        )+
    };
}

values! {
    i64 => |value| Int(value);
    i32 => |value| Int(value.into());
    u32 => |value| Int(value.into());
    bool => |value| Int(value.into());
    u64 => |value| Int(i64::try_from(value).unwrap_or(i64::MAX));
    &str => |value| Text(value.to_owned());
    String => |value| Text(value);
    &AgencyId => |value| Text(value.as_str().to_owned());
    &[u8] => |value| Blob(value.to_vec());
    Vec<u8> => |value| Blob(value);
    &LaneId => |value| Blob(value.0.to_vec());
    &SubjectId => |value| Blob(value.as_bytes().to_vec());
    &ReviewId => |value| Blob(value.as_bytes().to_vec());
}

/// A row as an engine gives it: an error is the engine's own, also where a column has another kind.
pub(crate) trait Columns: Send {
    fn int(&self, index: usize) -> sqlx::Result<Option<i64>>;
    fn text(&self, index: usize) -> sqlx::Result<Option<&str>>;
    fn blob(&self, index: usize) -> sqlx::Result<Option<&[u8]>>;
}

/// Implements [`Columns`] for an engine's row.
macro_rules! columns {
    ($row:ty) => {
        impl $crate::statement::Columns for $row {
            fn int(&self, index: usize) -> sqlx::Result<Option<i64>> {
                sqlx::Row::try_get(self, index)
            }

            fn text(&self, index: usize) -> sqlx::Result<Option<&str>> {
                sqlx::Row::try_get(self, index)
            }

            fn blob(&self, index: usize) -> sqlx::Result<Option<&[u8]>> {
                sqlx::Row::try_get(self, index)
            }
        }
    };
}
pub(crate) use columns;

/// Statements that read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Read {
    Meta,
    LastPosition,
    Standing,
    LastRequests,
    Lanes,
    Entries,
    EntryAt,
    FrameHash,
    Frame,
    Exceptions,
    Unadmitted,
    Situation,
    History,
    Steps,
    StepsAfter,
    PageAll,
    PageDay,
    PageDays,
    PageDaysWide,
    PageAgency,
    PageCategory,
    PagePlace,
    PageDayOthers,
    PageDaysOthers,
    Receipts,
    Shown,
    ShownAt,
    Pending,
    PendingDue,
    PendingHeld,
    PendingCount,
    PendingOfDay,
    Review,
    Reviews,
    ReviewCount,
    ReviewsOfDay,
    Queued,
    Queue,
    QueueCounts,
    QueuedOfDay,
    Audit,
    Link,
    Usage,
    Alarms,
    Charter,
    CharterAfter,
    ErasableOfSubject,
    ErasableOfLane,
    Erasing,
    Renewed,
    SealedBefore,
    Due,
    ReadingsBefore,
    Holds,
}

/// Lookups of several rows by one key each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lookup {
    Subjects,
    LatestSteps,
    Situations,
    StepsOn,
    ShownOf,
    Requests,
    Pendings,
}

/// Statements that write, each for any number of rows of parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Write {
    MetaPut,
    LaneInsert,
    LaneStop,
    EntryInsert,
    Readmit,
    EntryErase,
    SituationInsert,
    SituationReplace,
    SituationErase,
    ReadingInsert,
    ReadingDelete,
    ReadingForget,
    RequestInsert,
    RequestPrune,
    ReceiptPut,
    ShownPut,
    ShownErase,
    ShownPrune,
    PendingPut,
    PendingDrop,
    PendingPrune,
    ReviewInsert,
    ReviewDecide,
    ReviewReseal,
    ReviewPrune,
    QueueInsert,
    QueueDrop,
    QueueRefuse,
    QueueReseal,
    AuditInsert,
    AuditPrune,
    AuditForget,
    LinkPut,
    LinkDrop,
    UsageAdd,
    UsagePrune,
    AlarmInsert,
    AlarmPrune,
    CharterPut,
    ErasingPut,
    ErasingRenewed,
    ErasingDone,
    ErasingPrune,
    Reseal,
    HoldPut,
    HoldRelease,
    HoldReleaseAll,
}

/// What one transaction writes, statement by statement.
#[derive(Debug, Default)]
pub(crate) struct Script {
    pub(crate) steps: Vec<Step>,
}

/// A statement with the rows of its parameters, one after the other.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) write: Write,
    pub(crate) rows: usize,
    pub(crate) values: Vec<Value>,
}

impl Script {
    /// Adds a statement with one row; its parameters are put into what is given back, in their order.
    pub(crate) fn add(&mut self, write: Write) -> Args<'_> {
        self.steps.push(Step {
            write,
            rows: 1,
            values: Vec::new(),
        });
        Args(&mut self.last().values)
    }

    /// Adds a statement over rows; none are no statement.
    pub(crate) fn add_rows<T>(
        &mut self,
        write: Write,
        items: impl IntoIterator<Item = T>,
        put: impl Fn(&mut Args<'_>, T),
    ) {
        let mut step = Step {
            write,
            rows: 0,
            values: Vec::new(),
        };
        for item in items {
            put(&mut Args(&mut step.values), item);
            step.rows += 1;
        }
        if step.rows > 0 {
            self.steps.push(step);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    fn last(&mut self) -> &mut Step {
        self.steps.last_mut().expect("a step was just added")
    }
}

/// The parameters of a statement.
pub(crate) struct Args<'a>(&'a mut Vec<Value>);

impl Args<'_> {
    /// Puts the next parameter.
    pub(crate) fn put(&mut self, value: impl Into<Value>) -> &mut Self {
        self.0.push(value.into());
        self
    }
}

/// Reads within a writer's turn.
pub(crate) trait Session: Send {
    type Row: Columns;

    /// All rows of a statement.
    fn read(
        &mut self,
        read: Read,
        values: Vec<Value>,
    ) -> impl Future<Output = Result<Vec<Self::Row>>> + Send;

    /// Whether any of these subjects or requests is in the database: `true` where that costs as much as looking them up.
    fn may_know(
        &mut self,
        subjects: Vec<Value>,
        requests: Vec<Value>,
    ) -> impl Future<Output = Result<bool>> + Send;

    /// All rows with these keys.
    fn look_up(
        &mut self,
        lookup: Lookup,
        keys: Vec<Value>,
    ) -> impl Future<Output = Result<Vec<Self::Row>>> + Send;
}
