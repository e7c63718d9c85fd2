//! `verbund demo`: six nodes on this machine, and a played day.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use crate::demo::{self, Options};
use crate::output::Format;
use crate::text;

#[derive(Args, Debug)]
pub(crate) struct Demo {
    #[arg(long, help = text::ARG_DEMO_ONCE)]
    once: bool,
    #[arg(long, value_name = text::FOLDER.now(), help = text::ARG_DEMO_DATA)]
    data: Option<PathBuf>,
    #[arg(long, help = text::ARG_DEMO_FRESH)]
    fresh: bool,
    #[arg(long, default_value_t = 30, value_name = text::SECONDS.now(), help = text::ARG_DEMO_SECONDS)]
    seconds: u64,
    #[arg(long, default_value_t = 60, value_name = text::SECONDS.now(), help = text::ARG_DEMO_PATIENCE)]
    patience: u64,
}

pub(crate) async fn run(args: Demo, format: Format) -> anyhow::Result<()> {
    let options = Options {
        once: args.once,
        folder: args.data,
        fresh: args.fresh,
        day: Duration::from_secs(args.seconds),
        patience: Duration::from_secs(args.patience),
        format,
    };
    demo::run(&options).await
}
