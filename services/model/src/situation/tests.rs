mod laws;
mod receiver;
mod sender;

use std::collections::BTreeSet;

use jiff::civil::date;
use proptest::prelude::*;

use super::*;
use crate::id::AgencyId;
use crate::reading::{Band, COUNT_MAX, Period, Value, ValueDraft};
use crate::testing::{agency, at, draft, krefeld, now};
use crate::time::{day_from_number, day_number};
use crate::violation::{Reason, Violation};

fn check_as(origin: &str, draft: &Draft) -> Result<Checked, Vec<Violation>> {
    draft.check(&krefeld(), &agency(origin), now())
}

fn found(outcome: Result<Checked, Vec<Violation>>) -> Vec<(String, Reason)> {
    match outcome {
        Ok(_) => Vec::new(),
        Err(violations) => violations
            .into_iter()
            .map(|it| (it.field, it.reason))
            .collect(),
    }
}

fn one(field: &str, reason: Reason) -> Vec<(String, Reason)> {
    vec![(field.to_owned(), reason)]
}

fn with(change: impl FnOnce(&mut Draft)) -> Draft {
    let mut draft = draft();
    change(&mut draft);
    draft
}

fn count(indicator: &str, period: Period, count: u32) -> ReadingDraft {
    ReadingDraft {
        indicator: indicator.into(),
        period: Some(period),
        value: ValueDraft::Count(count),
    }
}

fn key(audience: &Audience) -> String {
    audience.key()
}
