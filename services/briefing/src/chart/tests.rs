use super::*;
use crate::lang::Lang;

const LONG: &str = "Sicherheits-und-Ordnungspartnerschaftskoordinierungsstelle <script>alert(1)</script> Innenstadt";

/// What must hold of each chart, whatever it shows.
#[track_caller]
fn check(figure: &Figure) {
    let svg = &figure.svg;
    for wrong in ["NaN", "inf", "<script", "style=", "fill=\"#"] {
        assert!(!svg.contains(wrong), "{wrong} in {svg}");
    }
    assert!(svg.contains(&format!("<title id=\"{}-title\">", figure.id)));
    assert!(svg.contains(&format!("<desc id=\"{}-desc\">", figure.id)));
    let mut ids: Vec<_> = svg
        .split(" id=\"")
        .skip(1)
        .filter_map(|it| it.split('"').next())
        .collect();
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count, "an id twice");
    assert!(ids.iter().all(|it| it.starts_with(&figure.id)));
    for row in &figure.table.rows {
        assert_eq!(row.cells.len() + 1, figure.table.head.len(), "{row:?}");
    }
    for opened in ["text", "svg", "a", "title", "desc"] {
        let opens = svg.matches(&format!("<{opened} ")).count();
        assert_eq!(
            opens,
            svg.matches(&format!("</{opened}>")).count(),
            "{opened}"
        );
    }
}

fn heat(counts: &[&[u32]]) -> Option<Figure> {
    let columns = counts.first().map_or(0, |it| it.len());
    Heat {
        id: "heat",
        lang: Lang::De,
        caption: "Orte".to_owned(),
        description: LONG.to_owned(),
        row_head: "Ort".to_owned(),
        total_head: "gesamt".to_owned(),
        columns: (0..columns).map(|it| format!("{it} {LONG}")).collect(),
        rows: counts
            .iter()
            .map(|it| HeatRow {
                name: LONG.to_owned(),
                href: "/feed?a=1&b=\"".to_owned(),
                counts: it.to_vec(),
            })
            .collect(),
    }
    .draw()
}

#[test]
fn a_heat_map_prints_each_count_and_adds_up_its_rows() {
    assert_eq!(heat(&[]), None);
    assert_eq!(heat(&[&[0, 0]]), None);
    let one = heat(&[&[7]]).unwrap();
    check(&one);
    assert!(one.svg.contains("heat-5") && one.svg.contains(">7</text>"));
    let figure = heat(&[&[0, 1, 9], &[u32::MAX, u32::MAX, 3]]).unwrap();
    check(&figure);
    assert_eq!(figure.table.rows[0].cells, ["0", "1", "9", "10"]);
    assert_eq!(figure.table.rows[1].cells[3], "8.589.934.593");
    assert_eq!(figure.svg.matches("<rect class=\"heat ").count(), 6);
    assert!(figure.svg.contains("4.294.967.295"));
}

#[test]
fn more_is_never_lighter() {
    for highest in [1, 2, 5, 6, 99, u32::MAX] {
        let mut before = 0;
        for count in (0..=5_u32).map(|it| (u64::from(highest) * u64::from(it) / 5) as u32) {
            let heat = heat_of(count, highest);
            assert!(heat >= before && heat <= 5);
            before = heat;
        }
        assert_eq!((heat_of(0, highest), before), (0, 5));
    }
}

fn bars(rows: &[(u32, u32)], compares: bool) -> Option<Figure> {
    Bars {
        id: "bars",
        lang: Lang::En,
        caption: LONG.to_owned(),
        description: String::new(),
        row_head: "Place".to_owned(),
        now_head: "Now".to_owned(),
        before_head: compares.then(|| "Before".to_owned()),
        bars: rows
            .iter()
            .map(|(now, before)| Bar {
                name: LONG.to_owned(),
                href: String::new(),
                now: *now,
                before: *before,
            })
            .collect(),
    }
    .draw()
}

#[test]
fn bars_stand_for_now_and_before() {
    assert_eq!(bars(&[], true), None);
    assert_eq!(bars(&[(0, 0)], true), None);
    assert_eq!(bars(&[(0, 5)], false), None);
    let figure = bars(&[(0, 5), (u32::MAX, 1)], true).unwrap();
    check(&figure);
    assert_eq!(figure.table.rows[1].cells, ["4,294,967,295", "1"]);
    let alone = bars(&[(3, 5)], false).unwrap();
    check(&alone);
    assert!(!alone.svg.contains("bar-before"));
}

#[test]
fn days_stand_side_by_side_however_many_they_are() {
    let days = |counts: Vec<u32>| {
        Days {
            id: "days",
            lang: Lang::De,
            caption: "Tage".to_owned(),
            description: String::new(),
            row_head: "Tag".to_owned(),
            count_head: "Meldungen".to_owned(),
            days: counts
                .into_iter()
                .map(|count| DayCount {
                    short: "27.11.".to_owned(),
                    name: "Fr., 27.11.2026".to_owned(),
                    count,
                })
                .collect(),
        }
        .draw()
    };
    assert_eq!(days(vec![]), None);
    assert_eq!(days(vec![0; 28]), None);
    for count in [1, 7, 28, 90, 366] {
        let figure = days(
            (0..count)
                .collect::<Vec<u32>>()
                .into_iter()
                .map(|it| it + 1)
                .collect(),
        )
        .unwrap();
        check(&figure);
        assert_eq!(
            figure.svg.matches("class=\"bar-now\"").count(),
            count as usize
        );
        assert_eq!(figure.table.rows.len(), count as usize);
    }
    check(&days(vec![u32::MAX, 0, 1]).unwrap());
}

#[test]
fn an_axis_reaches_the_highest_count_in_few_steps() {
    for highest in [0, 1, 3, 4, 5, 17, 99, 101, 4_711, u32::MAX] {
        let steps = steps(highest);
        assert!((2..=5).contains(&steps.len()), "{steps:?}");
        assert!(*steps.last().unwrap() >= u64::from(highest));
    }
    assert_eq!(steps(17), [0, 5, 10, 15, 20]);
}

#[test]
fn a_band_shows_what_is_sure_and_what_may_be() {
    let series = |values: &[&str]| {
        Series {
            id: "series",
            lang: Lang::De,
            caption: "Spritzenfunde".to_owned(),
            description: String::new(),
            row_head: "Tag".to_owned(),
            value_head: "Wert".to_owned(),
            values: values
                .iter()
                .map(|value| Told {
                    short: "27.11.".to_owned(),
                    name: "Fr., 27.11.2026".to_owned(),
                    value: (*value).to_owned(),
                })
                .collect(),
        }
        .draw()
    };
    assert_eq!(series(&[]), None);
    assert_eq!(series(&["<script>"]), None);
    let figure = series(&["5-9", "12", "<5", "100+", "viel"]).unwrap();
    check(&figure);
    assert_eq!(figure.svg.matches("bar-range").count(), 3, "12 is exact");
    assert_eq!(figure.table.rows[0].cells, ["5–9"]);
    check(&series(&["0"]).unwrap());
    check(&series(&vec!["4294967295"; 400]).unwrap());
}

#[test]
fn a_shift_says_where_less_and_where_more_was_told() {
    let change = |before, now| Change {
        name: LONG.to_owned(),
        href: String::new(),
        before,
        now,
    };
    let shift = |to: Vec<Change>| {
        Shift {
            id: "shift-1",
            lang: Lang::De,
            caption: LONG.to_owned(),
            description: String::new(),
            heads: ["Ort", "davor", "jetzt", "Änderung"].map(str::to_owned),
            from: change(12, 4),
            to,
        }
        .draw()
    };
    assert_eq!(shift(vec![]), None);
    let figure = shift(vec![change(0, 3), change(1, u32::MAX), change(2, 2)]).unwrap();
    check(&figure);
    assert_eq!(figure.svg.matches("class=\"arrow\"").count(), 3);
    assert!(figure.svg.contains("▼ 12 → 4") && figure.svg.contains("▲ 0 → 3"));
    assert_eq!(figure.table.rows[0].cells, ["12", "4", "−8"]);
}

fn spot(id: &str, count: u32, position: Option<(f64, f64)>) -> Spot {
    Spot {
        id: id.to_owned(),
        name: LONG.to_owned(),
        label: format!("{LONG}: {count}"),
        href: format!("/feed?ort={id}&x=\""),
        count,
        position,
    }
}

fn map(districts: Vec<Vec<Spot>>, tiles: Option<&str>) -> Option<Figure> {
    Map {
        id: "map",
        lang: Lang::De,
        caption: "Karte".to_owned(),
        description: LONG.to_owned(),
        heads: ["Ort", "Bezirk", "Meldungen"].map(str::to_owned),
        districts: districts
            .into_iter()
            .map(|places| District {
                name: LONG.to_owned(),
                places,
            })
            .collect(),
        arrows: vec![
            ("a".to_owned(), "b".to_owned(), 3),
            ("a".to_owned(), "nowhere".to_owned(), 3),
        ],
        tiles,
    }
    .draw()
}

#[test]
fn a_scheme_has_each_place_once_and_leads_to_it() {
    assert_eq!(map(vec![], None), None);
    assert_eq!(map(vec![vec![]], None), None);
    let places = vec![spot("a", 9, None), spot("c", 0, None)];
    let figure = map(vec![places, vec![spot("b", u32::MAX, None)], vec![]], None).unwrap();
    check(&figure);
    assert_eq!(figure.svg.matches("<a href=\"/feed?ort=").count(), 3);
    assert_eq!(figure.svg.matches("class=\"arrow\"").count(), 1);
    assert!(figure.svg.contains("role=\"group\""));
    assert_eq!(figure.table.rows.len(), 3);
    check(&map(vec![vec![spot("a", 0, None)]], None).unwrap());
}

#[test]
fn positions_make_it_a_map_and_tiles_come_from_nowhere_else() {
    let districts = vec![vec![
        spot("a", 9, Some((51.334, 6.564))),
        spot("b", 1, Some((51.325, 6.571))),
        spot("c", 1, None),
    ]];
    let bare = map(districts.clone(), None).unwrap();
    check(&bare);
    assert!(!bare.svg.contains("<image"));
    assert_eq!(bare.svg.matches("<a href").count(), 2, "c has no position");
    let tiled = map(
        districts,
        Some("https://tiles.example/{z}/{x}/{y}.png?a=1&b=2"),
    )
    .unwrap();
    check(&tiled);
    let images: Vec<_> = tiled.svg.split("<image href=\"").skip(1).collect();
    assert!(
        !images.is_empty()
            && images
                .iter()
                .all(|it| it.starts_with("https://tiles.example/15/"))
    );
}

#[test]
fn long_names_are_broken_where_people_would() {
    assert_eq!(wrap("Theaterplatz", 22, 2), ["Theaterplatz"]);
    assert_eq!(
        wrap("Kölner Straße (Brachfläche)", 22, 2),
        ["Kölner Straße", "(Brachfläche)"]
    );
    assert_eq!(
        wrap("Spielplatz- und Schulwegsicherheit", 20, 2),
        ["Spielplatz- und", "Schulwegsicherheit"]
    );
    assert_eq!(wrap("Donaudampfschifffahrt", 10, 1), ["Donaudamp…"]);
    assert_eq!(wrap("eins zwei drei", 5, 2), ["eins", "zwei…"]);
    assert_eq!(wrap("", 10, 2), [""]);
}
