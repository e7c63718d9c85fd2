//! The charter's TOML as it stands in the file. Unknown keys are errors everywhere: a misspelt threshold must not be a
//! missing one.

use serde::{Deserialize, Serialize};

use super::{Counts, EntryKeyText, Names, PlaceKind, ProtocolRules, Thresholds, ToldOf};
use crate::id::{
    AgencyId, CategoryId, FederationId, IndicatorId, MeasureId, MeetingTypeId, PlaceId, WindowId,
};
use crate::reading::Period;
use crate::time::Day;

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Document {
    pub(super) charter: Head,
    pub(super) federation: Federation,
    pub(super) agency: Vec<Agency>,
    pub(super) place: Vec<Place>,
    pub(super) category: Vec<Term<CategoryId>>,
    pub(super) indicator: Vec<Indicator>,
    pub(super) time_window: TimeWindow,
    pub(super) measure: Vec<Term<MeasureId>>,
    #[serde(default)]
    pub(super) meeting_type: Vec<Term<MeetingTypeId>>,
    #[serde(default)]
    pub(super) responsibility: Vec<Responsibility>,
    pub(super) thresholds: Thresholds,
    pub(super) retention_days: RetentionDays,
    pub(super) protocol_rules: ProtocolRules,
    pub(super) quota_per_origin_and_day: Quota,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Head {
    pub(super) version: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) previous_hash: Option<String>,
    pub(super) expires: Day,
    pub(super) protocol_level: u32,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Federation {
    pub(super) id: FederationId,
    pub(super) time_zone: String,
    pub(super) name: Names,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Agency {
    pub(super) id: AgencyId,
    #[serde(default, skip_serializing_if = "is_false")]
    pub(super) protected: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    pub(super) bound_to_prosecute: bool,
    #[serde(default)]
    pub(super) endpoint: String,
    #[serde(default)]
    pub(super) entry_keys: Vec<EntryKeyText>,
    #[serde(default)]
    pub(super) tls_roots_pem: String,
    pub(super) name: Names,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Place {
    pub(super) id: PlaceId,
    pub(super) name: String,
    #[serde(rename = "type")]
    pub(super) kind: PlaceKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) district: Option<PlaceId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) lat: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) lon: Option<f64>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Term<Id> {
    pub(super) id: Id,
    pub(super) name: Names,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Indicator {
    pub(super) id: IndicatorId,
    pub(super) unit: String,
    pub(super) counts: Counts,
    pub(super) period: Vec<Period>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) part_of: Option<IndicatorId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) told_of: Option<ToldOf>,
    pub(super) name: Names,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TimeWindow {
    pub(super) buckets: Vec<WindowId>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Responsibility {
    pub(super) category: CategoryId,
    pub(super) agency: AgencyId,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RetentionDays {
    pub(super) update: u32,
    pub(super) reading: u32,
    pub(super) task_after_close: u32,
    pub(super) protocol: u32,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Quota {
    pub(super) entries: u64,
    pub(super) mebibytes: u64,
}

fn is_false(flag: &bool) -> bool {
    !flag
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// Exactly 64 hexadecimal digits in lower case.
pub(super) fn unhex(text: &str) -> Option<[u8; 32]> {
    let digit = |b: u8| match b {
        b'0'..=b'9' => Some(b - b'0'),
        b'a'..=b'f' => Some(b - b'a' + 10),
        _ => None,
    };
    let text = text.as_bytes();
    if text.len() != 64 {
        return None;
    }
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(bytes)
}
