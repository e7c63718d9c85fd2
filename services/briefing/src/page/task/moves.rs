//! What can be done with a task, as buttons: exactly the moves that the node offers.

use verbund_wire::agency::{Task, TaskMove};
use verbund_wire::words::{number, short};

use crate::frame::Frame;

/// A move as a button or a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Move {
    /// Its short name, as addresses have it.
    pub(super) word: String,
    /// What is on the button.
    pub(super) text: String,
    /// The column that it leads to.
    pub(super) to: &'static str,
    /// A page comes first: it asks for something, or it can't be undone.
    pub(super) asks: bool,
    /// What most will want to do next.
    pub(super) is_next: bool,
}

impl Move {
    fn new(frame: &Frame, makes: TaskMove) -> Option<Self> {
        Some(Self {
            word: short::<TaskMove>(makes.into())?,
            text: frame.task_move(makes as i32).into_owned(),
            to: to(makes),
            asks: asks(makes),
            is_next: false,
        })
    }
}

/// The moves of a task, the one that is most likely first.
pub(super) fn moves(frame: &Frame, task: &Task) -> Vec<Move> {
    if !frame.roles.coordinates() {
        return Vec::new();
    }
    let mut makes: Vec<TaskMove> = task.next().collect();
    makes.sort_by_key(|it| rank(*it));
    let mut moves: Vec<Move> = makes
        .iter()
        .filter_map(|it| Move::new(frame, *it))
        .collect();
    if let (Some(first), Some(makes)) = (moves.first_mut(), makes.first()) {
        first.is_next = rank(*makes) < LATER;
    }
    moves
}

/// Whether one of the moves is a button that sends something: only then there is a form around them.
pub(super) fn sends(moves: &[Move]) -> bool {
    moves.iter().any(|it| !it.asks)
}

/// Ranks from here on are for what is done on second thoughts.
const LATER: u8 = 10;

const fn rank(makes: TaskMove) -> u8 {
    match makes {
        TaskMove::Assign => 0,
        TaskMove::Accept => 1,
        TaskMove::Verify => 2,
        TaskMove::Progress => 3,
        TaskMove::Finish => 4,
        TaskMove::Return => LATER,
        TaskMove::Amend => LATER + 1,
        TaskMove::Decline => LATER + 2,
        TaskMove::Withdraw => LATER + 3,
        TaskMove::Propose | TaskMove::Unspecified => u8::MAX,
    }
}

const fn to(makes: TaskMove) -> &'static str {
    match makes {
        TaskMove::Propose => "proposed",
        TaskMove::Assign => "assigned",
        TaskMove::Accept => "accepted",
        TaskMove::Progress | TaskMove::Return => "in-progress",
        TaskMove::Finish => "done",
        TaskMove::Verify => "verified",
        TaskMove::Decline => "declined",
        TaskMove::Withdraw => "withdrawn",
        // Where a change leads to depends on what the other has said.
        TaskMove::Amend | TaskMove::Unspecified => "",
    }
}

const fn asks(makes: TaskMove) -> bool {
    matches!(
        makes,
        TaskMove::Amend | TaskMove::Decline | TaskMove::Verify | TaskMove::Withdraw
    )
}

/// The move of an address; none where it is none that can be taken on a task that is there.
pub(super) fn of_word(word: &str) -> Option<TaskMove> {
    let makes = TaskMove::try_from(number::<TaskMove>(word)?).ok()?;
    (makes != TaskMove::Propose).then_some(makes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::Lang;

    #[test]
    fn what_is_likely_comes_first_and_what_ends_it_asks() {
        let task = Task {
            next: vec![
                TaskMove::Return as i32,
                TaskMove::Verify as i32,
                TaskMove::Withdraw as i32,
            ],
            ..Task::default()
        };
        let moves = moves(&Frame::sample(Lang::De), &task);
        let words: Vec<&str> = moves.iter().map(|it| it.word.as_str()).collect();
        assert_eq!(words, ["verify", "return", "withdraw"]);
        assert!(moves[0].is_next && moves[0].asks && !moves[1].asks && moves[2].asks);
    }

    #[test]
    fn second_thoughts_are_nobodys_next_step() {
        let task = Task {
            next: vec![TaskMove::Amend as i32, TaskMove::Withdraw as i32],
            ..Task::default()
        };
        let moves = moves(&Frame::sample(Lang::De), &task);
        assert!(moves.iter().all(|it| !it.is_next));
    }

    #[test]
    fn a_task_is_proposed_only_when_it_is_made() {
        assert_eq!(of_word("accept"), Some(TaskMove::Accept));
        assert_eq!(of_word("propose"), None);
        assert_eq!(of_word("dance"), None);
    }
}
