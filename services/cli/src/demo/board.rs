//! What one sees while the day is played: what is told, and a table of who has what from whom.

use std::io::{self, IsTerminal as _, Write as _};

use comfy_table::{Cell, CellAlignment};
use verbund_wire::agency::{GetStatusResponse, Link};

use super::system::Systems;
use crate::commands::status::lag;
use crate::output::new_table;
use crate::text;

/// The board on stderr: drawn in place on a terminal, otherwise only its lines.
#[derive(Debug)]
pub(crate) struct Board {
    in_place: bool,
    drawn: usize,
}

/// The nodes' statuses in the order of the systems; none where a node doesn't answer.
pub(crate) type Statuses = Vec<(String, Option<GetStatusResponse>)>;

/// Asks all nodes how they are.
pub(crate) async fn ask_all(systems: &Systems) -> Statuses {
    let mut asking = tokio::task::JoinSet::new();
    for (index, system) in systems.iter().cloned().enumerate() {
        asking.spawn(async move {
            (
                index,
                system.agency.to_string(),
                system.coordinator.status().await.ok(),
            )
        });
    }
    let mut all = asking.join_all().await;
    all.sort_by_key(|(index, ..)| *index);
    all.into_iter()
        .map(|(_, agency, status)| (agency, status))
        .collect()
}

impl Board {
    pub(crate) fn new() -> Self {
        Self {
            in_place: io::stderr().is_terminal(),
            drawn: 0,
        }
    }

    /// Whether the board can be drawn again in its place.
    pub(crate) fn is_live(&self) -> bool {
        self.in_place
    }

    /// Says something above the board.
    pub(crate) fn say(&mut self, line: &str) {
        self.wipe();
        let _ = writeln!(io::stderr().lock(), "{line}");
    }

    /// Draws the table, in the place of the last one.
    pub(crate) fn draw(&mut self, statuses: &Statuses, foot: &str) {
        self.wipe();
        let mut content = table(statuses);
        content.push('\n');
        content.push_str(foot);
        let mut err = io::stderr().lock();
        let _ = writeln!(err, "{content}");
        let _ = err.flush();
        if self.in_place {
            self.drawn = content.lines().count();
        }
    }

    fn wipe(&mut self) {
        if self.drawn > 0 {
            // Up to the table's first line, and everything below away.
            let _ = write!(io::stderr().lock(), "\x1b[{}A\x1b[J", self.drawn);
            self.drawn = 0;
        }
    }
}

/// A row for each agency: what it has of each other, of how much there is for it, and how far its receipts are behind.
fn table(statuses: &Statuses) -> String {
    let mut header = vec![text::DEMO_HOLDER.to_string()];
    header.extend(statuses.iter().map(|(agency, _)| agency.clone()));
    let mut table = new_table(header);
    for (holder, status) in statuses {
        let mut row = vec![Cell::new(holder)];
        for (origin, of) in statuses {
            let cell = Cell::new(cell(holder, status.as_ref(), origin, of.as_ref()));
            row.push(cell.set_alignment(CellAlignment::Right));
        }
        table.add_row(row);
    }
    table.trim_fmt()
}

fn cell(
    holder: &str,
    at_holder: Option<&GetStatusResponse>,
    origin: &str,
    at_origin: Option<&GetStatusResponse>,
) -> String {
    let Some(at_holder) = at_holder else {
        return text::DEMO_DOWN.to_string();
    };
    if holder == origin {
        return at_holder.own_entries.to_string();
    }
    let of_holder = at_holder.partners.iter().find(|it| it.agency == origin);
    let received = of_holder.map_or(0, |it| it.received);
    match at_origin.and_then(|it| it.partners.iter().find(|it| it.agency == holder)) {
        Some(it) if it.receipted >= it.sent => format!("{received}/{} ✓", it.sent),
        Some(it) => format!("{received}/{} {}", it.sent, lag(it.lag_ms)),
        None if of_holder.is_some_and(|it| it.link() == Link::Relayed) => {
            format!("{received} {}", text::words::link(Link::Relayed))
        }
        None => received.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use verbund_wire::agency::Partner;

    use super::*;

    fn status(partner: Partner) -> GetStatusResponse {
        GetStatusResponse {
            own_entries: 5,
            partners: vec![partner],
            ..GetStatusResponse::default()
        }
    }

    #[test]
    fn a_cell_tells_what_is_here_of_how_much_and_the_receipts() {
        let holder = status(Partner {
            agency: "dhz".into(),
            received: 4,
            ..Partner::default()
        });
        let mut sent = Partner {
            agency: "kod".into(),
            sent: 5,
            receipted: 4,
            lag_ms: 300,
            ..Partner::default()
        };
        let seen = |sent: &Partner| cell("kod", Some(&holder), "dhz", Some(&status(sent.clone())));
        assert_eq!(seen(&sent), "4/5 0.3 s");
        sent.receipted = 5;
        assert_eq!(seen(&sent), "4/5 ✓");
        assert_eq!(cell("kod", Some(&holder), "kod", None), "5");
        assert_eq!(cell("kod", Some(&holder), "dhz", None), "4");
    }
}
