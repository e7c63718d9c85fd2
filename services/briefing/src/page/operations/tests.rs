use verbund_wire::agency::{
    Alarm, AuditEvent, AuditRecord, Finding, GetStatusResponse, Link, Partner, RevocationList,
    Store,
};

use super::*;
use crate::lang::Lang;
use crate::page::testing::{HOSTILE, check, frame};
use crate::role::Role;

/// The reasons of alarms that a node of this release raises.
const REASONS: &[&str] = &[
    "LANE_STOPPED",
    "LANE_NOT_OPENED",
    "CARRIER_FAULT",
    "RECEIPT_BEYOND_HEAD",
    "HISTORIES_DIFFER",
    "OWN_LANE_STOPPED",
    "OWN_LANE_CLOSED",
    "OWN_ENTRY_ELSEWHERE",
    "OWN_HISTORIES_DIFFER",
    "OWN_LANE_ENDS_ELSEWHERE",
    "STEP_VOID",
    "DRAFT_REFUSED",
    "QUEUED_REFUSED",
    "QUEUED_EXPIRED",
    "CHARTER_REFUSED",
    "CHARTER_EXPIRED",
    "CERTIFICATE_ENDS",
];

fn status(now: Timestamp) -> GetStatusResponse {
    let now_ms = now.as_millisecond();
    GetStatusResponse {
        software: HOSTILE.to_owned(),
        charter_expires: "2026-01-01".to_owned(),
        read_only: "DISK_RESERVE".to_owned(),
        certificate_not_before_ms: now_ms - 87 * 86_400_000,
        certificate_not_after_ms: now_ms + 3 * 86_400_000,
        certificate_serial: "0a:1b".to_owned(),
        revocation_lists: vec![RevocationList {
            agency: "dhz".to_owned(),
            next_update_ms: 0,
        }],
        store: Some(Store {
            engine: "SQLite".to_owned(),
            version: "3.51.3".to_owned(),
            warnings: vec![HOSTILE.to_owned()],
            problem: HOSTILE.to_owned(),
        }),
        partners: vec![
            Partner {
                agency: "dhz".to_owned(),
                link: Link::Away.into(),
                problem: HOSTILE.to_owned(),
                last_heard_ms: now_ms - 7_200_000,
                lag_ms: 180_000,
                refused: 1,
                own_certificate_serial: HOSTILE.to_owned(),
                ..Partner::default()
            },
            Partner {
                agency: "streetwork".to_owned(),
                link: Link::Connected.into(),
                last_heard_ms: now_ms,
                clock_offset_ms: -12,
                own_certificate_serial: "0a:1b".to_owned(),
                ..Partner::default()
            },
        ],
        ..GetStatusResponse::default()
    }
}

fn page(lang: Lang, roles: &[Role], alarms: &[Alarm]) -> String {
    let now = Timestamp::now();
    let mut frame = frame(lang);
    frame.roles = roles.iter().copied().collect();
    let status = status(now);
    let operates = frame.roles.operates();
    let page = OperationsPage {
        partners: status
            .partners
            .iter()
            .map(|it| PartnerView::new(&frame, it, &status.certificate_serial, now))
            .collect(),
        node: operates.then(|| NodeView::new(&frame, &status, now)),
        alarms: alarms.iter().map(|it| AlarmRow::new(&frame, it)).collect(),
        frame,
    };
    page.render().unwrap()
}

#[test]
fn operators_see_what_to_do_in_words() {
    for lang in Lang::ALL {
        let html = page(lang, &[Role::Operator], &[]);
        check(&html);
        assert!(html.contains("verbund doctor"));
        assert!(
            !html.contains("operations-") && !html.contains("DISK_RESERVE"),
            "a raw key shows"
        );
    }
    let html = page(Lang::De, &[Role::Operator], &[]);
    for words in [
        "Liegt 3 Minuten zurück",
        "Schon 2 Stunden nicht erreichbar",
        "Die Charta ist abgelaufen",
        "Das Zertifikat des Knotens gilt noch 3 Tage.",
        "das aktuelle",
    ] {
        assert!(html.contains(words), "{words}");
    }
}

#[test]
fn readers_see_partners_and_nothing_else() {
    let html = page(Lang::De, &[Role::Reader], &[]);
    check(&html);
    assert!(html.contains("partner-dhz") && html.contains("Liegt 3 Minuten zurück"));
    for hidden in ["id=\"node\"", "id=\"alarms\"", "-facts", "SQLite", "<code>"] {
        assert!(!html.contains(hidden), "{hidden}");
    }
}

#[test]
fn each_alarm_says_what_to_do_also_one_of_a_newer_release() {
    let alarm = |(number, reason): (u64, &str)| Alarm {
        number,
        reason: reason.to_owned(),
        description: HOSTILE.to_owned(),
        agency: "dhz".to_owned(),
        lane: vec![7; 16].into(),
        has_evidence: true,
        ..Alarm::default()
    };
    let alarms: Vec<Alarm> = (1..)
        .zip(REASONS.iter().copied().chain(["NEWER"]))
        .map(alarm)
        .collect();
    for lang in Lang::ALL {
        let html = page(lang, &[Role::Operator], &alarms);
        check(&html);
        let frame = frame(lang);
        for (index, alarm) in alarms.iter().enumerate() {
            let row = AlarmRow::new(&frame, alarm);
            let is_other = row.title == frame.t("operations-alarm-other");
            assert_eq!(is_other, index == REASONS.len(), "{}", alarm.reason);
            assert!(html.contains(&row.evidence));
        }
    }
}

#[test]
fn the_audit_log_shows_roles_and_pseudonyms() {
    let finding = |rule: &str| Finding {
        rule: rule.to_owned(),
        ..Finding::default()
    };
    let record = AuditRecord {
        number: 1_234,
        event: AuditEvent::ReviewConfirmed.into(),
        role: "coordinator".to_owned(),
        pseudonym: HOSTILE.to_owned(),
        findings: vec![finding("b"), finding("a"), finding("b")],
        ..AuditRecord::default()
    };
    for lang in Lang::ALL {
        let frame = frame(lang);
        let row = RecordRow::new(&frame, &record);
        assert_eq!(row.rules, "a, b");
        assert_ne!(row.role, "coordinator", "the role has a word");
        let page = AuditPage {
            records: vec![row],
            next: "/betrieb/protokoll?seite=x".to_owned(),
            is_first: true,
            frame,
        };
        check(&page.render().unwrap());
    }
}
