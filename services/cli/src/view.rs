//! What a node answers, as JSON: the contract's field names, enums by their short names, bytes in hex, no language.

pub(crate) mod meeting;
pub(crate) mod protocol;
pub(crate) mod remark;
pub(crate) mod report;
pub(crate) mod step;
pub(crate) mod task;

use serde_json::{Map, Value, json};
use verbund_wire::agency::{
    AgencyDelivery, Alarm, AuditEvent, AuditRecord, CheckTextResponse, DeliveryState,
    EntryPosition, FeedEvent, Finding, GetConceptResponse, GetStatusResponse, Link, PublishReceipt,
    Review, Situation, SituationState, Term, Verdict, VersionDelivery, review,
};
use verbund_wire::error::{Explained, FieldViolation};
use verbund_wire::federation::{
    self, Band, Handling, Period, SourceKind, Trend, Urgency, WithdrawalReason, reading,
};

use crate::words::short;

/// Paths in answers name the request's field `situation`; in JSON its fields stand at the top.
pub(crate) fn field_in_json(path: &str) -> &str {
    path.strip_prefix("situation.").unwrap_or(path)
}

pub(crate) fn situation(it: &Situation) -> Value {
    json!({
        "subject": it.subject,
        "agency": it.agency,
        "state": short::<SituationState>(it.state),
        "observation": it.observation.as_ref().map(observation),
        "note": it.note,
        "handling": short::<Handling>(it.handling),
        "audience": it.audience,
        "version": it.version,
        "etag": it.etag,
        "created_at_ms": it.created_at_ms,
        "reviewed": it.reviewed,
        "withdrawal_reason": short::<WithdrawalReason>(it.withdrawal_reason),
    })
}

pub(crate) fn observation(it: &federation::Observation) -> Value {
    json!({
        "category": it.category,
        "place": it.place,
        "day": it.day,
        "window": none_if_empty(&it.window),
        "trend": short::<Trend>(it.trend),
        "source": short::<SourceKind>(it.source),
        "measure": it.measure,
        "urgency": short::<Urgency>(it.urgency),
        "exercise": it.exercise,
        "generalised": it.generalised,
        "readings": it.readings.iter().map(reading).collect::<Vec<_>>(),
    })
}

fn reading(it: &federation::Reading) -> Value {
    let (kind, value) = match it.value {
        Some(reading::Value::Band(band)) => ("band", json!(short::<Band>(band))),
        Some(reading::Value::Rounded(number)) => ("rounded", json!(number)),
        Some(reading::Value::SharePercent(percent)) => ("share_percent", json!(percent)),
        Some(reading::Value::Exact(number)) => ("exact", json!(number)),
        None => ("value", Value::Null),
    };
    json!({ "indicator": it.indicator, "period": short::<Period>(it.period), kind: value })
}

pub(crate) fn event(it: &FeedEvent) -> Value {
    json!({
        "situation": it.situation.as_ref().map(situation),
        "cursor": it.cursor,
        "position": it.position.as_ref().map(position),
    })
}

pub(crate) fn position(it: &EntryPosition) -> Value {
    json!({
        "lane": hex::encode(&it.lane),
        "sequence": it.sequence,
        "frame_hash": hex::encode(&it.frame_hash),
    })
}

pub(crate) fn receipt(it: &PublishReceipt) -> Map<String, Value> {
    let value = json!({
        "subject": it.subject,
        "etag": it.etag,
        "audience": it.audience,
        "generalised_audience": it.generalised_audience,
        "position": it.position.as_ref().map(position),
        "awaiting_confirmation": it.awaiting_confirmation,
        "queued": it.queued,
        "repeated_request": it.repeated_request,
        "awaiting_review": it.awaiting_review,
        "review": none_if_empty(&it.review),
        "review_until": none_if_empty(&it.review_until),
        "findings": it.findings.iter().map(finding).collect::<Vec<_>>(),
    });
    match value {
        Value::Object(map) => map,
        _ => unreachable!("an object was written down"),
    }
}

pub(crate) fn refusal(it: &Explained) -> Map<String, Value> {
    let value = json!({
        "reason": it.reason,
        "code": it.grpc as i32,
        "message": it.message,
        "violations": it.violations.iter().map(violation).collect::<Vec<_>>(),
        "page": it.page(),
        "metadata": it.metadata,
    });
    match value {
        Value::Object(map) => map,
        _ => unreachable!("an object was written down"),
    }
}

fn violation(it: &FieldViolation) -> Value {
    json!({
        "field": field_in_json(&it.field),
        "reason": it.reason,
        "description": it.description,
    })
}

pub(crate) fn delivery(versions: &[VersionDelivery]) -> Value {
    let agency = |it: &AgencyDelivery| {
        json!({
            "agency": it.agency,
            "state": short::<DeliveryState>(it.state),
            "reason": none_if_empty(&it.reason),
            "shown": it.shown.as_ref().map(|it| json!({"day": it.day, "window": it.window})),
            "acknowledged": it.acknowledged,
        })
    };
    let version = |it: &VersionDelivery| {
        json!({
            "position": it.position.as_ref().map(position),
            "agencies": it.agencies.iter().map(agency).collect::<Vec<_>>(),
        })
    };
    versions.iter().map(version).collect()
}

pub(crate) fn status(it: &GetStatusResponse) -> Value {
    let partners = it.partners.iter().map(|it| {
        json!({
            "agency": it.agency,
            "link": short::<Link>(it.link),
            "problem": none_if_empty(&it.problem),
            "last_heard_ms": it.last_heard_ms,
            "clock_offset_ms": it.clock_offset_ms,
            "software": it.software,
            "sent": it.sent,
            "receipted": it.receipted,
            "exceptions": it.exceptions,
            "received": it.received,
            "refused": it.refused,
            "sealed": it.sealed,
            "lag_ms": it.lag_ms,
            "throttled": it.throttled,
            "stopped_lanes": it.stopped_lanes,
            "replica": none_if_empty(&it.replica),
            "certificate_not_before_ms": it.certificate_not_before_ms,
            "certificate_not_after_ms": it.certificate_not_after_ms,
            "certificate_serial": none_if_empty(&it.certificate_serial),
            "own_certificate_serial": none_if_empty(&it.own_certificate_serial),
            "endpoint": none_if_empty(&it.endpoint),
        })
    });
    let lists = it.revocation_lists.iter();
    let lists = lists.map(|it| json!({ "agency": it.agency, "next_update_ms": it.next_update_ms }));
    json!({
        "agency": it.agency,
        "federation": it.federation,
        "software": it.software,
        "charter_version": it.charter_version,
        "charter_expires": it.charter_expires,
        "charter_hash": hex::encode(&it.charter_hash),
        "certificate_not_before_ms": it.certificate_not_before_ms,
        "certificate_not_after_ms": it.certificate_not_after_ms,
        "certificate_serial": it.certificate_serial,
        "revocation_lists": lists.collect::<Vec<_>>(),
        "read_only": none_if_empty(&it.read_only),
        "awaited": it.awaited,
        "disk_free_bytes": it.disk_free_bytes,
        "disk_reserve_bytes": it.disk_reserve_bytes,
        "own_entries": it.own_entries,
        "partner_entries": it.partner_entries,
        "pending_entries": it.pending_entries,
        "review_entries": it.review_entries,
        "queued_entries": it.queued_entries,
        "alarms": it.alarms,
        "guard_version": it.guard_version,
        "generation": it.generation,
        "replica": none_if_empty(&it.replica),
        "store": it.store.as_ref().map(|it| json!({
            "engine": it.engine,
            "version": it.version,
            "warnings": it.warnings,
            "problem": none_if_empty(&it.problem),
        })),
        "partners": partners.collect::<Vec<_>>(),
    })
}

pub(crate) fn alarm(it: &Alarm) -> Value {
    json!({
        "at_ms": it.at_ms,
        "agency": it.agency,
        "reason": it.reason,
        "description": it.description,
        "lane": (!it.lane.is_empty()).then(|| hex::encode(&it.lane)),
        "sequence": it.sequence,
        "number": it.number,
        "has_evidence": it.has_evidence,
    })
}

pub(crate) fn check(it: &CheckTextResponse) -> Value {
    json!({
        "verdict": short::<Verdict>(it.verdict),
        "findings": it.findings.iter().map(finding).collect::<Vec<_>>(),
        "guard_version": it.guard_version,
    })
}

fn finding(it: &Finding) -> Value {
    json!({
        "field": none_if_empty(field_in_json(&it.field)),
        "policy_class": it.policy_class,
        "rule": it.rule,
        "severity": short::<Verdict>(it.severity),
        "start": it.start,
        "end": it.end,
        "advice_de": none_if_empty(&it.advice_de),
        "advice_en": none_if_empty(&it.advice_en),
    })
}

pub(crate) fn review(it: &Review) -> Value {
    let situation = it.content.as_ref().map(|content| {
        let review::Content::Situation(it) = content;
        json!({
            "observation": it.observation.as_ref().map(observation),
            "note": it.note,
            "handling": short::<Handling>(it.handling),
            "audience": it.audience,
            "generalised_audience": it.generalised_audience,
            "generalised_note": none_if_empty(&it.generalised_note),
        })
    });
    json!({
        "review": it.review,
        "subject": it.subject,
        "corrects_etag": none_if_empty(&it.corrects_etag),
        "held_at_ms": it.held_at_ms,
        "until": it.until,
        "verdict": short::<Verdict>(it.verdict),
        "findings": it.findings.iter().map(finding).collect::<Vec<_>>(),
        "guard_version": it.guard_version,
        "needs_second_coordinator": it.needs_second_coordinator,
        "situation": situation,
    })
}

pub(crate) fn audit(it: &AuditRecord) -> Value {
    json!({
        "number": it.number,
        "at_ms": it.at_ms,
        "event": short::<AuditEvent>(it.event),
        "role": it.role,
        "pseudonym": none_if_empty(&it.pseudonym),
        "subject": none_if_empty(&it.subject),
        "review": none_if_empty(&it.review),
        "guard_version": none_if_empty(&it.guard_version),
        "findings": it.findings.iter().map(finding).collect::<Vec<_>>(),
    })
}

pub(crate) fn concept(it: &GetConceptResponse) -> Value {
    let term = |it: &Term| json!({ "id": it.id, "name_de": it.name_de, "name_en": it.name_en });
    let with_term = |of: &Option<Term>, more: Value| {
        let mut value = of.as_ref().map_or_else(|| json!({}), term);
        if let (Value::Object(value), Value::Object(more)) = (&mut value, more) {
            value.extend(more);
        }
        value
    };
    let agencies = it.agencies.iter().map(|it| {
        let more =
            json!({ "protected": it.protected, "bound_to_prosecute": it.bound_to_prosecute });
        with_term(&it.term, more)
    });
    let places = it.places.iter().map(
        |it| json!({ "id": it.id, "name": it.name, "type": it.r#type, "district": it.district }),
    );
    let retention = it.retention.map(|it| {
        json!({
            "update_days": it.update_days,
            "reading_days": it.reading_days,
            "task_after_close_days": it.task_after_close_days,
            "protocol_days": it.protocol_days,
        })
    });
    let indicators = it.indicators.iter().map(|it| {
        with_term(
            &it.term,
            json!({
                "unit": it.unit,
                "counts": it.counts,
                "periods": it.periods,
                "told_of": it.told_of,
                "part_of": it.part_of,
            }),
        )
    });
    json!({
        "federation": it.federation,
        "charter_version": it.charter_version,
        "charter_hash": hex::encode(&it.charter_hash),
        "time_zone": it.time_zone,
        "agencies": agencies.collect::<Vec<_>>(),
        "places": places.collect::<Vec<_>>(),
        "categories": it.categories.iter().map(term).collect::<Vec<_>>(),
        "indicators": indicators.collect::<Vec<_>>(),
        "measures": it.measures.iter().map(term).collect::<Vec<_>>(),
        "windows": it.windows,
        "retention": retention,
    })
}

pub(crate) fn none_if_empty(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}
