//! The conversions that have no strictness of their own to show.

use proptest::prelude::*;
use verbund_ledger::{CharterSignature, FrameHash, KeyId, LaneId, Outcome, SignedReceipt};
use verbund_model::{
    AgencyId, Audience, Draft, Handling, Observation, Period, ReadingDraft, SubjectId, Trend,
    UnixMillis, Validity, ValueDraft, WithdrawalReason,
};

use super::*;
use crate::error::{Error, ErrorCode, FieldViolation};
use crate::{agency, federation};

fn agency_id(text: &str) -> AgencyId {
    AgencyId::parse(text).expect("a slug")
}

proptest! {
    #[test]
    fn entries_come_back_as_they_were(it in samples::entry()) {
        prop_assert_eq!(entry::from_wire(entry::to_wire(&it)), Ok(it));
    }

    #[test]
    fn observations_come_back_as_they_were(it in samples::observation()) {
        prop_assert_eq!(observation::from_wire(&observation::to_wire(&it)), Ok(it));
    }

    #[test]
    fn etags_come_back_as_they_were(it in samples::frame_hash()) {
        prop_assert_eq!(etag::from_wire(&etag::to_wire(&it)), Ok(Some(it)));
    }

    #[test]
    fn subscriptions_come_back_as_they_were(have in prop::collection::vec((samples::lane(), any::<u64>()), 0..9)) {
        let it = peer::Subscribe { origin: agency_id("dhz"), have };
        prop_assert_eq!(peer::Subscribe::from_wire(&it.to_wire()), Ok(it));
    }
}

#[test]
fn entries_with_wrong_lengths_are_refused() {
    let whole = federation::Entry {
        frame: vec![1].into(),
        signature: vec![2; 64].into(),
        codes: Some(federation::Committed {
            salt: vec![3; 32].into(),
            content: vec![].into(),
        }),
        text: None,
    };
    assert!(entry::from_wire(whole.clone()).is_ok());

    let mut short = whole.clone();
    short.signature.truncate(63);
    assert_eq!(
        entry::from_wire(short).expect_err("short").path(),
        "signature"
    );

    let mut salted = whole;
    salted.text = Some(federation::Committed {
        salt: vec![3; 33].into(),
        content: vec![].into(),
    });
    assert_eq!(
        entry::from_wire(salted).expect_err("long").path(),
        "text.salt"
    );
}

#[test]
fn receipts_come_back_as_they_were() {
    let signed = SignedReceipt {
        body: b"body".to_vec(),
        signature: [9; 64],
    };
    assert_eq!(
        receipt::from_wire(receipt::to_wire(&signed)),
        Ok(signed.clone())
    );
    let mut short = receipt::to_wire(&signed);
    short.signature.clear();
    assert_eq!(
        receipt::from_wire(short).expect_err("none").path(),
        "signature"
    );
}

#[test]
fn charters_come_back_as_they_were_within_bounds() {
    let signature = CharterSignature {
        agency: agency_id("dhz"),
        key: KeyId([1; 8]),
        signature: [2; 64],
    };
    let document = charter::Document {
        body: b"[federation]".to_vec(),
        signatures: vec![signature],
    };
    let wire = charter::to_wire(&document);
    assert_eq!(charter::from_wire(wire.clone()), Ok(document));

    let mut bad = wire.clone();
    bad.signatures[0].key_id.clear();
    let error = charter::from_wire(bad).expect_err("no key");
    assert_eq!(error.path(), "signatures[0].key_id");

    let mut many = wire.clone();
    many.signatures = vec![wire.signatures[0].clone(); 257];
    assert_eq!(
        charter::from_wire(many).expect_err("many").path(),
        "signatures"
    );

    let mut large = wire;
    large.body = vec![b' '; verbund_model::CHARTER_BYTES_MAX + 1].into();
    assert_eq!(charter::from_wire(large).expect_err("large").path(), "body");
}

#[test]
fn a_hello_comes_back_as_it_was_and_is_fit_for_logs() {
    let hello = peer::Hello {
        federation: verbund_model::FederationId::parse("krefeld").expect("a slug"),
        agency: agency_id("dhz"),
        software: "0.1.0".to_owned(),
        protocol_level: 1,
        charter_version: 3,
        charter_hash: [4; 32],
        now: UnixMillis(-5),
        generation: 6,
        stream: 7,
        seen: Some(peer::Certificate {
            serial: "0a:1b".to_owned(),
            validity: Validity::days(UnixMillis(0), 90),
        }),
    };
    assert_eq!(peer::Hello::from_wire(&hello.to_wire()), Ok(hello.clone()));
    for software in ["0.1\n", "0 1", "ü", &"1".repeat(65)] {
        let bad = peer::Hello {
            software: software.to_owned(),
            ..hello.clone()
        };
        let error = peer::Hello::from_wire(&bad.to_wire()).expect_err("must be refused");
        assert_eq!(error.path(), "software");
    }
}

#[test]
fn a_partners_word_on_a_certificate_is_fit_for_logs() {
    for serial in ["", "0a\n", "ü", &"1".repeat(65)] {
        let bad = federation::Certificate {
            serial: serial.to_owned(),
            ..federation::Certificate::default()
        };
        let error = peer::Certificate::from_wire(&bad).expect_err("must be refused");
        assert_eq!(error.path(), "serial");
    }
}

#[test]
fn a_partners_word_on_calling_back_is_fit_for_terminals() {
    let good = peer::DialBack {
        endpoint: "[::1]:7444".to_owned(),
        problem: Some((
            "CONNECTION_REFUSED".to_owned(),
            "it refuses connections".to_owned(),
        )),
        seen: None,
        linked: true,
    };
    assert_eq!(peer::DialBack::from_wire(&good.to_wire()), Ok(good.clone()));
    let bad = peer::DialBack {
        problem: Some(("X".to_owned(), "\u{1b}[2J".to_owned())),
        ..good.clone()
    };
    assert_eq!(
        peer::DialBack::from_wire(&bad.to_wire())
            .expect_err("must be refused")
            .path(),
        "description"
    );
    let bad = peer::DialBack {
        endpoint: "x".repeat(262),
        ..good
    };
    assert_eq!(
        peer::DialBack::from_wire(&bad.to_wire())
            .expect_err("must be refused")
            .path(),
        "endpoint"
    );
}

#[test]
fn a_subscription_is_bounded() {
    let lane = federation::LaneCursor {
        lane: vec![1; 16].into(),
        sequence: 1,
    };
    let it = federation::Subscribe {
        origin: "dhz".to_owned(),
        have: vec![lane; cursor::LANES_MAX + 1],
    };
    assert_eq!(
        peer::Subscribe::from_wire(&it)
            .expect_err("too many")
            .path(),
        "have"
    );
}

#[test]
fn a_draft_is_taken_as_it_is() {
    let it = agency::SituationDraft {
        category: "Kein Slug".to_owned(),
        place: "theaterplatz".to_owned(),
        day: "gestern".to_owned(),
        window: String::new(),
        trend: federation::Trend::Rising as i32,
        source: 0,
        measure: "m1".to_owned(),
        urgency: 99,
        handling: federation::Handling::AmberStrict as i32,
        audience: vec!["dhz".to_owned()],
        note: "Ruhig.".to_owned(),
        readings: vec![
            agency::ReadingDraft {
                indicator: "spritzen".to_owned(),
                period: federation::Period::Day as i32,
                value: Some(agency::reading_draft::Value::Share(agency::ShareDraft {
                    percent: 101,
                    base: 7,
                })),
            },
            agency::ReadingDraft::default(),
        ],
        exercise: true,
        generalised_note: "Allgemein.".to_owned(),
    };
    let expected = Draft {
        category: "Kein Slug".to_owned(),
        place: "theaterplatz".to_owned(),
        day: "gestern".to_owned(),
        window: None,
        trend: Some(Trend::Rising),
        source: None,
        measure: "m1".to_owned(),
        urgency: None,
        handling: Some(Handling::AmberStrict),
        audience: vec!["dhz".to_owned()],
        note: "Ruhig.".to_owned(),
        readings: vec![
            ReadingDraft {
                indicator: "spritzen".to_owned(),
                period: Some(Period::Day),
                value: ValueDraft::Share {
                    percent: 101,
                    base: 7,
                },
            },
            ReadingDraft::default(),
        ],
        exercise: true,
        generalised_note: "Allgemein.".to_owned(),
    };
    assert_eq!(draft::from_wire(it), expected);
}

fn view<'a>(
    agency: &'a AgencyId,
    audience: &'a Audience,
    observation: Option<&'a Observation>,
) -> situation::View<'a> {
    situation::View {
        subject: SubjectId::from_bytes([1; 16]),
        agency,
        state: situation::State::Current,
        observation,
        note: "Ruhig.",
        handling: Some(Handling::Green),
        audience,
        version: 2,
        frame: FrameHash([0xab; 32]),
        created_at: Some(UnixMillis(5)),
        reviewed: true,
        withdrawal: None,
    }
}

#[test]
fn a_view_shows_everything_of_an_update() {
    let dhz = agency_id("dhz");
    let audience = Audience::new([agency_id("kod"), dhz.clone()]).expect("two");
    let shown = agency::Situation::from(view(&dhz, &audience, None));
    let expected = agency::Situation {
        subject: "01010101-0101-0101-0101-010101010101".to_owned(),
        agency: "dhz".to_owned(),
        state: agency::SituationState::Current as i32,
        observation: None,
        note: "Ruhig.".to_owned(),
        handling: federation::Handling::Green as i32,
        audience: vec!["dhz".to_owned(), "kod".to_owned()],
        version: 2,
        etag: "ab".repeat(32),
        created_at_ms: 5,
        reviewed: true,
        withdrawal_reason: 0,
    };
    assert_eq!(shown, expected);

    let erased = agency::Situation::from(situation::View {
        state: situation::State::Erased,
        note: "",
        handling: None,
        created_at: None,
        withdrawal: Some(WithdrawalReason::PersonalData),
        ..view(&dhz, &audience, None)
    });
    assert_eq!(erased.state(), agency::SituationState::Erased);
    assert_eq!(
        erased.withdrawal_reason(),
        federation::WithdrawalReason::PersonalData
    );
    assert_eq!((erased.handling, erased.created_at_ms), (0, 0));
}

#[test]
fn a_withdrawal_says_why() {
    let reason = vocabulary::withdrawal_reason;
    assert_eq!(reason(4), Ok(WithdrawalReason::PersonalData));
    assert_eq!(reason(0).expect_err("not said").problem(), Problem::Missing);
    assert_eq!(reason(5).expect_err("no word").problem(), Problem::Unknown);
}

#[test]
fn a_position_names_lane_sequence_and_frame() {
    let it = situation::position(&LaneId([1; 16]), 2, &FrameHash([3; 32]));
    assert_eq!(
        (&*it.lane, it.sequence, &*it.frame_hash),
        (&[1; 16][..], 2, &[3; 32][..])
    );
}

#[test]
fn every_outcome_is_told_with_its_reason() {
    let kod = agency_id("kod");
    let mut states = std::collections::BTreeSet::new();
    for outcome in Outcome::ALL {
        let told = delivery::to_wire(&kod, Some(outcome), None, false);
        assert_eq!(told.agency, "kod");
        assert_eq!(told.reason, outcome.reason().unwrap_or(""));
        assert_ne!(told.state(), agency::DeliveryState::Pending);
        states.insert((told.state, outcome.as_str()));
    }
    assert_eq!(states.len(), 5, "one state for each kind of outcome");
    let pending = delivery::to_wire(&kod, None, None, false);
    assert_eq!(pending.state(), agency::DeliveryState::Pending);
}

#[test]
fn etags_that_no_node_gave_out_are_refused() {
    assert_eq!(etag::from_wire(""), Ok(None));
    for bad in ["abc", &"AB".repeat(32), &"zz".repeat(32), &"ab".repeat(33)] {
        let error = Error::from(etag::from_wire(bad).expect_err("must be refused"));
        assert_eq!(error.code(), ErrorCode::ValidationFailed);
        assert_eq!(error.violations()[0].field, "etag");
    }
}

#[test]
fn a_fingerprint_covers_everything_but_the_request_id() {
    let base = agency::PublishSituationRequest {
        request_id: "a".to_owned(),
        situation: Some(agency::SituationDraft::default()),
        confirm_review: false,
    };
    let of = |change: fn(&mut agency::PublishSituationRequest)| {
        let mut it = base.clone();
        change(&mut it);
        fingerprint::publish(&it)
    };
    let same = fingerprint::publish(&base);
    assert_eq!(of(|it| it.request_id = "b".to_owned()), same);
    assert_ne!(of(|it| it.confirm_review = true), same);
    assert_ne!(of(|it| it.situation = None), same);
    assert_ne!(
        of(|it| it.situation.as_mut().expect("is there").note = "x".to_owned()),
        same
    );
}

#[test]
fn a_fingerprint_keeps_fields_apart() {
    let correct = |subject: &str, etag: &str| {
        fingerprint::correct(&agency::CorrectSituationRequest {
            request_id: String::new(),
            subject: subject.to_owned(),
            etag: etag.to_owned(),
            situation: None,
            confirm_review: false,
        })
    };
    assert_ne!(correct("ab", "c"), correct("a", "bc"));
    let withdraw = |subject: &str, etag: &str, reason: i32| {
        fingerprint::withdraw(&agency::WithdrawSituationRequest {
            request_id: String::new(),
            subject: subject.to_owned(),
            etag: etag.to_owned(),
            reason,
        })
    };
    assert_ne!(withdraw("ab", "c", 1), withdraw("a", "bc", 1));
    assert_ne!(withdraw("ab", "c", 1), withdraw("ab", "c", 2));
}

mod guard {
    use verbund_guard::gate::{FieldFinding, FindingRecord, Findings, Path, Unguarded};
    use verbund_guard::{Guard, GuardSettings, Outcome};

    use super::*;

    /// A word that nobody knows, which is for review, and a telephone number.
    const REVIEW: &str = "Ein Qwxzy steht dort";
    const REJECT: &str = "Qwxzy, Tel. 0171 2345678";

    fn guard() -> Guard {
        Guard::new(GuardSettings::default())
    }

    fn findings(note: &str) -> Findings {
        let texts = draft::DraftTexts {
            note: Unguarded::new("Ruhige Lage"),
            generalised_note: Unguarded::new(note),
        };
        guard().gate(&draft::PATH, texts).findings().clone()
    }

    #[test]
    fn a_refusal_names_field_class_rule_and_place() {
        let found = findings(REJECT);
        let refused = finding::refusal(&found);
        assert_eq!(refused.code(), ErrorCode::GuardRejected);
        let [violation] = refused.violations() else {
            panic!("one finding rejects: {refused:?}");
        };
        assert_eq!(violation.field, "situation.generalised_note");
        assert_eq!(violation.reason, "GUARD_P2");
        let heaviest = |it: &&FieldFinding| it.finding.severity == Outcome::Reject;
        let phone = found
            .told
            .iter()
            .find(heaviest)
            .expect("it is told")
            .finding;
        assert_eq!(
            violation.description,
            format!(
                "phone at {}..{}: {}",
                phone.start, phone.end, phone.advice_en
            )
        );
        // Who reads it has the finding again, with the advice in both languages.
        let read = finding::of_violation(violation).expect("it is one of the guard's");
        let told = finding::told(&found);
        let told = told.iter().find(|it| it.rule == "phone");
        let told = told.expect("it is told").clone();
        let severity = read.severity;
        assert_eq!(read, agency::Finding { severity, ..told });
        let cut = FieldViolation {
            description: "phone at 7..9: Leave the phone n...".to_owned(),
            ..violation.clone()
        };
        assert!(finding::of_violation(&cut).is_some_and(|it| it.advice_de.ends_with("Anschluss.")));
        for (reason, description) in [
            ("GUARD_P2", "a-newer-rule at 7..9: Leave it out."),
            ("GUARD_P2", "phone"),
            ("UNKNOWN_PLACE", "phone at 7..9: Leave it out."),
        ] {
            let other = FieldViolation {
                reason: reason.to_owned(),
                description: description.to_owned(),
                ..violation.clone()
            };
            assert_eq!(finding::of_violation(&other), None, "{description}");
        }
        let refused = finding::refusal(&findings(REVIEW));
        assert_eq!(refused.code(), ErrorCode::GuardReview);
        assert_eq!(refused.violations().len(), 1);
    }

    #[test]
    fn a_check_tells_all_findings() {
        let answer = finding::to_wire(&guard().check(REJECT), "7");
        assert_eq!(answer.verdict(), agency::Verdict::Reject);
        assert_eq!(answer.guard_version, "7");
        assert_eq!(answer.findings.len(), 2);
        let last = &answer.findings[1];
        assert_eq!(last.severity(), agency::Verdict::Reject);
        assert_eq!((&*last.policy_class, &*last.rule), ("P2", "phone"));
        assert!(last.advice_de.starts_with("Telefonnummer weglassen"));
        assert_eq!(last.field, "");
    }

    #[test]
    fn what_is_told_and_what_is_kept_of_a_finding_is_the_same_but_for_the_advice() {
        let found = findings(REJECT);
        let told = finding::told(&found);
        assert_eq!(told.len(), found.told.len());
        for (told, kept) in told.into_iter().zip(&found.told) {
            let without = agency::Finding {
                advice_de: String::new(),
                advice_en: String::new(),
                ..told
            };
            assert_eq!(finding::recorded(&FindingRecord::from(kept)), without);
            assert_eq!(without.field, "situation.generalised_note");
        }
    }

    /// What goes out has been given to the guard under the path that callers know.
    #[test]
    fn what_has_passed_is_encoded_and_read_again() {
        let texts = text::Text::of_note(Unguarded::new("Ruhige Lage"));
        let gated = guard().gate(&Path::root("situation"), texts.clone());
        let bytes = text::encode(gated.passed().expect("nothing is found"));
        assert_eq!(text::decode(&bytes), Ok(texts));
        assert!(text::encode(text::Text::none()).is_empty());
    }
}
