//! What the guard found, as callers see it: class, rule and place, never the text.

use verbund_guard::{Finding, Outcome, Verdict};

use crate::agency;
use crate::error::{Error, ErrorCode, FieldViolation};

/// The answer to a check.
pub fn to_wire(verdict: &Verdict, guard_version: &str) -> agency::CheckTextResponse {
    agency::CheckTextResponse {
        verdict: outcome(verdict.outcome) as i32,
        findings: verdict.findings.iter().map(finding).collect(),
        guard_version: guard_version.to_owned(),
    }
}

/// The error of a text that does not pass, found in `field`; `None` for one that does. With `confirmed`, a coordinator's word, what
/// wants review passes too.
pub fn refusal(field: &str, verdict: &Verdict, confirmed: bool) -> Option<Error> {
    let (code, message) = match verdict.outcome {
        Outcome::Pass => return None,
        Outcome::Review if confirmed => return None,
        Outcome::Review => (
            ErrorCode::GuardReview,
            "the guard found something that a coordinator must confirm",
        ),
        Outcome::Reject => (
            ErrorCode::GuardRejected,
            "the guard found something that may point at a person",
        ),
    };
    let violations = verdict
        .findings
        .iter()
        .filter(|it| it.severity == verdict.outcome)
        .map(|it| FieldViolation {
            field: field.to_owned(),
            reason: format!("GUARD_{:?}", it.class),
            description: format!("{} at {}..{}: {}", it.rule, it.start, it.end, it.advice_en),
        })
        .collect();
    Some(Error::new(code, message).with_violations(violations))
}

fn finding(it: &Finding) -> agency::Finding {
    agency::Finding {
        policy_class: format!("{:?}", it.class),
        rule: it.rule.to_owned(),
        severity: outcome(it.severity) as i32,
        start: u32::try_from(it.start).unwrap_or(u32::MAX),
        end: u32::try_from(it.end).unwrap_or(u32::MAX),
        advice_de: it.advice_de.to_owned(),
        advice_en: it.advice_en.to_owned(),
    }
}

fn outcome(it: Outcome) -> agency::Verdict {
    match it {
        Outcome::Pass => agency::Verdict::Pass,
        Outcome::Review => agency::Verdict::Review,
        Outcome::Reject => agency::Verdict::Reject,
    }
}
