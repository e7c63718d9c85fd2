//! The page of an update, rendered with what would do harm where it is not escaped.

use askama::Template as _;
use verbund_wire::agency::{
    AgencyDelivery, DeliveryState, FirstShown, Situation, SituationState, VersionDelivery,
};
use verbund_wire::federation::{Observation, Reading, Trend, reading};

use super::card::Card;
use super::*;
use crate::lang::Lang;
use crate::page::remarks::{Conversation, Said, Typed};
use crate::page::testing::{self, HOSTILE};

fn situation(version: u32) -> Situation {
    Situation {
        subject: "5f0c".to_owned(),
        agency: "dhz".to_owned(),
        state: SituationState::Current as i32,
        note: HOSTILE.to_owned(),
        audience: vec!["kod".to_owned(), HOSTILE.to_owned()],
        version,
        etag: HOSTILE.to_owned(),
        handling: 3,
        observation: Some(Observation {
            place: HOSTILE.to_owned(),
            category: "sauberkeit".to_owned(),
            measure: "m2".to_owned(),
            day: HOSTILE.to_owned(),
            window: HOSTILE.to_owned(),
            trend: if version > 1 {
                Trend::Rising
            } else {
                Trend::Falling
            } as i32,
            readings: vec![Reading {
                indicator: HOSTILE.to_owned(),
                period: 2,
                value: Some(reading::Value::Exact(7)),
            }],
            ..Observation::default()
        }),
        ..Situation::default()
    }
}

fn delivered() -> VersionDelivery {
    VersionDelivery {
        position: None,
        agencies: vec![AgencyDelivery {
            agency: "kod".to_owned(),
            state: DeliveryState::Refused as i32,
            reason: HOSTILE.to_owned(),
            acknowledged: false,
            shown: Some(FirstShown {
                day: HOSTILE.to_owned(),
                window: HOSTILE.to_owned(),
            }),
        }],
    }
}

fn page(lang: Lang) -> String {
    let frame = testing::frame(lang);
    let history = [situation(1), situation(2)];
    let deliveries = [delivered(), delivered()];
    let page = UpdatePage {
        versions: history::versions(&frame, &history),
        deliveries: delivery::rows(&frame, &deliveries),
        remarks: Conversation {
            said: vec![Said {
                step: "a1".to_owned(),
                agency: HOSTILE.to_owned(),
                text: HOSTILE.to_owned(),
                at: "…".to_owned(),
                is_answer: false,
                is_retracted: false,
                may_retract: true,
            }],
            may_speak: true,
            typed: Typed {
                text: HOSTILE.to_owned(),
                ..Typed::default()
            },
            path: "/meldung/dhz/5f0c".to_owned(),
            request: "0192".to_owned(),
        },
        briefings: vec![Briefing {
            action: "/besprechung/kod/1/vorlegen".to_owned(),
            title: HOSTILE.to_owned(),
            items: vec![(1, HOSTILE.to_owned())],
            request: "0192".to_owned(),
        }],
        sent: Some(Sent {
            to: HOSTILE.to_owned(),
            generalised_to: HOSTILE.to_owned(),
        }),
        may_change: true,
        audience: HOSTILE.to_owned(),
        card: Card::unlinked(situation(2), 1).with_delivery(&frame, deliveries.last()),
        frame,
    };
    page.render().unwrap()
}

#[test]
fn whatever_an_agency_tells_stays_text() {
    for lang in Lang::ALL {
        testing::check(&page(lang));
    }
}

#[test]
fn trouble_at_an_agency_is_told_in_words_and_not_by_colour_alone() {
    let page = page(Lang::De);
    assert!(
        page.contains("abgelehnt: der Betrieb kennt den Grund"),
        "{page}"
    );
    assert!(
        page.contains("<del>sinkend</del>") && page.contains("<ins>steigend</ins>"),
        "{page}"
    );
}

#[test]
fn what_is_queued_says_that_it_goes_out_by_itself() {
    for lang in Lang::ALL {
        let frame = testing::frame(lang);
        let page = QueuedPage::new(frame, situation(0)).render().unwrap();
        testing::check(&page);
        let words = match lang {
            Lang::De => [
                "Die Meldung ist eingereiht.",
                "geht die Meldung von selbst hinaus",
            ],
            Lang::En => ["The update is queued.", "the update goes out by itself"],
        };
        for words in words {
            assert!(page.contains(words), "{page}");
        }
        assert!(!page.contains("/berichtigen"), "{page}");
    }
}
