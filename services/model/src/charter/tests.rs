use jiff::civil::{Date, date};
use proptest::prelude::*;

use super::*;
use crate::testing::{
    VOCABULARY, agency, at, krefeld, krefeld_toml, krefeld_with, member, members,
};
use crate::time::day_number;

fn window(id: &str) -> WindowId {
    WindowId::parse(id).unwrap()
}

/// The paths of everything that does not fit.
fn problems(changes: &[(&str, &str)]) -> Vec<String> {
    match krefeld_with(changes) {
        Ok(_) => Vec::new(),
        Err(CharterError::Invalid(problems)) => problems.into_iter().map(|it| it.path).collect(),
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn krefelds_charter_holds_its_vocabulary() {
    let charter = krefeld();
    assert_eq!(charter.federation().as_str(), "krefeld");
    assert_eq!(charter.names().en, "Krefeld inner-city partnership");
    assert_eq!(charter.version(), 1);
    assert_eq!(charter.previous_hash(), None);
    assert_eq!(charter.expires(), date(2028, 12, 31));
    assert_eq!(charter.protocol_level(), 2);
    assert_eq!(charter.time_zone_name(), "Europe/Berlin");
    assert_eq!(
        charter.members().key(),
        "dhz,kod,polizei,quartiersbuero,staatsanwaltschaft,streetwork"
    );
    let all = |test: fn(&Agency) -> bool| -> Vec<&str> {
        charter
            .agencies()
            .filter(|it| test(it))
            .map(|it| it.id.as_str())
            .collect()
    };
    assert_eq!(all(|it| it.protected), ["dhz", "streetwork"]);
    assert_eq!(
        all(|it| it.bound_to_prosecute),
        ["polizei", "staatsanwaltschaft"]
    );
    assert_eq!(charter.places().len(), 22);
    assert_eq!(charter.categories().len(), 14);
    assert_eq!(charter.indicators().len(), 18);
    assert_eq!(charter.measures().len(), 8);
    assert_eq!(charter.meeting_types().len(), 5);
    assert_eq!(charter.responsibilities().len(), 8);
    assert_eq!(
        charter.windows(),
        ["06-10", "10-14", "14-18", "18-22", "22-06"].map(window)
    );
    assert_eq!(charter.retention().update_days, 90);
    assert_eq!(charter.retention().reading_days, 3650);
    assert_eq!(
        charter.protocol_rules().release_with_reservation_after_days,
        14
    );
    assert_eq!(charter.quota().entries_per_day, 50_000);
    assert_eq!(charter.quota().bytes_per_day, 64 << 20);
}

#[test]
fn every_place_lies_in_a_district_and_only_facilities_are_not_public() {
    let charter = krefeld();
    for place in charter.places() {
        let district = charter.place(&place.district).unwrap();
        assert!(district.kind.is_district(), "{}", place.id);
        assert_eq!(district.district, district.id);
        assert_eq!(place.is_public(), !place.is_facility());
        assert_eq!(place.is_facility(), place.kind.as_str() == "einrichtung");
    }
}

/// The theatre square with these lines.
fn theatre_with(lines: &str) -> (String, String) {
    let place = "id = \"theaterplatz\"\n".to_owned();
    let with = format!("{place}{lines}\n");
    (place, with)
}

#[test]
fn a_place_may_have_a_position_no_finer_than_thousandths() {
    let position = |lines: &str| {
        let (old, new) = theatre_with(lines);
        let charter = krefeld_with(&[(&old, &new)]).unwrap();
        charter
            .place(&PlaceId::parse("theaterplatz").unwrap())
            .unwrap()
            .position
    };
    assert_eq!(position(""), None);
    let expected = Position {
        latitude_millidegrees: 51_333,
        longitude_millidegrees: 6_565,
    };
    assert_eq!(position("lat = 51.33349\nlon = 6.5645"), Some(expected));
    let south = position("lat = -90.0\nlon = -179.9999").unwrap();
    assert_eq!(south.latitude_millidegrees, -90_000);
    assert_eq!(south.longitude_millidegrees, -180_000);
}

#[test]
fn half_a_position_and_one_off_the_globe_are_told() {
    for (lines, paths) in [
        ("lat = 51.3", &["place[2].lon"][..]),
        ("lon = 6.5", &["place[2].lat"]),
        ("lat = 90.1\nlon = 6.5", &["place[2].lat"]),
        ("lat = nan\nlon = inf", &["place[2].lat", "place[2].lon"]),
    ] {
        let (old, new) = theatre_with(lines);
        assert_eq!(problems(&[(&old, &new)]), paths, "{lines}");
    }
}

#[test]
fn terms_keep_the_order_of_the_charter() {
    let charter = krefeld();
    let measures: Vec<&str> = charter.measures().map(|it| it.id.as_str()).collect();
    assert_eq!(measures, ["m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8"]);
    assert_eq!(
        charter
            .measure(&MeasureId::parse("m3").unwrap())
            .unwrap()
            .id
            .as_str(),
        "m3"
    );
}

#[test]
fn composing_needs_every_members_keys_and_no_others() {
    let expires = date(2028, 12, 31);
    let compose = |members| Charter::compose(VOCABULARY, members, 1, None, expires);

    let mut missing = members();
    missing.pop();
    let Err(CharterError::Invalid(found)) = compose(missing) else {
        panic!("a member is missing")
    };
    assert!(
        found.iter().all(|it| it.path.starts_with("agency[5].")),
        "{found:?}"
    );

    let mut foreign = members();
    foreign.push(member(agency("feuerwehr"), 99));
    assert!(matches!(compose(foreign), Err(CharterError::Invalid(_))));

    let mut twice = members();
    twice.push(twice[0].clone());
    assert!(matches!(compose(twice), Err(CharterError::Invalid(_))));
}

#[test]
fn a_second_version_names_the_first() {
    let expires = date(2030, 6, 30);
    let compose = |version, hash| Charter::compose(VOCABULARY, members(), version, hash, expires);
    let text = compose(2, Some([0xab; 32])).unwrap();
    let charter = Charter::parse(text.as_bytes()).unwrap();
    assert_eq!(
        (charter.version(), charter.previous_hash()),
        (2, Some([0xab; 32]))
    );
    assert_eq!(charter.expires(), expires);
    for (version, hash) in [(2, None), (1, Some([0; 32])), (0, None)] {
        assert!(compose(version, hash).is_err(), "{version} {hash:?}");
    }
}

#[test]
fn a_composed_charter_says_what_its_vocabulary_says() {
    let text = krefeld_toml();
    // Composing what was composed changes nothing: nothing is lost or invented on the way.
    assert_eq!(
        Charter::compose(&text, members(), 1, None, date(2028, 12, 31)).unwrap(),
        text
    );
    assert_eq!(
        krefeld().agency(&agency("kod")).unwrap().endpoint,
        "kod.example:7443"
    );
}

#[test]
fn unknown_and_missing_keys_are_errors_in_every_table() {
    for (from, to) in [
        ("[charter]\n", "[charter]\nvesrion = 2\n"),
        ("[federation]\n", "[federation]\ncolour = \"red\"\n"),
        ("[[agency]]\n", "[[agency]]\nphone = \"1\"\n"),
        ("[[place]]\n", "[[place]]\naddress = \"1\"\n"),
        ("[[category]]\n", "[[category]]\nweight = 1\n"),
        ("[[indicator]]\n", "[[indicator]]\nsex = \"f\"\n"),
        ("[[measure]]\n", "[[measure]]\nx = 1\n"),
        ("[[meeting_type]]\n", "[[meeting_type]]\nx = 1\n"),
        ("[[responsibility]]\n", "[[responsibility]]\nx = 1\n"),
        ("[time_window]\n", "[time_window]\nx = 1\n"),
        ("[thresholds]\n", "[thresholds]\nsmal_count = 1\n"),
        ("[retention_days]\n", "[retention_days]\nx = 1\n"),
        ("[protocol_rules]\n", "[protocol_rules]\nx = 1\n"),
        (
            "[quota_per_origin_and_day]\n",
            "[quota_per_origin_and_day]\nx = 1\n",
        ),
        ("[charter]\n", "[extra]\nx = 1\n\n[charter]\n"),
        ("small_count = 5\n", ""),
        ("time_zone = \"Europe/Berlin\"\n", ""),
        ("expires = \"2028-12-31\"", "expires = \"2028-02-30\""),
        ("type = \"spielplatz\"", "type = \"wohnung\""),
        ("id = \"theaterplatz\"", "id = \"Theaterplatz\""),
    ] {
        let outcome = krefeld_with(&[(from, to)]);
        assert!(
            matches!(outcome, Err(CharterError::Syntax(_))),
            "{from:?} -> {to:?}: {outcome:?}"
        );
    }
}

#[test]
fn what_is_no_charter_at_all_is_refused() {
    assert_eq!(Charter::parse(&[0xff]).unwrap_err(), CharterError::NotText);
    assert!(matches!(Charter::parse(b""), Err(CharterError::Syntax(_))));
    let large = vec![b'#'; CHARTER_BYTES_MAX + 1];
    assert_eq!(Charter::parse(&large).unwrap_err(), CharterError::TooLarge);
    // A vocabulary alone names nobody who could be trusted.
    assert!(matches!(
        Charter::parse(VOCABULARY.as_bytes()),
        Err(CharterError::Invalid(_))
    ));
}

#[test]
fn each_thing_that_does_not_fit_is_named_by_its_path() {
    let roots = |at: usize| {
        let member = &members()[at];
        member.tls_roots_pem.trim().to_owned()
    };
    let (first, second) = (roots(0), roots(1));
    let key = |at: u8| EntryKeyText::from_bytes(&[at; 32]).to_string();
    #[rustfmt::skip]
    let cases: &[(&str, &str, &str)] = &[
        ("version = 1", "version = 0", "charter.version"),
        ("version = 1", "version = 2", "charter.previous_hash"),
        ("version = 1", "version = 1\nprevious_hash = \"00\"", "charter.previous_hash"),
        ("protocol_level = 2", "protocol_level = 0", "charter.protocol_level"),
        ("Europe/Berlin", "Europe/Krefeld", "federation.time_zone"),
        ("Krefeld inner-city partnership", "", "federation.name.en"),
        ("id = \"streetwork\"", "id = \"dhz\"", "agency[1].id"),
        ("bound_to_prosecute = true", "bound_to_prosecute = true\nprotected = true", "agency[3]"),
        ("dhz.example:7443", "dhz.example", "agency[0].endpoint"),
        ("dhz.example:7443", "dhz.example:0", "agency[0].endpoint"),
        ("dhz.example:7443", "dhz.example:70000", "agency[0].endpoint"),
        ("dhz.example:7443", "https://dhz.example:7443", "agency[0].endpoint"),
        ("BEGIN CERTIFICATE", "BEGIN SOMETHING", "agency[0].tls_roots_pem"),
        ("BEGIN CERTIFICATE", "BEGIN PRIVATE KEY", "agency[0].tls_roots_pem"),
        (&second, &first, "agency[1].tls_roots_pem"),
        (&key(1), &key(0), "agency[1].entry_keys"),
        ("id = \"neumarkt\"", "id = \"theaterplatz\"", "place[10].id"),
        ("district = \"vier-waelle\"", "district = \"atlantis\"", "place[2].district"),
        ("district = \"vier-waelle\"", "district = \"lutherplatz\"", "place[2].district"),
        ("district = \"vier-waelle\"\n", "", "place[2].district"),
        ("type = \"zone\"", "type = \"zone\"\ndistrict = \"suedbezirk\"", "place[19].district"),
        ("id = \"konsumabfall\"", "id = \"aufenthalt\"", "category[2].id"),
        ("id = \"spritzenfunde\"", "id = \"platzverweise\"", "indicator[13].id"),
        ("period = [\"monat\"]", "period = []", "indicator[0].period"),
        ("period = [\"monat\"]", "period = [\"monat\", \"monat\"]", "indicator[0].period"),
        ("counts = \"things\"", "counts = \"things\"\ntold_of = \"places\"", "indicator[13].told_of"),
        ("part_of = \"dkr-konsumvorgaenge\"", "part_of = \"dkr-konsumvorgaenge\"\ntold_of = \"districts\"",
         "indicator[1].told_of"),
        ("part_of = \"dkr-konsumvorgaenge\"", "part_of = \"nirgends\"", "indicator[1].part_of"),
        ("part_of = \"dkr-konsumvorgaenge\"", "part_of = \"nutzende\"", "indicator[1].part_of"),
        ("part_of = \"dkr-konsumvorgaenge\"", "part_of = \"dkr-konsumvorgaenge-iv\"", "indicator[1].part_of"),
        ("category = \"ordnung\"", "category = \"unordnung\"", "responsibility[0].category"),
        ("category = \"kontrolle\"", "category = \"ordnung\"", "responsibility[1].category"),
        ("agency = \"kod\"", "agency = \"feuerwehr\"", "responsibility[0].agency"),
        ("\"06-10\"", "\"06-11\"", "time_window.buckets"),
        ("\"06-10\"", "\"6-10\"", "time_window.buckets"),
        ("\"22-06\"", "\"22-05\"", "time_window.buckets"),
        ("\"22-06\"", "\"22-24\"", "time_window.buckets"),
        ("\"06-10\", \"10-14\"", "\"10-14\", \"06-10\"", "time_window.buckets"),
        ("small_count = 5", "small_count = 3", "thresholds.small_count"),
        ("facility_rounded_from = 20", "facility_rounded_from = 10", "thresholds.facility_rounded_from"),
        ("rounding = 5", "rounding = 1", "thresholds.rounding"),
        ("rounding = 5", "rounding = 15", "thresholds.rounding"),
        ("share_base_from = 50", "share_base_from = 49", "thresholds.share_base_from"),
        ("update = 90", "update = 0", "retention_days.update"),
        ("protocol = 3650", "protocol = 99999", "retention_days.protocol"),
        ("release_with_reservation_after_days = 14", "release_with_reservation_after_days = 0",
         "protocol_rules.release_with_reservation_after_days"),
        ("entries = 50000", "entries = 0", "quota_per_origin_and_day.entries"),
        ("mebibytes = 64", "mebibytes = 0", "quota_per_origin_and_day.mebibytes"),
    ];
    for (from, to, path) in cases {
        let found = problems(&[(from, to)]);
        assert!(
            found.iter().any(|it| it == path),
            "{from:?} -> {to:?}: {found:?}"
        );
    }
}

/// What an earlier release's charter lists too much can't stop a node from reading it, and is not told.
#[test]
fn of_several_periods_the_longest_is_told_and_the_others_are_named() {
    let charter = krefeld_with(&[
        ("period = [\"monat\"]", "period = [\"tag\", \"monat\"]"),
        ("period = [\"tag\"]", "period = [\"zeitfenster\", \"tag\"]"),
    ])
    .unwrap();
    let periods = |id: &str| {
        let id = IndicatorId::parse(id).unwrap();
        charter.indicator(&id).unwrap().periods.clone()
    };
    assert_eq!(periods("dkr-konsumvorgaenge"), [Period::Month]);
    assert_eq!(periods("cafe-pause-besuche"), [Period::Day]);
    assert_eq!(
        periods("spritzenfunde"),
        [Period::Window, Period::Day, Period::Month]
    );
    let untold: Vec<(&str, &[Period])> = charter
        .untold()
        .iter()
        .map(|it| (it.indicator.as_str(), &*it.periods))
        .collect();
    let beyond: [(&str, &[Period]); 2] = [
        ("dkr-konsumvorgaenge", &[Period::Day]),
        ("cafe-pause-besuche", &[Period::Window]),
    ];
    assert_eq!(untold, beyond);
    assert_eq!(krefeld().untold(), []);
}

#[test]
fn persons_are_told_of_places_unless_the_charter_says_districts() {
    let charter = krefeld();
    for indicator in charter.indicators() {
        for place in charter.places() {
            let told = match indicator.counts {
                Counts::Things => true,
                _ if indicator.id.as_str().starts_with("obv-") => place.kind.is_district(),
                _ => !place.kind.is_district(),
            };
            assert_eq!(
                indicator.is_told_of(place),
                told,
                "{} {}",
                indicator.id,
                place.id
            );
        }
    }
}

#[test]
fn all_problems_are_told_at_once() {
    let found = problems(&[
        ("small_count = 5", "small_count = 6"),
        ("entries = 50000", "entries = 0"),
        ("agency = \"kod\"", "agency = \"feuerwehr\""),
    ]);
    assert_eq!(found.len(), 3, "{found:?}");
}

#[test]
fn stricter_thresholds_are_taken() {
    let charter = krefeld_with(&[
        ("facility_rounded_from = 20", "facility_rounded_from = 50"),
        ("rounding = 5", "rounding = 10"),
        ("share_base_from = 50", "share_base_from = 100"),
    ])
    .unwrap();
    assert_eq!(charter.thresholds().facility_rounded_from, 50);
}

#[test]
fn endpoints_are_hosts_with_ports_or_nothing() {
    for good in [
        "",
        "10.0.0.1:443",
        "[2001:db8::1]:7443",
        "node.dhz.example:65535",
    ] {
        assert!(
            krefeld_with(&[("dhz.example:7443", good)]).is_ok(),
            "{good}"
        );
    }
    for bad in [
        ":443", "[::1:443", "[x]:443", "a b:443", "host:+43", "host:",
    ] {
        assert!(krefeld_with(&[("dhz.example:7443", bad)]).is_err(), "{bad}");
    }
}

#[test]
fn an_entry_key_has_one_spelling() {
    let key = EntryKeyText::from_bytes(&[0xab; 32]);
    assert_eq!(key.as_str(), "ab".repeat(32));
    assert_eq!(key.to_bytes(), [0xab; 32]);
    assert!(EntryKeyText::parse(&"AB".repeat(32)).is_none());
    assert!(EntryKeyText::parse(&"ab".repeat(31)).is_none());
    assert!(EntryKeyText::parse(&"zz".repeat(32)).is_none());
}

#[test]
fn the_night_belongs_to_the_day_it_starts_on() {
    let charter = krefeld();
    for (local, day, id) in [
        ("2026-05-12T06:00", date(2026, 5, 12), "06-10"),
        ("2026-05-12T09:59:59", date(2026, 5, 12), "06-10"),
        ("2026-05-12T10:00", date(2026, 5, 12), "10-14"),
        ("2026-05-12T21:59:59", date(2026, 5, 12), "18-22"),
        ("2026-05-12T22:00", date(2026, 5, 12), "22-06"),
        ("2026-05-12T23:59:59", date(2026, 5, 12), "22-06"),
        ("2026-05-13T00:00", date(2026, 5, 12), "22-06"),
        ("2026-05-13T05:59:59", date(2026, 5, 12), "22-06"),
        ("2027-01-01T03:00", date(2026, 12, 31), "22-06"),
    ] {
        assert_eq!(
            charter.operational_day_window(at(local)),
            (day, window(id)),
            "{local}"
        );
    }
    assert_eq!(charter.today(at("2026-05-13T00:00")), date(2026, 5, 13));
    assert_eq!(
        charter.operational_day(at("2026-05-13T00:00")),
        date(2026, 5, 12)
    );
}

/// Nights in which the clocks change have 23 or 25 hours and the windows of any other.
#[test]
fn the_nights_when_clocks_change_have_one_window() {
    let charter = krefeld();
    for (evening, hours) in [("2026-03-28", 7), ("2026-10-24", 9), ("2026-05-12", 8)] {
        let day: Date = evening.parse().unwrap();
        let start = at(&format!("{evening}T22:00"));
        for minute in 0..hours * 60 {
            let now = start.saturating_add_ms(minute * 60_000);
            let running = charter.operational_day_window(now);
            assert_eq!(running, (day, window("22-06")), "{evening} +{minute} min");
        }
        let morning = start.saturating_add_ms(hours * 3_600_000);
        let next = (day.tomorrow().unwrap(), window("06-10"));
        assert_eq!(charter.operational_day_window(morning), next);
    }
}

/// Not the machine's zone and not UTC decides what day it is.
#[test]
fn the_day_is_the_one_of_the_charters_zone() {
    let charter = krefeld();
    // Half past ten in the evening, UTC, in summer: half past midnight in Krefeld.
    let now = UnixMillis(
        "2026-07-01T22:30:00Z"
            .parse::<jiff::Timestamp>()
            .unwrap()
            .as_millisecond(),
    );
    assert_eq!(charter.today(now), date(2026, 7, 2));
    let elsewhere = krefeld_with(&[("Europe/Berlin", "America/New_York")]).unwrap();
    assert_eq!(elsewhere.today(now), date(2026, 7, 1));
}

#[test]
fn a_window_has_begun_from_its_first_moment_on() {
    let charter = krefeld();
    let day = date(2026, 5, 12);
    for (local, id, begun) in [
        ("2026-05-12T13:59", "14-18", false),
        ("2026-05-12T14:00", "14-18", true),
        ("2026-05-12T21:59", "22-06", false),
        ("2026-05-12T22:00", "22-06", true),
        ("2026-05-13T03:00", "22-06", true),
        ("2026-05-12T03:00", "06-10", false),
        ("2026-05-12T03:00", "22-06", false),
        ("2026-05-13T03:00", "06-10", true),
        ("2026-05-12T15:00", "99-99", false),
    ] {
        assert_eq!(
            charter.has_begun(day, &window(id), at(local)),
            begun,
            "{local} {id}"
        );
    }
}

#[test]
fn a_window_has_ended_when_the_next_begins() {
    let charter = krefeld();
    let day = date(2026, 5, 12);
    for (local, id, ended) in [
        ("2026-05-12T13:59", "14-18", false),
        ("2026-05-12T17:59", "14-18", false),
        ("2026-05-12T18:00", "14-18", true),
        ("2026-05-12T23:00", "22-06", false),
        ("2026-05-13T05:59", "22-06", false),
        ("2026-05-13T06:00", "22-06", true),
        ("2026-05-13T03:00", "06-10", true),
        ("2026-05-13T06:00", "99-99", false),
    ] {
        assert_eq!(
            charter.has_ended(day, &window(id), at(local)),
            ended,
            "{local} {id}"
        );
    }
}

#[test]
fn other_cuts_of_the_day_are_possible() {
    let all = r#""06-10", "10-14", "14-18", "18-22", "22-06""#;
    let buckets = |text: &str| {
        let text: Vec<String> = text.split(' ').map(|it| format!("\"{it}\"")).collect();
        krefeld_with(&[(all, &text.join(", "))])
    };
    for good in [
        "00-12 12-24",
        "00-12 12-00",
        "00-24",
        "06-06",
        "08-20 20-08",
    ] {
        let charter = buckets(good).unwrap();
        for hour in 0..24 {
            let now = at(&format!("2026-05-12T{hour:02}:30"));
            let (day, window) = charter.operational_day_window(now);
            assert!(charter.has_begun(day, &window, now), "{good} {hour}");
        }
    }
    for bad in [
        "00-12",
        "00-12 12-23",
        "12-24 00-12",
        "20-08 08-20",
        "00-12 00-12",
        "00-12 11-00",
        "24-12 12-00",
    ] {
        assert!(buckets(bad).is_err(), "{bad}");
    }
}

#[test]
fn a_planned_update_is_kept_as_long_after_its_day_as_another() {
    let charter = krefeld();
    let now = at("2026-05-12T15:00");
    assert_eq!(
        charter.erasure_day(date(2026, 5, 1), now),
        date(2026, 8, 10)
    );
    assert_eq!(
        charter.erasure_day(date(2026, 5, 12), now),
        date(2026, 8, 10)
    );
    assert_eq!(
        charter.erasure_day(date(2026, 6, 11), now),
        date(2026, 9, 9)
    );
}

#[test]
fn a_long_list_of_what_is_allowed_is_cut() {
    let charter = krefeld();
    let (reason, detail) = charter.find_place("nirgends").unwrap_err();
    assert_eq!(reason, Reason::UnknownPlace);
    assert!(
        detail.contains("albrechtplatz, dhz-schwertstrasse"),
        "{detail}"
    );
    assert!(detail.ends_with(" more") && detail.len() < 450, "{detail}");
    let (_, detail) = charter.find_window("x").unwrap_err();
    assert!(
        detail.ends_with("06-10, 10-14, 14-18, 18-22, 22-06"),
        "{detail}"
    );
    assert_eq!(charter.find_place("").unwrap_err().0, Reason::MissingField);
}

proptest! {
    #[test]
    fn any_moment_has_a_day_and_a_window_that_has_begun(now in any::<i64>()) {
        let charter = krefeld();
        let now = UnixMillis(now);
        let (day, window) = charter.operational_day_window(now);
        prop_assert!(charter.has_begun(day, &window, now));
        let back = day_number(charter.today(now)) - day_number(day);
        prop_assert!((0..=1).contains(&back));
    }

    #[test]
    fn time_never_runs_back(start in 1_577_836_800_000i64..2_208_988_800_000, step in 0i64..172_800_000) {
        let charter = krefeld();
        let position = |now: i64| {
            let (day, window) = charter.operational_day_window(UnixMillis(now));
            (day, charter.windows().iter().position(|it| *it == window))
        };
        prop_assert!(position(start) <= position(start + step));
    }

    #[test]
    fn reading_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Charter::parse(&bytes);
    }

    /// A charter with any one line gone or doubled is read or refused, and never half read.
    #[test]
    fn a_mangled_charter_never_panics(line in 0usize..400, double in any::<bool>()) {
        let text = krefeld_toml();
        let mut lines: Vec<&str> = text.lines().collect();
        let line = line % lines.len();
        if double { lines.insert(line, lines[line]) } else { lines.remove(line); }
        if let Ok(charter) = Charter::parse(lines.join("\n").as_bytes()) {
            prop_assert!(charter.members().len() >= 5);
        }
    }
}
