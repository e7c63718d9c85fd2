use jiff::civil::date;
use verbund_wire::agency::{
    Displacement, Picture, PictureCategory, PictureDay, PicturePlace, PictureWindow, PlaceChange,
};

use super::*;
use crate::lang::Lang;
use crate::page::testing::{check, frame};

fn picture() -> Picture {
    let place = |place: &str, count, before| PicturePlace {
        place: place.to_owned(),
        count,
        before,
        rising: count,
        latest_day: "2026-11-26".to_owned(),
        ..PicturePlace::default()
    };
    Picture {
        compared: true,
        updates: 9,
        updates_before: 12,
        exercises: 1,
        places: vec![
            place("theaterplatz", 2, 9),
            place("neumarkt", 6, 3),
            place("verschwunden", 1, 0),
        ],
        windows: vec![
            PictureWindow {
                place: "theaterplatz".to_owned(),
                window: "22-06".to_owned(),
                count: 2,
                before: 9,
            },
            PictureWindow {
                place: "neumarkt".to_owned(),
                window: String::new(),
                count: 6,
                before: 3,
            },
        ],
        categories: vec![PictureCategory {
            place: "neumarkt".to_owned(),
            category: "sauberkeit".to_owned(),
            count: 6,
            before: 3,
        }],
        days: vec![
            PictureDay {
                day: "2026-11-26".to_owned(),
                count: 9,
            },
            PictureDay {
                day: "2026-11-27".to_owned(),
                count: 0,
            },
        ],
        displacement: vec![Displacement {
            category: "sauberkeit".to_owned(),
            from_place: "theaterplatz".to_owned(),
            from_before: 9,
            from_now: 2,
            to: vec![PlaceChange {
                place: "neumarkt".to_owned(),
                before: 3,
                now: 6,
            }],
        }],
        ..Picture::default()
    }
}

fn page(lang: Lang, picture: &Picture, query: &str) -> String {
    let frame = frame(lang);
    let asked = Fields::parse(query.as_bytes());
    let (span, wrong) = span(&frame, &asked);
    let view = PictureView::new(&frame, picture, span, None);
    let form = Form::new(
        &frame,
        &asked,
        span,
        wrong,
        &ids(&asked, "stelle"),
        &ids(&asked, "massnahme"),
    );
    let page = PicturePage {
        frame,
        form,
        view,
        attribution: None,
    };
    page.render().unwrap()
}

#[test]
fn the_picture_shows_where_when_and_what_moved() {
    for lang in Lang::ALL {
        let html = page(lang, &picture(), "tage=28");
        check(&html);
        for figure in ["map", "windows", "categories", "days", "shift-0"] {
            assert!(
                html.contains(&format!("id=\"{figure}-figure\"")),
                "{figure}"
            );
        }
        assert!(
            html.contains("verschwunden"),
            "what the charter does not know shows as its id"
        );
        assert!(html.contains("−3"), "less than before");
    }
}

#[test]
fn a_quiet_period_says_so() {
    let nothing = Picture::default();
    let html = page(Lang::De, &nothing, "");
    check(&html);
    assert!(html.contains("gibt es keine Meldung") && html.contains("Kein Vergleich"));
    assert!(!html.contains("<figure"));
}

#[test]
fn the_windows_of_the_charter_all_stand_there_in_their_order() {
    let frame = frame(Lang::De);
    let picture = picture();
    let span = Span::last(28, date(2026, 11, 27));
    let view = PictureView::new(&frame, &picture, span, None);
    let windows = view.windows.unwrap().table;
    assert_eq!(
        windows.head,
        ["Ort", "06–10 Uhr", "22–06 Uhr", "ganztags", "gesamt"]
    );
    assert_eq!(windows.rows[0].cells, ["0", "2", "0", "2"]);
    assert!(
        windows.rows[0]
            .href
            .starts_with("/feed?place=theaterplatz&from=2026-10-31")
    );
}

#[test]
fn what_is_typed_wrong_stays_and_is_explained() {
    let html = page(Lang::De, &picture(), "von=2026-11-27&bis=\"><script>");
    check(&html);
    assert!(html.contains("value=\"2026-11-27\"") && html.contains("aria-invalid"));
    assert!(html.contains("Geben Sie beide Tage an"));
}

#[test]
fn filters_stay_when_another_period_is_chosen() {
    let html = page(Lang::De, &picture(), "tage=7&stelle=kod&massnahme=m1");
    assert!(
        html.contains("href=\"/lage?tage=90&#38;stelle=kod&#38;massnahme=m1\""),
        "{html}"
    );
    assert_eq!(html.matches(" checked>").count(), 2);
    let other = page(Lang::De, &picture(), "tage=13");
    assert!(other.contains("aria-current=\"true\">28 Tage"));
}

#[test]
fn zz_dump() {
    use verbund_wire::agency::{Agency, GetConceptResponse, Place, Term};
    let text = std::fs::read_to_string("/work/picture/deploy/charter/krefeld.toml").unwrap();
    let table: toml::Table = text.parse().unwrap();
    let list = |key: &str| table[key].as_array().unwrap().clone();
    let term = |it: &toml::Value| Term {
        id: it["id"].as_str().unwrap().into(),
        name_de: it["name"]["de"].as_str().unwrap().into(),
        name_en: it["name"]["en"].as_str().unwrap().into(),
    };
    let told = GetConceptResponse {
        time_zone: "Europe/Berlin".into(),
        agencies: list("agency")
            .iter()
            .map(|it| Agency {
                term: Some(term(it)),
                ..Default::default()
            })
            .collect(),
        places: list("place")
            .iter()
            .map(|it| Place {
                id: it["id"].as_str().unwrap().into(),
                name: it["name"].as_str().unwrap().into(),
                district: it
                    .get("district")
                    .and_then(|it| it.as_str())
                    .unwrap_or("")
                    .into(),
                ..Default::default()
            })
            .collect(),
        categories: list("category").iter().map(term).collect(),
        measures: list("measure").iter().map(term).collect(),
        windows: ["06-10", "10-14", "14-18", "18-22", "22-06"]
            .map(str::to_owned)
            .into(),
        ..Default::default()
    };
    let mut seed = 7_u32;
    let mut random = |most: u32| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 16) % most
    };
    let mut picture = Picture {
        compared: true,
        exercises: 3,
        ..Picture::default()
    };
    for place in &told.places {
        let count = random(30) * random(4);
        let mut left = count;
        for window in told.windows.iter().cloned().chain([String::new()]) {
            let part = random(left + 1);
            left -= part;
            if part > 0 {
                picture.windows.push(PictureWindow {
                    place: place.id.clone(),
                    window,
                    count: part,
                    before: 0,
                });
            }
        }
        for category in &told.categories {
            let part = random(8).saturating_sub(4);
            if part > 0 {
                picture.categories.push(PictureCategory {
                    place: place.id.clone(),
                    category: category.id.clone(),
                    count: part,
                    before: 0,
                });
            }
        }
        picture.updates += count;
        picture.places.push(PicturePlace {
            place: place.id.clone(),
            count,
            before: random(60),
            rising: count / 3,
            falling: count / 4,
            steady: count / 5,
            unknown: count / 9,
            latest_day: if count > 0 {
                "2026-11-26".into()
            } else {
                String::new()
            },
        });
    }
    for day in 1..=27 {
        picture.days.push(PictureDay {
            day: format!("2026-11-{day:02}"),
            count: random(20),
        });
    }
    let shift = |category: &str, from: &str, to: &[(&str, u32, u32)]| Displacement {
        category: category.into(),
        from_place: from.into(),
        from_before: 14,
        from_now: 5,
        to: to
            .iter()
            .map(|(place, before, now)| PlaceChange {
                place: (*place).into(),
                before: *before,
                now: *now,
            })
            .collect(),
    };
    picture.displacement = vec![
        shift(
            "aufenthalt",
            "theaterplatz",
            &[
                ("platz-der-wiedervereinigung", 2, 9),
                ("kontaktpunkt-city", 1, 4),
                ("neumarkt", 0, 3),
            ],
        ),
        shift("konsumabfall", "albrechtplatz", &[("bleichpfad", 2, 8)]),
    ];
    for (lang, theme, name) in [(Lang::De, "light", "de"), (Lang::En, "dark", "en")] {
        let mut frame = frame(lang);
        frame.concept = Some(std::sync::Arc::new(crate::concept::Concept::new(
            told.clone(),
        )));
        frame.theme = crate::frame::Theme::of_word(theme).unwrap();
        let asked = Fields::parse(b"tage=28");
        let (span, wrong) = span(&frame, &asked);
        let view = PictureView::new(&frame, &picture, span, None);
        let form = Form::new(&frame, &asked, span, wrong, &[], &[]);
        let page = PicturePage {
            frame,
            form,
            view,
            attribution: None,
        };
        std::fs::write(
            format!("/tmp/picture-shots/dump-{name}.html"),
            page.render().unwrap(),
        )
        .unwrap();
    }
}
