use verbund_model::{EntryKeyText, MemberKeys};

use super::*;
use crate::testing::{agency, other_key};

const VOCABULARY: &str = include_str!("../../../../deploy/charter/krefeld.toml");
/// Krefeld's six members; member `n` signs with `other_key(n + 1)`.
const MEMBERS: [&str; 6] = [
    "dhz",
    "streetwork",
    "kod",
    "polizei",
    "staatsanwaltschaft",
    "quartiersbuero",
];

fn place(member: &str) -> usize {
    MEMBERS.iter().position(|id| *id == member).unwrap()
}

fn signing_key(member: &str) -> EntryKey {
    other_key(u8::try_from(place(member)).unwrap() + 1)
}

fn compose(version: u32, previous: Option<[u8; 32]>, key_of: impl Fn(&str) -> [u8; 32]) -> Vec<u8> {
    let members = MEMBERS.map(|id| MemberKeys {
        agency: agency(id),
        endpoint: format!("{id}.example:7443"),
        // The model looks at the form only, and that each has its own.
        tls_roots_pem: format!(
            "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
            "QUJD".repeat(1 + place(id))
        ),
        entry_keys: vec![EntryKeyText::from_bytes(&key_of(id))],
    });
    let expires = "2028-12-31".parse().unwrap();
    let text = Charter::compose(VOCABULARY, members.to_vec(), version, previous, expires);
    text.unwrap().into_bytes()
}

fn public(member: &str) -> [u8; 32] {
    *signing_key(member).public().as_bytes()
}

fn charter(body: &[u8]) -> Charter {
    Charter::parse(body).unwrap()
}

fn signatures(body: &[u8], members: &[&str]) -> Vec<CharterSignature> {
    let sign = |id: &&str| CharterSignature::sign(body, agency(id), &signing_key(id));
    members.iter().map(sign).collect()
}

fn succession(next: &[u8], signatures: &[CharterSignature]) -> Result<(), CharterFault> {
    let current = compose(1, None, public);
    succeeds(
        &charter(&current),
        &charter_hash(&current),
        &charter(next),
        next,
        signatures,
    )
}

fn successor() -> Vec<u8> {
    let current = compose(1, None, public);
    compose(2, Some(charter_hash(&current)), public)
}

/// Made apart from this code, with `openssl pkeyutl` and `sha256sum`.
#[test]
fn signature_and_hash_are_the_documented_ones() {
    let body = b"version = 1\n";
    let signed = CharterSignature::sign(body, agency("dhz"), &crate::testing::key());
    let hex = |bytes: &[u8]| {
        bytes
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
    };
    assert_eq!(
        hex(&signed.signature),
        "e2320ad4314194665f6386df019b77cf110c2526492a9bd9a33434e7d5ecd57bcbfc7cd0999479f4e0c35a7b35664652b4780576db3755eeb58d8d26a8984f01"
    );
    assert_eq!(
        hex(&charter_hash(body)),
        "dbab12665d98aef021ba64953c61b0ed8a908cfb56a1c01e2fcb4b052b71a2a1"
    );
}

#[test]
fn one_signature_holds_for_its_member_and_its_bytes() {
    let body = successor();
    let [signature] = signatures(&body, &["kod"]).try_into().unwrap();
    let keys = |id: &str| [signing_key(id).public().clone()];
    assert_eq!(verify_charter(&body, &signature, &keys("kod")), Ok(()));
    let foreign = verify_charter(&body, &signature, &keys("dhz"));
    assert_eq!(foreign, Err(CharterFault::UnknownKey));
    let changed = verify_charter(&body[1..], &signature, &keys("kod"));
    assert_eq!(changed, Err(CharterFault::BadSignature));
}

#[test]
fn more_than_half_of_the_members_must_sign() {
    let next = successor();
    let four = signatures(&next, &MEMBERS[..4]);
    assert_eq!(succession(&next, &four), Ok(()));
    let (have, need) = (3, 4);
    let half = signatures(&next, &MEMBERS[..3]);
    assert_eq!(
        succession(&next, &half),
        Err(CharterFault::TooFewSignatures { have, need })
    );
}

#[test]
fn what_is_no_word_of_a_member_counts_for_nothing_and_harms_nothing() {
    let next = successor();
    let three = signatures(&next, &MEMBERS[..3]);
    let too_few = Err(CharterFault::TooFewSignatures { have: 3, need: 4 });
    let with = |more: CharterSignature| [&three[..], &[more]].concat();

    // The same member again, another's key in a member's name, a stranger, a word on other bytes, a bad signature.
    assert_eq!(succession(&next, &with(three[0].clone())), too_few);
    let crossed = CharterSignature::sign(&next, agency("polizei"), &signing_key("dhz"));
    assert_eq!(succession(&next, &with(crossed.clone())), too_few);
    let stranger = CharterSignature::sign(&next, agency("feuerwehr"), &other_key(99));
    assert_eq!(succession(&next, &with(stranger.clone())), too_few);
    let elsewhere = CharterSignature::sign(b"other", agency("polizei"), &signing_key("polizei"));
    assert_eq!(succession(&next, &with(elsewhere)), too_few);
    let mut bad = signatures(&next, &["polizei"]).remove(0);
    bad.signature[5] ^= 1;
    assert_eq!(succession(&next, &with(bad.clone())), too_few);

    // Before the member's good word as after it.
    let mut all = vec![bad, crossed, stranger];
    all.extend(signatures(&next, &MEMBERS[..4]));
    assert_eq!(succession(&next, &all), Ok(()));
}

#[test]
fn signatures_beyond_the_bound_are_not_looked_at() {
    let next = successor();
    let mut flood = vec![signatures(&next, &["dhz"]).remove(0); SIGNATURES_MAX];
    flood.extend(signatures(&next, &MEMBERS));
    let fault = succession(&next, &flood);
    assert_eq!(
        fault,
        Err(CharterFault::TooFewSignatures { have: 1, need: 4 })
    );
}

#[test]
fn members_of_the_charter_in_force_decide() {
    // Version 2 changes every member's key: signatures with the new keys don't count, those with the old do.
    let current = compose(1, None, public);
    let fresh = |id: &str| other_key(u8::try_from(place(id)).unwrap() + 100);
    let next = compose(2, Some(charter_hash(&current)), |id| {
        *fresh(id).public().as_bytes()
    });
    let by_new: Vec<_> = MEMBERS
        .iter()
        .map(|id| CharterSignature::sign(&next, agency(id), &fresh(id)))
        .collect();
    let fault = succession(&next, &by_new);
    assert_eq!(
        fault,
        Err(CharterFault::TooFewSignatures { have: 0, need: 4 })
    );
    assert_eq!(succession(&next, &signatures(&next, &MEMBERS)), Ok(()));
}

#[test]
fn a_successor_follows_the_charter_in_force() {
    let current = compose(1, None, public);
    let hash = Some(charter_hash(&current));
    let all = |body: &[u8]| signatures(body, &MEMBERS);

    let skipping = compose(3, hash, public);
    let (expected, got) = (2, 3);
    assert_eq!(
        succession(&skipping, &all(&skipping)),
        Err(CharterFault::NotNext { expected, got })
    );
    let (expected, got) = (2, 1);
    assert_eq!(
        succession(&current, &all(&current)),
        Err(CharterFault::NotNext { expected, got })
    );

    let stray = compose(2, Some([9; 32]), public);
    assert_eq!(
        succession(&stray, &all(&stray)),
        Err(CharterFault::WrongPredecessor)
    );

    let text = String::from_utf8(successor()).unwrap();
    let abroad = text
        .replacen("id = \"krefeld\"", "id = \"moers\"", 1)
        .into_bytes();
    assert_eq!(charter(&abroad).federation().as_str(), "moers");
    assert_eq!(
        succession(&abroad, &all(&abroad)),
        Err(CharterFault::WrongFederation)
    );
}

#[test]
fn a_successor_with_a_key_that_is_none_is_refused() {
    let current = compose(1, None, public);
    let identity = {
        let mut y = [0; 32];
        y[0] = 1;
        y
    };
    let key_of = |id: &str| if id == "kod" { identity } else { public(id) };
    let next = compose(2, Some(charter_hash(&current)), key_of);
    let (agency, error) = (agency("kod"), KeyError::SmallOrder);
    let fault = succession(&next, &signatures(&next, &MEMBERS));
    assert_eq!(fault, Err(CharterFault::InvalidKey { agency, error }));
}

#[test]
fn a_first_charter_is_signed_by_its_own_members() {
    let body = compose(1, None, public);
    let first = charter(&body);
    assert_eq!(
        signed_by_majority(&first, &body, &signatures(&body, &MEMBERS[2..])),
        Ok(())
    );
    let fault = signed_by_majority(&first, &body, &[]);
    assert_eq!(
        fault,
        Err(CharterFault::TooFewSignatures { have: 0, need: 4 })
    );
    let keyring = Keyring::of(&first).unwrap();
    let two = signatures(&body, &["polizei", "dhz"]);
    assert_eq!(
        signers(&body, &two, &keyring),
        [agency("dhz"), agency("polizei")]
    );
    assert_eq!(
        keyring.keys(&agency("dhz")),
        [signing_key("dhz").public().clone()]
    );
    assert!(keyring.keys(&agency("feuerwehr")).is_empty());
}
