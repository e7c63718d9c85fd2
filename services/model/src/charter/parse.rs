//! Reading a charter: its form first, then everything that must fit together, all problems at once.

use std::collections::HashSet;
use std::fmt;
use std::hash::Hash;

use jiff::tz::TimeZone;

use super::{
    Agency, Charter, Place, Position, Quota, Register, Responsibility, Retention, Term, Thresholds,
    indicators, raw,
};
use crate::audience::{AGENCIES_MAX, Audience};
use crate::id::WindowId;

/// Largest charter in bytes: 64 agencies with a few certificates each, and ten times Krefeld's vocabulary.
pub const CHARTER_BYTES_MAX: usize = 1024 * 1024;

/// Most items of one vocabulary list; beyond, nobody finds anything in a drop-down list.
const TERMS_MAX: usize = 1024;
/// Most characters of a name.
const NAME_CHARS: usize = 200;
/// Most entry keys of one agency: one in use, one to come, and some that still verify the past.
const ENTRY_KEYS_MAX: usize = 8;
/// Longest retention: thirty years, the longest that German archive law asks of files of this kind.
const RETENTION_DAYS_MAX: u32 = 10_958;

/// Why a text is no charter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CharterError {
    /// More than [`CHARTER_BYTES_MAX`].
    #[error("the charter is larger than 1 MiB")]
    TooLarge,
    /// Not UTF-8.
    #[error("the charter is not UTF-8 text")]
    NotText,
    /// Not TOML, a key that is unknown or missing, or a value of the wrong form; the message says where.
    #[error("the charter can't be read: {0}")]
    Syntax(String),
    /// It can be read and does not fit together.
    #[error("the charter does not fit together: {}", list(.0))]
    Invalid(Vec<CharterProblem>),
}

/// One thing in a charter that does not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CharterProblem {
    /// Where, such as `place[3].district`.
    pub path: String,
    /// What is wrong, and what would be right.
    pub detail: String,
}

impl CharterProblem {
    pub(super) fn new(path: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            detail: detail.into(),
        }
    }
}

impl fmt::Display for CharterProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.detail)
    }
}

fn list(problems: &[CharterProblem]) -> String {
    problems
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("; ")
}

pub(super) fn document(bytes: &[u8]) -> Result<raw::Document, CharterError> {
    if bytes.len() > CHARTER_BYTES_MAX {
        return Err(CharterError::TooLarge);
    }
    let text = std::str::from_utf8(bytes).map_err(|_| CharterError::NotText)?;
    toml::from_str(text)
        .map_err(|error| CharterError::Syntax(error.to_string().trim_end().to_owned()))
}

impl Charter {
    /// Reads a charter.
    ///
    /// # Errors
    /// [`CharterError`]; [`CharterError::Invalid`] lists everything that does not fit.
    pub fn parse(bytes: &[u8]) -> Result<Self, CharterError> {
        let document = document(bytes)?;
        let mut problems = Problems(Vec::new());

        let head = &document.charter;
        let previous_hash = head.previous_hash.as_deref().and_then(|text| {
            let hash = raw::unhex(text);
            problems.unless(
                hash.is_some(),
                "charter.previous_hash",
                "is 64 hexadecimal digits in lower case",
            );
            hash
        });
        problems.unless(head.version >= 1, "charter.version", "begins with 1");
        problems.unless(
            head.protocol_level >= 1,
            "charter.protocol_level",
            "begins with 1",
        );
        match (head.version, &head.previous_hash) {
            (1, Some(_)) => problems.add(
                "charter.previous_hash",
                "the first charter has none before it",
            ),
            (2.., None) => problems.add(
                "charter.previous_hash",
                "names the charter that this one replaces",
            ),
            _ => {}
        }

        let time_zone = TimeZone::get(&document.federation.time_zone).unwrap_or_else(|_| {
            problems.add(
                "federation.time_zone",
                "is no zone of the IANA database, such as Europe/Berlin",
            );
            TimeZone::UTC
        });
        problems.names("federation.name", &document.federation.name);
        check_agencies(&document.agency, &mut problems);
        let places = check_places(&document.place, &mut problems);
        check_terms("category", &document.category, &mut problems);
        check_terms("measure", &document.measure, &mut problems);
        check_terms("meeting_type", &document.meeting_type, &mut problems);
        indicators::check(&document.indicator, &mut problems);
        check_responsibilities(&document, &mut problems);
        let hours = check_windows(&document.time_window.buckets, &mut problems);
        check_thresholds(&document.thresholds, &mut problems);
        check_limits(&document, &mut problems);

        for (list, count) in [
            ("place", document.place.len()),
            ("category", document.category.len()),
            ("measure", document.measure.len()),
        ] {
            problems.unless(count > 0, list, "needs at least one");
        }
        let members = Audience::new(document.agency.iter().map(|agency| agency.id.clone()));
        match members {
            Ok(members) if problems.0.is_empty() => Ok(assemble(
                document,
                previous_hash,
                time_zone,
                places,
                hours,
                members,
            )),
            Ok(_) => Err(CharterError::Invalid(problems.0)),
            Err(error) => {
                problems.add("agency", &error.to_string());
                Err(CharterError::Invalid(problems.0))
            }
        }
    }
}

fn assemble(
    document: raw::Document,
    previous_hash: Option<[u8; 32]>,
    time_zone: TimeZone,
    places: Vec<Place>,
    hours: Vec<(i8, i8)>,
    members: Audience,
) -> Charter {
    let agencies = document.agency.into_iter().map(|agency| Agency {
        id: agency.id,
        names: agency.name,
        protected: agency.protected,
        bound_to_prosecute: agency.bound_to_prosecute,
        endpoint: agency.endpoint,
        tls_roots_pem: agency.tls_roots_pem,
        entry_keys: agency.entry_keys,
    });
    let (indicators, untold) = indicators::narrow(document.indicator);
    let responsibilities = document.responsibility.into_iter();
    Charter {
        federation: document.federation.id,
        names: document.federation.name,
        version: document.charter.version,
        previous_hash,
        expires: document.charter.expires,
        protocol_level: document.charter.protocol_level,
        time_zone,
        time_zone_name: document.federation.time_zone,
        agencies: Register::new(agencies.collect(), |agency| &agency.id),
        places: Register::new(places, |place| &place.id),
        categories: terms(document.category),
        indicators: Register::new(indicators, |indicator| &indicator.id),
        untold,
        measures: terms(document.measure),
        meeting_types: terms(document.meeting_type),
        responsibilities: responsibilities
            .map(|first| Responsibility {
                category: first.category,
                agency: first.agency,
            })
            .collect(),
        windows: document.time_window.buckets,
        hours,
        thresholds: document.thresholds,
        retention: Retention {
            update_days: document.retention_days.update,
            reading_days: document.retention_days.reading,
            task_after_close_days: document.retention_days.task_after_close,
            protocol_days: document.retention_days.protocol,
        },
        protocol_rules: document.protocol_rules,
        quota: Quota {
            entries_per_day: document.quota_per_origin_and_day.entries,
            bytes_per_day: document
                .quota_per_origin_and_day
                .mebibytes
                .saturating_mul(1024 * 1024),
        },
        members,
    }
}

fn terms<Id: Clone + Eq + Hash + std::borrow::Borrow<str>>(
    terms: Vec<raw::Term<Id>>,
) -> Register<Id, Term<Id>> {
    Register::new(
        terms
            .into_iter()
            .map(|term| Term {
                id: term.id,
                names: term.name,
            })
            .collect(),
        |term| &term.id,
    )
}

pub(super) struct Problems(Vec<CharterProblem>);

impl Problems {
    pub(super) fn add(&mut self, path: impl Into<String>, detail: &str) {
        self.0.push(CharterProblem::new(path, detail));
    }

    pub(super) fn unless(&mut self, holds: bool, path: impl Into<String>, detail: &str) {
        if !holds {
            self.add(path, detail);
        }
    }

    pub(super) fn unique<'a, Id: Eq + Hash + 'a>(
        &mut self,
        list: &str,
        ids: impl Iterator<Item = &'a Id>,
    ) {
        let mut seen = HashSet::new();
        for (index, id) in ids.enumerate() {
            self.unless(
                seen.insert(id),
                format!("{list}[{index}].id"),
                "is there twice",
            );
        }
    }

    /// Names end up in pages, tables and terminals.
    pub(super) fn name(&mut self, path: &str, name: &str) {
        let length = name.chars().count();
        let fine = (1..=NAME_CHARS).contains(&length) && !name.chars().any(char::is_control);
        self.unless(fine, path, "is one line of 1 to 200 characters");
    }

    pub(super) fn names(&mut self, path: &str, names: &super::Names) {
        self.name(&format!("{path}.de"), &names.de);
        self.name(&format!("{path}.en"), &names.en);
    }

    pub(super) fn not_too_many(&mut self, list: &str, count: usize) {
        self.unless(count <= TERMS_MAX, list, "has at most 1024 items");
    }
}

fn check_agencies(agencies: &[raw::Agency], problems: &mut Problems) {
    problems.unless(
        agencies.len() <= AGENCIES_MAX,
        "agency",
        "a federation has at most 64",
    );
    problems.unique("agency", agencies.iter().map(|agency| &agency.id));
    let mut keys = HashSet::new();
    let mut roots = HashSet::new();
    for (index, agency) in agencies.iter().enumerate() {
        let path = format!("agency[{index}]");
        problems.names(&format!("{path}.name"), &agency.name);
        let both = agency.protected && agency.bound_to_prosecute;
        problems.unless(!both, &path, "can't be protected and bound to prosecute");
        let endpoint = agency.endpoint.is_empty() || is_endpoint(&agency.endpoint);
        problems.unless(
            endpoint,
            format!("{path}.endpoint"),
            "is host:port, or empty when it can't be dialled",
        );

        let pem = agency.tls_roots_pem.trim();
        let roots_path = format!("{path}.tls_roots_pem");
        if pem.contains("PRIVATE KEY") {
            problems.add(
                &roots_path,
                "holds a private key: take it out, and make a new one",
            );
        } else if !pem.starts_with("-----BEGIN CERTIFICATE-----")
            || !pem.ends_with("-----END CERTIFICATE-----")
        {
            problems.add(&roots_path, "needs one or more certificates in PEM form");
        } else {
            problems.unless(
                roots.insert(pem),
                &roots_path,
                "is another agency's root: each has its own",
            );
        }

        let keys_path = format!("{path}.entry_keys");
        let count = agency.entry_keys.len();
        problems.unless(
            (1..=ENTRY_KEYS_MAX).contains(&count),
            &keys_path,
            "needs 1 to 8 keys",
        );
        for key in &agency.entry_keys {
            problems.unless(
                keys.insert(key),
                &keys_path,
                "holds a key that is there twice",
            );
        }
    }
}

fn is_endpoint(text: &str) -> bool {
    let Some((host, port)) = text.rsplit_once(':') else {
        return false;
    };
    let host_fits = match host.strip_prefix('[') {
        Some(v6) => v6
            .strip_suffix(']')
            .is_some_and(|v6| v6.parse::<std::net::Ipv6Addr>().is_ok()),
        None => {
            let allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'.';
            (1..=253).contains(&host.len()) && host.bytes().all(allowed)
        }
    };
    host_fits
        && port.bytes().all(|b| b.is_ascii_digit())
        && port.parse::<u16>().is_ok_and(|port| port > 0)
}

fn check_places(places: &[raw::Place], problems: &mut Problems) -> Vec<Place> {
    problems.not_too_many("place", places.len());
    problems.unique("place", places.iter().map(|place| &place.id));
    let districts: HashSet<_> = places
        .iter()
        .filter(|place| place.kind.is_district())
        .map(|place| &place.id)
        .collect();
    let mut checked = Vec::with_capacity(places.len());
    for (index, place) in places.iter().enumerate() {
        let path = format!("place[{index}].district");
        problems.name(&format!("place[{index}].name"), &place.name);
        let district = match (&place.district, place.kind.is_district()) {
            (None, true) => &place.id,
            (Some(district), true) => {
                problems.unless(
                    *district == place.id,
                    path,
                    "a zone or quarter stands for itself",
                );
                district
            }
            (Some(district), false) => {
                problems.unless(
                    districts.contains(district),
                    path,
                    "is no place of the type zone or quartier",
                );
                district
            }
            (None, false) => {
                problems.add(path, "names the zone or quarter that the place lies in");
                &place.id
            }
        };
        checked.push(Place {
            id: place.id.clone(),
            name: place.name.clone(),
            kind: place.kind,
            district: district.clone(),
            position: check_position(&format!("place[{index}]"), place, problems),
        });
    }
    checked
}

/// Where a place lies, rounded to thousandths of a degree; both coordinates or none.
fn check_position(path: &str, place: &raw::Place, problems: &mut Problems) -> Option<Position> {
    let (latitude, longitude) = match (place.lat, place.lon) {
        (None, None) => return None,
        (Some(latitude), Some(longitude)) => (latitude, longitude),
        (Some(_), None) => {
            problems.add(format!("{path}.lon"), "belongs to lat");
            return None;
        }
        (None, Some(_)) => {
            problems.add(format!("{path}.lat"), "belongs to lon");
            return None;
        }
    };
    let mut within = |name: &str, degrees: f64, most: f64| {
        let fits = degrees.abs() <= most;
        let detail = format!("is degrees from -{most} to {most}");
        problems.unless(fits, format!("{path}.{name}"), &detail);
        fits
    };
    let fits = [
        within("lat", latitude, 90.0),
        within("lon", longitude, 180.0),
    ];
    fits.iter().all(|fits| *fits).then(|| Position {
        latitude_millidegrees: thousandths(latitude),
        longitude_millidegrees: thousandths(longitude),
    })
}

/// At most 180,000 in amount, which `as` takes over as it is.
fn thousandths(degrees: f64) -> i32 {
    (degrees * 1000.0).round() as i32
}

fn check_terms<Id: Eq + Hash>(list: &str, terms: &[raw::Term<Id>], problems: &mut Problems) {
    problems.not_too_many(list, terms.len());
    problems.unique(list, terms.iter().map(|term| &term.id));
    for (index, term) in terms.iter().enumerate() {
        problems.names(&format!("{list}[{index}].name"), &term.name);
    }
}

fn check_responsibilities(document: &raw::Document, problems: &mut Problems) {
    let mut seen = HashSet::new();
    for (index, first) in document.responsibility.iter().enumerate() {
        let path = format!("responsibility[{index}]");
        let category = document
            .category
            .iter()
            .any(|category| category.id == first.category);
        problems.unless(
            category,
            format!("{path}.category"),
            "is no category of this charter",
        );
        let agency = document
            .agency
            .iter()
            .any(|agency| agency.id == first.agency);
        problems.unless(
            agency,
            format!("{path}.agency"),
            "is no agency of this charter",
        );
        problems.unless(
            seen.insert(&first.category),
            format!("{path}.category"),
            "is there twice",
        );
    }
}

/// Windows are whole hours, in the order of the day, without gap or overlap; only the last may run over midnight.
fn check_windows(windows: &[WindowId], problems: &mut Problems) -> Vec<(i8, i8)> {
    let path = "time_window.buckets";
    let mut hours = Vec::with_capacity(windows.len());
    for window in windows {
        match parse_window(window.as_str()) {
            Some(window) => hours.push(window),
            None => problems.add(path, "a window is written HH-HH, such as 06-10 or 22-06"),
        }
    }
    if hours.len() < windows.len() {
        return hours;
    }
    let (Some(first), Some(last)) = (hours.first(), hours.last()) else {
        problems.add(path, "needs at least one");
        return hours;
    };
    let joined = hours
        .windows(2)
        .all(|pair| pair[0].0 < pair[0].1 && pair[0].1 == pair[1].0);
    let closed = last.1 % 24 == first.0 % 24 && (last.1 <= last.0 || last.1 == 24);
    problems.unless(
        joined && closed,
        path,
        "cover the day in order, without gap or overlap; only the last passes midnight",
    );
    hours
}

fn parse_window(text: &str) -> Option<(i8, i8)> {
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes[at].is_ascii_digit().then(|| (bytes[at] - b'0') as i8);
    if bytes.len() != 5 || bytes[2] != b'-' {
        return None;
    }
    let from = digit(0)? * 10 + digit(1)?;
    let to = digit(3)? * 10 + digit(4)?;
    ((0..24).contains(&from) && (0..=24).contains(&to)).then_some((from, to))
}

fn check_thresholds(thresholds: &Thresholds, problems: &mut Problems) {
    let Thresholds {
        small_count,
        facility_rounded_from,
        rounding,
        share_base_from,
    } = *thresholds;
    problems.unless(
        small_count == 5,
        "thresholds.small_count",
        "is 5: the bands are fixed",
    );
    let edge = matches!(facility_rounded_from, 20 | 50 | 100);
    problems.unless(
        edge,
        "thresholds.facility_rounded_from",
        "is the edge of a band: 20, 50 or 100",
    );
    let step = rounding >= 5
        && rounding.is_multiple_of(5)
        && facility_rounded_from.is_multiple_of(rounding);
    problems.unless(
        step,
        "thresholds.rounding",
        "is a multiple of 5 that divides facility_rounded_from",
    );
    problems.unless(
        share_base_from >= 50,
        "thresholds.share_base_from",
        "is at least 50",
    );
}

fn check_limits(document: &raw::Document, problems: &mut Problems) {
    let keep = &document.retention_days;
    for (path, days) in [
        ("retention_days.update", keep.update),
        ("retention_days.reading", keep.reading),
        ("retention_days.task_after_close", keep.task_after_close),
        ("retention_days.protocol", keep.protocol),
    ] {
        problems.unless(
            (1..=RETENTION_DAYS_MAX).contains(&days),
            path,
            "is 1 to 10958 days (thirty years)",
        );
    }
    let release = document.protocol_rules.release_with_reservation_after_days;
    let path = "protocol_rules.release_with_reservation_after_days";
    problems.unless((1..=365).contains(&release), path, "is 1 to 365 days");
    let quota = &document.quota_per_origin_and_day;
    problems.unless(
        quota.entries >= 1,
        "quota_per_origin_and_day.entries",
        "is at least 1",
    );
    let mebibytes = (1..=1024 * 1024).contains(&quota.mebibytes);
    problems.unless(
        mebibytes,
        "quota_per_origin_and_day.mebibytes",
        "is 1 to 1048576",
    );
}
