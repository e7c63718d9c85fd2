//! `verbund protocol`: writing a protocol, circulating it, giving one's word on it, and taking it out as a file.

mod changes;
mod form;

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;
use verbund_wire::agency::take_protocol_step_request::Step;
use verbund_wire::agency::{
    CirculateProtocol, ExportProtocolRequest, FileFormat, GetProtocolRequest, ItemNoteOrAll,
    ListProtocolsRequest, ObjectToProtocol, ProposeText, Protocol, ProtocolFilter, ProtocolStatus,
    StepRecord, SubjectKey, TakeProtocolStepRequest, WatchProtocolsRequest, WatchProtocolsResponse,
};
use verbund_wire::error::{ErrorCode, explain};
use verbund_wire::federation::{Plain, ProposedPart, SubjectKind};

use self::changes::Changes;
use self::form::Form;
use crate::client::{ClientArgs, Node, answer, ask, failed};
use crate::exit::{self, Exit, Failure};
use crate::names::Names;
use crate::output::{self, Format, clean};
use crate::sending::{OutputArgs, Sending, file_language, said, save};
use crate::subject::{Named, SubjectArgs, in_full, step_in_short, whole_step};
use crate::watching::follow;
use crate::words::{self, each};
use crate::{table, text, view};

/// The most that is asked for in one page; a protocol comes with all its texts.
const PAGE_MAX: u32 = 20;
/// What the error names: the revision that the caller saw, and the one that is in force.
const SEEN: &str = "seen";
const IN_FORCE: &str = "in_force";

#[derive(Args, Debug)]
pub(crate) struct ProtocolArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    #[command(about = text::ABOUT_PROTOCOL_SHOW)]
    Show(Show),
    #[command(about = text::ABOUT_PROTOCOL_LIST)]
    List(List),
    #[command(about = text::ABOUT_PROTOCOL_WATCH)]
    Watch(Watch),
    #[command(about = text::ABOUT_PROTOCOL_REVISE)]
    Revise(Revise),
    #[command(about = text::ABOUT_PROTOCOL_CIRCULATE)]
    Circulate(Circulate),
    #[command(about = text::ABOUT_PROTOCOL_SIGN_OFF)]
    SignOff(SignOff),
    #[command(about = text::ABOUT_PROTOCOL_OBJECT)]
    Object(Object),
    #[command(about = text::ABOUT_PROTOCOL_PROPOSE)]
    Propose(Propose),
    #[command(about = text::ABOUT_PROTOCOL_RELEASE)]
    Release(Stepping),
    #[command(about = text::ABOUT_PROTOCOL_RESERVE)]
    Reserve(Stepping),
    #[command(about = text::ABOUT_PROTOCOL_APPROVE)]
    Approve(Approve),
    #[command(about = text::ABOUT_PROTOCOL_CORRECT)]
    Correct(Correct),
    #[command(about = text::ABOUT_PROTOCOL_SUPPORT)]
    Support(Stepping),
    #[command(about = text::ABOUT_PROTOCOL_TAKE_OVER)]
    TakeOver(Stepping),
    #[command(about = text::ABOUT_PROTOCOL_EXPORT)]
    Export(Export),
    #[command(about = text::ABOUT_PROTOCOL_HISTORY)]
    History(One),
}

#[derive(Args, Debug)]
struct One {
    #[command(flatten)]
    protocol: SubjectArgs,
    #[command(flatten)]
    client: ClientArgs,
}

#[derive(Args, Debug)]
struct Show {
    #[command(flatten)]
    one: One,
    #[arg(long, value_name = text::REVISION.now(), help = text::ARG_EARLIER_REVISION)]
    revision: Option<String>,
    #[arg(long, conflicts_with = "revision", help = text::ARG_EDIT)]
    edit: bool,
}

#[derive(Args, Debug)]
struct List {
    #[arg(long, value_parser = words::parser::<ProtocolStatus>(), value_delimiter = ',', value_name = text::STATUS.now(), help = text::ARG_STATUSES)]
    status: Vec<String>,
    #[arg(long = "type", value_name = "ID", value_delimiter = ',', help = text::ARG_TYPE_FILTER)]
    meeting_type: Vec<String>,
    #[arg(long, help = text::ARG_AWAITING_WORD)]
    awaiting_word: bool,
    #[arg(long, default_value_t = 50, value_name = "N", help = text::ARG_LIMIT)]
    limit: u32,
    #[command(flatten)]
    client: ClientArgs,
}

#[derive(Args, Debug)]
struct Watch {
    #[arg(value_name = text::SUBJECT.now(), help = text::ARG_ONLY_PROTOCOL)]
    protocol: Option<Named>,
    #[command(flatten)]
    client: ClientArgs,
}

/// A step that says nothing beyond what it is.
#[derive(Args, Debug)]
struct Stepping {
    #[command(flatten)]
    protocol: SubjectArgs,
    #[arg(long, value_name = "ETAG", help = text::ARG_STATE_ETAG)]
    etag: Option<String>,
    #[command(flatten)]
    sending: Sending,
}

#[derive(Args, Debug)]
struct Revise {
    #[command(flatten)]
    step: Stepping,
    #[arg(value_name = text::FILE.now(), help = text::ARG_FORM)]
    form: PathBuf,
}

#[derive(Args, Debug)]
struct Circulate {
    #[command(flatten)]
    step: Stepping,
    #[arg(value_name = text::FILE.now(), help = text::ARG_CIRCULATED_FORM)]
    form: Option<PathBuf>,
}

#[derive(Args, Debug)]
struct SignOff {
    #[command(flatten)]
    step: Stepping,
    #[arg(long, value_name = text::REVISION.now(), help = text::ARG_READ_REVISION)]
    revision: String,
}

#[derive(Args, Debug)]
struct Object {
    #[command(flatten)]
    step: Stepping,
    #[arg(value_name = text::TEXT.now(), help = text::ARG_OBJECTION)]
    text: String,
    #[arg(long, value_name = text::REVISION.now(), help = text::ARG_READ_REVISION)]
    revision: String,
    #[arg(long, value_name = "N", default_value_t = 0, help = text::ARG_ITEM_OR_ALL)]
    item: u32,
}

#[derive(Args, Debug)]
struct Propose {
    #[command(flatten)]
    step: Stepping,
    #[arg(value_name = text::TEXT.now(), help = text::ARG_PROPOSED_TEXT)]
    text: String,
    #[arg(long, value_name = text::REVISION.now(), help = text::ARG_READ_REVISION)]
    revision: String,
    #[arg(long, value_name = "N", help = text::ARG_PROTOCOL_ITEM)]
    item: u32,
    #[arg(long, value_parser = words::parser::<ProposedPart>(), value_name = text::PART.now(), help = text::ARG_PART)]
    part: String,
}

#[derive(Args, Debug)]
struct Approve {
    #[command(flatten)]
    step: Stepping,
    #[arg(value_name = text::MEETING.now(), help = text::ARG_APPROVING)]
    meeting: Named,
}

#[derive(Args, Debug)]
struct Correct {
    #[command(flatten)]
    step: Stepping,
    #[arg(value_name = text::TEXT.now(), help = text::ARG_CORRECTION)]
    text: String,
    #[arg(long, value_name = "N", default_value_t = 0, help = text::ARG_ITEM_OR_ALL)]
    item: u32,
}

/// What a protocol is taken out as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum As {
    Markdown,
    Json,
    Pdf,
}

#[derive(Args, Debug)]
struct Export {
    #[command(flatten)]
    one: One,
    #[arg(long = "as", value_enum, default_value = "markdown", value_name = text::FORM.now(), help = text::ARG_EXPORT_AS)]
    wanted: As,
    #[command(flatten)]
    output: OutputArgs,
}

pub(crate) async fn run(args: ProtocolArgs, format: Format) -> anyhow::Result<()> {
    match args.command {
        Command::Show(args) => show(args, format).await,
        Command::List(args) => list(&args, format).await,
        Command::Watch(args) => watch(&args, format).await,
        Command::Revise(args) => revise(args, format).await,
        Command::Circulate(args) => circulate(args, format).await,
        Command::SignOff(args) => sign_off(args, format).await,
        Command::Object(args) => object(args, format).await,
        Command::Propose(args) => propose(args, format).await,
        Command::Release(args) => plain(&args, Step::Release(Plain {}), format).await,
        Command::Reserve(args) => plain(&args, Step::Reserve(Plain {}), format).await,
        Command::Approve(args) => approve(args, format).await,
        Command::Correct(args) => correct(args, format).await,
        Command::Support(args) => plain(&args, Step::Support(Plain {}), format).await,
        Command::TakeOver(args) => plain(&args, Step::TakeOver(Plain {}), format).await,
        Command::Export(args) => export(args, format).await,
        Command::History(args) => history(args, format).await,
    }
}

/// One protocol and its steps; `revision` empty for the one in force.
async fn get(
    key: &SubjectKey,
    revision: &str,
    node: &Node,
) -> anyhow::Result<(Protocol, Vec<StepRecord>)> {
    let request = GetProtocolRequest {
        protocol: Some(key.clone()),
        revision: revision.to_owned(),
    };
    let response = answer(node.protocols().get_protocol(ask(request)).await)?;
    Ok((response.protocol.unwrap_or_default(), response.steps))
}

/// The steps that may be named as a revision.
fn revisions<'a>(protocol: &'a Protocol, steps: &'a [StepRecord]) -> impl Iterator<Item = &'a str> {
    let named = [protocol.revision.as_str(), protocol.circulated.as_str()];
    let writes = |it: &&StepRecord| matches!(it.r#move.as_str(), "draft" | "revise" | "circulate");
    let written = steps.iter().filter(writes).map(|it| it.step.as_str());
    named.into_iter().filter(|it| !it.is_empty()).chain(written)
}

async fn show(args: Show, format: Format) -> anyhow::Result<()> {
    let node = args.one.client.connect().await?;
    let key = args.one.protocol.find(SubjectKind::Protocol, &node).await?;
    let (mut protocol, steps) = get(&key, "", &node).await?;
    if args.edit {
        return Ok(output::line(Form::of(&protocol).to_toml()?.trim_end())?);
    }
    if let Some(revision) = &args.revision {
        let revision = whole_step(revision, revisions(&protocol, &steps))?;
        protocol = get(&key, &revision, &node).await?.0;
    }
    match format {
        Format::Json => output::json(&json!({
            "protocol": view::protocol::protocol(&protocol),
            "steps": view::step::records(&steps),
        }))?,
        Format::Table => {
            let names = node.names().await?;
            let width = output::terminal_width().map_or(100, usize::from);
            output::line(table::protocol::in_full_length(&protocol, &names, width))?;
        }
    }
    Ok(())
}

async fn history(args: One, format: Format) -> anyhow::Result<()> {
    let node = args.client.connect().await?;
    let key = args.protocol.find(SubjectKind::Protocol, &node).await?;
    let (_, steps) = get(&key, "", &node).await?;
    match format {
        Format::Json => output::json(&json!({ "steps": view::step::records(&steps) }))?,
        Format::Table => output::table(&table::step::records(&steps, &node.names().await?))?,
    }
    Ok(())
}

async fn list(args: &List, format: Format) -> anyhow::Result<()> {
    let node = args.client.connect().await?;
    let filter = ProtocolFilter {
        statuses: each::<ProtocolStatus>(&args.status),
        meeting_types: args.meeting_type.clone(),
        awaiting_word: args.awaiting_word,
    };
    let list = pages(&filter, args.limit, &node).await?;
    match format {
        Format::Json => list.iter().try_for_each(say_json)?,
        Format::Table if list.is_empty() => output::note(text::NO_PROTOCOLS.to_string()),
        Format::Table => output::table(&table::protocol::protocols(&list, &node.names().await?))?,
    }
    Ok(())
}

/// The protocols that were changed last, the latest first.
async fn pages(filter: &ProtocolFilter, limit: u32, node: &Node) -> anyhow::Result<Vec<Protocol>> {
    super::pages(limit, PAGE_MAX, async |page_size, page_token| {
        let request = ListProtocolsRequest {
            filter: Some(filter.clone()),
            page_size,
            page_token,
        };
        let page = answer(node.protocols().list_protocols(ask(request)).await)?;
        Ok((page.protocols, page.next_page_token))
    })
    .await
}

async fn watch(args: &Watch, format: Format) -> anyhow::Result<()> {
    let node = &args.client.connect().await?;
    let names = match format {
        Format::Table => node.names().await?,
        Format::Json => Names::default(),
    };
    let only = match &args.protocol {
        Some(named) => Some(named.find(SubjectKind::Protocol, node).await?),
        None => None,
    };
    let say = |protocol: &Protocol| match format {
        Format::Json => say_json(protocol),
        Format::Table => output::line(table::protocol::line(protocol, &names)),
    };
    let shown = &super::Shown::default();
    let stands = async || {
        let list = match &only {
            Some(key) => vec![get(key, "", node).await?.0],
            None => pages(&ProtocolFilter::default(), 50, node).await?,
        };
        for protocol in list.iter().rev() {
            if shown.is_new(protocol.key.as_ref(), &protocol.etag) {
                say(protocol)?;
            }
        }
        Ok(())
    };
    let came = async |message: WatchProtocolsResponse| {
        if let Some(protocol) = message.protocol
            && shown.is_new(protocol.key.as_ref(), &protocol.etag)
        {
            say(&protocol)?;
        }
        Ok(())
    };
    let open = async || {
        let protocol = only.clone();
        let request = WatchProtocolsRequest { protocol };
        node.protocols().watch_protocols(request).await
    };
    follow(open, stands, came).await
}

fn say_json(protocol: &Protocol) -> std::io::Result<()> {
    output::json(&json!({ "protocol": view::protocol::protocol(protocol) }))
}

async fn revise(args: Revise, format: Format) -> anyhow::Result<()> {
    let form = Form::read(&args.form)?;
    let mut step = Taking::begin(&args.step, format).await?;
    step.built_on(&form).await?;
    step.take(Step::Revise(form.draft()?)).await
}

async fn circulate(args: Circulate, format: Format) -> anyhow::Result<()> {
    let form = args.form.as_deref().map(Form::read).transpose()?;
    let mut step = Taking::begin(&args.step, format).await?;
    let protocol = match form {
        Some(form) => {
            step.built_on(&form).await?;
            Some(form.draft()?)
        }
        None => None,
    };
    step.take(Step::Circulate(CirculateProtocol { protocol }))
        .await
}

async fn sign_off(args: SignOff, format: Format) -> anyhow::Result<()> {
    let step = Taking::begin(&args.step, format).await?;
    let revision = step.revision(&args.revision).await?;
    step.take(Step::SignOff(revision)).await
}

async fn object(args: Object, format: Format) -> anyhow::Result<()> {
    let text = said(args.text)?;
    let step = Taking::begin(&args.step, format).await?;
    let revision = step.revision(&args.revision).await?;
    let objection = ObjectToProtocol {
        revision,
        item: args.item,
        text,
    };
    step.take(Step::Object(objection)).await
}

async fn propose(args: Propose, format: Format) -> anyhow::Result<()> {
    let text = said(args.text)?;
    let step = Taking::begin(&args.step, format).await?;
    let revision = step.revision(&args.revision).await?;
    let proposal = ProposeText {
        revision,
        item: args.item,
        part: words::number::<ProposedPart>(&args.part).unwrap_or_default(),
        text,
    };
    step.take(Step::Propose(proposal)).await
}

async fn plain(args: &Stepping, step: Step, format: Format) -> anyhow::Result<()> {
    Taking::begin(args, format).await?.take(step).await
}

async fn approve(args: Approve, format: Format) -> anyhow::Result<()> {
    let step = Taking::begin(&args.step, format).await?;
    let meeting = args.meeting.find(SubjectKind::Meeting, &step.node).await?;
    step.take(Step::Approve(meeting)).await
}

async fn correct(args: Correct, format: Format) -> anyhow::Result<()> {
    let note = ItemNoteOrAll {
        item: args.item,
        text: said(args.text)?,
    };
    plain(&args.step, Step::Correct(note), format).await
}

/// A step on its way.
struct Taking<'a> {
    args: &'a Stepping,
    node: Node,
    key: SubjectKey,
    etag: String,
    format: Format,
}

impl<'a> Taking<'a> {
    async fn begin(args: &'a Stepping, format: Format) -> anyhow::Result<Self> {
        let node = args.sending.client.connect().await?;
        let key = args.protocol.find(SubjectKind::Protocol, &node).await?;
        let etag = args.etag.clone().unwrap_or_default();
        Ok(Self {
            args,
            node,
            key,
            etag,
            format,
        })
    }

    /// The revision that begins as it was given.
    async fn revision(&self, given: &str) -> anyhow::Result<String> {
        let (protocol, steps) = get(&self.key, "", &self.node).await?;
        whole_step(given, revisions(&protocol, &steps))
    }

    /// Sees to it that a form is sent to the protocol and upon the revision that it was made of.
    async fn built_on(&mut self, form: &Form) -> anyhow::Result<()> {
        let (protocol, _) = get(&self.key, "", &self.node).await?;
        let here = protocol.key.clone().unwrap_or_default();
        if let Some(other) = form.protocol.as_ref().filter(|it| **it != in_full(&here)) {
            let (other, here) = (clean(other), in_full(&here));
            return Err(exit::usage(text::OTHER_PROTOCOL.fill(&[&other, &here])));
        }
        if let Some(seen) = form
            .revision
            .as_ref()
            .filter(|it| **it != protocol.revision)
        {
            self.compare(seen, &protocol.revision).await?;
            let message = text::FORM_IS_STALE.fill(&[
                &step_in_short(seen),
                &step_in_short(&protocol.revision),
                &ErrorCode::StaleRevision.reason(),
            ]);
            return Err(Failure::new(Exit::Refused, message).into());
        }
        // It was compared with this state, so the step is for no other.
        if self.etag.is_empty() {
            self.etag = protocol.etag;
        }
        Ok(())
    }

    async fn take(self, step: Step) -> anyhow::Result<()> {
        let request = TakeProtocolStepRequest {
            request_id: self.args.sending.request_id(),
            protocol: Some(self.key.clone()),
            etag: self.etag.clone(),
            step: Some(step),
            confirm_review: self.args.sending.confirm_review,
        };
        let taken = (self.node.protocols())
            .take_protocol_step(ask(request))
            .await;
        let response = match taken {
            Ok(response) => response.into_inner(),
            Err(status) => {
                let explained = explain(&status);
                let revision = |key| explained.metadata.get(key);
                if explained.code == Some(ErrorCode::StaleRevision)
                    && let (Some(seen), Some(in_force)) = (revision(SEEN), revision(IN_FORCE))
                    && let Err(error) = self.compare(seen, in_force).await
                {
                    // What was refused, and why, matters more.
                    output::note(format!("{error:#}"));
                }
                return Err(failed(&status));
            }
        };
        let receipt = response.receipt.unwrap_or_default();
        let protocol = response.protocol.unwrap_or_default();
        match self.format {
            Format::Json => output::json(&json!({
                "receipt": view::step::receipt(&receipt),
                "protocol": view::protocol::protocol(&protocol),
            }))?,
            Format::Table => {
                let names = self.node.names().await?;
                output::line(table::step::receipt(&receipt, &names))?;
                output::line(table::protocol::line(&protocol, &names))?;
            }
        }
        Ok(())
    }

    /// Shows two revisions beside each other, where they differ.
    async fn compare(&self, seen: &str, in_force: &str) -> anyhow::Result<()> {
        let (was, _) = get(&self.key, seen, &self.node).await?;
        let (is, _) = get(&self.key, in_force, &self.node).await?;
        let changes = Changes::between(&was, &is);
        match self.format {
            Format::Json => output::json(&changes.to_json(seen, in_force))?,
            Format::Table => output::table(&changes.to_table(seen, in_force))?,
        }
        Ok(())
    }
}

async fn export(args: Export, format: Format) -> anyhow::Result<()> {
    let node = args.one.client.connect().await?;
    let key = args.one.protocol.find(SubjectKind::Protocol, &node).await?;
    let wanted = match args.wanted {
        As::Markdown => FileFormat::Markdown,
        As::Json => FileFormat::Json,
        As::Pdf => FileFormat::Pdf,
    };
    let request = ExportProtocolRequest {
        protocol: Some(key),
        format: wanted.into(),
        language: file_language(),
    };
    let response = answer(node.protocols().export_protocol(ask(request)).await)?;
    let file = response.file.unwrap_or_default();
    save(&file, args.output.output.as_deref(), format)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_writes_is_a_revision() {
        let protocol = Protocol {
            revision: "bb".to_owned(),
            ..Protocol::default()
        };
        let step = |step: &str, made: &str| StepRecord {
            step: step.to_owned(),
            r#move: made.to_owned(),
            ..StepRecord::default()
        };
        let steps = [
            step("aa", "draft"),
            step("bb", "revise"),
            step("cc", "sign-off"),
        ];
        let found: Vec<_> = revisions(&protocol, &steps).collect();
        assert_eq!(found, ["bb", "aa", "bb"]);
    }
}
