use verbund_model::{SubjectId, day_number};

use super::*;

fn key(number: u8) -> SubjectRef {
    SubjectRef {
        subject: SubjectId::from_random([number; 16]),
        owner: agency("kod"),
    }
}

fn agency(id: &str) -> AgencyId {
    AgencyId::parse(id).unwrap()
}

fn shown(card: Card) -> Seen {
    Seen {
        card,
        erasure_day: 1,
        void: Vec::new(),
    }
}

fn task(note: &str) -> Card {
    Card::Task(Box::new(Task {
        note: note.to_owned(),
        ..Task::default()
    }))
}

fn note(record: &Record) -> String {
    let Card::Task(task) = &record.card else {
        panic!("{record:?}");
    };
    task.note.clone()
}

/// Puts tasks with these notes; each has its number as its key.
fn board(notes: impl IntoIterator<Item = (u8, &'static str)>) -> Board {
    let board = Board::default();
    for (number, note) in notes {
        put(&board, number, note);
    }
    board
}

fn put(board: &Board, number: u8, note: &str) {
    board.put((SubjectKind::Task, key(number)), vec![shown(task(note))]);
}

/// The notes of a page, and where to go on.
fn page(board: &Board, before: Option<u64>, limit: usize) -> (Vec<String>, Option<u64>) {
    board.list(SubjectKind::Task, before, limit, |it| Some(note(it)))
}

#[test]
fn the_last_changed_comes_first() {
    let board = board([(1, "a"), (2, "b"), (3, "c"), (1, "d")]);
    assert_eq!(page(&board, None, 9), (notes("dcb"), None));
}

#[test]
fn pages_hold_each_once_and_the_last_one_says_that_it_is() {
    let board = board((0..5).zip(["a", "b", "c", "d", "e"]));
    let (first, next) = page(&board, None, 2);
    let (second, after) = page(&board, next, 2);
    let (last, end) = page(&board, after, 2);
    assert_eq!(
        (first, second, last),
        (notes("ed"), notes("cb"), notes("a"))
    );
    assert_eq!(end, None);
    // A full page with nothing behind it is the last one too.
    assert_eq!(page(&board, None, 5), (notes("edcba"), None));
}

#[test]
fn what_changes_between_two_pages_is_on_neither_of_those_that_follow() {
    let board = board([(1, "a"), (2, "b"), (3, "c"), (4, "d")]);
    let (first, next) = page(&board, None, 2);
    put(&board, 1, "e");
    assert_eq!((first, page(&board, next, 2).0), (notes("dc"), notes("b")));
    assert_eq!(page(&board, None, 1).0, notes("e"));
}

#[test]
fn what_is_not_chosen_takes_no_place_on_a_page() {
    let board = board([(1, "a"), (2, "x"), (3, "b"), (4, "x"), (5, "c"), (6, "x")]);
    let choose = |record: &Record| Some(note(record)).filter(|it| it != "x");
    let (first, next) = board.list(SubjectKind::Task, None, 2, choose);
    let (second, end) = board.list(SubjectKind::Task, next, 2, choose);
    assert_eq!((first, second, end), (notes("cb"), notes("a"), None));
}

#[test]
fn kinds_are_lists_of_their_own() {
    let board = board([(1, "a")]);
    let meeting = Card::Meeting(Box::default());
    board.put((SubjectKind::Meeting, key(1)), vec![shown(meeting)]);
    let (meetings, _) = board.list(SubjectKind::Meeting, None, 9, |it| Some(it.kind));
    assert_eq!(meetings, [SubjectKind::Meeting]);
    assert_eq!(page(&board, None, 9).0, notes("a"));
    let found = board.find(SubjectKind::Task, &key(1));
    assert_eq!(found.map(|it| note(&it)).as_deref(), Some("a"));
}

#[test]
fn a_subject_without_cards_is_gone() {
    let board = board([(1, "a"), (2, "b")]);
    board.put((SubjectKind::Task, key(2)), Vec::new());
    assert!(board.find(SubjectKind::Task, &key(2)).is_none());
    assert_eq!(page(&board, None, 9), (notes("a"), None));
    let inner = board.read();
    assert_eq!((inner.by_key.len(), inner.by_change.len()), (1, 1));
}

#[test]
fn of_a_copied_subject_the_first_is_found_and_all_are_listed() {
    let board = Board::default();
    board.put(
        (SubjectKind::Task, key(1)),
        vec![shown(task("a")), shown(task("b"))],
    );
    let found = board.find(SubjectKind::Task, &key(1)).unwrap();
    assert_eq!(note(&found), "a");
    assert_eq!(page(&board, None, 9).0, notes("ba"));
    put(&board, 1, "c");
    assert_eq!(page(&board, None, 9).0, notes("c"));
}

#[test]
fn who_watches_sees_each_change_as_it_is_then() {
    let board = board([(1, "a")]);
    let mut changes = board.watch();
    put(&board, 1, "b");
    put(&board, 2, "c");
    board.put((SubjectKind::Task, key(1)), Vec::new());
    let seen: Vec<String> = std::iter::from_fn(|| changes.try_recv().ok())
        .map(|it| note(&it))
        .collect();
    assert_eq!(seen, notes("bc"));
}

#[test]
fn what_changes_while_everything_is_read_is_not_lost() {
    let board = board([(1, "a"), (2, "b"), (3, "c")]);
    board.write().meanwhile = Some(BTreeSet::new());
    put(&board, 1, "d");
    board.put((SubjectKind::Task, key(2)), Vec::new());
    put(&board, 4, "e");
    // What was read before those changes, and a subject that nobody has told of.
    let read = [(1, "a"), (2, "b"), (3, "c"), (5, "f")];
    let read =
        read.map(|(number, note)| ((SubjectKind::Task, key(number)), vec![shown(task(note))]));
    assert_eq!(board.replace(read.into()), 4);
    assert_eq!(page(&board, None, 9).0, notes("edfc"));
    let (_, next) = page(&board, None, 1);
    put(&board, 3, "g");
    assert_eq!(page(&board, next, 9).0, notes("df"));
    assert!(board.read().meanwhile.is_none());
}

fn notes(all: &str) -> Vec<String> {
    all.chars().map(String::from).collect()
}

/// A task of these terms, by its number.
fn asked(number: u8, assignee: &str, measure: &str, due: &str, status: i32) -> Seen {
    shown(Card::Task(Box::new(Task {
        note: number.to_string(),
        status,
        terms: Some(verbund_wire::agency::Terms {
            assignee: assignee.to_owned(),
            measure: measure.to_owned(),
            due: due.to_owned(),
            ..verbund_wire::agency::Terms::default()
        }),
        ..Task::default()
    })))
}

#[test]
fn a_sieve_lets_through_what_is_wanted_and_little_else() {
    let board = Board::default();
    for (number, seen) in [
        (1, asked(1, "dhz", "m1", "2026-12-01", 2)),
        (2, asked(2, "dhz", "m2", "", 3)),
        (3, asked(3, "polizei", "m1", "2026-12-05", 2)),
    ] {
        board.put((SubjectKind::Task, key(number)), vec![seen]);
    }
    let through = |sieve: Sieve| -> String {
        let (found, _) = board.sift(SubjectKind::Task, &sieve, None, 9, |it| Some(note(it)));
        found.concat()
    };
    let words = |all: &[&str]| all.iter().map(|it| (*it).to_owned()).collect();
    assert_eq!(through(Sieve::default()), "321");
    let assignees = words(&["dhz"]);
    let by = |change: fn(&mut Sieve)| {
        let mut sieve = Sieve::default();
        change(&mut sieve);
        through(sieve)
    };
    assert_eq!(
        through(Sieve {
            assignees,
            ..Sieve::default()
        }),
        "21"
    );
    assert_eq!(by(|it| it.measures = vec!["m1".to_owned()]), "31");
    assert_eq!(by(|it| it.statuses = vec![3]), "2");
    assert_eq!(by(|it| it.owners = vec!["kod".to_owned()]), "321");
    // Nothing has a word that never came up, and a task without a deadline is never due.
    assert_eq!(by(|it| it.owners = vec!["dhz".to_owned()]), "");
    assert_eq!(by(|it| it.measures = vec!["m9".to_owned()]), "");
    let december_2 = day_number(jiff::civil::date(2026, 12, 2));
    assert_eq!(
        through(Sieve {
            due_by: Some(december_2),
            ..Sieve::default()
        }),
        "1"
    );
}
