//! The command line: what there is to call, its help in the reader's language, and what is said when a call is wrong.

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{
    ArgAction, Command as Clap, CommandFactory as _, FromArgMatches as _, Parser, Subcommand,
};

use crate::bench;
use crate::commands::{
    acknowledge, alarms, audit, backup, briefing, charter, check_text, concept, config, confirm,
    correct, demo, doctor, feed, get, guard, health, init, meeting, node, pki, protocol, push,
    remark, report, restore, review, sheet, status, store, task, user, verify, withdraw,
};
use crate::output::Format;
use crate::text::{self, Lang};

/// The whole command line.
#[derive(Parser, Debug)]
#[command(name = "verbund", version, about = text::ABOUT, after_help = text::EXIT_CODES)]
#[command(
    disable_help_flag = true,
    disable_version_flag = true,
    disable_help_subcommand = true
)]
#[command(subcommand_value_name = text::COMMAND.now(), subcommand_help_heading = text::HEADING_COMMANDS.now())]
#[command(arg_required_else_help = true, max_term_width = 110)]
pub(crate) struct Cli {
    #[arg(long, global = true, value_enum, env = "VERBUND_LANG", default_value = "de", help_heading = text::HEADING_GENERAL.now(), help = text::OPT_LANG)]
    pub(crate) lang: Lang,
    #[arg(long, global = true, value_enum, default_value = "table", help_heading = text::HEADING_GENERAL.now(), help = text::OPT_FORMAT)]
    pub(crate) format: Format,
    #[arg(short, long, global = true, action = ArgAction::Help, help_heading = text::HEADING_GENERAL.now(), help = text::OPT_HELP)]
    help: Option<bool>,
    #[arg(short = 'V', long, action = ArgAction::Version, help_heading = text::HEADING_GENERAL.now(), help = text::OPT_VERSION)]
    version: Option<bool>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The commands, in the order of the help.
#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    #[command(about = text::ABOUT_DEMO)]
    Demo(demo::Demo),
    #[command(about = text::ABOUT_NODE)]
    Node(node::NodeArgs),
    #[command(about = text::ABOUT_APPLICATION)]
    Briefing(briefing::BriefingArgs),
    #[command(about = text::ABOUT_USER)]
    User(user::UserArgs),
    #[command(about = text::ABOUT_HEALTH)]
    Health(health::Health),
    #[command(about = text::ABOUT_DOCTOR)]
    Doctor(doctor::Doctor),
    #[command(about = text::ABOUT_PUSH)]
    Push(push::Push),
    #[command(about = text::ABOUT_FEED)]
    Feed(feed::Feed),
    #[command(about = text::ABOUT_GET)]
    Get(get::Get),
    #[command(about = text::ABOUT_CORRECT)]
    Correct(correct::Correct),
    #[command(about = text::ABOUT_WITHDRAW)]
    Withdraw(withdraw::Withdraw),
    #[command(about = text::ABOUT_CONFIRM)]
    Confirm(confirm::Confirm),
    #[command(about = text::ABOUT_ACKNOWLEDGE)]
    Acknowledge(acknowledge::Acknowledge),
    #[command(about = text::ABOUT_REMARK)]
    Remark(remark::RemarkArgs),
    #[command(about = text::ABOUT_TASK)]
    Task(task::TaskArgs),
    #[command(about = text::ABOUT_MEETING)]
    Meeting(meeting::MeetingArgs),
    #[command(about = text::ABOUT_PROTOCOL)]
    Protocol(protocol::ProtocolArgs),
    #[command(about = text::ABOUT_REPORT)]
    Report(report::Report),
    #[command(about = text::ABOUT_REVIEW)]
    Review(review::ReviewArgs),
    #[command(about = text::ABOUT_AUDIT)]
    Audit(audit::Audit),
    #[command(about = text::ABOUT_STATUS)]
    Status(status::Status),
    #[command(about = text::ABOUT_ALARMS)]
    Alarms(alarms::Alarms),
    #[command(about = text::ABOUT_CONCEPT)]
    Concept(concept::Concept),
    #[command(about = text::ABOUT_CHECK_TEXT)]
    CheckText(check_text::CheckText),
    #[command(about = text::ABOUT_GUARD)]
    Guard(guard::GuardArgs),
    #[command(about = text::ABOUT_INIT)]
    Init(init::Init),
    #[command(about = text::ABOUT_SHEET)]
    Sheet(sheet::Sheet),
    #[command(about = text::ABOUT_CONFIG)]
    Config(config::ConfigArgs),
    #[command(about = text::ABOUT_STORE)]
    Store(store::StoreArgs),
    #[command(about = text::ABOUT_BACKUP)]
    Backup(backup::BackupArgs),
    #[command(about = text::ABOUT_RESTORE)]
    Restore(restore::RestoreArgs),
    #[command(about = bench::ABOUT)]
    Bench(bench::Bench),
    #[command(about = text::ABOUT_PKI)]
    Pki(pki::Pki),
    #[command(about = text::ABOUT_VERIFY)]
    Verify(verify::Verify),
    #[command(about = text::ABOUT_CHARTER)]
    Charter(charter::CharterArgs),
}

impl Cli {
    /// Reads the command line.
    ///
    /// # Errors
    /// What is to be printed instead: help, the version, or what is wrong.
    pub(crate) fn read(args: Vec<std::ffi::OsString>) -> Result<Self, clap::Error> {
        // Texts are chosen when the command is built, so the language is looked for before that.
        text::speak(wanted_language(&args));
        let matches = command().try_get_matches_from(args)?;
        Self::from_arg_matches(&matches)
    }
}

/// The language of `--lang` or `VERBUND_LANG`; a wrong one is told later, by the parser.
fn wanted_language(args: &[std::ffi::OsString]) -> Lang {
    let words: Vec<_> = args.iter().map(|it| it.to_string_lossy()).collect();
    let given =
        words
            .iter()
            .enumerate()
            .find_map(|(index, word)| match word.strip_prefix("--lang") {
                Some("") => words.get(index + 1).map(|next| next.to_string()),
                Some(rest) => rest.strip_prefix('=').map(str::to_owned),
                None => None,
            });
    let wanted = given.or_else(|| std::env::var("VERBUND_LANG").ok());
    match wanted.as_deref() {
        Some("en") => Lang::En,
        _ => Lang::De,
    }
}

/// The command with help in the reader's language all through.
pub(crate) fn command() -> Clap {
    localised(Cli::command())
}

fn localised(command: Clap) -> Clap {
    let template = format!(
        "{{about-with-newline}}\n{}: {{usage}}\n\n{{all-args}}{{after-help}}\n",
        text::HEADING_USAGE
    );
    let nested = command.has_subcommands();
    let command = command
        .help_template(template)
        .disable_help_subcommand(true)
        .disable_help_flag(true)
        .subcommand_help_heading(text::HEADING_COMMANDS.now())
        .subcommand_value_name(text::COMMAND.now())
        .mut_args(localised_arg)
        .mut_subcommands(localised);
    if nested {
        command.arg_required_else_help(true)
    } else {
        command
    }
}

/// clap says values, defaults and headings in English; here they are said in the reader's language.
fn localised_arg(arg: clap::Arg) -> clap::Arg {
    let heading = match arg.get_help_heading() {
        Some(own) => own.to_owned(),
        None if arg.is_positional() => text::HEADING_ARGUMENTS.to_string(),
        None => text::HEADING_OPTIONS.to_string(),
    };
    let mut help = arg.get_help().map(StyledStr::to_string).unwrap_or_default();
    if !arg.get_action().takes_values() {
        return arg.help(help).help_heading(heading);
    }
    let names = |it: &clap::builder::PossibleValue| it.get_name().to_owned();
    let values: Vec<_> = arg.get_possible_values().iter().map(names).collect();
    if !values.is_empty() {
        help.push_str(&format!(" [{}: {}]", text::VALUES, values.join(", ")));
    }
    let defaults: Vec<_> = arg
        .get_default_values()
        .iter()
        .map(|it| it.to_string_lossy())
        .collect();
    if !defaults.is_empty() {
        help.push_str(&format!(" [{}: {}]", text::DEFAULT, defaults.join(", ")));
    }
    let arg = arg.help(help).help_heading(heading);
    arg.hide_possible_values(true)
        .hide_default_value(true)
        .hide_env(true)
}

/// What to say of a wrong call, in the reader's language; `None` where clap's own words are right: help and version, and
/// everything in English. A value that isn't allowed is not repeated: it may be a text that was meant for elsewhere.
pub(crate) fn explain(error: &clap::Error) -> Option<String> {
    let context = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        Some(ContextValue::Strings(texts)) => Some(texts.join(", ")),
        _ => None,
    };
    let arg = || context(ContextKind::InvalidArg).unwrap_or_default();
    let first = match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => return None,
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => return None,
        ErrorKind::UnknownArgument => text::USAGE_UNKNOWN_ARGUMENT.fill(&[&arg()]),
        ErrorKind::InvalidSubcommand => {
            let given = context(ContextKind::InvalidSubcommand).unwrap_or_default();
            text::USAGE_UNKNOWN_COMMAND.fill(&[&given])
        }
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            text::USAGE_INVALID_VALUE.fill(&[&arg()])
        }
        ErrorKind::MissingRequiredArgument => text::USAGE_MISSING.fill(&[&arg()]),
        ErrorKind::ArgumentConflict => {
            let prior = context(ContextKind::PriorArg).unwrap_or_default();
            text::USAGE_CONFLICT.fill(&[&arg(), &prior])
        }
        _ => text::USAGE_WRONG.to_string(),
    };
    let mut lines = vec![first];
    if let Some(values) = context(ContextKind::ValidValue) {
        lines.push(text::USAGE_ALLOWED.fill(&[&values]));
    }
    let suggested = [ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand];
    if let Some(words) = suggested.into_iter().find_map(context) {
        lines.push(text::USAGE_DID_YOU_MEAN.fill(&[&words]));
    }
    lines.push(text::USAGE_SEE_HELP.to_string());
    Some(lines.join("\n  "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        command().debug_assert();
    }

    #[test]
    fn everything_has_a_help_text() {
        fn walk(command: &Clap) {
            assert!(command.get_about().is_some(), "{}", command.get_name());
            for arg in command.get_arguments() {
                let help = arg.get_help().map(StyledStr::to_string).unwrap_or_default();
                assert!(!help.is_empty(), "{} {}", command.get_name(), arg.get_id());
            }
            command.get_subcommands().for_each(walk);
        }
        walk(&command());
    }
}
