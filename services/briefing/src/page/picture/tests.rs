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
