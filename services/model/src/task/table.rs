//! The two tables of tasks, as data: who may do what in which state, and what the latest words of both come to.

use super::{TaskRole, TaskStatus, TaskTransition};

words! {
    /// What a step on a task does, without what it says.
    TaskMove {
        /// Think of it.
        Propose = "propose",
        /// Ask the assignee.
        Assign = "assign",
        /// Change the terms.
        Amend = "amend",
        /// Say that it is not done yet.
        Return = "return",
        /// Agree that it is done.
        Verify = "verify",
        /// Take it back.
        Withdraw = "withdraw",
        /// Take it on.
        Accept = "accept",
        /// Don't take it on, or give it back.
        Decline = "decline",
        /// Begin, go on, or take up again.
        Progress = "progress",
        /// Say that it is done.
        Finish = "finish",
    }
}

impl TaskMove {
    /// What a step does.
    pub fn of(transition: &TaskTransition) -> Self {
        match transition {
            TaskTransition::Proposed(_) => Self::Propose,
            TaskTransition::Assigned(_) => Self::Assign,
            TaskTransition::Amended(_) => Self::Amend,
            TaskTransition::Returned => Self::Return,
            TaskTransition::Verified { .. } => Self::Verify,
            TaskTransition::Withdrawn { .. } => Self::Withdraw,
            TaskTransition::Accepted => Self::Accept,
            TaskTransition::Declined(_) => Self::Decline,
            TaskTransition::Progressed => Self::Progress,
            TaskTransition::Finished => Self::Finish,
        }
    }

    /// Whose it is.
    pub fn role(self) -> TaskRole {
        match self {
            Self::Propose
            | Self::Assign
            | Self::Amend
            | Self::Return
            | Self::Verify
            | Self::Withdraw => TaskRole::Assigner,
            Self::Accept | Self::Decline | Self::Progress | Self::Finish => TaskRole::Assignee,
        }
    }
}

/// One thing that may be done in one state. What is not in [`MOVES`] may not be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Move {
    /// The state that whoever does it knows; `None` before there is a task.
    pub from: Option<TaskStatus>,
    /// What is done; [`TaskMove::role`] tells by whom.
    pub makes: TaskMove,
}

const fn open(makes: TaskMove) -> Move {
    Move { from: None, makes }
}

const fn may(from: TaskStatus, makes: TaskMove) -> Move {
    Move {
        from: Some(from),
        makes,
    }
}

/// Who may do what when.
pub const MOVES: &[Move] = &[
    open(TaskMove::Propose),
    open(TaskMove::Assign),
    may(TaskStatus::Proposed, TaskMove::Assign),
    may(TaskStatus::Proposed, TaskMove::Withdraw),
    may(TaskStatus::Assigned, TaskMove::Amend),
    may(TaskStatus::Assigned, TaskMove::Withdraw),
    may(TaskStatus::Assigned, TaskMove::Accept),
    may(TaskStatus::Assigned, TaskMove::Decline),
    may(TaskStatus::Accepted, TaskMove::Amend),
    may(TaskStatus::Accepted, TaskMove::Withdraw),
    may(TaskStatus::Accepted, TaskMove::Decline),
    may(TaskStatus::Accepted, TaskMove::Progress),
    may(TaskStatus::Accepted, TaskMove::Finish),
    // Asked again, on other terms; or the assignee can after all.
    may(TaskStatus::Declined, TaskMove::Amend),
    may(TaskStatus::Declined, TaskMove::Withdraw),
    may(TaskStatus::Declined, TaskMove::Accept),
    may(TaskStatus::InProgress, TaskMove::Amend),
    may(TaskStatus::InProgress, TaskMove::Withdraw),
    may(TaskStatus::InProgress, TaskMove::Decline),
    may(TaskStatus::InProgress, TaskMove::Progress),
    may(TaskStatus::InProgress, TaskMove::Finish),
    may(TaskStatus::Done, TaskMove::Return),
    may(TaskStatus::Done, TaskMove::Verify),
    may(TaskStatus::Done, TaskMove::Withdraw),
    // It was not done after all.
    may(TaskStatus::Done, TaskMove::Progress),
];

/// What the latest words of both come to. `knew`: the assignee knew the assigner's latest word when it spoke its own; that is
/// told by the steps' parents, and not by any clock.
///
/// What the assigner has verified or taken back stays so, whatever the assignee said meanwhile. Terms that were changed ask
/// anew, but for work that is done already. Who returns a task asks for more work on the same terms.
pub fn status(assigner: Option<TaskMove>, assignee: Option<TaskMove>, knew: bool) -> TaskStatus {
    let answered = match assignee {
        Some(TaskMove::Accept) => TaskStatus::Accepted,
        Some(TaskMove::Decline) => TaskStatus::Declined,
        Some(TaskMove::Progress) => TaskStatus::InProgress,
        Some(TaskMove::Finish) => TaskStatus::Done,
        _ => TaskStatus::Assigned,
    };
    match assigner {
        None | Some(TaskMove::Propose) => TaskStatus::Proposed,
        Some(TaskMove::Withdraw) => TaskStatus::Withdrawn,
        Some(TaskMove::Verify) => TaskStatus::Verified,
        Some(TaskMove::Return) if !knew => TaskStatus::InProgress,
        Some(TaskMove::Amend) if !knew && answered != TaskStatus::Done => TaskStatus::Assigned,
        Some(_) => answered,
    }
}
