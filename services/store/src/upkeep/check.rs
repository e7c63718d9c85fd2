//! Says what is wrong with a store, and where. Changes nothing.
//!
//! It sees one state of the store, also while a node works on it. Erasure keys lie outside of that state: what seems to lack its
//! key, or to be there too long, is looked at once more at the end, since the node may have been erasing meanwhile.

use std::sync::Arc;

use verbund_ledger::{FrameHash, ReceiptError, SignedReceipt, SystemEntropy};

use super::copy::{charter_finding, charters, hex};
use super::entries::{self, Bench, Lanes};
use super::finding::{Finding, FindingKind};
use super::projections::{Difference, Parts};
use super::tables::{self, AUDIT, ENTRY, Kind, PENDING, QUEUED, RECEIPT, REVIEW, Row};
use super::whole::{Pages, Whole};
use super::{Progress, Projector, Signers, Stage, Tell, Upkeep};
use crate::erasure::ErasureKeys;
use crate::error::{Error, Result};
use crate::health::Engine;
use crate::limits;
use crate::migrations::Newer;
use crate::review::ReviewState;
use crate::row::{self, Cells};

/// What a check came to.
#[derive(Debug, Clone)]
pub struct Checked {
    /// What is wrong, by table and place; the first [`limits::FINDINGS`].
    pub findings: Vec<Finding>,
    /// How many more there are.
    pub more: u64,
    /// Entries that were looked at.
    pub entries: u64,
    /// Lanes that they are in.
    pub lanes: u64,
}

/// The findings that are told, and the number of the others.
#[derive(Default)]
struct Found {
    told: Vec<Finding>,
    more: u64,
}

impl Found {
    fn add(&mut self, finding: Finding) {
        if self.told.len() < limits::FINDINGS {
            self.told.push(finding);
        } else {
            self.more += 1;
        }
    }

    fn extend(&mut self, findings: impl IntoIterator<Item = Finding>) {
        findings.into_iter().for_each(|it| self.add(it));
    }
}

/// Checks the store at `url`: charters, lanes, every entry with its signature and content, projections, receipts, drafts,
/// what is to be erased.
///
/// # Errors
/// As [`open`](crate::open) of a store whose schema is not to be changed, and [`NobodysStore`](crate::Error::NobodysStore),
/// [`CopyUnfinished`](crate::Error::CopyUnfinished). What is wrong with the store is no error but a finding, as long as its rows can be
/// read.
pub async fn check(
    url: &str,
    upkeep: &Upkeep,
    signers: &mut dyn Signers,
    projector: &dyn Projector,
    progress: Tell<'_>,
) -> Result<Checked> {
    let mut whole = Whole::look(url, Newer::Allowed).await?;
    let meta = whole.owner().await?;
    let mut found = Found::default();
    if whole.engine() == Engine::Sqlite {
        engine(&mut whole, &mut found).await?;
    }
    for charter in charters(&mut whole).await? {
        if let Err(problem) = signers.learn(&charter) {
            found.add(charter_finding(&charter, problem));
        }
    }
    let keys = ErasureKeys::looked_at(upkeep.erasure_keys.clone(), Arc::new(SystemEntropy));
    let bench = Bench {
        federation: &meta.federation,
        signers,
        keys: &keys,
        today: upkeep.today,
    };
    let (mut lanes, wrong) = entries::lanes(&mut whole).await?;
    found.extend(wrong);
    let mut pages = Pages::of(&mut whole, &ENTRY).await?;
    loop {
        let rows = pages.next(&mut whole).await?;
        if rows.is_empty() {
            break;
        }
        found.extend(bench.judge(&rows, &mut lanes)?);
        progress(Progress {
            stage: Stage::Checking,
            table: ENTRY.name,
            done: pages.done,
            total: pages.total,
        });
    }
    for (number, lane) in &lanes {
        if lane.head.sequence == 0 {
            let detail = format!("the lane {} of {} has no entries", lane.id, lane.origin);
            found.add(Finding::new(FindingKind::LaneEmpty, "lane", number, detail));
        }
    }
    let readings_from = upkeep.readings_from(bench.signers);
    let mut parts = Parts::of(&mut whole, readings_from).await?;
    projections(
        &mut whole, &lanes, &mut parts, projector, progress, &mut found,
    )
    .await?;
    receipts(&mut whole, &lanes, bench.signers, &mut found).await?;
    found.extend(drafts(&mut whole, &keys, upkeep.today).await?);
    found.extend(reviews(&mut whole, &keys, upkeep.today).await?);
    found.extend(queued(&mut whole, &keys, upkeep.today).await?);
    audit(&mut whole, &mut found).await?;
    requests(&mut whole, &mut found).await?;
    whole.rollback().await?;
    whole.begin_read().await?;
    look_again(&mut whole, &bench, &lanes, readings_from, &mut found).await?;
    whole.rollback().await?;
    whole.close().await?;
    let place = |it: &Finding| (it.table, it.lane, it.sequence, it.row.clone());
    found.told.sort_by_key(place);
    Ok(Checked {
        findings: found.told,
        more: found.more,
        entries: pages.done,
        lanes: lanes.len() as u64,
    })
}

/// What the engine thinks of its own file.
async fn engine(whole: &mut Whole, found: &mut Found) -> Result<()> {
    let rows = whole
        .rows(tables::INTEGRITY, Vec::new(), &[Kind::Text])
        .await?;
    for row in &rows {
        let said = Cells::new(row, "sqlite").text(0, "integrity_check")?;
        if said != "ok" {
            found.add(Finding::new(FindingKind::Engine, "sqlite", "-", said));
        }
    }
    Ok(())
}

async fn projections(
    whole: &mut Whole,
    lanes: &Lanes,
    parts: &mut Parts,
    projector: &dyn Projector,
    progress: Tell<'_>,
    found: &mut Found,
) -> Result<()> {
    for part in 0..parts.parts {
        let differences = parts
            .differences(part, whole, lanes, projector, progress)
            .await?;
        found.extend(differences.into_iter().map(|it| told(it, lanes)));
    }
    let strays = parts.strays(whole).await?;
    found.extend(strays.into_iter().map(|it| told(it, lanes)));
    Ok(())
}

fn told(difference: Difference, lanes: &Lanes) -> Finding {
    match difference {
        Difference::Version {
            position,
            lane,
            sequence,
            is,
            version,
            subject,
            step,
        } => {
            let subject = subject.map_or("none".to_owned(), |it| it.to_string());
            let what = if step { " and a step" } else { "" };
            let detail = format!("version {is}, should be {version}{what} of subject {subject}");
            let finding = Finding::new(FindingKind::Version, "entry", position, detail);
            match lanes.get(&lane) {
                Some(lane) => finding.at(lane.id, sequence),
                None => finding,
            }
        }
        Difference::Situation { is, row, detail } => {
            let subject = match &row.0[1] {
                crate::statement::Value::Blob(Some(subject)) => hex(subject),
                _ => String::new(),
            };
            let at = is.map_or("-".to_owned(), |it| it.to_string());
            let detail = format!("subject {subject}: {detail}");
            Finding::new(FindingKind::Situation, "situation", at, detail)
        }
        Difference::SituationOfNobody { changed } => {
            let detail = "no entry speaks on this subject";
            Finding::new(FindingKind::Situation, "situation", changed, detail)
        }
        Difference::Readings { first, rows } => {
            let detail = format!("not the {} that the entries tell", rows.len());
            Finding::new(FindingKind::Reading, "reading", first, detail)
        }
        Difference::ReadingsOfNobody { first } => {
            let detail = "no subject begins with this entry";
            Finding::new(FindingKind::Reading, "reading", first, detail)
        }
        Difference::ReadingsOverdue { first } => {
            let detail = "the charter does not keep them for so long";
            Finding::new(FindingKind::ContentOverdue, "reading", first, detail)
        }
    }
}

async fn receipts(
    whole: &mut Whole,
    lanes: &Lanes,
    signers: &dyn Signers,
    found: &mut Found,
) -> Result<()> {
    let mut pages = Pages::of(whole, &RECEIPT).await?;
    loop {
        let rows = pages.next(whole).await?;
        if rows.is_empty() {
            return Ok(());
        }
        for row in &rows {
            if let Some((kind, detail)) = receipt(whole, row, lanes, signers).await? {
                let at = super::copy::shown_key(&RECEIPT, row);
                found.add(Finding::new(kind, "receipt", at, detail));
            }
        }
    }
}

async fn receipt(
    whole: &mut Whole,
    row: &Row,
    lanes: &Lanes,
    signers: &dyn Signers,
) -> Result<Option<(FindingKind, String)>> {
    let cells = Cells::new(row, "receipt");
    let number = cells.int(0, "lane")?;
    let Some(lane) = lanes.get(&number) else {
        let detail = format!("there is no lane {number}");
        return Ok(Some((FindingKind::LaneMissing, detail)));
    };
    let Ok(signature) = cells.bytes(5, "signature") else {
        let detail = "it is no signature".to_owned();
        return Ok(Some((FindingKind::ReceiptSignature, detail)));
    };
    let signed = SignedReceipt {
        body: cells.blob(4, "body")?,
        signature,
    };
    let receipt = match signed.verify(|agency| signers.keys(agency)) {
        Ok(receipt) => receipt,
        Err(error @ (ReceiptError::UnknownKey | ReceiptError::BadSignature)) => {
            return Ok(Some((FindingKind::ReceiptSignature, error.to_string())));
        }
        Err(error) => return Ok(Some((FindingKind::Receipt, error.to_string()))),
    };
    let says = (
        receipt.recipient.as_str(),
        receipt.generation,
        receipt.sequence,
        receipt.lane,
    );
    let recipient = cells.text(1, "recipient")?;
    let stands = (
        &*recipient,
        cells.u64(2, "generation")?,
        cells.u64(3, "sequence")?,
        lane.id,
    );
    if says != stands {
        let detail = "it says something else than its row".to_owned();
        return Ok(Some((FindingKind::Receipt, detail)));
    }
    let at = vec![number.into(), receipt.sequence.into()];
    let here = whole.rows(tables::HASH_AT, at, &[Kind::Blob]).await?;
    let same = here.first().is_none_or(|row| {
        let hash = Cells::new(row, "entry").bytes(0, "hash").map(FrameHash);
        hash.is_ok_and(|hash| hash == receipt.hash)
    });
    Ok((!same).then(|| {
        let detail = format!("{recipient} has another entry at {}", receipt.sequence);
        (FindingKind::ReceiptDiffers, detail)
    }))
}

async fn drafts(whole: &mut Whole, keys: &ErasureKeys, today: i32) -> Result<Vec<Finding>> {
    let mut found = Vec::new();
    let mut pages = Pages::of(whole, &PENDING).await?;
    loop {
        let rows = pages.next(whole).await?;
        if rows.is_empty() {
            return Ok(found);
        }
        for row in &rows {
            let day = Cells::new(row, "pending").day(2, "erasure_day")?;
            let (kind, detail) = match row::pending(row, keys) {
                Ok(Some(_)) => continue,
                Ok(None) if day < today => continue,
                Ok(None) => (FindingKind::ErasureKeyMissing, "its key is not there"),
                Err(_) => (FindingKind::DraftSealed, "its key does not open it"),
            };
            let at = super::copy::shown_key(&PENDING, row);
            found.push(Finding::new(kind, "pending", at, detail));
        }
    }
}

async fn reviews(whole: &mut Whole, keys: &ErasureKeys, today: i32) -> Result<Vec<Finding>> {
    let mut found = Vec::new();
    let mut pages = Pages::of(whole, &REVIEW).await?;
    loop {
        let rows = pages.next(whole).await?;
        if rows.is_empty() {
            return Ok(found);
        }
        for row in &rows {
            let (kind, detail) = match row::review(row, keys) {
                Ok(it) if it.state != ReviewState::Waiting || it.body.is_some() => continue,
                Ok(it) if it.last_day < today => continue,
                Ok(_) => (
                    FindingKind::ErasureKeyMissing,
                    "its key is not there".to_owned(),
                ),
                Err(Error::BadRow { column, .. }) if column == "body" && is_sealed(row) => (
                    FindingKind::DraftSealed,
                    "its key does not open it".to_owned(),
                ),
                Err(Error::BadRow { column, .. }) => {
                    (FindingKind::Review, format!("its {column} can't be true"))
                }
                Err(error) => return Err(error),
            };
            let at = super::copy::shown_key(&REVIEW, row);
            found.push(Finding::new(kind, "review", at, detail));
        }
    }
}

async fn queued(whole: &mut Whole, keys: &ErasureKeys, today: i32) -> Result<Vec<Finding>> {
    let mut found = Vec::new();
    let mut pages = Pages::of(whole, &QUEUED).await?;
    loop {
        let rows = pages.next(whole).await?;
        if rows.is_empty() {
            return Ok(found);
        }
        for row in &rows {
            let (kind, detail) = match row::queued(row, keys) {
                Ok(it) if it.body.is_some() || it.erasure_day < today => continue,
                Ok(_) => (FindingKind::ErasureKeyMissing, "its key is not there"),
                Err(Error::BadRow { column: "body", .. }) => {
                    (FindingKind::DraftSealed, "its key does not open it")
                }
                Err(Error::BadRow { .. }) => (FindingKind::Queued, "its row can't be true"),
                Err(error) => return Err(error),
            };
            let at = super::copy::shown_key(&QUEUED, row);
            found.push(Finding::new(kind, "queued", at, detail));
        }
    }
}

/// Whether a held draft has a body at all.
fn is_sealed(row: &Row) -> bool {
    let body = Cells::new(row, "review").optional_blob(9, "body");
    body.is_ok_and(|body| body.is_some())
}

async fn audit(whole: &mut Whole, found: &mut Found) -> Result<()> {
    let mut pages = Pages::of(whole, &AUDIT).await?;
    loop {
        let rows = pages.next(whole).await?;
        if rows.is_empty() {
            return Ok(());
        }
        for row in &rows {
            if let Err(Error::BadRow { column, .. }) = row::audit(row) {
                // Never the value: it may be what must not be there.
                let detail = format!("its {column} is none of the log's words");
                let at = super::copy::shown_key(&AUDIT, row);
                found.add(Finding::new(FindingKind::Audit, "audit", at, detail));
            }
        }
    }
}

/// Answers that can't be given again.
async fn requests(whole: &mut Whole, found: &mut Found) -> Result<()> {
    let most = u32::try_from(limits::FINDINGS).expect("a small number");
    let kinds = [Kind::Blob, Kind::Text, Kind::Int];
    for row in whole
        .rows(tables::REQUESTS_ASTRAY, vec![most.into()], &kinds)
        .await?
    {
        let cells = Cells::new(&row, "request");
        let id = hex(&cells.blob(0, "request_id")?);
        let detail = format!("there is no entry at {}", cells.int(2, "position")?);
        found.add(Finding::new(FindingKind::Request, "request", id, detail));
    }
    Ok(())
}

/// Drops what is no longer so.
async fn look_again(
    whole: &mut Whole,
    bench: &Bench<'_>,
    lanes: &Lanes,
    readings_from: i32,
    found: &mut Found,
) -> Result<()> {
    let passes = |kind| {
        matches!(
            kind,
            FindingKind::ErasureKeyMissing | FindingKind::ContentOverdue
        )
    };
    let mut drafts_now = drafts(whole, bench.keys, bench.today).await?;
    drafts_now.extend(reviews(whole, bench.keys, bench.today).await?);
    drafts_now.extend(queued(whole, bench.keys, bench.today).await?);
    let mut still = Vec::with_capacity(found.told.len());
    for finding in std::mem::take(&mut found.told) {
        let holds = match (passes(finding.kind), finding.table) {
            (true, "entry") => {
                let position: i64 = finding.row.parse().unwrap_or_default();
                let rows = whole
                    .page(&ENTRY, Some(&[(position - 1).into()]), 1)
                    .await?;
                match rows.first() {
                    Some(row) => bench
                        .look_again(row, lanes)?
                        .iter()
                        .any(|it| it.kind == finding.kind && it.row == finding.row),
                    None => false,
                }
            }
            (true, "reading") => {
                let first: i64 = finding.row.parse().unwrap_or_default();
                let bounds = vec![first.into(), readings_from.into()];
                let overdue = whole.rows(tables::READING_BEFORE, bounds, &[Kind::Int]);
                !overdue.await?.is_empty()
            }
            (true, "pending" | "review" | "queued") => drafts_now.contains(&finding),
            _ => true,
        };
        if holds {
            still.push(finding);
        }
    }
    found.told = still;
    Ok(())
}
