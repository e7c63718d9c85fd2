//! What comes of steps that cross on their way.

use super::*;

fn shown(told: &Told) -> Protocol {
    told.state();
    Protocol::of(&told.history()).unwrap()
}

/// Two steps that know all before and not each other.
fn both(
    told: &mut Told,
    one: (&str, ProtocolTransition),
    other: (&str, ProtocolTransition),
) -> (StepId, StepId) {
    let parents = told.history().parents();
    let one = told.after(&parents, one.0, one.1);
    (one, told.after(&parents, other.0, other.1))
}

#[test]
fn an_objection_on_its_way_to_a_release_is_late() {
    let (mut told, revision) = all_signed();
    let (objection, release) = both(
        &mut told,
        (ATTENDING, objected(revision)),
        (OWNER, released(revision)),
    );
    assert_eq!(told.standing(objection), Standing::Effective);
    assert_eq!(told.standing(release), Standing::Effective);
    let protocol = shown(&told);
    assert_eq!(protocol.status, ProtocolStatus::Released);
    assert_eq!(protocol.released, Some(release));
    assert_eq!(protocol.late_objections.len(), 1);
    let late = &protocol.late_objections[0];
    assert_eq!((late.step, &late.by), (objection, &agency(ATTENDING)));
    assert_eq!(late.item, Some(ItemNumber(7)));
    // It had signed; its own content is blocked all the same.
    assert_eq!(protocol.bound, agencies(&PRESENT));
    assert_eq!(protocol.objecting(), agencies(&[ATTENDING]));
    // Who knows of the release has no word on it any more.
    let word = told.step(DEPUTY, objected(revision));
    assert_eq!(told.standing(word), Standing::Void(Void::NotNow));
}

#[test]
fn a_sign_off_while_an_objection_is_on_its_way_leaves_it_standing() {
    let (mut told, revision) = circulating();
    let (_, objection) = both(
        &mut told,
        (DEPUTY, signed(revision)),
        (ATTENDING, objected(revision)),
    );
    assert_eq!(told.standing(objection), Standing::Effective);
    let protocol = shown(&told);
    assert_eq!(protocol.status, ProtocolStatus::Objected);
    assert_eq!(told.state().unwrap().signed, agencies(&[DEPUTY]));
    // Whoever released it in time without knowing of the objection named its agency as silent; it is late then.
    let known = told.steps[told.steps.len() - 2].id;
    told.after(
        &[known],
        OWNER,
        reserved(revision, &[OWNER, ATTENDING], &[]),
    );
    let protocol = shown(&told);
    assert_eq!(protocol.status, ProtocolStatus::Reserved);
    assert_eq!(protocol.late_objections[0].step, objection);
    assert_eq!(protocol.silent, agencies(&[OWNER, ATTENDING]));
    assert_eq!(protocol.bound, agencies(&[DEPUTY]));
}

#[test]
fn a_sign_off_on_its_way_to_a_reservation_binds() {
    let (mut told, revision) = circulating();
    told.step(OWNER, signed(revision));
    told.step(ATTENDING, objected(revision));
    let by_owner = reserved(revision, &[DEPUTY], &[ATTENDING]);
    let (word, _) = both(
        &mut told,
        (DEPUTY, signed(revision)),
        (OWNER, by_owner.clone()),
    );
    assert_eq!(told.standing(word), Standing::Effective);
    let protocol = shown(&told);
    assert_eq!(protocol.status, ProtocolStatus::Reserved);
    assert_eq!(protocol.bound, agencies(&[OWNER, DEPUTY]));
    assert!(protocol.silent.is_empty());
    // An objection that the release names is none that came late.
    assert!(protocol.late_objections.is_empty());
}

#[test]
fn a_sign_off_on_its_way_to_another_revision_does_not_count_for_it() {
    let (mut told, old) = circulating();
    let (word, new) = both(&mut told, (DEPUTY, signed(old)), (OWNER, circulated()));
    assert_eq!(told.standing(word), Standing::Effective);
    let protocol = shown(&told);
    assert_eq!(protocol.circulated, Some(new));
    let word = protocol.words[&agency(DEPUTY)];
    assert_eq!((word.revision, word.counts), (old, false));
    assert!(told.state().unwrap().signed.is_empty());
}

#[test]
fn an_objection_to_an_older_revision_is_none_to_what_is_released() {
    let (mut told, old) = circulating();
    let (_, new) = both(&mut told, (ATTENDING, objected(old)), (OWNER, circulated()));
    let word = told.after(&[new], OWNER, signed(new));
    told.after(&[word], OWNER, reserved(new, &[DEPUTY, ATTENDING], &[]));
    let protocol = shown(&told);
    assert_eq!(protocol.status, ProtocolStatus::Reserved);
    assert!(protocol.late_objections.is_empty());
    assert_eq!(protocol.silent, agencies(&[DEPUTY, ATTENDING]));
    assert!(protocol.blocked().is_empty());
}

#[test]
fn of_two_edits_by_the_owner_and_by_a_deputy_who_took_over_the_deputys_holds() {
    let mut told = draft();
    let seen = told.step(OWNER, revised());
    let (over, edit) = both(
        &mut told,
        (DEPUTY, ProtocolTransition::TookOver),
        (OWNER, revised()),
    );
    let late = told.after(&[edit], OWNER, circulated());
    assert_eq!(told.standing(late), Standing::Effective);
    let protocol = shown(&told);
    assert!(protocol.taken_over);
    assert_eq!(protocol.writer, agency(DEPUTY));
    // What the deputy knew when it took over is in force, not what the owner wrote meanwhile.
    assert_eq!(protocol.revision, seen);
    assert_eq!(protocol.circulated, None);
    assert_eq!(protocol.status, ProtocolStatus::Draft);
    let by_deputy = told.after(&[over], DEPUTY, revised());
    assert_eq!(shown(&told).revision, by_deputy);
    // A word on what the owner circulated without knowing is on no revision that counts.
    told.after(&[late], ATTENDING, signed(late));
    let protocol = shown(&told);
    assert!(!protocol.words[&agency(ATTENDING)].counts);
    // Once it knows, the owner writes nothing more.
    let after = told.step(OWNER, revised());
    assert_eq!(told.standing(after), Standing::Void(Void::NotNow));
}

#[test]
fn a_takeover_keeps_what_circulates_and_its_words() {
    let (mut told, revision) = circulating();
    told.step(ATTENDING, signed(revision));
    told.step(OWNER, objected(revision));
    told.makes(DEPUTY, ProtocolMove::TakeOver);
    let protocol = shown(&told);
    assert_eq!(protocol.status, ProtocolStatus::Objected);
    assert_eq!(protocol.circulated, Some(revision));
    assert!(protocol.words[&agency(ATTENDING)].counts);
}

#[test]
fn takeover_wins_over_a_release_that_did_not_know_of_it() {
    let (mut told, revision) = all_signed();
    both(
        &mut told,
        (DEPUTY, ProtocolTransition::TookOver),
        (OWNER, released(revision)),
    );
    let before = shown(&told);
    assert_eq!(before.status, ProtocolStatus::Circulating);
    assert_eq!((before.released, before.bound), (None, BTreeSet::new()));
    // All have signed it, so that the deputy can release it at once.
    told.step(DEPUTY, released(revision));
    let after = shown(&told);
    assert_eq!(after.status, ProtocolStatus::Released);
    assert_eq!(after.bound, agencies(&PRESENT));
}

#[test]
fn a_proposal_on_its_way_to_another_revision_is_stale() {
    let (mut told, old) = circulating();
    let known = told.step(ABSENT, proposed(old));
    let (crossing, new) = both(&mut told, (ABSENT, proposed(old)), (OWNER, circulated()));
    let on_new = told.step(ATTENDING, proposed(new));
    assert_eq!(told.standing(crossing), Standing::Effective);
    let proposals = |told: &Told| -> Vec<(StepId, StepId, ProposalState)> {
        let proposals = shown(told).proposals;
        proposals
            .iter()
            .map(|it| (it.step, it.revision, it.state))
            .collect()
    };
    use ProposalState::*;
    let mut found = proposals(&told);
    found.sort();
    let mut expected = [
        (known, old, Considered),
        (crossing, old, Stale),
        (on_new, new, Current),
    ];
    expected.sort();
    assert_eq!(found, expected);
    // Whoever writes the next revision has seen all of them.
    told.step(OWNER, circulated());
    assert!(proposals(&told).iter().all(|it| it.2 == Considered));
}

#[test]
fn an_owner_that_contradicts_itself_is_taken_at_its_word_before() {
    let mut told = draft();
    let parents = told.history().parents();
    let one = told.after(&parents, OWNER, circulated());
    let other = told.after(&parents, OWNER, circulated());
    // A word on either is legal in its past, and on nothing that circulates.
    told.after(&[one], ATTENDING, signed(one));
    let before = shown(&told);
    assert_eq!(before.status, ProtocolStatus::Draft);
    assert_eq!(before.circulated, None);
    assert_eq!(before.contradicting, [ProtocolRole::Owner]);
    assert!(!before.words[&agency(ATTENDING)].counts);
    // Until it says, knowing both, what holds.
    let new = told.after(&[one, other], OWNER, circulated());
    let after = shown(&told);
    assert_eq!(after.circulated, Some(new));
    assert!(after.contradicting.is_empty());
}

#[test]
fn an_agency_that_signs_and_objects_at_once_has_said_nothing() {
    let (mut told, revision) = circulating();
    both(
        &mut told,
        (ATTENDING, signed(revision)),
        (ATTENDING, objected(revision)),
    );
    let protocol = shown(&told);
    assert_eq!(protocol.status, ProtocolStatus::Circulating);
    assert!(!protocol.words.contains_key(&agency(ATTENDING)));
    let role = ProtocolRole::Word(agency(ATTENDING));
    assert_eq!(protocol.contradicting, [role]);
}
