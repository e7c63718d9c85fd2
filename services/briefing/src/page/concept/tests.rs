use verbund_wire::agency::{
    DecisionDraft, Protocol, ProtocolItem, ReportCount, ReportTasks, Situation, SubjectKey, Task,
    Terms,
};
use verbund_wire::federation::Observation;

use super::*;
use crate::lang::Lang;
use crate::page::testing::{HOSTILE, check, frame};

#[test]
fn each_measure_has_its_figures() {
    let report = Report {
        by_measure: vec![ReportCount {
            id: "m1".to_owned(),
            count: 3,
            before: 0,
        }],
        tasks: vec![ReportTasks {
            measure: "m1".to_owned(),
            open: 2,
            overdue: 1,
            ..ReportTasks::default()
        }],
        ..Report::default()
    };
    for lang in Lang::ALL {
        let frame = frame(lang);
        let measures = cards(&frame, &report);
        assert_eq!(
            (measures[0].updates, measures[0].open, measures[0].overdue),
            (3, 2, 1)
        );
        assert_eq!((measures[1].updates, measures[1].open), (0, 0));
        let page = ConceptPage {
            lacks_figures: false,
            measures,
            vocabulary: Vocabulary::new(&frame),
            frame,
        };
        check(&page.render().unwrap());
    }
}

#[test]
fn the_vocabulary_says_who_is_asked_first_and_which_places_belong_together() {
    let frame = frame(Lang::De);
    let vocabulary = Vocabulary::new(&frame);
    assert_eq!(vocabulary.categories[0].first, "KOD");
    assert_eq!(vocabulary.categories[1].first, "");
    assert_eq!(vocabulary.districts.len(), 1);
    assert_eq!(vocabulary.districts[0].places.len(), 2);
    assert!(vocabulary.members[0].is_own && vocabulary.members[1].is_protected);
    assert_eq!(
        vocabulary.handlings[0].allows,
        [false, true, false, false, false, false]
    );
}

fn told() -> measure::Told {
    let key = |subject: &str| {
        Some(SubjectKey {
            subject: subject.to_owned(),
            owner: "kod".to_owned(),
        })
    };
    let item = |measure: &str, text: &str| ProtocolItem {
        measure: measure.to_owned(),
        decisions: vec![DecisionDraft {
            text: text.to_owned(),
            dissent: vec!["dhz".to_owned()],
            ..DecisionDraft::default()
        }],
        ..ProtocolItem::default()
    };
    measure::Told {
        updates: vec![Situation {
            subject: "s".to_owned(),
            agency: "kod".to_owned(),
            observation: Some(Observation {
                place: "neumarkt".to_owned(),
                exercise: true,
                ..Observation::default()
            }),
            note: HOSTILE.to_owned(),
            ..Situation::default()
        }],
        tasks: vec![Task {
            key: key("t"),
            terms: Some(Terms {
                title: HOSTILE.to_owned(),
                due: "2026-11-30".to_owned(),
                ..Terms::default()
            }),
            overdue: true,
            ..Task::default()
        }],
        protocols: vec![Protocol {
            key: key("p"),
            number: HOSTILE.to_owned(),
            items: vec![item("m2", HOSTILE), item("m1", "Beleuchtung wird geprüft.")],
            ..Protocol::default()
        }],
        ..measure::Told::default()
    }
}

#[test]
fn a_measures_page_shows_only_what_belongs_to_it() {
    for lang in Lang::ALL {
        let frame = frame(lang);
        let span = Span::last(DAYS, frame.today());
        let view = MeasureView::new(&frame, "m1", span, told());
        assert_eq!(view.decisions.len(), 1);
        assert_eq!(view.decisions[0].text, "Beleuchtung wird geprüft.");
        assert_eq!(view.decisions[0].href, "/protokolle/kod/p");
        let html = MeasurePage { frame, view }.render().unwrap();
        check(&html);
        assert!(html.contains("/aufgaben/kod/t") && html.contains("/meldung/kod/s"));
    }
}
