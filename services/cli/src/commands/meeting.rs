//! `verbund meeting`: planning meetings, answering invitations, running briefings, and the calendar.

pub(super) mod briefing;

use std::convert::Infallible;
use std::path::Path;
use std::str::FromStr;

use clap::{Args, Subcommand};
use serde_json::json;
use verbund_wire::agency::take_meeting_step_request::Step;
use verbund_wire::agency::{
    AgendaDraft, AgendaEntry, ExportCalendarRequest, ExportedFile, GetMeetingRequest,
    GetProtocolRequest, ListMeetingsRequest, Meeting, MeetingDraft, MeetingFilter, MeetingStatus,
    PlanMeetingRequest, Rhythm, StepRecord, SubjectKey, TakeMeetingStepRequest,
    TakeMeetingStepResponse, WatchMeetingsRequest, WatchMeetingsResponse, WatchTasksRequest,
};
use verbund_wire::federation::{MeetingAnswer, Plain, SubjectKind};

use crate::client::{ClientArgs, Node, answer, ask};
use crate::exit;
use crate::files::{self, Access};
use crate::names::Names;
use crate::output::{self, Format};
use crate::sending::{OutputArgs, Sending, file_language, said_or_nothing, save};
use crate::subject::{Named, SubjectArgs, in_full};
use crate::watching::follow;
use crate::words::{self, each};
use crate::{table, text, view};

/// The most that is asked for in one page; a meeting holds its whole agenda.
const PAGE_MAX: u32 = 50;

#[derive(Args, Debug)]
pub(crate) struct MeetingArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    #[command(about = text::ABOUT_MEETING_PLAN)]
    Plan(Plan),
    #[command(about = text::ABOUT_MEETING_AMEND)]
    Amend(Amend),
    #[command(about = text::ABOUT_MEETING_CANCEL)]
    Cancel(Stepping),
    #[command(about = text::ABOUT_MEETING_ANSWER)]
    Answer(Answer),
    #[command(about = text::ABOUT_MEETING_SHOW)]
    Show(One),
    #[command(about = text::ABOUT_MEETING_LIST)]
    List(List),
    #[command(about = text::ABOUT_MEETING_WATCH)]
    Watch(Watch),
    #[command(about = text::ABOUT_MEETING_CALENDAR)]
    Calendar(Calendar),
    #[command(about = text::ABOUT_BRIEFING)]
    Briefing(briefing::BriefingArgs),
}

/// What may be changed as long as the meeting hasn't begun.
#[derive(Args, Debug)]
struct Details {
    #[arg(long, value_name = text::MINUTES.now(), help = text::ARG_MINUTES)]
    minutes: Option<u32>,
    #[arg(long, value_name = "ID", help = text::ARG_MEETING_PLACE)]
    place: Option<String>,
    #[arg(long, value_name = text::TEXT.now(), help = text::ARG_MEETING_TITLE)]
    title: Option<String>,
    #[arg(long, value_name = text::ITEM.now(), help = text::ARG_ITEM)]
    item: Vec<Item>,
    #[arg(long, value_name = text::SUBJECT.now(), help = text::ARG_ITEM_APPROVES)]
    approve: Vec<Named>,
}

/// One item of an agenda as it is given: `Title`, `Title=M1`, `#3 Title`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Item {
    /// The number that it has already.
    number: Option<u32>,
    title: String,
    /// `None` where nothing was said of it.
    measure: Option<String>,
}

impl FromStr for Item {
    type Err = Infallible;

    fn from_str(given: &str) -> Result<Self, Infallible> {
        let (number, rest) = match given.strip_prefix('#').and_then(|it| it.split_once(' ')) {
            Some((number, rest)) => match number.parse() {
                Ok(number) => (Some(number), rest),
                Err(_) => (None, given),
            },
            None => (None, given),
        };
        let id_like = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
        let (title, measure) = match rest.rsplit_once('=') {
            Some((title, id)) if id.len() <= 64 && id.bytes().all(id_like) => {
                (title, Some(id.to_ascii_lowercase()))
            }
            _ => (rest, None),
        };
        Ok(Self {
            number,
            title: title.trim().to_owned(),
            measure,
        })
    }
}

impl Item {
    /// The item as the node gets it. What is there already under its number, or else under its title, keeps what isn't said.
    fn draft(self, known: &[AgendaEntry]) -> AgendaDraft {
        let before = match self.number {
            Some(number) => known.iter().find(|it| it.number == number),
            None => known.iter().find(|it| it.title == self.title),
        };
        AgendaDraft {
            number: self.number.or(before.map(|it| it.number)).unwrap_or(0),
            measure: (self.measure)
                .or_else(|| before.map(|it| it.measure.clone()))
                .unwrap_or_default(),
            approves: before.and_then(|it| it.approves.clone()),
            title: self.title,
        }
    }
}

impl Details {
    /// What was given as a draft, the rest left out.
    async fn draft(self, known: &[AgendaEntry], node: &Node) -> anyhow::Result<MeetingDraft> {
        let items = self.item.into_iter().map(|it| it.draft(known));
        let mut agenda: Vec<_> = items.collect();
        for protocol in self.approve {
            agenda.push(approval(&protocol, node).await?);
        }
        Ok(MeetingDraft {
            minutes: self.minutes.unwrap_or_default(),
            place: self.place.unwrap_or_default(),
            title: said_or_nothing(self.title)?,
            agenda,
            ..MeetingDraft::default()
        })
    }
}

/// The item that approves a protocol.
async fn approval(protocol: &Named, node: &Node) -> anyhow::Result<AgendaDraft> {
    let key = protocol.find(SubjectKind::Protocol, node).await?;
    let request = GetProtocolRequest {
        protocol: Some(key),
        revision: String::new(),
    };
    let found = answer(node.protocols().get_protocol(ask(request)).await)?;
    Ok(AgendaDraft {
        title: text::APPROVAL_ITEM.to_string(),
        approves: found.protocol.unwrap_or_default().key,
        ..AgendaDraft::default()
    })
}

#[derive(Args, Debug)]
struct Plan {
    #[arg(long = "type", value_name = "ID", help = text::ARG_MEETING_TYPE)]
    meeting_type: String,
    #[arg(long, value_name = text::AGENCY.now(), help = text::ARG_DEPUTY)]
    deputy: String,
    #[arg(long, value_name = text::AGENCY.now(), value_delimiter = ',', help = text::ARG_INVITE)]
    invite: Vec<String>,
    #[arg(long, value_name = text::DAY.now(), help = text::ARG_MEETING_DAY)]
    day: String,
    #[arg(long, value_name = "HH:MM", help = text::ARG_START)]
    start: String,
    #[command(flatten)]
    details: Details,
    #[arg(long, value_parser = words::parser::<Rhythm>(), requires = "count", value_name = text::RHYTHM.now(), help = text::ARG_EVERY)]
    every: Option<String>,
    #[arg(long, value_parser = clap::value_parser!(u32).range(2..=60), requires = "every", value_name = "N", help = text::ARG_COUNT)]
    count: Option<u32>,
    #[command(flatten)]
    sending: Sending,
}

#[derive(Args, Debug)]
struct Amend {
    #[command(flatten)]
    meeting: SubjectArgs,
    #[arg(long, value_name = text::DAY.now(), help = text::ARG_MEETING_DAY)]
    day: Option<String>,
    #[arg(long, value_name = "HH:MM", help = text::ARG_START)]
    start: Option<String>,
    #[command(flatten)]
    details: Details,
    #[arg(long, value_name = "ETAG", help = text::ARG_STATE_ETAG)]
    etag: Option<String>,
    #[command(flatten)]
    sending: Sending,
}

/// A step that says nothing beyond what it is.
#[derive(Args, Debug)]
pub(crate) struct Stepping {
    #[command(flatten)]
    pub(crate) meeting: SubjectArgs,
    #[arg(long, value_name = "ETAG", help = text::ARG_STATE_ETAG)]
    pub(crate) etag: Option<String>,
    #[command(flatten)]
    pub(crate) sending: Sending,
}

#[derive(Args, Debug)]
struct Answer {
    #[command(flatten)]
    step: Stepping,
    #[arg(value_parser = words::parser::<MeetingAnswer>(), value_name = text::ANSWER.now(), help = text::ARG_ANSWER)]
    answer: String,
}

#[derive(Args, Debug)]
struct One {
    #[command(flatten)]
    meeting: SubjectArgs,
    #[command(flatten)]
    client: ClientArgs,
}

#[derive(Args, Debug)]
struct List {
    #[arg(long, value_parser = words::parser::<MeetingStatus>(), value_delimiter = ',', value_name = text::STATUS.now(), help = text::ARG_STATUSES)]
    status: Vec<String>,
    #[arg(long, value_name = text::DAY.now(), help = text::ARG_FROM)]
    from: Option<String>,
    #[arg(long, value_name = text::DAY.now(), help = text::ARG_TO)]
    to: Option<String>,
    #[arg(long, value_name = "ID", help = text::ARG_SERIES)]
    series: Option<String>,
    #[arg(long, default_value_t = 50, value_name = "N", help = text::ARG_LIMIT)]
    limit: u32,
    #[command(flatten)]
    client: ClientArgs,
}

#[derive(Args, Debug)]
struct Watch {
    #[arg(value_name = text::SUBJECT.now(), help = text::ARG_ONLY_MEETING)]
    meeting: Option<Named>,
    #[command(flatten)]
    client: ClientArgs,
}

#[derive(Args, Debug)]
struct Calendar {
    #[arg(value_name = text::SUBJECT.now(), help = text::ARG_ONLY_MEETING)]
    meeting: Option<Named>,
    #[arg(long, requires = "output", help = text::ARG_CALENDAR_FOLLOW)]
    follow: bool,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    client: ClientArgs,
}

pub(crate) async fn run(args: MeetingArgs, format: Format) -> anyhow::Result<()> {
    match args.command {
        Command::Plan(args) => plan(args, format).await,
        Command::Amend(args) => amend(args, format).await,
        Command::Cancel(args) => step(args, Step::Cancel(Plain {}), format).await,
        Command::Answer(Answer { step: args, answer }) => {
            let answer = words::number::<MeetingAnswer>(&answer).unwrap_or_default();
            step(args, Step::Answer(answer), format).await
        }
        Command::Show(args) => show(args, format).await,
        Command::List(args) => list(&args, format).await,
        Command::Watch(args) => watch(&args, format).await,
        Command::Calendar(args) => calendar(args, format).await,
        Command::Briefing(args) => briefing::run(args, format).await,
    }
}

async fn plan(args: Plan, format: Format) -> anyhow::Result<()> {
    let node = args.sending.client.connect().await?;
    let rhythm = args.every.as_deref().and_then(words::number::<Rhythm>);
    let request = PlanMeetingRequest {
        request_id: args.sending.request_id(),
        meeting: Some(MeetingDraft {
            meeting_type: args.meeting_type,
            deputy: args.deputy,
            invited: args.invite,
            day: args.day,
            start: args.start,
            ..args.details.draft(&[], &node).await?
        }),
        rhythm: rhythm.unwrap_or_default(),
        count: args.count.unwrap_or_default(),
        confirm_review: args.sending.confirm_review,
    };
    let response = answer(node.meetings().plan_meeting(ask(request)).await)?;
    let names = match format {
        Format::Table => node.names().await?,
        Format::Json => Names::default(),
    };
    for receipt in &response.receipts {
        match format {
            Format::Json => output::json(&json!({ "receipt": view::step::receipt(receipt) }))?,
            Format::Table => output::line(table::step::receipt(receipt, &names))?,
        }
    }
    if let Some(rhythm) = rhythm.filter(|_| format == Format::Table) {
        let rhythm = text::words::rhythm(Rhythm::try_from(rhythm).unwrap_or_default());
        output::note(text::SERIES_PLANNED.fill(&[&response.receipts.len(), &rhythm]));
    }
    Ok(())
}

async fn amend(args: Amend, format: Format) -> anyhow::Result<()> {
    let node = args.sending.client.connect().await?;
    let key = args.meeting.find(SubjectKind::Meeting, &node).await?;
    let (meeting, _) = get(&key, &node).await?;
    let approves_only = args.details.item.is_empty() && !args.details.approve.is_empty();
    let mut draft = MeetingDraft {
        day: args.day.unwrap_or_default(),
        start: args.start.unwrap_or_default(),
        ..args.details.draft(&meeting.agenda, &node).await?
    };
    if draft == MeetingDraft::default() {
        return Err(exit::usage(text::NOTHING_TO_CHANGE.to_string()));
    }
    if approves_only {
        // An approval alone is added to what there is; items that are named are the whole agenda.
        let known = meeting.agenda.iter().map(|it| AgendaDraft {
            title: it.title.clone(),
            measure: it.measure.clone(),
            approves: it.approves.clone(),
            number: it.number,
        });
        draft.agenda = known.chain(draft.agenda).collect();
    }
    let step = Stepping {
        meeting: args.meeting,
        // The agenda is built on this state, so the step is for no other.
        etag: args.etag.or(Some(meeting.etag)),
        sending: args.sending,
    };
    take(&step, key, Step::Amend(draft), &node, format).await
}

async fn step(args: Stepping, step: Step, format: Format) -> anyhow::Result<()> {
    let node = args.sending.client.connect().await?;
    let key = args.meeting.find(SubjectKind::Meeting, &node).await?;
    take(&args, key, step, &node, format).await
}

/// Takes a step and tells what came of it.
///
/// # Errors
/// As any call.
pub(crate) async fn take(
    args: &Stepping,
    meeting: SubjectKey,
    step: Step,
    node: &Node,
    format: Format,
) -> anyhow::Result<()> {
    let request = TakeMeetingStepRequest {
        request_id: args.sending.request_id(),
        meeting: Some(meeting),
        etag: args.etag.clone().unwrap_or_default(),
        step: Some(step),
        confirm_review: args.sending.confirm_review,
    };
    let response = answer(node.meetings().take_meeting_step(ask(request)).await)?;
    let TakeMeetingStepResponse {
        receipt,
        meeting,
        protocol,
    } = response;
    let receipt = receipt.unwrap_or_default();
    match format {
        Format::Json => output::json(&json!({
            "receipt": view::step::receipt(&receipt),
            "meeting": meeting.as_ref().map(view::meeting::meeting),
            "protocol": protocol.as_ref().map(view::step::key),
        }))?,
        Format::Table => {
            let names = node.names().await?;
            output::line(table::step::receipt(&receipt, &names))?;
            if let Some(protocol) = &protocol {
                output::line(text::PROTOCOL_DRAFTED.fill(&[&in_full(protocol)]))?;
            }
        }
    }
    Ok(())
}

/// One meeting and its steps.
///
/// # Errors
/// As any call.
pub(crate) async fn get(
    key: &SubjectKey,
    node: &Node,
) -> anyhow::Result<(Meeting, Vec<StepRecord>)> {
    let request = GetMeetingRequest {
        meeting: Some(key.clone()),
    };
    let response = answer(node.meetings().get_meeting(ask(request)).await)?;
    Ok((response.meeting.unwrap_or_default(), response.steps))
}

async fn show(args: One, format: Format) -> anyhow::Result<()> {
    let node = args.client.connect().await?;
    let key = args.meeting.find(SubjectKind::Meeting, &node).await?;
    let (meeting, steps) = get(&key, &node).await?;
    match format {
        Format::Json => output::json(&json!({
            "meeting": view::meeting::meeting(&meeting),
            "steps": view::step::records(&steps),
        }))?,
        Format::Table => {
            let names = node.names().await?;
            output::line(table::meeting::with_steps(&meeting, &steps, &names))?;
        }
    }
    Ok(())
}

async fn list(args: &List, format: Format) -> anyhow::Result<()> {
    let node = args.client.connect().await?;
    let filter = MeetingFilter {
        statuses: each::<MeetingStatus>(&args.status),
        from_day: args.from.clone().unwrap_or_default(),
        to_day: args.to.clone().unwrap_or_default(),
        series: args.series.clone().unwrap_or_default(),
    };
    let list = pages(&filter, args.limit, &node).await?;
    match format {
        Format::Json => list.iter().try_for_each(say_json)?,
        Format::Table if list.is_empty() => output::note(text::NO_MEETINGS.to_string()),
        Format::Table => output::table(&table::meeting::meetings(&list, &node.names().await?))?,
    }
    Ok(())
}

/// The meetings that were changed last, the latest first.
async fn pages(filter: &MeetingFilter, limit: u32, node: &Node) -> anyhow::Result<Vec<Meeting>> {
    super::pages(limit, PAGE_MAX, async |page_size, page_token| {
        let request = ListMeetingsRequest {
            filter: Some(filter.clone()),
            page_size,
            page_token,
        };
        let page = answer(node.meetings().list_meetings(ask(request)).await)?;
        Ok((page.meetings, page.next_page_token))
    })
    .await
}

async fn watch(args: &Watch, format: Format) -> anyhow::Result<()> {
    let node = &args.client.connect().await?;
    let names = match format {
        Format::Table => node.names().await?,
        Format::Json => Names::default(),
    };
    let only = match &args.meeting {
        Some(named) => Some(named.find(SubjectKind::Meeting, node).await?),
        None => None,
    };
    let say = |meeting: &Meeting| match format {
        Format::Json => say_json(meeting),
        Format::Table => output::line(table::meeting::line(meeting, &names)),
    };
    let shown = &super::Shown::default();
    let stands = async || {
        let list = match &only {
            Some(key) => vec![get(key, node).await?.0],
            None => pages(&MeetingFilter::default(), 50, node).await?,
        };
        for meeting in list.iter().rev() {
            if shown.is_new(meeting.key.as_ref(), &meeting.etag) {
                say(meeting)?;
            }
        }
        Ok(())
    };
    let came = async |message: WatchMeetingsResponse| {
        if let Some(meeting) = message.meeting
            && shown.is_new(meeting.key.as_ref(), &meeting.etag)
        {
            say(&meeting)?;
        }
        Ok(())
    };
    let open = async || {
        let meeting = only.clone();
        let request = WatchMeetingsRequest { meeting };
        node.meetings().watch_meetings(request).await
    };
    follow(open, stands, came).await
}

fn say_json(meeting: &Meeting) -> std::io::Result<()> {
    output::json(&json!({ "meeting": view::meeting::meeting(meeting) }))
}

async fn calendar(args: Calendar, format: Format) -> anyhow::Result<()> {
    let node = args.client.connect().await?;
    let meeting = match &args.meeting {
        Some(named) => Some(named.find(SubjectKind::Meeting, &node).await?),
        None => None,
    };
    let request = ExportCalendarRequest {
        meeting,
        language: file_language(),
    };
    let export = async || {
        let exported = node.meetings().export_calendar(ask(request.clone())).await;
        anyhow::Ok(answer(exported)?.file.unwrap_or_default())
    };
    match args.output.output.as_deref() {
        Some(path) if args.follow => keep(&node, path, export).await,
        path => save(&export().await?, path, format),
    }
}

/// Keeps a calendar file as it is at the node: whoever subscribes to it sees each change with its next look.
async fn keep(
    node: &Node,
    path: &Path,
    export: impl AsyncFn() -> anyhow::Result<ExportedFile>,
) -> anyhow::Result<()> {
    let write = async || {
        let file = export().await?;
        files::replace(path, &file.content, Access::Public)?;
        output::note(text::CALENDAR_WRITTEN.fill(&[&path.display()]));
        Ok(())
    };
    let meetings = follow(
        async || {
            let request = WatchMeetingsRequest::default();
            node.meetings().watch_meetings(request).await
        },
        &write,
        async |message| match message.meeting {
            Some(_) => write().await,
            None => Ok(()),
        },
    );
    let tasks = follow(
        async || {
            let request = WatchTasksRequest::default();
            node.tasks().watch_tasks(request).await
        },
        async || Ok(()),
        async |message| match message.task {
            Some(_) => write().await,
            None => Ok(()),
        },
    );
    tokio::try_join!(meetings, tasks)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(given: &str) -> Item {
        match given.parse() {
            Ok(item) => item,
        }
    }

    #[test]
    fn an_item_is_a_title_with_or_without_measure_and_number() {
        let of = |number, title: &str, measure: Option<&str>| Item {
            number,
            title: title.to_owned(),
            measure: measure.map(str::to_owned),
        };
        assert_eq!(item("Lage"), of(None, "Lage", None));
        assert_eq!(item("Lage=M1"), of(None, "Lage", Some("m1")));
        assert_eq!(item("#3 Lage = M1"), of(Some(3), "Lage = M1", None));
        assert_eq!(item("#3 Lage="), of(Some(3), "Lage", Some("")));
        assert_eq!(item("# Lage"), of(None, "# Lage", None));
        assert_eq!(item("a=b=m2"), of(None, "a=b", Some("m2")));
    }

    #[test]
    fn an_item_that_is_there_keeps_its_number_and_what_is_not_said() {
        let known = [AgendaEntry {
            number: 3,
            title: "Lage".to_owned(),
            measure: "m1".to_owned(),
            approves: Some(SubjectKey::default()),
            ..AgendaEntry::default()
        }];
        let kept = item("Lage").draft(&known);
        assert_eq!((kept.number, kept.measure.as_str()), (3, "m1"));
        assert!(kept.approves.is_some());
        let renamed = item("#3 Die Lage=").draft(&known);
        assert_eq!((renamed.number, renamed.measure.as_str()), (3, ""));
        assert_eq!(renamed.title, "Die Lage");
        let new = item("Sonstiges").draft(&known);
        assert_eq!((new.number, new.approves), (0, None));
    }
}
