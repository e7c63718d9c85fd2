//! `verbund charter`: what a federation agreed on, and who signed it.

use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde::Deserialize;
use serde_json::json;
use verbund_ledger::{
    CharterSignature, EntryKey, Keyring, PublicKey, charter_hash, signed_by_majority, signers,
    succeeds,
};
use verbund_model::{AgencyId, Charter, Day, EntryKeyText, MemberKeys};
use verbund_node::charter::signatures_file;

use super::pki::{agency, wrote};
use crate::charter_file::{self, CharterFile};
use crate::entry_key;
use crate::exit::{failure, usage};
use crate::files::{self, Access};
use crate::output::{self, Format, new_table};
use crate::text;

#[derive(Args, Debug)]
pub(crate) struct CharterArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    #[command(about = text::ABOUT_CHARTER_COMPOSE)]
    Compose(Compose),
    #[command(about = text::ABOUT_CHARTER_SIGN)]
    Sign {
        #[arg(value_name = text::FILE.now(), help = text::ARG_CHARTER)]
        charter: PathBuf,
        #[arg(long, value_name = "ID", help = text::ARG_AGENCY)]
        agency: String,
        #[arg(long, value_name = text::FILE.now(), help = text::ARG_ENTRY_KEY)]
        key: PathBuf,
    },
    #[command(about = text::ABOUT_CHARTER_CHECK)]
    Check {
        #[arg(value_name = text::FILE.now(), help = text::ARG_CHARTER)]
        charter: PathBuf,
        #[arg(long, value_name = text::FILE.now(), help = text::ARG_PREVIOUS)]
        previous: Option<PathBuf>,
    },
    #[command(about = text::ABOUT_CHARTER_SHOW)]
    Show {
        #[arg(value_name = text::FILE.now(), help = text::ARG_CHARTER)]
        charter: PathBuf,
    },
}

#[derive(Args, Debug)]
struct Compose {
    #[arg(long, value_name = text::FILE.now(), help = text::ARG_VOCABULARY)]
    vocabulary: PathBuf,
    #[arg(long, value_name = text::FILE.now(), help = text::ARG_MEMBERS)]
    members: PathBuf,
    #[arg(long, value_name = text::DAY.now(), help = text::ARG_EXPIRES)]
    expires: Day,
    #[arg(long, value_name = text::FILE.now(), help = text::ARG_PREVIOUS)]
    previous: Option<PathBuf>,
    #[arg(long, default_value = "charter.toml", value_name = text::FILE.now(), help = text::ARG_OUTPUT)]
    output: PathBuf,
}

/// The members file: who is reached where and known by what. Paths are relative to its folder.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Members {
    member: Vec<Member>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Member {
    agency: AgencyId,
    #[serde(default)]
    endpoint: String,
    /// A file with one or more certificates.
    roots: PathBuf,
    entry_keys: Vec<EntryKeyText>,
}

pub(crate) fn run(args: CharterArgs, format: Format) -> anyhow::Result<()> {
    match args.command {
        Command::Compose(args) => compose(&args, format),
        Command::Sign {
            charter,
            agency: id,
            key,
        } => sign(&charter, &agency(&id)?, &key, format),
        Command::Check { charter, previous } => check(&charter, previous.as_deref(), format),
        Command::Show { charter } => show(&charter, format),
    }
}

fn compose(args: &Compose, format: Format) -> anyhow::Result<()> {
    let vocabulary = super::read_text(&args.vocabulary)?;
    let members: Members = toml::from_str(&super::read_text(&args.members)?)
        .map_err(|error| usage(text::BAD_CONFIG.fill(&[&args.members.display(), &error])))?;
    let folder = args.members.parent().unwrap_or(Path::new(""));
    let members = members.member.into_iter().map(|it| {
        anyhow::Ok(MemberKeys {
            tls_roots_pem: super::read_text(&folder.join(&it.roots))?,
            agency: it.agency,
            endpoint: it.endpoint,
            entry_keys: it.entry_keys,
        })
    });
    let members = members.collect::<Result<Vec<_>, _>>()?;
    let (version, previous) = match &args.previous {
        None => (1, None),
        Some(path) => {
            let previous = CharterFile::read(path)?;
            (
                previous.charter.version() + 1,
                Some(charter_hash(&previous.body)),
            )
        }
    };
    let body = Charter::compose(&vocabulary, members, version, previous, args.expires)
        .map_err(|error| usage(error.to_string()))?;
    files::write_new(&args.output, body.as_bytes(), Access::Public)?;
    wrote(format, &[(&args.output, text::WROTE_CHARTER)])?;
    let charter = Charter::parse(body.as_bytes()).map_err(|error| usage(error.to_string()))?;
    notes(&charter);
    output::note(text::NEXT_SIGN.fill(&[&args.output.display()]));
    Ok(())
}

/// Says what the charter lists and nobody may tell, and what it keeps otherwise than one might think.
fn notes(charter: &Charter) {
    for untold in charter.untold() {
        let periods: Vec<&str> = untold.periods.iter().map(|it| it.as_str()).collect();
        output::note(text::CHARTER_UNTOLD.fill(&[&untold.indicator, &periods.join(", ")]));
    }
    let retention = charter.retention();
    if retention.reading_days < retention.update_days {
        let days = [
            &retention.reading_days as &dyn std::fmt::Display,
            &retention.update_days,
        ];
        output::note(text::CHARTER_READINGS_SHORT.fill(&days));
    }
}

fn sign(path: &Path, agency: &AgencyId, key: &Path, format: Format) -> anyhow::Result<()> {
    let file = CharterFile::read(path)?;
    let key = entry_key::read(key)?;
    if file.charter.agency(agency).is_none() {
        return Err(usage(text::NOT_A_MEMBER.fill(&[agency])));
    }
    let signature = CharterSignature::sign(&file.body, agency.clone(), &key);
    let beside = charter_file::signatures_path(path);
    if !file.signatures.contains(&signature) {
        let mut lines = match fs::read_to_string(&beside) {
            Ok(lines) => lines,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(usage(text::CANT_READ.fill(&[&beside.display(), &error]))),
        };
        if !lines.is_empty() && !lines.ends_with('\n') {
            lines.push('\n');
        }
        lines.push_str(&signatures_file(std::slice::from_ref(&signature)));
        files::replace(&beside, lines.as_bytes(), Access::Public)?;
    }
    if !is_key_of(&file.charter, agency, &key) {
        output::note(text::KEY_NOT_IN_CHARTER.fill(&[agency, &key.id()]));
    }
    wrote(format, &[(&beside, text::WROTE_SIGNATURE)])
}

fn is_key_of(charter: &Charter, agency: &AgencyId, key: &EntryKey) -> bool {
    let keys = charter
        .agency(agency)
        .map(|it| it.entry_keys.as_slice())
        .unwrap_or_default();
    keys.iter()
        .any(|it| PublicKey::parse(it.to_bytes()).is_ok_and(|it| it == *key.public()))
}

fn check(path: &Path, previous: Option<&Path>, format: Format) -> anyhow::Result<()> {
    let file = CharterFile::read(path)?;
    let previous = previous.map(CharterFile::read).transpose()?;
    let verdict = match &previous {
        Some(previous) => succeeds(
            &previous.charter,
            &charter_hash(&previous.body),
            &file.charter,
            &file.body,
            &file.signatures,
        ),
        None => signed_by_majority(&file.charter, &file.body, &file.signatures),
    };
    let electorate = previous.as_ref().map_or(&file.charter, |it| &it.charter);
    let signed = match Keyring::of(electorate) {
        Ok(keyring) => signers(&file.body, &file.signatures, &keyring),
        Err(_) => Vec::new(),
    };
    let members = electorate.members().len();
    notes(&file.charter);
    match format {
        Format::Json => output::json(&json!({
            "federation": file.charter.federation().as_str(),
            "version": file.charter.version(),
            "hash": hex::encode(charter_hash(&file.body)),
            "expires": file.charter.expires().to_string(),
            "members": members,
            "signers": signed.iter().map(AgencyId::as_str).collect::<Vec<_>>(),
            "fault": verdict.as_ref().err().map(|fault| fault.as_str()),
            "untold": file.charter.untold().iter().map(|it| json!({
                "indicator": it.indicator.as_str(),
                "periods": it.periods.iter().map(|period| period.as_str()).collect::<Vec<_>>(),
            })).collect::<Vec<_>>(),
        }))?,
        Format::Table => {
            let names: Vec<&str> = signed.iter().map(AgencyId::as_str).collect();
            output::line(text::CHARTER_SIGNED_BY.fill(&[
                &file.charter.federation(),
                &file.charter.version(),
                &file.charter.expires(),
                &signed.len(),
                &members,
                &names.join(", "),
            ]))?;
        }
    }
    verdict.map_err(|fault| failure(text::CHARTER_NOT_VALID.fill(&[&fault])))
}

fn show(path: &Path, format: Format) -> anyhow::Result<()> {
    let file = CharterFile::read(path)?;
    let hash = hex::encode(charter_hash(&file.body));
    if format == Format::Json {
        let agencies = file.charter.agencies().map(|it| {
            json!({
                "id": it.id.as_str(),
                "name_de": it.names.de,
                "name_en": it.names.en,
                "protected": it.protected,
                "bound_to_prosecute": it.bound_to_prosecute,
                "endpoint": it.endpoint,
                "entry_keys": it.entry_keys.iter().map(EntryKeyText::as_str).collect::<Vec<_>>(),
                "signed": file.signatures.iter().any(|signature| signature.agency == it.id),
            })
        });
        return Ok(output::json(&json!({
            "federation": file.charter.federation().as_str(),
            "version": file.charter.version(),
            "hash": hash,
            "expires": file.charter.expires().to_string(),
            "protocol_level": file.charter.protocol_level(),
            "time_zone": file.charter.time_zone_name(),
            "agencies": agencies.collect::<Vec<_>>(),
        }))?);
    }
    output::line(text::CHARTER_HEAD.fill(&[
        &file.charter.federation(),
        &file.charter.version(),
        &file.charter.expires(),
        &hash,
    ]))?;
    let mut table = new_table([
        text::COLUMN_AGENCY,
        text::COLUMN_NAME,
        text::COLUMN_ENDPOINT,
        text::COLUMN_KEYS,
        text::COLUMN_SIGNED,
    ]);
    for it in file.charter.agencies() {
        let keys = it
            .entry_keys
            .iter()
            .map(|key| key.as_str()[..16].to_owned() + "…");
        let signed = file
            .signatures
            .iter()
            .any(|signature| signature.agency == it.id);
        table.add_row([
            it.id.to_string(),
            text::either(&it.names.de, &it.names.en).to_owned(),
            it.endpoint.clone(),
            keys.collect::<Vec<_>>().join("\n"),
            if signed {
                text::YES.to_string()
            } else {
                text::NO.to_string()
            },
        ]);
    }
    Ok(output::table(&table)?)
}
