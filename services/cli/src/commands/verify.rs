//! `verbund verify`: whether an exported protocol says what was signed, and who signed it; and whether evidence against an agency holds.
//!
//! A JSON file, and one that is attached to a PDF, is checked offline with the charter alone. A text file can only name a fingerprint: it
//! is looked up in a JSON file, or at the own node.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;
use verbund_ledger::{Evidence, EvidenceError, Keyring};
use verbund_model::{AgencyId, Charter};
use verbund_node::protocol_file::document::{Language, markdown};
use verbund_node::protocol_file::{self, NotVerified, Proven, Verified};
use verbund_wire::agency::{
    ExportProtocolRequest, FileFormat, ListProtocolsRequest, Protocol, ProtocolStatus, ProtocolWord,
};
use verbund_wire::convert::vocabulary::Word as _;

use crate::charter_file::CharterFile;
use crate::client::{ClientArgs, Node, answer, ask};
use crate::exit::{Exit, Failure, usage};
use crate::output::{self, Format, clean};
use crate::text::{self, Lang};
use crate::words;

/// The longest file that is read: a PDF with an attachment of the largest size.
const BYTES_MAX: u64 = 32 * 1024 * 1024;
/// The charter that is taken when none is named.
const DEFAULT_CHARTER: &str = "charter.toml";
/// Digits of a fingerprint.
const DIGITS: usize = 64;
/// The most that is asked for in one page; a protocol comes with all its texts.
const PAGE_MAX: i32 = 20;

#[derive(Args, Debug)]
pub(crate) struct Verify {
    #[arg(value_name = text::FILE.now(), help = text::ARG_VERIFY_FILE)]
    file: PathBuf,
    #[arg(long, value_name = text::FILE.now(), help = text::ARG_VERIFY_CHARTER)]
    charter: Vec<PathBuf>,
    #[arg(long, value_name = text::FILE.now(), help = text::ARG_VERIFY_AGAINST)]
    against: Option<PathBuf>,
    #[arg(long, help = text::ARG_VERIFY_ASK)]
    ask: bool,
    #[arg(long, help = text::ARG_VERIFY_SHOW)]
    show: bool,
    #[command(flatten)]
    client: ClientArgs,
}

/// What kind of file it is.
enum File {
    Json(Vec<u8>),
    /// What is attached to a PDF.
    Attached(Vec<u8>),
    /// The fingerprint in a text.
    Text(String),
    /// Two frames that one agency signed and that can't both be honest.
    Evidence(Evidence),
}

impl File {
    fn of(bytes: Vec<u8>) -> Result<Self, Failure> {
        if bytes.starts_with(b"%PDF-") {
            let attached = protocol_file::attached_to(&bytes);
            return attached
                .map(Self::Attached)
                .ok_or_else(|| not_verified(text::NO_ATTACHMENT));
        }
        if bytes.starts_with(b"{") {
            return Ok(Self::Json(bytes));
        }
        if let Ok(evidence) = Evidence::decode(&bytes) {
            return Ok(Self::Evidence(evidence));
        }
        fingerprint(&bytes)
            .map(Self::Text)
            .ok_or_else(|| not_verified(text::NO_FINGERPRINT))
    }
}

/// The last fingerprint in a text: it stands in the footer.
fn fingerprint(bytes: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(bytes);
    let is_digit = |it: char| it.is_ascii_digit() || ('a'..='f').contains(&it);
    let mut words = text.rsplit(|it| !is_digit(it));
    words.find(|it| it.len() == DIGITS).map(str::to_owned)
}

/// How the own node has it.
struct AtNode {
    /// What is in force there under this fingerprint.
    protocol: Option<Protocol>,
    /// It exports the very same bytes.
    same: bool,
}

pub(crate) async fn run(args: Verify, format: Format) -> anyhow::Result<()> {
    let file = File::of(read(&args.file)?)?;
    let asks = args.ask || args.client.node.is_some() || args.client.config.is_some();
    let (proof, named) = match &file {
        File::Evidence(evidence) => return accuse(evidence, &charters(&args.charter)?, format),
        File::Json(bytes) | File::Attached(bytes) => (Some(bytes.clone()), None),
        File::Text(fingerprint) => {
            let against = args.against.as_deref().map(read).transpose()?;
            if against.is_none() && !asks {
                return Err(not_verified(text::FINGERPRINT_ALONE).into());
            }
            (against, Some(fingerprint.clone()))
        }
    };
    let charters = if proof.is_some() {
        charters(&args.charter)?
    } else {
        Vec::new()
    };
    let verified = match &proof {
        Some(bytes) => Some(protocol_file::verify(bytes, &charters).map_err(why)?),
        None => None,
    };
    let proven = verified
        .as_ref()
        .and_then(|it| it.stated.fingerprint.clone());
    if let (Some(named), Some(proven)) = (&named, &proven)
        && named != proven
    {
        return Err(not_verified(text::OTHER_FINGERPRINT).into());
    }
    let fingerprint = named.or(proven).unwrap_or_default();
    let at_node = if asks {
        let node = args.client.connect().await?;
        let it = look_up(&node, &fingerprint, proof.as_deref()).await?;
        if it.protocol.is_none() {
            return Err(not_verified(text::VERIFY_NODE_UNKNOWN).into());
        }
        Some(it)
    } else {
        None
    };
    match format {
        Format::Json => tell_json(verified.as_ref(), &fingerprint, at_node.as_ref())?,
        Format::Table => tell(&file, verified.as_ref(), &fingerprint, at_node.as_ref())?,
    }
    if args.show
        && let (Some(verified), Some(charter)) = (&verified, charters.last())
    {
        for line in markdown(&verified.stated, charter, language()).lines() {
            output::line(clean(line))?;
        }
    }
    // What somebody has left out of a text, signatures don't tell.
    let proven = verified.as_ref().map(|it| it.proven);
    let same = at_node.as_ref().is_some_and(|it| it.same);
    if proven == Some(Proven::Signatures) && !same {
        return Err(not_verified(text::VERIFY_SIGNATURES).into());
    }
    Ok(())
}

/// Whether evidence holds: some charter's keys for the accused agency verify both frames.
fn accuse(evidence: &Evidence, charters: &[Charter], format: Format) -> anyhow::Result<()> {
    let wrong = |why: EvidenceError| {
        let reason = match why {
            EvidenceError::NotSigned => text::EVIDENCE_NOT_SIGNED,
            EvidenceError::Consistent | EvidenceError::Unrelated => text::EVIDENCE_CONSISTENT,
            EvidenceError::Malformed | EvidenceError::Frame(_) => text::NOT_A_PROTOCOL,
        };
        not_verified(reason)
    };
    let accused = evidence.accused().map_err(wrong)?;
    let mut keys = Vec::new();
    for charter in charters {
        let keyring = Keyring::of(charter).map_err(|_| not_verified(text::CHARTER_KEY_WRONG))?;
        keys.extend_from_slice(keyring.keys(&accused));
    }
    let proven = evidence.verify(&keys).map_err(wrong)?;
    if !charters
        .iter()
        .any(|it| *it.federation() == proven.federation)
    {
        return Err(not_verified(text::VERIFY_OTHER_FEDERATION).into());
    }
    match format {
        Format::Json => output::json(&json!({
            "accused": proven.origin.as_str(),
            "lane": proven.lane.to_string(),
            "sequence": proven.sequence,
        }))?,
        Format::Table => {
            let (lane, place) = (proven.lane.to_string(), proven.sequence);
            output::line(text::EVIDENCE_HOLDS.fill(&[&proven.origin, &place, &lane]))?;
        }
    }
    Ok(())
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    let cant_read =
        |error: &dyn std::fmt::Display| usage(text::CANT_READ.fill(&[&path.display(), error]));
    let file = std::fs::File::open(path).map_err(|error| cant_read(&error))?;
    let mut bytes = Vec::new();
    file.take(BYTES_MAX + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| cant_read(&error))?;
    if bytes.len() as u64 > BYTES_MAX {
        return Err(not_verified(text::NOT_A_PROTOCOL).into());
    }
    Ok(bytes)
}

fn charters(named: &[PathBuf]) -> anyhow::Result<Vec<Charter>> {
    let default = [PathBuf::from(DEFAULT_CHARTER)];
    let named = if named.is_empty() { &default } else { named };
    let each = named
        .iter()
        .map(|it| anyhow::Ok(CharterFile::read(it)?.charter));
    each.collect()
}

fn language() -> Language {
    match text::lang() {
        Lang::De => Language::German,
        Lang::En => Language::English,
    }
}

/// Finds what circulates or was released under a fingerprint, and compares it with the file.
async fn look_up(node: &Node, fingerprint: &str, file: Option<&[u8]>) -> anyhow::Result<AtNode> {
    let mut request = ListProtocolsRequest {
        page_size: PAGE_MAX,
        ..ListProtocolsRequest::default()
    };
    let protocol = loop {
        let page = answer(node.protocols().list_protocols(ask(request.clone())).await)?;
        let mut all = page.protocols.into_iter();
        let found = all.find(|it| it.circulated == fingerprint);
        if found.is_some() || page.next_page_token.is_empty() {
            break found;
        }
        request.page_token = page.next_page_token;
    };
    let mut same = false;
    if let (Some(protocol), Some(file)) = (&protocol, file) {
        let request = ExportProtocolRequest {
            protocol: protocol.key.clone(),
            format: FileFormat::Json.into(),
            language: 0,
        };
        let exported = answer(node.protocols().export_protocol(ask(request)).await)?;
        same = exported.file.is_some_and(|it| it.content == file);
    }
    Ok(AtNode { protocol, same })
}

fn tell(
    file: &File,
    verified: Option<&Verified>,
    fingerprint: &str,
    at_node: Option<&AtNode>,
) -> anyhow::Result<()> {
    if let Some(it) = verified {
        let stated = &it.stated;
        let head = text::VERIFY_HEAD.fill(&[&stated.number, &in_words(&stated.state)]);
        output::line(clean(&head))?;
    }
    output::line(text::VERIFY_FINGERPRINT.fill(&[&fingerprint]))?;
    if let Some(it) = verified {
        output::line(text::VERIFY_SIGNED.fill(&[&ids(&it.signed)]))?;
        if !it.objecting.is_empty() {
            output::line(text::VERIFY_OBJECTING.fill(&[&ids(&it.objecting)]))?;
        }
        match (file, it.proven) {
            (File::Text(_), _) => output::line(text::VERIFY_TEXT_UNREAD.now())?,
            (_, Proven::Whole) => output::line(text::VERIFY_WHOLE.now())?,
            (_, Proven::Signatures) => {}
        }
        if matches!(file, File::Attached(_)) {
            output::line(text::VERIFY_ATTACHED.now())?;
        }
    }
    match at_node {
        None => output::note(text::VERIFY_ASK_HINT.now()),
        Some(it) => {
            if let Some(now) = &it.protocol {
                let signed = signed(now).join(", ");
                let state = text::words::protocol_status(now.status());
                let line = text::VERIFY_NODE_NOW.fill(&[&state, &signed]);
                output::line(clean(&line))?;
            }
            if it.same {
                output::line(text::VERIFY_NODE_SAME.now())?;
            }
        }
    }
    Ok(())
}

fn tell_json(
    verified: Option<&Verified>,
    fingerprint: &str,
    at_node: Option<&AtNode>,
) -> anyhow::Result<()> {
    let strings =
        |all: &[AgencyId]| -> Vec<String> { all.iter().map(ToString::to_string).collect() };
    output::json(&json!({
        "fingerprint": fingerprint,
        "number": verified.map(|it| it.stated.number.clone()),
        "state": verified.map(|it| it.stated.state.clone()),
        "signed": verified.map(|it| strings(&it.signed)),
        "objecting": verified.map(|it| strings(&it.objecting)),
        "proven": verified.map(|it| match it.proven {
            Proven::Whole => "whole",
            Proven::Signatures => "signatures",
        }),
        "node": at_node.map(|it| json!({
            "known": it.protocol.is_some(),
            "same": it.same,
            "state": it.protocol.as_ref().map(state),
            "signed": it.protocol.as_ref().map(signed),
        })),
    }))?;
    Ok(())
}

fn ids(all: &[AgencyId]) -> String {
    let ids: Vec<&str> = all.iter().map(AgencyId::as_str).collect();
    ids.join(", ")
}

/// A file's word for a state, as people say it.
fn in_words(state: &str) -> String {
    let mut all = verbund_model::ProtocolStatus::ALL.iter();
    let found = all.find(|it| it.as_str() == state);
    let found = found.and_then(|it| ProtocolStatus::try_from(it.to_wire()).ok());
    found.map_or_else(
        || state.to_owned(),
        |it| text::words::protocol_status(it).to_string(),
    )
}

fn state(protocol: &Protocol) -> String {
    words::short::<ProtocolStatus>(protocol.status).unwrap_or_default()
}

fn signed(protocol: &Protocol) -> Vec<&str> {
    let attendance = protocol.attendance.iter();
    let signed = attendance.filter(|it| it.word() == ProtocolWord::SignedOff);
    signed.map(|it| it.agency.as_str()).collect()
}

fn not_verified(reason: text::Text) -> Failure {
    Failure::new(Exit::NotVerified, text::NOT_VERIFIED.fill(&[&reason]))
}

fn why(reason: NotVerified) -> Failure {
    let told = match reason {
        NotVerified::OtherFederation => text::VERIFY_OTHER_FEDERATION.to_string(),
        NotVerified::Charter => text::CHARTER_KEY_WRONG.to_string(),
        NotVerified::Draft => text::PROTOCOL_DRAFT.to_string(),
        NotVerified::Entry { place, fault } => text::ENTRY_WRONG.fill(&[&place, &fault.as_str()]),
        NotVerified::Unrelated { place } => text::ENTRY_UNRELATED.fill(&[&place]),
        NotVerified::NotReleased => text::NOT_RELEASED.to_string(),
        NotVerified::OtherText => text::OTHER_WORDING.to_string(),
        _ => text::NOT_A_PROTOCOL.to_string(),
    };
    Failure::new(Exit::NotVerified, text::NOT_VERIFIED.fill(&[&told]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_names_its_fingerprint_at_the_end() {
        let fingerprint_is = |text: &str| fingerprint(text.as_bytes());
        let (first, last) = ("0a".repeat(32), "f9".repeat(32));
        let text =
            format!("{first}\nProtokoll lagebesprechung-2026-kod-1 · Fingerabdruck {last}\n");
        assert_eq!(fingerprint_is(&text), Some(last.clone()));
        assert_eq!(fingerprint_is(&format!("{last}0")), None);
        assert_eq!(fingerprint_is("F9"), None);
    }

    #[test]
    fn what_proves_nothing_has_an_exit_code_of_its_own() {
        let told = |bytes: &[u8]| {
            let error: anyhow::Error = match File::of(bytes.to_vec()) {
                Ok(File::Json(bytes)) => {
                    why(protocol_file::verify(&bytes, &[]).unwrap_err()).into()
                }
                Ok(_) => panic!("it is none"),
                Err(error) => error.into(),
            };
            Failure::exit_of(&error)
        };
        for file in [
            &b"{}"[..],
            b"{\"format\": 1}",
            b"%PDF-1.7\n",
            b"Protokoll",
            b"",
        ] {
            assert_eq!(told(file), Exit::NotVerified);
        }
    }
}
