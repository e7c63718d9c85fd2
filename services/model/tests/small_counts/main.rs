//! Attacks on small counts by subtraction: a month less its days, a zone less its squares, a total less its parts, a correction
//! less what it corrects, a share of a known base; and by senders who do not keep the rules. `docs/guard.md` states the rule
//! that they are tried against.
//!
//! The attacker knows the charter and the rules, sees all that was told, and computes which counts are possible still. He wins
//! when fewer than three are left for a count below five. Each attack has a name of its own; what fails is told by it. Those
//! by subtraction are chosen so that he would win if all figures were told: where they fail, the rule is the reason.

#![expect(clippy::unwrap_used, reason = "a test that can't go on says where")]

mod attacker;
mod charters;
mod federation;
mod overlaps;
mod parts;
mod revisions;
mod senders;
mod shares;
mod truth;

use std::collections::BTreeSet;

use attacker::Attack;

/// The attacks must fail, each by its name.
#[track_caller]
fn all_fail(attacks: Vec<Attack>) {
    assert!(!attacks.is_empty());
    let won: Vec<String> = attacks
        .into_iter()
        .filter_map(|attack| Some(format!("{}: {}", attack.name, attack.won?)))
        .collect();
    assert!(
        won.is_empty(),
        "{} attacks win:\n{}",
        won.len(),
        won.join("\n")
    );
}

#[test]
fn a_longer_period_less_shorter_ones() {
    all_fail(overlaps::periods());
}

#[test]
fn a_zone_less_its_places() {
    all_fail(overlaps::levels());
}

#[test]
fn a_zones_month_less_the_days_of_its_places() {
    all_fail(overlaps::grids());
}

#[test]
fn figures_of_the_same_place_and_time() {
    all_fail(overlaps::repetitions());
}

#[test]
fn months_weeks_and_zones_by_chance() {
    all_fail(overlaps::by_chance());
}

#[test]
fn a_total_less_its_parts() {
    all_fail(parts::attacks());
}

#[test]
fn a_correction_less_what_it_corrects() {
    all_fail(revisions::corrections());
}

#[test]
fn an_update_that_is_withdrawn_and_issued_anew() {
    all_fail(revisions::reissues());
}

#[test]
fn a_share_of_a_known_base() {
    all_fail(shares::bases());
}

#[test]
fn shares_of_overlapping_periods_and_places() {
    all_fail(shares::overlaps());
}

#[test]
fn a_sender_that_keeps_no_rule() {
    all_fail(senders::attacks());
}

#[test]
fn a_charter_that_lists_too_much() {
    all_fail(charters::attacks());
}

#[test]
fn there_are_hundreds_of_them_and_no_two_have_one_name() {
    let all: Vec<Attack> = [
        overlaps::periods(),
        overlaps::levels(),
        overlaps::grids(),
        overlaps::repetitions(),
        parts::attacks(),
        revisions::corrections(),
        revisions::reissues(),
        shares::bases(),
        shares::overlaps(),
        senders::attacks(),
        charters::attacks(),
    ]
    .into_iter()
    .flatten()
    .collect();
    let names: BTreeSet<&str> = all.iter().map(|attack| attack.name.as_str()).collect();
    assert_eq!(names.len(), all.len(), "two attacks have one name");
    assert!(names.len() >= 1_000, "{}", names.len());
    // Not counting shares and corrections, of which there is one for each pair of figures.
    let built: usize = [
        overlaps::periods(),
        overlaps::levels(),
        parts::attacks(),
        senders::attacks(),
    ]
    .iter()
    .map(Vec::len)
    .sum();
    assert!(built >= 300, "{built}");
}
