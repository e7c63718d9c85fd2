//! The pages of the documentation have the tables that the code has.

use std::path::Path;

use verbund_model::{
    MEETING_MOVES, MOVES, MeetingParty, PROTOCOL_MOVES, ProtocolParty, TaskMove, TaskRole, status,
};

/// Set to write the tables into the pages instead of comparing them.
const WRITE: &str = "VERBUND_WRITE_DOCS";

// One test for one page: two would write it at once.
#[test]
fn tasks_have_their_moves_and_states() {
    let rows = MOVES
        .iter()
        .map(|it| row(it.from, it.makes, it.makes.role().as_str()));
    let moves = table(&["In the state", "may be done", "by the"], rows);
    has_table("tasks.md", "moves", &moves);

    let words = |role: TaskRole| TaskMove::ALL.iter().filter(move |it| it.role() == role);
    let mut header = vec!["Assigner ↓ assignee →".to_owned(), "nothing yet".to_owned()];
    header.extend(words(TaskRole::Assignee).map(|it| format!("`{it}`")));
    let header: Vec<&str> = header.iter().map(String::as_str).collect();
    let rows = words(TaskRole::Assigner).map(|assigner| {
        let mut row = vec![format!("`{assigner}`")];
        for assignee in [None]
            .into_iter()
            .chain(words(TaskRole::Assignee).map(Some))
        {
            let status = |knew| status(Some(*assigner), assignee.copied(), knew);
            row.push(match (status(true), status(false)) {
                (one, other) if one == other => format!("`{one}`"),
                (knew, not) => format!("`{knew}`; unaware: `{not}`"),
            });
        }
        row
    });
    has_table("tasks.md", "states", &table(&header, rows));
}

#[test]
fn meetings_have_their_moves() {
    let words = |it: MeetingParty| match it {
        MeetingParty::Chair => "the chair",
        MeetingParty::Deputy => "the deputy",
        MeetingParty::Acting => "whoever chairs",
        MeetingParty::Invited => "each invited agency, for itself",
        MeetingParty::Participant => "each participant, for itself",
    };
    let rows = MEETING_MOVES
        .iter()
        .map(|it| row(it.from, it.makes, words(it.by)));
    let table = table(&["In the state", "may be done", "by"], rows);
    has_table("meetings.md", "moves", &table);
}

#[test]
fn protocols_have_their_moves() {
    let words = |it: ProtocolParty| match it {
        ProtocolParty::Owner => "the owner",
        ProtocolParty::Deputy => "the deputy",
        ProtocolParty::Writer => "whoever writes",
        ProtocolParty::Attending => "each attending agency, for itself",
        ProtocolParty::Invited => "each invited agency, for itself",
    };
    let rows = PROTOCOL_MOVES
        .iter()
        .map(|it| row(it.from, it.makes, words(it.by)));
    let table = table(&["In the state", "may be done", "by"], rows);
    has_table("protocols.md", "moves", &table);
}

fn row<S: ToString, M: ToString>(from: Option<S>, makes: M, by: &str) -> Vec<String> {
    let from = from.map_or("–".into(), |from| format!("`{}`", from.to_string()));
    vec![from, format!("`{}`", makes.to_string()), by.to_owned()]
}

/// A table as Markdown writes it.
fn table(header: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let mut table = line(header.iter().map(|it| (*it).to_owned()).collect());
    table.push_str(&line(header.iter().map(|_| "---".to_owned()).collect()));
    table.extend(rows.into_iter().map(line));
    table
}

/// Compares the part of a page of `docs/` between `<!-- table: name -->` and `<!-- end -->` with a table.
fn has_table(page: &str, name: &str, table: &str) {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    let path = docs.join(page);
    let text = std::fs::read_to_string(&path).expect("the page is there");
    let begin = format!("<!-- table: {name} -->\n");
    let (before, rest) = text
        .split_once(&begin)
        .expect("the page has the table's mark");
    let (inside, after) = rest.split_once("<!-- end -->").expect("the table ends");
    if std::env::var_os(WRITE).is_some() {
        std::fs::write(&path, format!("{before}{begin}{table}<!-- end -->{after}"))
            .expect("the page can be written");
        return;
    }
    assert_eq!(
        inside, table,
        "docs/{page} is not what the code says; {WRITE}=1 writes it"
    );
}
