//! The `verbund` binary: every command, and the only place where all is put together.

mod admin;
mod authority;
mod bench;
mod charter_file;
mod cli;
mod client;
mod commands;
mod demo;
mod dialogue;
mod doctor;
#[cfg(test)]
mod documented;
mod entry_key;
mod exit;
mod federation;
mod files;
mod findings;
mod keys_file;
mod lines;
mod names;
mod output;
mod paragraphs;
mod publish;
mod sending;
mod service_manager;
mod sheet;
mod subject;
mod table;
mod text;
mod tls;
mod update;
mod view;
mod watching;
mod words;

use std::io;
use std::process::ExitCode;

use cli::{Cli, Command};
use exit::{Exit, Failure};

fn main() -> ExitCode {
    verbund_transport::install_crypto_provider();
    let cli = match Cli::read(std::env::args_os().collect()) {
        Ok(cli) => cli,
        Err(error) => return wrong_call(&error),
    };
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        // The reader of our output has gone, as `head` does; that is an end, not a failure.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            output::note(format!("{}: {error:#}", text::ERROR));
            Failure::exit_of(&error).into()
        }
    }
}

fn run(cli: Cli) -> anyhow::Result<()> {
    let format = cli.format;
    match cli.command {
        Command::Demo(args) => block_on(commands::demo::run(args, format)),
        Command::Node(args) => commands::node::run(&args),
        Command::Briefing(args) => commands::briefing::run(&args),
        Command::User(args) => block_on(commands::user::run(args, format)),
        Command::Health(args) => block_on(commands::health::run(args, format)),
        Command::Doctor(args) => block_on(commands::doctor::run(args, format)),
        Command::Guard(args) => commands::guard::run(&args, format),
        Command::Init(args) => commands::init::run(args, format),
        Command::Sheet(args) => commands::sheet::run(&args, format),
        Command::Config(args) => commands::config::run(&args, format),
        Command::Store(args) => block_on(commands::store::run(args, format)),
        Command::Backup(args) => block_on(commands::backup::run(args, format)),
        Command::Restore(args) => block_on(commands::restore::run(args, format)),
        Command::Bench(args) => block_on(bench::run(args, format)),
        Command::Pki(args) => commands::pki::run(args, format),
        Command::Charter(args) => commands::charter::run(args, format),
        Command::Verify(args) => block_on(commands::verify::run(args, format)),
        Command::Push(args) => block_on(commands::push::run(args, format)),
        Command::Feed(args) => block_on(commands::feed::run(args, format)),
        Command::Get(args) => block_on(commands::get::run(args, format)),
        Command::Correct(args) => block_on(commands::correct::run(args, format)),
        Command::Withdraw(args) => block_on(commands::withdraw::run(args, format)),
        Command::Confirm(args) => block_on(commands::confirm::run(args, format)),
        Command::Acknowledge(args) => block_on(commands::acknowledge::run(args, format)),
        Command::Remark(args) => block_on(commands::remark::run(args, format)),
        Command::Task(args) => block_on(commands::task::run(args, format)),
        Command::Meeting(args) => block_on(commands::meeting::run(args, format)),
        Command::Protocol(args) => block_on(commands::protocol::run(args, format)),
        Command::Report(args) => block_on(commands::report::run(args, format)),
        Command::Review(args) => block_on(commands::review::run(args, format)),
        Command::Audit(args) => block_on(commands::audit::run(args, format)),
        Command::Status(args) => block_on(commands::status::run(args, format)),
        Command::Alarms(args) => block_on(commands::alarms::run(args, format)),
        Command::Concept(args) => block_on(commands::concept::run(args, format)),
        Command::CheckText(args) => block_on(commands::check_text::run(args, format)),
    }
}

/// Runs a client's command. One thread does: a client waits far more than it works.
fn block_on(command: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(command)
}

fn wrong_call(error: &clap::Error) -> ExitCode {
    match cli::explain(error) {
        Some(words) if text::lang() == text::Lang::De => {
            output::note(format!("{}: {words}", text::ERROR));
        }
        _ => {
            // Help goes to stdout, complaints to stderr; a closed pipe is no reason to complain more.
            let _ = error.print();
        }
    }
    if error.use_stderr() {
        Exit::Usage.into()
    } else {
        ExitCode::SUCCESS
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause
            .downcast_ref::<io::Error>()
            .is_some_and(|it| it.kind() == io::ErrorKind::BrokenPipe)
    })
}
