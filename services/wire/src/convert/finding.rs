//! What the guard found, as callers see it: field, class, rule and place, never the text.

use verbund_guard::gate::{FieldFinding, FindingRecord, Findings};
use verbund_guard::{Finding, Outcome, Verdict};

use crate::agency;
use crate::error::{Error, ErrorCode, FieldViolation};

/// What the reasons of the guard's violations begin with; the policy's class follows.
const REASON: &str = "GUARD_";

/// The answer to a check of one text.
pub fn to_wire(verdict: &Verdict, guard_version: &str) -> agency::CheckTextResponse {
    agency::CheckTextResponse {
        verdict: outcome(verdict.outcome) as i32,
        findings: verdict.findings.iter().map(finding).collect(),
        guard_version: guard_version.to_owned(),
    }
}

/// Findings in the fields of a message.
pub fn told(findings: &Findings) -> Vec<agency::Finding> {
    let told = findings.told.iter();
    told.map(|FieldFinding { field, finding: it }| agency::Finding {
        field: field.to_string(),
        ..finding(it)
    })
    .collect()
}

/// A finding as the audit log keeps it.
pub fn recorded(it: &FindingRecord) -> agency::Finding {
    agency::Finding {
        policy_class: it.class.to_string(),
        rule: it.rule.to_string(),
        severity: outcome(it.severity) as i32,
        start: it.start,
        end: it.end,
        advice_de: String::new(),
        advice_en: String::new(),
        field: it.field.to_string(),
    }
}

/// The error for texts that may not go; those findings are told that weigh most.
pub fn refusal(findings: &Findings) -> Error {
    let (code, message) = match findings.outcome {
        Outcome::Reject => (
            ErrorCode::GuardRejected,
            "the guard found something that may point at a person",
        ),
        Outcome::Review | Outcome::Pass => (
            ErrorCode::GuardReview,
            "the guard found something that a coordinator must confirm",
        ),
    };
    let violations = findings
        .told
        .iter()
        .filter(|it| it.finding.severity == findings.outcome)
        .map(|FieldFinding { field, finding: it }| FieldViolation {
            field: field.to_string(),
            reason: format!("{REASON}{}", it.class),
            description: format!("{} at {}..{}: {}", it.rule, it.start, it.end, it.advice_en),
        })
        .collect();
    Error::new(code, message).with_violations(violations)
}

/// The finding that a violation of a [`refusal`] tells of. A violation has room for one language; the advice in both is the guard's
/// own, by the rule. `None` for any other violation, and for a rule of another release.
pub fn of_violation(it: &FieldViolation) -> Option<agency::Finding> {
    let class = it.reason.strip_prefix(REASON)?;
    let (rule, rest) = it.description.split_once(" at ")?;
    let (place, _) = rest.split_once(": ")?;
    let (start, end) = place.split_once("..")?;
    let (advice_de, advice_en) = verbund_guard::advice(rule)?;
    Some(agency::Finding {
        policy_class: class.to_owned(),
        rule: rule.to_owned(),
        severity: agency::Verdict::Unspecified as i32,
        start: start.parse().ok()?,
        end: end.parse().ok()?,
        advice_de: advice_de.to_owned(),
        advice_en: advice_en.to_owned(),
        field: it.field.clone(),
    })
}

fn finding(it: &Finding) -> agency::Finding {
    agency::Finding {
        policy_class: it.class.to_string(),
        rule: it.rule.to_owned(),
        severity: outcome(it.severity) as i32,
        start: u32::try_from(it.start).unwrap_or(u32::MAX),
        end: u32::try_from(it.end).unwrap_or(u32::MAX),
        advice_de: it.advice_de.to_owned(),
        advice_en: it.advice_en.to_owned(),
        field: String::new(),
    }
}

/// What the guard says, as a number of the contract.
pub fn outcome(it: Outcome) -> agency::Verdict {
    match it {
        Outcome::Pass => agency::Verdict::Pass,
        Outcome::Review => agency::Verdict::Review,
        Outcome::Reject => agency::Verdict::Reject,
    }
}
