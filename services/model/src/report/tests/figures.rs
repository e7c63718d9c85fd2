use super::*;

const ROUNDED: fn(u32) -> Value = Value::Rounded;

fn visits(day: i8, value: Value) -> Update {
    Update::new()
        .by("dhz")
        .at("dhz-schwertstrasse")
        .on(date(2026, 5, day))
        .reading("cafe-pause-besuche", Period::Day, value)
}

fn needles(period: Period, day: i8, count: u32) -> Update {
    Update::new()
        .on(date(2026, 5, day))
        .reading("spritzenfunde", period, Value::Exact(count))
}

/// A month of the consumption room: all acts, and its two parts if they are told.
fn acts(total: Value, parts: &[Value]) -> Update {
    let names = ["dkr-konsumvorgaenge-iv", "dkr-konsumvorgaenge-inhalativ"];
    let told = Update::new().by("dhz").at("dhz-schwertstrasse").reading(
        "dkr-konsumvorgaenge",
        Period::Month,
        total,
    );
    names.iter().zip(parts).fold(told, |it, (name, value)| {
        it.reading(name, Period::Month, *value)
    })
}

fn shown(updates: &[Update]) -> Vec<(String, Vec<String>, Option<String>)> {
    let row = |it: &Series| {
        (
            it.indicator.to_string(),
            it.values.iter().map(|it| it.value.to_string()).collect(),
            it.sum.map(|it| it.to_string()),
        )
    };
    report(updates).series.iter().map(row).collect()
}

fn row(
    indicator: &str,
    values: &[&str],
    sum: Option<&str>,
) -> (String, Vec<String>, Option<String>) {
    (
        indicator.to_owned(),
        values.iter().map(|it| (*it).to_owned()).collect(),
        sum.map(str::to_owned),
    )
}

#[test]
fn a_series_has_its_values_in_the_order_of_days_and_their_sum() {
    let updates = [
        visits(20, Value::Band(Band::Under5)),
        visits(3, ROUNDED(80)),
        visits(11, ROUNDED(40)),
    ];
    let values = ["≈80", "≈40", "<5"];
    assert_eq!(
        shown(&updates),
        [row("cafe-pause-besuche", &values, Some("116–128"))]
    );
    let days: Vec<i8> = report(&updates).series[0]
        .values
        .iter()
        .map(|it| it.day.day())
        .collect();
    assert_eq!(days, [3, 11, 20]);
}

#[test]
fn what_was_told_twice_counts_as_it_was_told_last() {
    let first = visits(3, ROUNDED(80)).made(1);
    let second = visits(3, ROUNDED(40)).made(2);
    let expected = [row("cafe-pause-besuche", &["≈40"], Some("38–42"))];
    assert_eq!(shown(&[first.clone(), second.clone()]), expected);
    assert_eq!(shown(&[second.clone(), first.clone()]), expected);
    // A month is the same month whichever of its days names it.
    let month = |day, count, at| needles(Period::Month, day, count).made(at);
    let expected = [row("spritzenfunde", &["9"], Some("9"))];
    assert_eq!(shown(&[month(31, 9, 2), month(1, 7, 1)]), expected);
    // What replaces it is not for reports: then nothing of it is.
    let amber = Update {
        handling: Handling::Amber,
        ..second
    };
    assert_eq!(shown(&[first, amber]), []);
}

#[test]
fn two_agencies_figures_are_two_figures() {
    let other = needles(Period::Day, 3, 4).by("quartiersbuero");
    let updates = [needles(Period::Day, 3, 5), other];
    assert_eq!(
        shown(&updates),
        [row("spritzenfunde", &["5", "4"], Some("9"))]
    );
}

#[test]
fn a_month_is_not_added_to_its_days() {
    let updates = [
        needles(Period::Month, 31, 40),
        needles(Period::Day, 3, 6),
        needles(Period::Window, 3, 2),
        needles(Period::Window, 9, 3),
        // Somebody else's day is in nobody's month.
        needles(Period::Day, 3, 1).by("quartiersbuero"),
    ];
    let found = shown(&updates);
    assert_eq!(found[0].2.as_deref(), Some("41"));
    let days = [
        needles(Period::Day, 3, 6),
        needles(Period::Window, 3, 2),
        needles(Period::Window, 9, 3),
    ];
    assert_eq!(shown(&days)[0].2.as_deref(), Some("9"));
}

#[test]
fn months_are_told_whole_or_not_at_all() {
    let update = needles(Period::Month, 12, 40);
    let month = |from, to| {
        let period = ReportPeriod::new(from, to).unwrap();
        report_at(&KREFELD, "kod", period, std::slice::from_ref(&update))
            .series
            .len()
    };
    assert_eq!(month(date(2026, 5, 1), date(2026, 5, 31)), 1);
    assert_eq!(month(date(2026, 5, 2), date(2026, 5, 31)), 0);
    assert_eq!(month(date(2026, 5, 1), date(2026, 5, 30)), 0);
}

#[test]
fn figures_of_the_days_before_are_in_no_series() {
    let before =
        Update::new()
            .on(date(2026, 4, 12))
            .reading("spritzenfunde", Period::Day, Value::Exact(4));
    assert_eq!(shown(&[before]), []);
}

#[test]
fn shares_have_no_sum() {
    let share = Update::new().by("dhz").at("dhz-schwertstrasse").reading(
        "ortsansaessig-anteil",
        Period::Month,
        Value::SharePercent(60),
    );
    assert_eq!(
        shown(&[share]),
        [row("ortsansaessig-anteil", &["60 %"], None)]
    );
}

#[test]
fn where_a_protected_origins_people_were_is_in_the_sum_alone() {
    let met = |place: &str, window: &str, band| {
        let mut update = Update::new().by("streetwork").at(place).reading(
            "streetwork-kontakte",
            Period::Window,
            Value::Band(band),
        );
        update.observation.window = Some(WindowId::parse(window).unwrap());
        update
    };
    let updates = [
        met("albrechtplatz", "10-14", Band::From5),
        met("albrechtplatz", "14-18", Band::From10),
    ];
    let found = report(&updates).series;
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].values.len(), found[0].only_in_sum), (0, 2));
    assert_eq!(found[0].sum.unwrap().to_string(), "15–28");
    // Few days would be those days.
    let week = ReportPeriod::new(date(2026, 5, 10), date(2026, 5, 16)).unwrap();
    assert_eq!(report_at(&KREFELD, "kod", week, &updates).series, []);
    // At a house, and of others, they are shown.
    assert_eq!(shown(&[visits(3, ROUNDED(80))])[0].1, ["≈80"]);
    let others = [updates[0].clone().by("quartiersbuero")];
    assert_eq!(shown(&others)[0].1, ["5–9"]);
}

#[test]
fn parts_stand_beside_the_total_that_was_told_with_them() {
    let (total, parts) = (ROUNDED(300), [ROUNDED(200), ROUNDED(100)]);
    let whole = acts(total, &parts).made(1);
    assert_eq!(
        shown(std::slice::from_ref(&whole)),
        [
            row("dkr-konsumvorgaenge", &["≈300"], Some("298–302")),
            row("dkr-konsumvorgaenge-iv", &["≈200"], Some("198–202")),
            row("dkr-konsumvorgaenge-inhalativ", &["≈100"], Some("98–102")),
        ]
    );
    // Told again without them: one of them is below five now, and the old ones would say which.
    let alone = acts(ROUNDED(205), &[]).made(2);
    let expected = [row("dkr-konsumvorgaenge", &["≈205"], Some("203–207"))];
    assert_eq!(shown(&[whole.clone(), alone.clone()]), expected);
    assert_eq!(shown(&[alone, whole]), expected);
}

#[test]
fn parts_without_their_family_or_with_a_small_one_do_not_stand() {
    let expected = [row("dkr-konsumvorgaenge", &["≈25"], Some("23–27"))];
    // A part is missing.
    assert_eq!(shown(&[acts(ROUNDED(25), &[ROUNDED(20)])]), expected);
    // 23 to 27 less 10 to 19 leaves four of the counts below five.
    let small = [Value::Band(Band::From10), Value::Band(Band::Under5)];
    let telling = acts(ROUNDED(25), &small);
    assert_eq!(shown(&[telling]), expected);
    // No total at all.
    let mut lone = acts(ROUNDED(25), &[ROUNDED(20), ROUNDED(20)]);
    lone.observation.readings.remove(0);
    assert_eq!(shown(&[lone]), []);
}

#[test]
fn a_figure_that_the_charter_could_not_have_made_has_no_sum() {
    let odd = Update::new().reading("platzverweise", Period::Day, ROUNDED(25));
    assert_eq!(shown(&[odd]), [row("platzverweise", &["≈25"], None)]);
    let unknown = Update::new().reading("abgeschafft", Period::Day, Value::Exact(3));
    assert_eq!(shown(&[unknown]), [row("abgeschafft", &["3"], None)]);
}

#[test]
fn there_is_a_most_of_figures() {
    let charter = krefeld();
    let own = agency("kod");
    let update = |number: usize| {
        let indicator = format!("i{number}");
        Update::new().reading(&indicator, Period::Day, Value::Exact(1))
    };
    let updates: Vec<Update> = (0..=FIGURES_MAX).map(update).collect();
    let (words, updates) = numbers(&updates);
    let mut tally = Tally::new(&charter, &words, &own, may(), today());
    let (last, fitting) = updates.split_last().unwrap();
    for update in fitting {
        tally.add(&update.told()).unwrap();
    }
    // What is there already takes no room.
    tally.add(&updates[0].told()).unwrap();
    assert_eq!(tally.add(&last.told()), Err(TooManyFigures));
}

#[test]
fn figures_that_the_charter_keeps_no_longer_are_not_told_and_that_is_said() {
    let updates = [needles(Period::Day, 1, 5), needles(Period::Day, 3, 7)];
    // The first of May is 31 days before the day of the report.
    for (kept, values, complete) in [
        (31, &["5", "7"][..], true),
        (30, &["7"], false),
        (29, &["7"], false),
        (28, &[], false),
    ] {
        let kept = format!("reading = {kept}");
        let charter = krefeld_with(&[("reading = 3650", &kept)]).unwrap();
        let it = report_at(&charter, "kod", may(), &updates);
        let told: Vec<String> = it
            .series
            .iter()
            .flat_map(|it| &it.values)
            .map(|it| it.value.to_string())
            .collect();
        assert_eq!(told, values, "{kept}");
        assert_eq!(it.figures_complete, complete, "{kept}");
        assert_eq!((it.updates.now, it.complete), (2, true), "updates stay");
    }
}
