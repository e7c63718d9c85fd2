//! Tasks: what one agency asks of another, and what became of it.
//!
//! Nobody can order anybody: a task is assigned by one agency and holds once the other has accepted it. Its state is a table over
//! the latest word of each of the two ([`status`]), so that it is the same everywhere, also when they speak at once; what each may
//! do in a state is a table as well ([`MOVES`]).
//!
//! [`TaskDraft::check`] is the sender's door, [`TaskTerms::admit`] the receiver's. No entry carries a task yet.

mod check;
mod table;

use crate::history::{History, Latest, Machine, Step, StepId, Void};
use crate::id::{AgencyId, CategoryId, MeasureId, PlaceId};
use crate::subject::SubjectRef;
use crate::time::Day;

pub use check::{DESCRIPTION_CHARS, DUE_DAYS, TITLE_CHARS, TaskDraft, admit_text};
pub use table::{MOVES, Move, TaskMove, status};

words! {
    /// What an assignee can't take a task on for.
    DeclineReason {
        /// It is not the agency's business.
        NotOurs = "not-ours",
        /// There is nobody to do it.
        NoCapacity = "no-capacity",
        /// The law does not let it.
        NotPermitted = "not-permitted",
    }
}

words! {
    /// Where a task stands.
    TaskStatus {
        /// Thought of, and nobody has been asked yet.
        Proposed = "proposed",
        /// The assignee is asked.
        Assigned = "assigned",
        /// The assignee has said yes.
        Accepted = "accepted",
        /// The assignee has said no.
        Declined = "declined",
        /// It is being worked on.
        InProgress = "in-progress",
        /// The assignee says that it is done.
        Done = "done",
        /// The assigner agrees.
        Verified = "verified",
        /// The assigner has taken it back.
        Withdrawn = "withdrawn",
    }
}

impl TaskStatus {
    /// Whether something is still to be done: only then a task can be overdue.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Assigned | Self::Accepted | Self::InProgress)
    }

    /// Whether nothing can follow.
    pub fn is_closed(self) -> bool {
        matches!(self, Self::Verified | Self::Withdrawn)
    }
}

words! {
    /// Whose word a step is. One agency may have both roles: what it takes on itself is a task like any other.
    TaskRole {
        /// Who asks.
        Assigner = "assigner",
        /// Who is asked.
        Assignee = "assignee",
    }
}

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskTerms {
    /// Who is asked. Fixed when the task is opened: to ask another agency, open another task.
    pub assignee: AgencyId,
    /// The measure of the concept that it belongs to.
    pub measure: MeasureId,
    /// The kind of matter.
    pub category: CategoryId,
    /// Where; none where it has no place.
    pub place: Option<PlaceId>,
    /// Until when; none without a deadline.
    pub due: Option<Day>,
    /// What it comes from; none when it was thought of alone.
    pub origin: Option<TaskOrigin>,
}

/// What a task comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TaskOrigin {
    /// A situation update.
    Update(SubjectRef),
    /// A decision of a meeting.
    Decision {
        /// The meeting.
        meeting: SubjectRef,
        /// The step that recorded it.
        decision: StepId,
    },
}

/// One step on a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TaskTransition {
    /// It is thought of.
    Proposed(TaskTerms),
    /// The assignee is asked.
    Assigned(TaskTerms),
    /// The terms are changed; the assignee is asked again.
    Amended(TaskTerms),
    /// The assignee takes it on.
    Accepted,
    /// The assignee does not.
    Declined(DeclineReason),
    /// It is begun, goes on, or is taken up again.
    Progressed,
    /// It is done.
    Finished,
    /// It is not done yet, the assigner says.
    Returned,
    /// It is done, the assigner says. Everything of it is erased on that day.
    Verified {
        /// The day on which all of it is erased.
        erase_on: Day,
    },
    /// It is taken back.
    Withdrawn {
        /// The day on which all of it is erased.
        erase_on: Day,
    },
}

impl TaskTransition {
    /// What it asks, if it asks something.
    pub fn terms(&self) -> Option<&TaskTerms> {
        match self {
            Self::Proposed(terms) | Self::Assigned(terms) | Self::Amended(terms) => Some(terms),
            _ => None,
        }
    }

    /// The day on which all of the task is erased, if it closes it.
    pub fn erase_on(&self) -> Option<Day> {
        match self {
            Self::Verified { erase_on } | Self::Withdrawn { erase_on } => Some(*erase_on),
            _ => None,
        }
    }
}

/// The rules of tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaskMachine {}

impl Machine for TaskMachine {
    type Transition = TaskTransition;
    type Role = TaskRole;
    type State = TaskStatus;

    fn opens(transition: &TaskTransition) -> bool {
        matches!(
            transition,
            TaskTransition::Proposed(_) | TaskTransition::Assigned(_)
        )
    }

    fn role(
        opening: &Step<TaskTransition>,
        by: &AgencyId,
        transition: &TaskTransition,
    ) -> Option<TaskRole> {
        let role = TaskMove::of(transition).role();
        let its = match role {
            TaskRole::Assigner => Some(&opening.by),
            TaskRole::Assignee => opening.transition.terms().map(|terms| &terms.assignee),
        };
        (its == Some(by)).then_some(role)
    }

    fn state(latest: &Latest<'_, Self>) -> TaskStatus {
        let (assigner, assignee) = (TaskRole::Assigner, TaskRole::Assignee);
        status(
            latest.of(&assigner).map(TaskMove::of),
            latest.of(&assignee).map(TaskMove::of),
            latest.knew(&assignee, &assigner),
        )
    }

    fn check(
        opening: &Step<TaskTransition>,
        state: &TaskStatus,
        _: &TaskRole,
        transition: &TaskTransition,
    ) -> Result<(), Void> {
        let asked = opening.transition.terms().map(|terms| &terms.assignee);
        if transition
            .terms()
            .is_some_and(|terms| Some(&terms.assignee) != asked)
        {
            return Err(Void::Fixed);
        }
        let fits = MOVES
            .iter()
            .any(|it| it.from == Some(*state) && it.makes == TaskMove::of(transition));
        if fits { Ok(()) } else { Err(Void::NotNow) }
    }
}

/// A task as its steps have made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// Who asks.
    pub assigner: AgencyId,
    /// What is asked by now.
    pub terms: TaskTerms,
    /// Where it stands.
    pub status: TaskStatus,
    /// Why it was declined, while it is.
    pub declined: Option<DeclineReason>,
    /// The day on which all of it is erased, once it is closed.
    pub erase_on: Option<Day>,
    /// A party that contradicts itself: two steps of which neither knows of the other.
    pub contradicting: Vec<TaskRole>,
}

impl Task {
    /// What a history comes to; `None` without an opening, or with two.
    pub fn of(history: &History<TaskMachine>) -> Option<Self> {
        let status = *history.state()?;
        let opening = history.opening()?;
        let terms = history.latest(&TaskRole::Assigner, |it| it.terms().is_some())?;
        let word = |role: TaskRole| history.latest(&role, |_| true).map(|it| &it.transition);
        let declined = match word(TaskRole::Assignee) {
            Some(TaskTransition::Declined(reason)) if status == TaskStatus::Declined => {
                Some(*reason)
            }
            _ => None,
        };
        Some(Self {
            assigner: opening.by.clone(),
            terms: terms.transition.terms().cloned()?,
            status,
            declined,
            erase_on: word(TaskRole::Assigner).and_then(TaskTransition::erase_on),
            contradicting: history.contradicting().to_vec(),
        })
    }

    /// Whether it should have been done by `today`.
    pub fn is_overdue(&self, today: Day) -> bool {
        self.status.is_open() && self.terms.due.is_some_and(|due| due < today)
    }
}

/// The day on which a task that is closed today is erased.
pub fn erase_on(today: Day, task_after_close_days: u32) -> Day {
    today.saturating_add(jiff::Span::new().days(task_after_close_days))
}

#[cfg(test)]
mod tests;
