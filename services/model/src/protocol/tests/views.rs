//! What a protocol looks like.

use super::*;

fn protocol(told: &Told) -> Protocol {
    Protocol::of(&told.history()).unwrap()
}

#[test]
fn a_protocol_is_drafted_circulated_objected_to_revised_released_and_approved() {
    let mut told = Told::new(OWNER);
    let first = told.step(OWNER, drafted());
    let view = protocol(&told);
    assert_eq!((view.revision, view.status), (first, ProtocolStatus::Draft));
    assert_eq!(view.owner, agency(OWNER));
    assert_eq!(view.writer, agency(OWNER));
    assert_eq!(view.number.to_string(), "lagebesprechung-2026-kod-3");
    let old = told.step(OWNER, circulated());
    told.step(OWNER, signed(old));
    let objection = told.step(ATTENDING, objected(old));
    let view = protocol(&told);
    assert_eq!(view.status, ProtocolStatus::Objected);
    let word = view.words[&agency(ATTENDING)];
    assert_eq!((word.step, word.counts), (objection, true));
    let item = Some(ItemNumber(7));
    assert_eq!(word.verdict, Verdict::Objected { item });
    let mut other = content();
    other.items.pop();
    let new = told.step(
        OWNER,
        ProtocolTransition::Circulated(Box::new(other.clone())),
    );
    let view = protocol(&told);
    assert_eq!(view.status, ProtocolStatus::Circulating);
    assert_eq!((view.circulated, &view.content), (Some(new), &other));
    assert!(view.objecting().is_empty());
    for by in PRESENT {
        told.step(by, signed(new));
    }
    assert!(protocol(&told).bound.is_empty());
    let release = told.step(OWNER, released(new));
    let view = protocol(&told);
    assert_eq!(view.status, ProtocolStatus::Released);
    assert_eq!(view.released, Some(release));
    assert_eq!(view.bound, agencies(&PRESENT));
    assert_eq!(view.approved_by, None);
    told.makes(OWNER, ProtocolMove::Approve);
    let one = told.step(
        OWNER,
        ProtocolTransition::Corrected {
            item: Some(ItemNumber(1)),
        },
    );
    let two = told.step(OWNER, ProtocolTransition::Corrected { item: None });
    let view = protocol(&told);
    assert_eq!(view.status, ProtocolStatus::Approved);
    assert_eq!(view.approved_by, Some(subject(2, OWNER)));
    let corrections: Vec<(StepId, Option<ItemNumber>)> = view
        .corrections
        .iter()
        .map(|it| (it.step, it.item))
        .collect();
    assert_eq!(corrections, [(one, Some(ItemNumber(1))), (two, None)]);
    assert_eq!(view.bound, agencies(&PRESENT));
}

#[test]
fn who_was_silent_or_objected_is_not_bound() {
    let (mut told, revision) = circulating();
    told.step(OWNER, signed(revision));
    told.step(ATTENDING, objected(revision));
    told.makes(OWNER, ProtocolMove::Reserve);
    let view = protocol(&told);
    assert_eq!(view.status, ProtocolStatus::Reserved);
    assert_eq!(view.silent, agencies(&[DEPUTY]));
    assert_eq!(view.objecting(), agencies(&[ATTENDING]));
    assert_eq!(view.bound, agencies(&[OWNER]));
    assert!(view.late_objections.is_empty());
}

#[test]
fn an_objection_blocks_its_agencys_own_content_until_it_signs() {
    let (mut told, revision) = circulating();
    assert_eq!(protocol(&told).blocked(), []);
    told.step(ATTENDING, objected(revision));
    let blocked = protocol(&told).blocked();
    let pieces = |number: u8| {
        let of = |piece: Piece| Blocked {
            agency: agency(ATTENDING),
            item: ItemNumber(number),
            piece,
        };
        [of(Piece::Copy(0)), of(Piece::Assessment(1))]
    };
    assert_eq!(blocked, [pieces(1), pieces(7)].concat());
    told.step(ATTENDING, signed(revision));
    assert_eq!(protocol(&told).blocked(), []);
    // Another revision asks anew.
    told.step(ATTENDING, objected(revision));
    told.step(OWNER, circulated());
    assert_eq!(protocol(&told).blocked(), []);
}

#[test]
fn after_a_takeover_the_deputy_writes_to_the_end() {
    let (mut told, revision) = all_signed();
    told.makes(DEPUTY, ProtocolMove::TakeOver);
    told.step(DEPUTY, released(revision));
    told.makes(DEPUTY, ProtocolMove::Approve);
    let correction = told.makes(DEPUTY, ProtocolMove::Correct);
    let view = protocol(&told);
    assert_eq!((view.owner, view.writer), (agency(OWNER), agency(DEPUTY)));
    assert_eq!(view.status, ProtocolStatus::Approved);
    assert_eq!(view.corrections[0].step, correction);
    assert_eq!(view.corrections[0].by, agency(DEPUTY));
    assert_eq!(view.approved_by, Some(subject(2, OWNER)));
    assert_eq!(view.supporters, agencies(&[DEPUTY, ATTENDING]));
}
