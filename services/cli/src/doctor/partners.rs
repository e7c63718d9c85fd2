//! Every partner: is it there, is it the right one, and does it answer a real call?

use std::ops::RangeInclusive;
use std::time::Duration;

use tokio::task::JoinSet;
use verbund_ledger::charter_hash;
use verbund_model::{AgencyId, Clock, UnixMillis};
use verbund_node::{Config, PROTOCOL_LEVEL};
use verbund_transport::{ConnectError, Connector, Probe, Stage};
use verbund_wire::convert::peer::{DialBack, Hello};
use verbund_wire::federation::ProbeRequest;
use verbund_wire::federation::federation_service_client::FederationServiceClient;

use super::own::{Own, lasts};
use super::{Check, Finding, Grade};
use crate::client::ask;
use crate::text;

/// From here on a clock is worth a word, and from here on erasure pauses (DESIGN, the ledger).
const CLOCK_WARN: Duration = Duration::from_secs(5);
const CLOCK_FAIL: Duration = Duration::from_secs(3600);

/// The checks of a call, in the order in which one needs the one before.
const STAGES: [(Stage, Check); 4] = [
    (Stage::Address, Check::Address),
    (Stage::Tcp, Check::Port),
    (Stage::Tls, Check::Tls),
    (Stage::Identity, Check::Identity),
];

/// Looks at all partners at the same time; gives the findings in the charter's order.
pub(crate) async fn examine<C>(config: &Config, own: &Own, clock: &C) -> Vec<Finding>
where
    C: Clock + Clone + 'static,
{
    let connector = Connector::new(&own.tls);
    let here = Here {
        hash: charter_hash(&own.charter.body),
        version: own.charter.charter.version(),
        clock: clock.clone(),
        serial: own.tls.identity().serial().to_owned(),
    };
    let mut examining = JoinSet::new();
    let partners = own
        .charter
        .charter
        .agencies()
        .filter(|it| it.id != own.agency);
    for (index, partner) in partners.enumerate() {
        let endpoint = config
            .partners
            .endpoint
            .get(&partner.id)
            .unwrap_or(&partner.endpoint)
            .clone();
        let (connector, id, here) = (connector.clone(), partner.id.clone(), here.clone());
        examining.spawn(async move { (index, one(&connector, &id, &endpoint, &here).await) });
    }
    let mut all = examining.join_all().await;
    all.sort_by_key(|(index, _)| *index);
    all.into_iter().flat_map(|(_, findings)| findings).collect()
}

/// What a partner is compared with.
#[derive(Clone, Debug)]
struct Here<C> {
    hash: [u8; 32],
    version: u32,
    clock: C,
    /// Of the own certificate, as it lies in its file.
    serial: String,
}

async fn one<C: Clock>(
    connector: &Connector,
    partner: &AgencyId,
    endpoint: &str,
    here: &Here<C>,
) -> Vec<Finding> {
    let about = partner.as_str();
    if endpoint.is_empty() {
        let told = text::NO_ENDPOINT.to_string();
        let advice = text::ADVICE_NO_ENDPOINT.to_string();
        return vec![Finding::bad(
            about,
            Check::Address,
            Grade::Warn,
            "NO_ENDPOINT",
            told,
            advice,
        )];
    }
    let Probe { shown, result } = connector.probe(endpoint, partner).await;
    let identity = shown.map(|shown| {
        let now = here.clock.now();
        let advice = if now >= shown.validity.not_after {
            text::ADVICE_PARTNER_EXPIRED
        } else {
            text::ADVICE_PARTNER_RENEW
        };
        let mut identity = lasts(about, Check::Identity, shown.validity, now, advice);
        identity.detail = format!("{}; {}", shown.peer, identity.detail);
        identity
    });
    let reached = match result {
        Ok(reached) => reached,
        Err(error) => {
            let mut findings = not_connected(about, endpoint, &error);
            // What it showed says more than that it was shown, and in one place than in two.
            if let Some(shown) = identity {
                match findings.iter_mut().find(|it| it.check == Check::Identity) {
                    Some(told) if told.grade == Grade::Ok || told.reason == shown.reason => {
                        *told = shown
                    }
                    _ => {}
                }
            }
            return findings;
        }
    };
    let mut findings = vec![
        Finding::ok(
            about,
            Check::Address,
            format!("{endpoint} → {}", reached.addr.ip()),
        ),
        Finding::ok(about, Check::Port, reached.addr.port().to_string()),
        Finding::ok(
            about,
            Check::Tls,
            text::TLS_SEEN.fill(&[&reached.key_exchange, &reached.took.as_millis()]),
        ),
    ];
    findings.extend(identity);
    findings.extend(call(connector, partner, endpoint, here).await);
    findings
}

/// Everything up to the stage that failed, and that.
fn not_connected(about: &str, endpoint: &str, error: &ConnectError) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (stage, check) in STAGES {
        if stage >= error.stage() {
            break;
        }
        findings.push(Finding::ok(about, check, endpoint));
    }
    let stage = STAGES.iter().find(|(stage, _)| *stage == error.stage());
    let check = stage.map_or(Check::Call, |(_, check)| *check);
    let advice = text::advice::of(error);
    findings.push(Finding::bad(
        about,
        check,
        Grade::Fail,
        error.reason(),
        error.to_string(),
        advice,
    ));
    findings
}

async fn call<C: Clock>(
    connector: &Connector,
    partner: &AgencyId,
    endpoint: &str,
    here: &Here<C>,
) -> Vec<Finding> {
    let about = partner.as_str();
    let channel = match connector.connect(endpoint, partner).await {
        Ok(channel) => channel,
        Err(error) => return not_connected(about, endpoint, &error),
    };
    let asked = here.clock.now();
    let result = FederationServiceClient::new(channel)
        .probe(ask(ProbeRequest { dial_back: true }))
        .await;
    let answered = here.clock.now();
    let bad = |reason: &str, detail: String| {
        let advice = text::ADVICE_CALL.to_string();
        vec![Finding::bad(
            about,
            Check::Call,
            Grade::Fail,
            reason,
            detail,
            advice,
        )]
    };
    let response = match result {
        Ok(response) => response.into_inner(),
        Err(status) => {
            let explained = verbund_wire::error::explain(&status);
            return bad(&explained.reason, explained.message);
        }
    };
    let hello = match response.hello.as_ref().map(Hello::from_wire) {
        Some(Ok(hello)) => hello,
        Some(Err(error)) => return bad("HELLO_INVALID", error.to_string()),
        None => return bad("HELLO_MISSING", String::new()),
    };
    let took = answered.0 - asked.0;
    let mut findings = vec![Finding::ok(
        about,
        Check::Call,
        text::CALL_TOOK.fill(&[&took]),
    )];
    match response.dial_back.as_ref().map(DialBack::from_wire) {
        Some(Ok(told)) => findings.push(way_back(about, &told, &here.serial)),
        Some(Err(error)) => findings.extend(bad("DIAL_BACK_INVALID", error.to_string())),
        // An older release.
        None => {}
    }
    // Calling back takes its time at the partner, and is no part of the way of an answer.
    findings.push(clocks(about, hello.now, asked..=answered.max(asked)));
    findings.push(version(about, &hello, here));
    findings
}

/// What the partner's node found when it called the own node.
fn way_back(about: &str, told: &DialBack, serial: &str) -> Finding {
    let check = Check::WayBack;
    if told.endpoint.is_empty() {
        return Finding::ok(about, check, text::WAY_BACK_NONE.to_string());
    }
    if let Some((reason, words)) = &told.problem {
        // A stream that is up was dialled from here, and carries everything all the same.
        let grade = if told.linked {
            Grade::Warn
        } else {
            Grade::Fail
        };
        let detail = format!("{}: {words}", told.endpoint);
        let advice = text::ADVICE_WAY_BACK.to_string();
        return Finding::bad(about, check, grade, reason, detail, advice);
    }
    match &told.seen {
        Some(seen) if seen.serial != serial => {
            let detail = text::WAY_BACK_OTHER.fill(&[&told.endpoint, &seen.serial, &serial]);
            let advice = text::ADVICE_WAY_BACK_OTHER.to_string();
            let reason = "OTHER_CERTIFICATE_SHOWN";
            Finding::bad(about, check, Grade::Warn, reason, detail, advice)
        }
        _ => Finding::ok(
            about,
            check,
            text::WAY_BACK_SEEN.fill(&[&told.endpoint, &serial]),
        ),
    }
}

/// `ours` is from when it was asked until it answered: what lies between is no difference.
fn clocks(about: &str, theirs: UnixMillis, ours: RangeInclusive<UnixMillis>) -> Finding {
    let nearest = theirs.clamp(*ours.start(), *ours.end());
    let offset = theirs.0 - nearest.0;
    let told = text::CLOCK_OFFSET.fill(&[&format!("{:+.1}", offset as f64 / 1000.0)]);
    let apart = Duration::from_millis(offset.unsigned_abs());
    let bad = |grade| {
        let advice = text::ADVICE_CLOCK.to_string();
        Finding::bad(
            about,
            Check::Clock,
            grade,
            "CLOCK_APART",
            told.clone(),
            advice,
        )
    };
    match apart {
        _ if apart >= CLOCK_FAIL => bad(Grade::Fail),
        _ if apart >= CLOCK_WARN => bad(Grade::Warn),
        _ => Finding::ok(about, Check::Clock, told),
    }
}

fn version<C>(about: &str, hello: &Hello, here: &Here<C>) -> Finding {
    let told = text::VERSION_SEEN.fill(&[&hello.software, &hello.charter_version]);
    let bad = |grade, reason, advice: text::Text| {
        Finding::bad(
            about,
            Check::Version,
            grade,
            reason,
            told.clone(),
            advice.to_string(),
        )
    };
    if hello.charter_version == here.version && hello.charter_hash != here.hash {
        return bad(Grade::Fail, "CHARTER_DIFFERS", text::ADVICE_CHARTER_DIFFERS);
    }
    if hello.charter_version > here.version {
        // A running node adopts it by itself; the file stays behind.
        return bad(Grade::Warn, "CHARTER_BEHIND", text::ADVICE_CHARTER_BEHIND);
    }
    if hello.charter_version < here.version {
        return bad(Grade::Warn, "PARTNER_BEHIND", text::ADVICE_PARTNER_BEHIND);
    }
    if hello.protocol_level < PROTOCOL_LEVEL {
        return bad(Grade::Warn, "PARTNER_OLDER", text::ADVICE_PARTNER_OLDER);
    }
    Finding::ok(about, Check::Version, told)
}

#[cfg(test)]
mod tests {
    use verbund_model::Validity;
    use verbund_wire::convert::peer::Certificate;

    use super::*;

    #[test]
    fn an_hour_apart_is_a_fault_and_seconds_are_worth_a_word() {
        let grade = |offset| clocks("kod", UnixMillis(offset), UnixMillis(0)..=UnixMillis(0)).grade;
        assert_eq!(grade(4_999), Grade::Ok);
        assert_eq!(grade(-5_000), Grade::Warn);
        assert_eq!(grade(3_600_000), Grade::Fail);
    }

    #[test]
    fn the_way_back_is_told_by_what_the_partner_found() {
        let told = |problem: Option<&str>, seen: &str, linked| DialBack {
            endpoint: "kod.example:7444".to_owned(),
            problem: problem.map(|it| (it.to_owned(), "why".to_owned())),
            seen: Some(Certificate {
                serial: seen.to_owned(),
                validity: Validity::days(UnixMillis(0), 1),
            }),
            linked,
        };
        let found = |told: &DialBack| {
            let found = way_back("dhz", told, "0a");
            (found.grade, found.reason)
        };
        assert_eq!(found(&told(None, "0a", true)), (Grade::Ok, None));
        let other = Some("OTHER_CERTIFICATE_SHOWN".to_owned());
        assert_eq!(found(&told(None, "0b", true)), (Grade::Warn, other));
        let refused = Some("TCP_TIMEOUT".to_owned());
        for (linked, grade) in [(true, Grade::Warn), (false, Grade::Fail)] {
            assert_eq!(
                found(&told(Some("TCP_TIMEOUT"), "0a", linked)),
                (grade, refused.clone())
            );
        }
    }

    #[test]
    fn a_failed_connection_says_how_far_it_came() {
        let error = ConnectError::TlsTimeout {
            addr: "127.0.0.1:1".parse().unwrap(),
        };
        let findings = not_connected("kod", "kod.example:1", &error);
        let seen: Vec<_> = findings.iter().map(|it| (it.check, it.grade)).collect();
        assert_eq!(
            seen,
            [
                (Check::Address, Grade::Ok),
                (Check::Port, Grade::Ok),
                (Check::Tls, Grade::Fail),
            ]
        );
        assert_eq!(findings[2].reason.as_deref(), Some("HANDSHAKE_TIMEOUT"));
    }
}
