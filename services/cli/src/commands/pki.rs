//! `verbund pki`: development certificates.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde_json::json;
use verbund_model::{AgencyId, FederationId};

use crate::authority::{Authority, Written};
use crate::exit::usage;
use crate::output::{self, Format};
use crate::text;

#[derive(Args, Debug)]
pub(crate) struct Pki {
    #[command(subcommand)]
    command: Command,
}

/// Whose authority, and where.
#[derive(Args, Debug)]
struct Place {
    #[arg(long, value_name = "ID", help = text::ARG_AGENCY)]
    agency: String,
    #[arg(long, default_value = "pki", value_name = text::FOLDER.now(), help = text::ARG_PKI_FOLDER)]
    dir: PathBuf,
}

impl Place {
    fn open(&self) -> anyhow::Result<Authority> {
        Authority::open(&self.dir, &agency(&self.agency)?)
    }
}

#[derive(Subcommand, Debug)]
enum Command {
    #[command(about = text::ABOUT_PKI_AUTHORITY)]
    Authority {
        #[command(flatten)]
        place: Place,
        #[arg(long, value_name = "ID", help = text::ARG_FEDERATION)]
        federation: String,
        #[arg(long, default_value_t = 30, value_name = text::DAYS.now(), help = text::ARG_CRL_DAYS)]
        crl_days: u32,
    },
    #[command(about = text::ABOUT_PKI_NODE)]
    Node {
        #[command(flatten)]
        place: Place,
        #[arg(long = "name", value_name = "HOST", help = text::ARG_HOST_NAMES)]
        names: Vec<String>,
        #[arg(long, default_value_t = 365, value_name = text::DAYS.now(), help = text::ARG_DAYS)]
        days: u32,
    },
    #[command(about = text::ABOUT_PKI_SYSTEM)]
    System {
        #[arg(value_name = "NAME", help = text::ARG_SYSTEM)]
        name: String,
        #[command(flatten)]
        place: Place,
        #[arg(long, default_value_t = 365, value_name = text::DAYS.now(), help = text::ARG_DAYS)]
        days: u32,
    },
    #[command(about = text::ABOUT_PKI_REVOKE)]
    Revoke {
        #[arg(value_name = text::FILE.now(), help = text::ARG_REVOKED)]
        certificate: PathBuf,
        #[command(flatten)]
        place: Place,
        #[arg(long, default_value_t = 30, value_name = text::DAYS.now(), help = text::ARG_CRL_DAYS)]
        crl_days: u32,
    },
    #[command(about = text::ABOUT_PKI_CRL)]
    Crl {
        #[command(flatten)]
        place: Place,
        #[arg(long, default_value_t = 30, value_name = text::DAYS.now(), help = text::ARG_CRL_DAYS)]
        crl_days: u32,
    },
}

pub(crate) fn run(args: Pki, format: Format) -> anyhow::Result<()> {
    match args.command {
        Command::Authority {
            place,
            federation,
            crl_days,
        } => {
            let federation = FederationId::parse(&federation)
                .map_err(|error| usage(text::BAD_ID.fill(&[&"--federation", &error])))?;
            let agency = agency(&place.agency)?;
            let made = Authority::create(&place.dir, &agency, &federation, crl_days)?;
            wrote(
                format,
                &[
                    (&made.certificate(), text::WROTE_ROOT),
                    (&made.key(), text::WROTE_ROOT_KEY),
                    (&made.revocation_list(), text::WROTE_CRL),
                ],
            )
        }
        Command::Node { place, names, days } => {
            issued(format, &place.open()?.issue_node(&names, days)?)
        }
        Command::System { name, place, days } => {
            issued(format, &place.open()?.issue_system(&name, days)?)
        }
        Command::Revoke {
            certificate,
            place,
            crl_days,
        } => {
            let mut authority = place.open()?;
            authority.revoke(&certificate, crl_days)?;
            wrote(format, &[(&authority.revocation_list(), text::WROTE_CRL)])
        }
        Command::Crl { place, crl_days } => {
            let mut authority = place.open()?;
            authority.write_revocation_list(crl_days)?;
            wrote(format, &[(&authority.revocation_list(), text::WROTE_CRL)])
        }
    }
}

/// An agency's id from an option.
pub(crate) fn agency(id: &str) -> anyhow::Result<AgencyId> {
    AgencyId::parse(id).map_err(|error| usage(text::BAD_ID.fill(&[&"--agency", &error])))
}

fn issued(format: Format, written: &Written) -> anyhow::Result<()> {
    wrote(
        format,
        &[
            (&written.certificate, text::WROTE_CERTIFICATE),
            (&written.key, text::WROTE_KEY),
        ],
    )
}

/// Says which files were written and what they are.
pub(crate) fn wrote(format: Format, files: &[(&Path, text::Text)]) -> anyhow::Result<()> {
    match format {
        Format::Json => {
            let paths: Vec<_> = files
                .iter()
                .map(|(path, _)| path.display().to_string())
                .collect();
            output::json(&json!({ "written": paths }))?;
        }
        Format::Table => {
            for (path, what) in files {
                output::line(format!("{}  {what}", path.display()))?;
            }
        }
    }
    Ok(())
}
