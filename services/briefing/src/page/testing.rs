//! What must hold of each rendered page, and a vocabulary to render with.

use std::sync::Arc;

use verbund_wire::agency::{
    GetConceptResponse, HandlingRule, Place, Responsibility, Retention, Term,
};

use crate::concept::Concept;
use crate::frame::Frame;
use crate::lang::Lang;

/// A name that would do harm where it is not escaped.
pub(crate) const HOSTILE: &str = "<script>alert(1)</script> \" onload='x' &amp;";

/// A frame that knows a small vocabulary.
pub(crate) fn frame(lang: Lang) -> Frame {
    let mut frame = Frame::sample(lang);
    frame.concept = Some(Arc::new(Concept::new(vocabulary())));
    frame
}

fn vocabulary() -> GetConceptResponse {
    let term = |id: &str, name: &str| Term {
        id: id.to_owned(),
        name_de: name.to_owned(),
        name_en: name.to_owned(),
    };
    let place = |id: &str, name: &str, district: &str| Place {
        id: id.to_owned(),
        name: name.to_owned(),
        district: district.to_owned(),
        ..Place::default()
    };
    GetConceptResponse {
        federation: "krefeld".to_owned(),
        charter_version: 3,
        time_zone: "Europe/Berlin".to_owned(),
        agencies: ["kod", "dhz"]
            .map(|id| verbund_wire::agency::Agency {
                term: Some(term(id, &id.to_uppercase())),
                protected: id == "dhz",
                ..Default::default()
            })
            .into(),
        places: vec![
            place("theaterplatz", "Theaterplatz", "vier-waelle"),
            place("neumarkt", HOSTILE, "vier-waelle"),
            place("vier-waelle", "Innenstadt (vier Wälle)", ""),
        ],
        categories: vec![
            term("ordnung", "Ordnungsstörung"),
            term("sauberkeit", HOSTILE),
        ],
        measures: vec![term("m1", "Sicherheitskonzept"), term("m2", HOSTILE)],
        windows: ["06-10", "22-06"].map(str::to_owned).into(),
        responsibilities: vec![Responsibility {
            category: "ordnung".to_owned(),
            agency: "kod".to_owned(),
        }],
        silent_sign_off_days: 14,
        retention: Some(Retention {
            update_days: 90,
            reading_days: 1,
            task_after_close_days: 365,
            protocol_days: 3650,
        }),
        handlings: vec![HandlingRule {
            handling: 1,
            report: true,
            ..HandlingRule::default()
        }],
        ..GetConceptResponse::default()
    }
}

/// Checks what holds of each page: nothing that was told is markup, ids are there once, what refers to one finds it, and no text
/// is missing.
#[track_caller]
pub(crate) fn check(html: &str) {
    assert!(!html.contains("<script>"), "a stored script became one");
    assert!(!html.contains("onload='"), "a stored attribute became one");
    assert!(
        !html.contains("style="),
        "the policy forbids styles on elements"
    );
    let values = |name: &str| -> Vec<&str> {
        let sign = format!(" {name}=\"");
        html.split(&*sign)
            .skip(1)
            .filter_map(|it| it.split('"').next())
            .collect()
    };
    let mut ids = values("id");
    ids.sort_unstable();
    let twice: Vec<_> = ids.windows(2).filter(|it| it[0] == it[1]).collect();
    assert!(twice.is_empty(), "ids stand there twice: {twice:?}");
    for name in ["aria-labelledby", "aria-describedby", "for"] {
        for id in values(name).iter().flat_map(|it| it.split(' ')) {
            assert!(ids.contains(&id), "{name} refers to {id}");
        }
    }
}
