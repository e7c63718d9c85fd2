//! `verbund bench`: how fast nodes are and what they need, on this machine.
//!
//! Real nodes in processes of their own, on real files, reached as any system reaches them: gRPC over mutual TLS, with
//! certificates of their own. It measures and judges nothing: its exit code says whether the measuring went well.

mod drive;
mod lab;
mod load;
mod machine;
mod measures;
mod process;
mod report;
mod scrape;
mod statistics;
mod words;

use std::path::PathBuf;

use clap::{Args, ValueEnum as _};

use self::lab::{Lab, Place};
use self::load::Load;
use self::machine::Machine;
use self::measures::{Effort, Name};
use crate::exit;
use crate::output::{self, Format, note};
use crate::text as common;

/// What is to be measured.
#[derive(Args, Debug)]
pub(crate) struct Bench {
    #[arg(long, default_value = ".", value_name = common::FOLDER.now(), help = words::ARG_DATA)]
    data: PathBuf,
    #[arg(long, value_enum, value_delimiter = ',', help = words::ARG_ONLY)]
    only: Vec<Name>,
    #[arg(long, value_name = "URL", env = "VERBUND_BENCH_POSTGRES", hide_env_values = true, help = words::ARG_POSTGRES)]
    postgres: Option<String>,
    #[arg(long, help = words::ARG_QUICK)]
    quick: bool,
}

/// What the command is about, for the list of commands.
pub(crate) const ABOUT: common::Text = words::ABOUT;

pub(crate) async fn run(args: Bench, format: Format) -> anyhow::Result<()> {
    tokio::select! {
        done = measure(args, format) => done,
        // Nodes and folders go with what is dropped here.
        interrupted = tokio::signal::ctrl_c() => {
            interrupted?;
            Err(exit::failure(words::INTERRUPTED.to_string()))
        }
    }
}

async fn measure(args: Bench, format: Format) -> anyhow::Result<()> {
    let machine = Machine::look(&args.data)?;
    let lab = Lab::new(&args.data)?;
    let entry_bytes = Load::new(&[]).entry_bytes(lab.charter())?;
    drop(lab);
    introduce(&args, &machine, entry_bytes);

    let effort = if args.quick {
        Effort::QUICK
    } else {
        Effort::FULL
    };
    let chosen = |name: &&Name| args.only.is_empty() || args.only.contains(name);
    let mut all = Vec::new();
    for name in Name::value_variants().iter().filter(chosen) {
        let mut place = Place {
            data: &args.data,
            server: None,
        };
        all.push(measures::run(*name, place, effort).await?);
        place.server = args.postgres.as_deref();
        if place.server.is_some() && name.on_both() {
            all.push(measures::run(*name, place, effort).await?);
        }
    }

    let tables = [
        report::figures(&all),
        report::cpu(&all),
        report::stages(&all),
    ];
    for table in tables.iter().filter(|table| !table.is_empty()) {
        match format {
            Format::Table => output::table(table)?,
            Format::Json => note(table.trim_fmt()),
        }
    }
    if format == Format::Json {
        output::json(&report::json(&machine, entry_bytes, args.quick, &all))?;
    }
    caution(&machine);
    Ok(())
}

fn introduce(args: &Bench, machine: &Machine, entry_bytes: usize) {
    let ms = |per_cent| format!("{:.2}", machine.flush.percentile_ms(per_cent));
    note(words::MACHINE.fill(&[
        &machine.cpu,
        &machine.cores,
        &machine.memory_mib,
        &machine.kernel,
        &machine.filesystem,
        &ms(50.0),
        &ms(99.0),
        &entry_bytes,
    ]));
    if machine.filesystem == "tmpfs" {
        note(words::NO_DISK.fill(&[&args.data.display()]));
    }
    caution(machine);
}

/// What keeps the figures from counting. Said before and after: nobody reads the top of a long output.
fn caution(machine: &Machine) {
    if !machine.was_quiet() {
        let busy = format!("{:.0}", machine.busy_before * 100.0);
        note(words::NOT_QUIET.fill(&[&busy]));
    }
    if cfg!(debug_assertions) {
        note(words::NOT_RELEASE.to_string());
    }
}
