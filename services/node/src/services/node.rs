//! How the node is and how it stands with its partners. Nothing here tells of any content.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tonic::{Request, Response, Status};
use verbund_ledger::Outcome;
use verbund_model::AgencyId;
use verbund_store::Limit;
use verbund_wire::agency::node_service_server::NodeService;
use verbund_wire::agency::{
    Alarm, ExportEvidenceRequest, ExportEvidenceResponse, ExportedFile, GetStatusRequest,
    GetStatusResponse, Link, ListAlarmsRequest, ListAlarmsResponse, ListAuditRecordsRequest,
    ListAuditRecordsResponse, Partner as PartnerStatus, RevocationList, Store,
};
use verbund_wire::convert::page::List;
use verbund_wire::convert::{audit, codes, page};
use verbund_wire::error::{Error, ErrorCode};

use super::store_failed;
use crate::context::Context;
use crate::database::{self, STORE_UNAVAILABLE};
use crate::incidents::ALARMS_MAX;
use crate::lanes::Lane;
use crate::partners::Partner;
use crate::recovery::{self, RECOVERING};

#[derive(Debug)]
pub(crate) struct Node(pub(crate) Arc<Context>);

#[tonic::async_trait]
impl NodeService for Node {
    async fn get_status(
        &self,
        _: Request<GetStatusRequest>,
    ) -> Result<Response<GetStatusResponse>, Status> {
        let ctx = &self.0;
        let in_force = ctx.charter.in_force();
        // While the database does not answer the status tells what is in memory: it must not fail when it is needed most.
        let problem = database::problem(ctx);
        let mut partners = Vec::new();
        for partner in ctx.partners.all() {
            if problem.is_none() {
                let lag = lag(ctx, &partner.agency).await.map_err(store_failed)?;
                partner.update(|state| state.lag = lag);
            }
            partners.push(status(ctx, &partner));
        }
        let (alarms, pending_entries, review_entries, queued_entries) = if problem.is_none() {
            let alarms = ctx.store.alarms(ALARMS_MAX).await.map_err(store_failed)?;
            let pending = ctx.store.pending_count().await.map_err(store_failed)?;
            let reviews = ctx.store.review_count().await.map_err(store_failed)?;
            let queued = ctx.store.queue_counts().await.map_err(store_failed)?;
            (alarms.len(), pending, reviews, queued.all)
        } else {
            let counted = |count: &AtomicU64| count.load(Ordering::Relaxed);
            (
                ctx.incidents.open(),
                counted(&ctx.waiting),
                counted(&ctx.reviewing),
                counted(&ctx.queued),
            )
        };
        let read_only = match () {
            () if ctx.stop.is_cancelled() => "STOPPING",
            () if problem.is_some() => STORE_UNAVAILABLE,
            () if ctx.recovery.is_on() => RECOVERING,
            () if ctx.disk.is_read_only() => "DISK_RESERVE",
            () => "",
        };
        let traits = ctx.store.traits();
        let identity = ctx.tls.identity();
        Ok(Response::new(GetStatusResponse {
            agency: ctx.agency.to_string(),
            federation: ctx.federation.to_string(),
            software: crate::SOFTWARE.to_owned(),
            charter_version: in_force.charter.version(),
            charter_expires: in_force.charter.expires().to_string(),
            read_only: read_only.to_owned(),
            disk_free_bytes: ctx.disk.look().map_or(0, |look| look.free_bytes),
            disk_reserve_bytes: ctx.disk.reserve_bytes(),
            own_entries: entries(&ctx.lanes.of(&ctx.agency)),
            partner_entries: partners.iter().map(|partner| partner.received).sum(),
            pending_entries,
            partners,
            alarms: u32::try_from(alarms).unwrap_or(u32::MAX),
            guard_version: verbund_guard::VERSION.to_owned(),
            generation: ctx.generation(),
            store: Some(Store {
                engine: traits.engine.name().to_owned(),
                version: traits.version,
                warnings: traits.warnings,
                problem: problem.as_deref().unwrap_or_default().to_owned(),
            }),
            replica: ctx.replica.clone(),
            review_entries,
            queued_entries,
            certificate_not_after_ms: identity.validity().not_after.0,
            certificate_not_before_ms: identity.validity().not_before.0,
            certificate_serial: identity.serial().to_owned(),
            revocation_lists: revocation_lists(ctx),
            charter_hash: in_force.hash.to_vec().into(),
            awaited: recovery::awaited(ctx)
                .iter()
                .map(ToString::to_string)
                .collect(),
        }))
    }

    async fn list_alarms(
        &self,
        _: Request<ListAlarmsRequest>,
    ) -> Result<Response<ListAlarmsResponse>, Status> {
        let alarms = self
            .0
            .store
            .alarms(ALARMS_MAX)
            .await
            .map_err(store_failed)?;
        let alarms = alarms.into_iter().map(|alarm| {
            let sequence = alarm
                .lane
                .and_then(|lane| self.0.lanes.lane(&lane))
                .map_or(0, |lane| lane.head().sequence);
            Alarm {
                at_ms: alarm.at.0,
                agency: alarm
                    .agency
                    .map(|agency| agency.to_string())
                    .unwrap_or_default(),
                reason: alarm.kind,
                description: alarm.detail,
                lane: alarm
                    .lane
                    .map(|lane| lane.as_bytes().to_vec())
                    .unwrap_or_default()
                    .into(),
                sequence,
                number: alarm.number.unsigned_abs(),
                has_evidence: alarm.evidence.is_some(),
            }
        });
        Ok(Response::new(ListAlarmsResponse {
            alarms: alarms.collect(),
        }))
    }

    async fn export_evidence(
        &self,
        request: Request<ExportEvidenceRequest>,
    ) -> Result<Response<ExportEvidenceResponse>, Status> {
        let asked = request.into_inner().alarm;
        let alarms = self.0.store.alarms(ALARMS_MAX).await;
        let mut alarms = alarms.map_err(store_failed)?.into_iter();
        let found = alarms.find(|alarm| alarm.number.unsigned_abs() == asked);
        let evidence = found.and_then(|alarm| alarm.evidence).ok_or_else(|| {
            let message = "no alarm that a proof is kept with has this number";
            Error::new(ErrorCode::AlarmNotFound, message)
        })?;
        Ok(Response::new(ExportEvidenceResponse {
            file: Some(ExportedFile {
                name: format!("beleg-{asked}.evidence"),
                media_type: "application/octet-stream".to_owned(),
                content: evidence.into(),
            }),
        }))
    }

    async fn list_audit_records(
        &self,
        request: Request<ListAuditRecordsRequest>,
    ) -> Result<Response<ListAuditRecordsResponse>, Status> {
        let request = request.into_inner();
        let size = page::size(request.page_size)?;
        let before = page::key(List::AUDIT, &request.page_token)?;
        // One more tells whether there is another page.
        let found = self.0.store.audit(before, size + 1).await;
        let mut found = found.map_err(store_failed)?;
        let more = found.len() > size as usize;
        found.truncate(size as usize);
        let last = found.last().filter(|_| more);
        let next_page_token = last.map(|last| page::token(List::AUDIT, last.number));
        let records = found.iter().map(|it| {
            let view = audit::View {
                number: it.number.unsigned_abs(),
                at: it.at,
                event: it.event,
                role: it.role,
                pseudonym: it.pseudonym,
                subject: it.subject,
                review: it.review,
                guard_version: &it.guard_version,
                findings: &it.findings,
            };
            view.into()
        });
        Ok(Response::new(ListAuditRecordsResponse {
            records: records.collect(),
            next_page_token: next_page_token.unwrap_or_default(),
        }))
    }
}

/// Until when the agencies' revocation lists hold.
fn revocation_lists(ctx: &Context) -> Vec<RevocationList> {
    let trust = ctx.tls.trust();
    let ends = trust.revocation_lists_end();
    ends.map(|(agency, end)| RevocationList {
        agency: agency.to_string(),
        next_update_ms: end.map_or(0, |end| end.0),
    })
    .collect()
}

fn entries(lanes: &[Arc<Lane>]) -> u64 {
    lanes.iter().map(|lane| lane.head().sequence).sum()
}

/// How it stands with one partner.
fn status(ctx: &Context, partner: &Partner) -> PartnerStatus {
    let state = partner.snapshot();
    let theirs = ctx.lanes.of(&partner.agency);
    let (mut refused, mut sealed) = (0, 0);
    for lane in &theirs {
        for (outcome, count) in ctx.desk.own_exceptions(&lane.id) {
            match outcome {
                Outcome::Refused(_) => refused += count,
                Outcome::NotUnderstood | Outcome::Held(_) => sealed += count,
                Outcome::Stored | Outcome::Erased => {}
            }
        }
    }
    let (mut sent, mut receipted, mut exceptions) = (0, 0, 0);
    for lane in ctx
        .lanes
        .of(&ctx.agency)
        .iter()
        .filter(|lane| lane.audience.contains(&partner.agency))
    {
        let head = lane.head().sequence;
        let (reach, not_plain) = ctx.desk.reach(&lane.id, &partner.agency);
        sent += head;
        receipted += reach.min(head);
        exceptions += not_plain;
    }
    let shown = state.shown.as_ref();
    let (link, replica) = match (&state.link, state.held_by, &state.relayed_by) {
        (Some(_), _, _) => (Link::Connected, ctx.replica.clone()),
        (None, Some(other), _) => (Link::Elsewhere, other),
        (None, None, Some(_)) => (Link::Relayed, String::new()),
        (None, None, None) => (Link::Away, String::new()),
    };
    PartnerStatus {
        agency: partner.agency.to_string(),
        link: link as i32,
        problem: state.problem.unwrap_or_default(),
        last_heard_ms: state.last_heard.map_or(0, |at| at.0),
        clock_offset_ms: state.clock_offset_ms.unwrap_or(0),
        software: state.software,
        sent,
        receipted,
        exceptions,
        received: entries(&theirs),
        refused,
        sealed,
        lag_ms: u64::try_from(state.lag.as_millis()).unwrap_or(u64::MAX),
        throttled: state.throttled,
        stopped_lanes: theirs
            .iter()
            .filter(|lane| lane.stopped().is_some())
            .count() as u32,
        replica,
        certificate_not_after_ms: shown.map_or(0, |it| it.validity.not_after.0),
        certificate_not_before_ms: shown.map_or(0, |it| it.validity.not_before.0),
        certificate_serial: shown.map(|it| it.serial.clone()).unwrap_or_default(),
        own_certificate_serial: state.seen.map(|it| it.serial).unwrap_or_default(),
        endpoint: ctx.endpoint_of(&partner.agency).unwrap_or_default(),
    }
}

/// When the own entry after `after` was made.
async fn made_at(
    ctx: &Context,
    lane: &Lane,
    after: u64,
) -> Result<Option<i64>, verbund_store::Error> {
    let next = ctx
        .store
        .entries(&lane.id, after, Limit { count: 1, bytes: 1 })
        .await?;
    let codes = next.first().and_then(|stored| stored.entry.codes.as_ref());
    Ok(codes
        .and_then(|codes| codes::decode(&codes.content).ok())
        .map(|codes| codes.created_at.0))
}

/// How long the oldest own entry without this partner's receipt has waited; nought where it has all.
///
/// # Errors
/// The store's.
pub(crate) async fn lag(
    ctx: &Context,
    partner: &AgencyId,
) -> Result<Duration, verbund_store::Error> {
    let mut oldest = None::<i64>;
    for lane in ctx
        .lanes
        .of(&ctx.agency)
        .iter()
        .filter(|lane| lane.audience.contains(partner))
    {
        let (reach, _) = ctx.desk.reach(&lane.id, partner);
        if reach < lane.head().sequence
            && let Some(made) = made_at(ctx, lane, reach).await?
        {
            oldest = Some(oldest.map_or(made, |oldest| oldest.min(made)));
        }
    }
    let waited_ms = oldest.map_or(0, |oldest| {
        u64::try_from(ctx.clock.now().0 - oldest).unwrap_or(0)
    });
    Ok(Duration::from_millis(waited_ms))
}

/// How many own entries wait for this partner's receipt.
pub(crate) fn unreceipted(ctx: &Context, partner: &AgencyId) -> u64 {
    let waits = |lane: &Arc<Lane>| {
        lane.head()
            .sequence
            .saturating_sub(ctx.desk.reach(&lane.id, partner).0)
    };
    let lanes = ctx.lanes.of(&ctx.agency);
    lanes
        .iter()
        .filter(|lane| lane.audience.contains(partner))
        .map(waits)
        .sum()
}
