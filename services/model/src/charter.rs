//! The charter: who is in the federation and what they agreed on.
//!
//! A [`Charter`] in hand is complete and consistent: every id is a slug and unique, every reference leads somewhere,
//! every threshold is at least as strict as the system's own, every agency can be known by its roots and keys. What the
//! members signed is the TOML text; its hash and signatures are the ledger's matter.

mod compose;
mod indicators;
mod parse;
mod raw;

use std::borrow::Borrow;
use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

pub use compose::MemberKeys;
pub use parse::{CHARTER_BYTES_MAX, CharterError, CharterProblem};

use crate::audience::Audience;
use crate::id::{
    AgencyId, CategoryId, FederationId, IndicatorId, MeasureId, MeetingTypeId, PlaceId, WindowId,
};
use crate::reading::Period;
use crate::time::{Day, UnixMillis};
use crate::violation::Reason;

/// A name in the two languages of the application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Names {
    /// In German.
    pub de: String,
    /// In English.
    pub en: String,
}

/// A member of the federation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agency {
    /// Its id.
    pub id: AgencyId,
    /// Its names.
    pub names: Names,
    /// What it tells police and prosecutor is generalised to district and day.
    pub protected: bool,
    /// It must act on what it learns (§§ 152, 163 StPO); a protected agency tells it only the generalised form.
    pub bound_to_prosecute: bool,
    /// `host:port` of its node's federation listener; empty when it can't be dialled and dials itself.
    pub endpoint: String,
    /// One or more PEM certificates: the roots that vouch for this agency's certificates, and for no other's.
    pub tls_roots_pem: String,
    /// The keys that sign its entries. More than one while it changes them.
    pub entry_keys: Vec<EntryKeyText>,
}

/// An Ed25519 public key as a charter writes it: 64 hexadecimal digits in lower case. Whether it is a point of the curve
/// is the ledger's matter.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EntryKeyText(String);

impl EntryKeyText {
    /// Takes 64 hexadecimal digits in lower case; one key must have one spelling. None for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let hex = text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        hex.then(|| Self(text.to_owned()))
    }

    /// Writes a key's 32 bytes.
    pub fn from_bytes(key: &[u8; 32]) -> Self {
        Self(raw::hex(key))
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The key's 32 bytes.
    pub fn to_bytes(&self) -> [u8; 32] {
        raw::unhex(&self.0).expect("64 hexadecimal digits, checked when it was made")
    }
}

impl TryFrom<String> for EntryKeyText {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("an entry key is 64 hexadecimal digits in lower case")
    }
}

impl From<EntryKeyText> for String {
    fn from(key: EntryKeyText) -> Self {
        key.0
    }
}

impl fmt::Debug for EntryKeyText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EntryKeyText({})", self.0)
    }
}

impl fmt::Display for EntryKeyText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// A place of the closed register. No free addresses exist anywhere in the system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Its id.
    pub id: PlaceId,
    /// Its name, as people in the city say it.
    pub name: String,
    /// What kind of place it is.
    pub kind: PlaceKind,
    /// The zone or quarter that stands for it in generalised updates; a zone's or quarter's own is itself.
    pub district: PlaceId,
    /// Where it lies, for a map; none where the charter does not say.
    pub position: Option<Position>,
}

/// A point on the map, in thousandths of a degree: some hundred metres, which is fine enough for a city and for no door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// North of the equator.
    pub latitude_millidegrees: i32,
    /// East of Greenwich.
    pub longitude_millidegrees: i32,
}

impl Place {
    /// A house with people who may be known there: small counts are told otherwise than of the street.
    pub fn is_facility(&self) -> bool {
        self.kind == PlaceKind::Facility
    }

    /// Anything but a facility.
    pub fn is_public(&self) -> bool {
        !self.is_facility()
    }
}

/// What kind of place a place is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PlaceKind {
    /// A playground.
    #[serde(rename = "spielplatz")]
    Playground,
    /// A house of a service.
    #[serde(rename = "einrichtung")]
    Facility,
    /// A square or street.
    #[serde(rename = "platz")]
    Square,
    /// A station or stop.
    #[serde(rename = "oepnv-knoten")]
    TransitHub,
    /// A park or green.
    #[serde(rename = "gruenflaeche")]
    Green,
    /// Waste ground.
    #[serde(rename = "brachflaeche")]
    WasteGround,
    /// Several places under one name.
    #[serde(rename = "zone")]
    Zone,
    /// A neighbourhood.
    #[serde(rename = "quartier")]
    Quarter,
}

impl PlaceKind {
    /// The kind as charters write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Playground => "spielplatz",
            Self::Facility => "einrichtung",
            Self::Square => "platz",
            Self::TransitHub => "oepnv-knoten",
            Self::Green => "gruenflaeche",
            Self::WasteGround => "brachflaeche",
            Self::Zone => "zone",
            Self::Quarter => "quartier",
        }
    }

    /// Whether it is large enough to stand for places in generalised updates.
    pub fn is_district(self) -> bool {
        matches!(self, Self::Zone | Self::Quarter)
    }
}

/// An id with its names: a category, a measure or a meeting type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term<Id> {
    /// The id.
    pub id: Id,
    /// Its names.
    pub names: Names,
}

/// What an indicator counts, and so in which form it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Counts {
    /// Persons.
    Persons,
    /// What persons do; what one person does is one person.
    Acts,
    /// A share of persons.
    Share,
    /// Things: needles, cleanings, hours.
    Things,
}

impl Counts {
    /// The class as charters write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Persons => "persons",
            Self::Acts => "acts",
            Self::Share => "share",
            Self::Things => "things",
        }
    }
}

/// Of which places a figure of persons is told. Never of both: a district less its places would be the rest of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ToldOf {
    /// Squares, stations, greens, facilities: all that lies in a district.
    Places,
    /// Zones and quarters.
    Districts,
}

impl ToldOf {
    /// The word as charters write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Places => "places",
            Self::Districts => "districts",
        }
    }
}

/// Something that is counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Indicator {
    /// Its id.
    pub id: IndicatorId,
    /// Its names.
    pub names: Names,
    /// What one is called.
    pub unit: String,
    /// The class.
    pub counts: Counts,
    /// The periods that a figure may cover. One, except of things: a month of persons less its days would be a day.
    pub periods: Vec<Period>,
    /// The places that it is told of; none for things, which are told of any.
    pub told_of: Option<ToldOf>,
    /// The indicator that counts all of which this one counts a part. The parts of a total add up to it.
    pub part_of: Option<IndicatorId>,
}

impl Indicator {
    /// Whether a figure may be told of this place.
    pub fn is_told_of(&self, place: &Place) -> bool {
        match self.told_of {
            None => true,
            Some(ToldOf::Places) => !place.kind.is_district(),
            Some(ToldOf::Districts) => place.kind.is_district(),
        }
    }
}

/// Periods that a charter lists for an indicator and that nobody may tell: see [`Charter::untold`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Untold {
    /// The indicator.
    pub indicator: IndicatorId,
    /// The periods beyond the one that counts, or beyond its total's.
    pub periods: Vec<Period>,
}

/// Who is asked first for a kind of matter. An assignment still needs acceptance: no agency can order another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Responsibility {
    /// The kind of matter.
    pub category: CategoryId,
    /// The agency that is asked first.
    pub agency: AgencyId,
}

/// Below which size figures are not told. A charter may be stricter than the system's own values, never laxer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Thresholds {
    /// Counts below it are told as "<5". Always 5: the bands are part of the contract.
    pub small_count: u32,
    /// From here on, persons and acts at a facility are rounded instead of banded: 20, 50 or 100.
    pub facility_rounded_from: u32,
    /// What they are rounded to: a multiple of 5 that divides `facility_rounded_from`.
    pub rounding: u32,
    /// The least number that a share may be a share of; 50 or more.
    pub share_base_from: u32,
}

/// How long things are kept, in days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Updates: codes and text.
    pub update_days: u32,
    /// Readings, as series of their own.
    pub reading_days: u32,
    /// Tasks, after they are closed.
    pub task_after_close_days: u32,
    /// Protocols.
    pub protocol_days: u32,
}

impl Retention {
    /// The first day of which readings are kept on a day, both in days since 1970-01-01.
    pub fn readings_from(&self, today: i32) -> i32 {
        today.saturating_sub(i32::try_from(self.reading_days).unwrap_or(i32::MAX))
    }
}

/// Rules of sign-off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProtocolRules {
    /// Days after which a circulating protocol is released with reservation.
    pub release_with_reservation_after_days: u32,
}

/// What one origin may send in a day before its partners stop pulling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// Entries.
    pub entries_per_day: u64,
    /// Bytes of frames, codes and texts.
    pub bytes_per_day: u64,
}

/// The charter in force.
#[derive(Debug, Clone)]
pub struct Charter {
    federation: FederationId,
    names: Names,
    version: u32,
    previous_hash: Option<[u8; 32]>,
    expires: Day,
    protocol_level: u32,
    time_zone: TimeZone,
    time_zone_name: String,
    agencies: Register<AgencyId, Agency>,
    places: Register<PlaceId, Place>,
    categories: Register<CategoryId, Term<CategoryId>>,
    indicators: Register<IndicatorId, Indicator>,
    untold: Vec<Untold>,
    measures: Register<MeasureId, Term<MeasureId>>,
    meeting_types: Register<MeetingTypeId, Term<MeetingTypeId>>,
    responsibilities: Vec<Responsibility>,
    windows: Vec<WindowId>,
    /// First and last hour of each window, as in `windows`. Only the last may run over midnight.
    hours: Vec<(i8, i8)>,
    thresholds: Thresholds,
    retention: Retention,
    protocol_rules: ProtocolRules,
    quota: Quota,
    members: Audience,
}

impl Charter {
    /// The federation's id.
    pub fn federation(&self) -> &FederationId {
        &self.federation
    }

    /// The federation's names.
    pub fn names(&self) -> &Names {
        &self.names
    }

    /// Its number; the first is 1.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// SHA-256 of the charter before; none in the first.
    pub fn previous_hash(&self) -> Option<[u8; 32]> {
        self.previous_hash
    }

    /// The last day on which membership may be changed by it. Traffic goes on after that, and warnings begin before.
    pub fn expires(&self) -> Day {
        self.expires
    }

    /// The highest kind of entry that members may send.
    pub fn protocol_level(&self) -> u32 {
        self.protocol_level
    }

    /// The zone of days and windows.
    pub fn time_zone(&self) -> &TimeZone {
        &self.time_zone
    }

    /// The zone's name, such as `Europe/Berlin`.
    pub fn time_zone_name(&self) -> &str {
        &self.time_zone_name
    }

    /// The agencies, in the charter's order.
    pub fn agencies(&self) -> std::slice::Iter<'_, Agency> {
        self.agencies.items.iter()
    }

    /// One agency.
    pub fn agency(&self, id: &AgencyId) -> Option<&Agency> {
        self.agencies.find(id.as_str())
    }

    /// All agencies as an audience.
    pub fn members(&self) -> &Audience {
        &self.members
    }

    /// Whether the agency is a member that must act on what it learns.
    pub fn is_bound_to_prosecute(&self, id: &AgencyId) -> bool {
        self.agency(id)
            .is_some_and(|agency| agency.bound_to_prosecute)
    }

    /// The places, in the charter's order.
    pub fn places(&self) -> std::slice::Iter<'_, Place> {
        self.places.items.iter()
    }

    /// One place.
    pub fn place(&self, id: &PlaceId) -> Option<&Place> {
        self.places.find(id.as_str())
    }

    /// The categories, in the charter's order.
    pub fn categories(&self) -> std::slice::Iter<'_, Term<CategoryId>> {
        self.categories.items.iter()
    }

    /// One category.
    pub fn category(&self, id: &CategoryId) -> Option<&Term<CategoryId>> {
        self.categories.find(id.as_str())
    }

    /// The indicators, in the charter's order.
    pub fn indicators(&self) -> std::slice::Iter<'_, Indicator> {
        self.indicators.items.iter()
    }

    /// One indicator.
    pub fn indicator(&self, id: &IndicatorId) -> Option<&Indicator> {
        self.indicators.find(id.as_str())
    }

    /// What the charter lists and nobody may tell, since a small count could be had from it by subtraction: the periods of
    /// persons, acts and shares but one. It can be adopted all the same; the members should strike it from the next version.
    pub fn untold(&self) -> &[Untold] {
        &self.untold
    }

    /// The measures of the concept, in the charter's order.
    pub fn measures(&self) -> std::slice::Iter<'_, Term<MeasureId>> {
        self.measures.items.iter()
    }

    /// One measure.
    pub fn measure(&self, id: &MeasureId) -> Option<&Term<MeasureId>> {
        self.measures.find(id.as_str())
    }

    /// The kinds of meetings, in the charter's order.
    pub fn meeting_types(&self) -> std::slice::Iter<'_, Term<MeetingTypeId>> {
        self.meeting_types.items.iter()
    }

    /// One kind of meetings.
    pub fn meeting_type(&self, id: &MeetingTypeId) -> Option<&Term<MeetingTypeId>> {
        self.meeting_types.find(id.as_str())
    }

    /// Who is asked first for what.
    pub fn responsibilities(&self) -> &[Responsibility] {
        &self.responsibilities
    }

    /// The time windows, in the order of the day.
    pub fn windows(&self) -> &[WindowId] {
        &self.windows
    }

    /// Below which size figures are not told.
    pub fn thresholds(&self) -> &Thresholds {
        &self.thresholds
    }

    /// How long things are kept.
    pub fn retention(&self) -> &Retention {
        &self.retention
    }

    /// Rules of sign-off.
    pub fn protocol_rules(&self) -> &ProtocolRules {
        &self.protocol_rules
    }

    /// What one origin may send in a day.
    pub fn quota(&self) -> &Quota {
        &self.quota
    }

    /// The calendar day in the charter's zone. See [`Charter::operational_day`] for the day that a night shift is in.
    pub fn today(&self, now: UnixMillis) -> Day {
        self.local(now).date()
    }

    /// The day that the window running now belongs to: at two in the morning, mostly yesterday.
    pub fn operational_day(&self, now: UnixMillis) -> Day {
        self.running(now).0
    }

    /// The window that runs now, with the day that it belongs to: the one it starts on.
    pub fn operational_day_window(&self, now: UnixMillis) -> (Day, WindowId) {
        let (day, index) = self.running(now);
        (day, self.windows[index].clone())
    }

    /// Whether this window of this day has begun. False for a window that the charter doesn't have.
    pub fn has_begun(&self, day: Day, window: &WindowId, now: UnixMillis) -> bool {
        let index = self.windows.iter().position(|id| id == window);
        index.is_some_and(|index| (day, index) <= self.running(now))
    }

    /// Whether this window of this day is over. False for a window that the charter doesn't have.
    pub fn has_ended(&self, day: Day, window: &WindowId, now: UnixMillis) -> bool {
        let index = self.windows.iter().position(|id| id == window);
        index.is_some_and(|index| (day, index) < self.running(now))
    }

    /// The day after which an update on this day, issued now, is erased. A planned update is kept as long after its day
    /// as another.
    pub fn erasure_day(&self, day: Day, now: UnixMillis) -> Day {
        let from = day.max(self.today(now));
        from.saturating_add(jiff::Span::new().days(self.retention.update_days))
    }

    fn local(&self, now: UnixMillis) -> jiff::civil::DateTime {
        let timestamp = jiff::Timestamp::from_millisecond(now.0).unwrap_or(match now.0 < 0 {
            true => jiff::Timestamp::MIN,
            false => jiff::Timestamp::MAX,
        });
        self.time_zone.to_datetime(timestamp)
    }

    /// Wall-clock hours alone decide, so a night of 23 or 25 hours has the same windows as any other.
    fn running(&self, now: UnixMillis) -> (Day, usize) {
        let local = self.local(now);
        let hour = local.hour();
        let last = self.hours.len() - 1;
        for (index, (from, to)) in self.hours.iter().enumerate() {
            if from < to && (*from..*to).contains(&hour) {
                return (local.date(), index);
            }
        }
        // Windows cover the day without gaps, so this is the one over midnight.
        match hour >= self.hours[last].0 {
            true => (local.date(), last),
            false => (local.date().yesterday().unwrap_or(local.date()), last),
        }
    }
}

/// Looking ids up as callers write them: what is wrong is said with what is allowed.
impl Charter {
    pub(crate) fn find_agency(&self, id: &str) -> Result<&Agency, (Reason, String)> {
        self.agencies.expect(id, Reason::UnknownAgency, "agency")
    }

    pub(crate) fn find_category(&self, id: &str) -> Result<&CategoryId, (Reason, String)> {
        self.categories
            .expect(id, Reason::UnknownCategory, "category")
            .map(|term| &term.id)
    }

    pub(crate) fn find_place(&self, id: &str) -> Result<&Place, (Reason, String)> {
        self.places.expect(id, Reason::UnknownPlace, "place")
    }

    pub(crate) fn find_measure(&self, id: &str) -> Result<&MeasureId, (Reason, String)> {
        self.measures
            .expect(id, Reason::UnknownMeasure, "measure")
            .map(|term| &term.id)
    }

    pub(crate) fn find_meeting_type(&self, id: &str) -> Result<&MeetingTypeId, (Reason, String)> {
        self.meeting_types
            .expect(id, Reason::UnknownMeetingType, "meeting type")
            .map(|term| &term.id)
    }

    pub(crate) fn find_indicator(&self, id: &str) -> Result<&Indicator, (Reason, String)> {
        self.indicators
            .expect(id, Reason::UnknownIndicator, "indicator")
    }

    pub(crate) fn find_window(&self, id: &str) -> Result<&WindowId, (Reason, String)> {
        self.windows
            .iter()
            .find(|window| window.as_str() == id)
            .ok_or_else(|| {
                (
                    Reason::UnknownWindow,
                    unknown("time window", self.windows.iter().map(WindowId::as_str)),
                )
            })
    }
}

/// Items in the charter's order, which is the order in which people see them, with a way to find one by id.
#[derive(Debug, Clone)]
struct Register<Id, Item> {
    items: Vec<Item>,
    index: HashMap<Id, usize>,
}

impl<Id: Eq + Hash + Clone + Borrow<str>, Item> Register<Id, Item> {
    fn new(items: Vec<Item>, id: impl Fn(&Item) -> &Id) -> Self {
        let index = items
            .iter()
            .enumerate()
            .map(|(at, item)| (id(item).clone(), at))
            .collect();
        Self { items, index }
    }

    fn find(&self, id: &str) -> Option<&Item> {
        self.index.get(id).map(|at| &self.items[*at])
    }

    fn expect(&self, id: &str, reason: Reason, what: &str) -> Result<&Item, (Reason, String)> {
        if id.is_empty() {
            return Err((Reason::MissingField, format!("give the {what}")));
        }
        self.find(id).ok_or_else(|| {
            let mut ids: Vec<(&usize, &str)> = self
                .index
                .iter()
                .map(|(id, at)| (at, id.borrow()))
                .collect();
            ids.sort_unstable();
            (reason, unknown(what, ids.into_iter().map(|(_, id)| id)))
        })
    }
}

/// Longest list of allowed ids in bytes: an error message must fit into an HTTP/2 header with others of its kind.
const ALLOWED_BYTES: usize = 360;

fn unknown<'a>(what: &str, allowed: impl ExactSizeIterator<Item = &'a str>) -> String {
    let mut text = format!("no {what} of the charter; allowed: ");
    let start = text.len();
    let mut left = allowed.len();
    for id in allowed {
        if text.len() - start + id.len() > ALLOWED_BYTES {
            break;
        }
        if text.len() > start {
            text.push_str(", ");
        }
        text.push_str(id);
        left -= 1;
    }
    if left > 0 {
        text.push_str(&format!(" and {left} more"));
    }
    text
}

#[cfg(test)]
mod tests;
