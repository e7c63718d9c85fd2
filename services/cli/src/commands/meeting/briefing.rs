//! `verbund meeting briefing`: a meeting while it runs, as all participants look at it.

use std::cell::RefCell;
use std::collections::HashMap;
use std::io::IsTerminal as _;

use clap::{Args, Subcommand};
use serde_json::json;
use verbund_wire::agency::take_meeting_step_request::Step;
use verbund_wire::agency::{
    GetSituationRequest, ItemNote, Meeting, OpenBriefing, PinUpdate, ProposeTask, RecordDecision,
    RecordDissent, Situation, SubjectKey, WatchMeetingsRequest, WatchMeetingsResponse,
};
use verbund_wire::error::{ErrorCode, explain};
use verbund_wire::federation::{Plain, SubjectKind};

use super::{Stepping, get, take};
use crate::client::{ClientArgs, Node, ask, failed};
use crate::commands::task::TermsArgs;
use crate::names::Names;
use crate::output::{self, Format};
use crate::sending::{said, said_or_nothing};
use crate::subject::{Named, SubjectArgs, whole_step};
use crate::table::briefing::{Page, Pinned};
use crate::watching::follow;
use crate::{text, view};

/// Clears a terminal and goes to its first line.
const CLEAR: &str = "\u{1b}[2J\u{1b}[H";

#[derive(Args, Debug)]
pub(crate) struct BriefingArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    #[command(about = text::ABOUT_BRIEFING_OPEN)]
    Open(Open),
    #[command(about = text::ABOUT_BRIEFING_SHOW)]
    Show(One),
    #[command(about = text::ABOUT_BRIEFING_WATCH)]
    Watch(One),
    #[command(about = text::ABOUT_BRIEFING_PIN)]
    Pin(PinArgs),
    #[command(about = text::ABOUT_BRIEFING_FIND)]
    Find(Note),
    #[command(about = text::ABOUT_BRIEFING_PROPOSE)]
    Propose(Note),
    #[command(about = text::ABOUT_BRIEFING_PROPOSE_TASK)]
    ProposeTask(Box<ProposeTaskArgs>),
    #[command(about = text::ABOUT_BRIEFING_DECIDE)]
    Decide(Decide),
    #[command(about = text::ABOUT_BRIEFING_DISSENT)]
    Dissent(Dissent),
    #[command(about = text::ABOUT_BRIEFING_SUPPORT)]
    Support(Stepping),
    #[command(about = text::ABOUT_BRIEFING_TAKE_OVER)]
    TakeOver(Stepping),
    #[command(about = text::ABOUT_BRIEFING_CLOSE)]
    Close(Stepping),
}

#[derive(Args, Debug)]
struct Open {
    #[command(flatten)]
    step: Stepping,
    #[arg(long, value_name = text::AGENCY.now(), value_delimiter = ',', help = text::ARG_PARTICIPANT)]
    participant: Vec<String>,
}

#[derive(Args, Debug)]
struct One {
    #[command(flatten)]
    meeting: SubjectArgs,
    #[arg(long, help = text::ARG_HERE)]
    here: bool,
    #[command(flatten)]
    client: ClientArgs,
}

#[derive(Args, Debug)]
struct PinArgs {
    #[command(flatten)]
    step: Stepping,
    #[arg(value_name = "N", help = text::ARG_ITEM_NUMBER)]
    item: u32,
    #[arg(value_name = text::UPDATE.now(), help = text::ARG_PINNED)]
    update: Named,
}

#[derive(Args, Debug)]
struct Note {
    #[command(flatten)]
    step: Stepping,
    #[arg(value_name = "N", help = text::ARG_ITEM_NUMBER)]
    item: u32,
    #[arg(value_name = text::TEXT.now(), help = text::ARG_ITEM_TEXT)]
    text: String,
}

#[derive(Args, Debug)]
struct ProposeTaskArgs {
    #[command(flatten)]
    step: Stepping,
    #[arg(value_name = "N", help = text::ARG_ITEM_NUMBER)]
    item: u32,
    #[command(flatten)]
    terms: TermsArgs,
}

#[derive(Args, Debug)]
struct Decide {
    #[command(flatten)]
    step: Stepping,
    #[arg(value_name = "N", help = text::ARG_ITEM_NUMBER)]
    item: u32,
    #[arg(value_name = text::TEXT.now(), required_unless_present = "proposal", help = text::ARG_DECISION_TEXT)]
    text: Option<String>,
    #[arg(long, value_name = text::STEP.now(), help = text::ARG_PROPOSAL)]
    proposal: Option<String>,
}

#[derive(Args, Debug)]
struct Dissent {
    #[command(flatten)]
    step: Stepping,
    #[arg(value_name = text::STEP.now(), help = text::ARG_DECISION)]
    decision: String,
    #[arg(value_name = text::TEXT.now(), help = text::ARG_DISSENT_TEXT)]
    text: Option<String>,
    #[arg(long, value_name = text::AGENCY.now(), value_delimiter = ',', help = text::ARG_DISSENTING)]
    agency: Vec<String>,
}

pub(crate) async fn run(args: BriefingArgs, format: Format) -> anyhow::Result<()> {
    let (args, step) = match args.command {
        Command::Show(args) => return show(&args, format).await,
        Command::Watch(args) => return watch(&args, format).await,
        Command::Pin(args) => return pin(args, format).await,
        Command::ProposeTask(args) => return propose_task(*args, format).await,
        Command::Decide(args) => return decide(args, format).await,
        Command::Dissent(args) => return dissent(args, format).await,
        Command::Open(Open { step, participant }) => {
            let participants = participant;
            (step, Step::Open(OpenBriefing { participants }))
        }
        Command::Find(note) => {
            let (args, note) = note.parts()?;
            (args, Step::Find(note))
        }
        Command::Propose(note) => {
            let (args, note) = note.parts()?;
            (args, Step::ProposeDecision(note))
        }
        Command::Support(args) => (args, Step::Support(Plain {})),
        Command::TakeOver(args) => (args, Step::TakeOver(Plain {})),
        Command::Close(args) => (args, Step::Close(Plain {})),
    };
    let (node, key) = meeting(&args).await?;
    take(&args, key, step, &node, format).await
}

impl Note {
    fn parts(self) -> anyhow::Result<(Stepping, ItemNote)> {
        let note = ItemNote {
            item: self.item,
            text: said(self.text)?,
        };
        Ok((self.step, note))
    }
}

async fn meeting(args: &Stepping) -> anyhow::Result<(Node, SubjectKey)> {
    let node = args.sending.client.connect().await?;
    let key = args.meeting.find(SubjectKind::Meeting, &node).await?;
    Ok((node, key))
}

async fn pin(args: PinArgs, format: Format) -> anyhow::Result<()> {
    let (node, key) = meeting(&args.step).await?;
    let update = args.update.find(SubjectKind::Update, &node).await?;
    let step = Step::Pin(PinUpdate {
        item: args.item,
        update: Some(update),
    });
    take(&args.step, key, step, &node, format).await
}

async fn propose_task(args: ProposeTaskArgs, format: Format) -> anyhow::Result<()> {
    let (node, key) = meeting(&args.step).await?;
    let step = Step::ProposeTask(ProposeTask {
        item: args.item,
        terms: Some(args.terms.draft(&node).await?),
    });
    take(&args.step, key, step, &node, format).await
}

async fn decide(args: Decide, format: Format) -> anyhow::Result<()> {
    let (node, key) = meeting(&args.step).await?;
    let proposal = match &args.proposal {
        Some(given) => whole_step(given, step_ids(&get(&key, &node).await?.0))?,
        None => String::new(),
    };
    let step = Step::Decide(RecordDecision {
        item: args.item,
        text: said_or_nothing(args.text)?,
        proposal,
    });
    take(&args.step, key, step, &node, format).await
}

async fn dissent(args: Dissent, format: Format) -> anyhow::Result<()> {
    let (node, key) = meeting(&args.step).await?;
    let step = Step::Dissent(RecordDissent {
        decision: whole_step(&args.decision, step_ids(&get(&key, &node).await?.0))?,
        agencies: args.agency,
        text: said_or_nothing(args.text)?,
    });
    take(&args.step, key, step, &node, format).await
}

/// The steps of a meeting that others may name: proposals and decisions.
pub(crate) fn step_ids(meeting: &Meeting) -> impl Iterator<Item = &str> {
    meeting.agenda.iter().flat_map(|item| {
        let proposed = item.proposed_decisions.iter().map(|it| it.step.as_str());
        let decided = item.decisions.iter().map(|it| it.step.as_str());
        proposed.chain(decided)
    })
}

async fn show(args: &One, format: Format) -> anyhow::Result<()> {
    let node = args.client.connect().await?;
    let key = args.meeting.find(SubjectKind::Meeting, &node).await?;
    let (meeting, _) = get(&key, &node).await?;
    match format {
        Format::Json => output::json(&json!({ "meeting": view::meeting::meeting(&meeting) }))?,
        Format::Table => {
            let names = node.names().await?;
            output::line(page(args, &meeting, &names, &node).await?)?;
        }
    }
    Ok(())
}

/// The page that all look at.
async fn page(args: &One, meeting: &Meeting, names: &Names, node: &Node) -> anyhow::Result<String> {
    let page = Page {
        meeting,
        pinned: pinned(meeting, node).await?,
        names,
        width: output::terminal_width().map_or(100, usize::from),
        here: args.here,
    };
    Ok(page.to_string())
}

/// The updates on the table as the own node has them; none where it does not.
async fn pinned(meeting: &Meeting, node: &Node) -> anyhow::Result<Pinned> {
    let mut pinned: HashMap<(String, String), Option<Situation>> = HashMap::new();
    let pins = meeting.agenda.iter().flat_map(|item| &item.pins);
    for update in pins.filter_map(|it| it.update.as_ref()) {
        let key = (update.owner.clone(), update.subject.clone());
        if pinned.contains_key(&key) {
            continue;
        }
        let request = GetSituationRequest {
            subject: update.subject.clone(),
            origin: update.owner.clone(),
        };
        let found = match node.situations().get_situation(ask(request)).await {
            Ok(response) => response.into_inner().situation,
            Err(status) if explain(&status).code == Some(ErrorCode::SituationNotFound) => None,
            Err(status) => return Err(failed(&status)),
        };
        pinned.insert(key, found);
    }
    Ok(pinned)
}

async fn watch(args: &One, format: Format) -> anyhow::Result<()> {
    let node = &args.client.connect().await?;
    let key = args.meeting.find(SubjectKind::Meeting, node).await?;
    let names = match format {
        Format::Table => node.names().await?,
        Format::Json => Names::default(),
    };
    let redraws = std::io::stdout().is_terminal();
    let last = &RefCell::new(String::new());
    let draw = async |meeting: &Meeting| {
        let page = match format {
            Format::Json => json!({ "meeting": view::meeting::meeting(meeting) }).to_string(),
            Format::Table => page(args, meeting, &names, node).await?,
        };
        if *last.borrow() == page {
            return Ok(());
        }
        match (format, redraws) {
            (Format::Table, true) => output::line(format!("{CLEAR}{page}"))?,
            (Format::Table, false) => output::line(format!("{page}\n"))?,
            (Format::Json, _) => output::line(&page)?,
        }
        *last.borrow_mut() = page;
        anyhow::Ok(())
    };
    let open = async || {
        let meeting = Some(key.clone());
        let request = WatchMeetingsRequest { meeting };
        node.meetings().watch_meetings(request).await
    };
    // The first message is a sign of life.
    let stands = async || Ok(());
    let came = async |message: WatchMeetingsResponse| match &message.meeting {
        Some(meeting) => draw(meeting).await,
        // A sign of life. Who is behind, and what the updates on the table say, changes without a step.
        None => draw(&get(&key, node).await?.0).await,
    };
    follow(open, stands, came).await
}
