//! Runs a command with a PostgreSQL of its own; see the library.

#![expect(clippy::print_stdout, reason = "what to export is printed")]

use std::env;
use std::process::{Command, ExitCode};
use std::thread;

use anyhow::{Context as _, Result};
use verbund_test_postgres::{Cluster, SHARED};

fn main() -> Result<ExitCode> {
    let cluster = Cluster::start_new()?;
    let url = cluster.url().to_string();
    let mut words = env::args_os().skip(1);
    let Some(program) = words.next() else {
        println!("export {SHARED}='{url}'");
        loop {
            thread::park();
        }
    };
    let status = Command::new(&program)
        .args(words)
        .env(SHARED, url)
        .status()
        .with_context(|| format!("run {}", program.display()))?;
    drop(cluster);
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}
