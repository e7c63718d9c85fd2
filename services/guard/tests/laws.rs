//! What holds of any text and any bytes, and of any guard whatever it has read before.

use std::sync::LazyLock;
use std::thread;

use proptest::prelude::*;
use verbund_guard::{Guard, GuardSettings, Verdict};

#[expect(
    unreachable_pub,
    reason = "it is the library of the fuzz targets, which are no part of the workspace"
)]
#[path = "../fuzz/src/lib.rs"]
mod laws;

static GUARD: LazyLock<Guard> = LazyLock::new(|| Guard::new(GuardSettings::default()));

const CORPORA: [&str; 2] = [
    include_str!("corpus/own.tsv"),
    include_str!("corpus/second.tsv"),
];

/// Words that differ in one letter, so that a table that takes one for the other is found out.
fn words() -> impl Strategy<Value = String> {
    prop::collection::vec("[a-zäöüß]{0,3}[bcdk][aeiou][lnrst]{1,2}[a-zß]{0,4}", 1..8)
        .prop_map(|words| words.join(" "))
}

/// A field's head, a byte that is none of text, and the beginnings of characters.
const BROKEN: &[&[u8]] = &[b"\x0a\x1e", b"\xff", b"\0", b"\xc3", b"\xf0\x9f\x9a"];

/// Bytes as content that a receiver can't decode has them: text between lengths, tags and whatever else.
fn content() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        any::<Vec<u8>>(),
        any::<String>().prop_map(String::into_bytes),
        prop::sample::select(
            &[
                "Herr Brinkhoff",
                "0171 5550123",
                "Lage ruhig",
                "ä",
                "SGVyciBCcmlua2hvZmY="
            ][..]
        )
        .prop_map(|it| it.as_bytes().to_vec()),
        prop::sample::select(BROKEN).prop_map(<[u8]>::to_vec),
    ];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn any_text_is_judged(text in any::<String>()) {
        laws::check(&text);
        laws::settings(&text);
        laws::evaluate(&text);
    }

    #[test]
    fn any_bytes_are_judged(bytes in content()) {
        laws::check_bytes(&bytes);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// What is kept of words changes no answer.
    #[test]
    fn what_was_read_before_changes_no_verdict(before in words(), text in words()) {
        let guard = Guard::new(GuardSettings::default());
        guard.check(&before);
        let fresh = Guard::new(GuardSettings::default());
        let verdict = fresh.check(&text);
        prop_assert_eq!(&guard.check(&text), &verdict);
        prop_assert_eq!(&GUARD.check(&text), &verdict);
    }
}

#[test]
fn threads_that_share_a_guard_judge_alike() {
    let texts: Vec<&str> = CORPORA.iter().flat_map(|it| it.lines()).collect();
    let alone: Vec<Verdict> = texts
        .iter()
        .map(|it| Guard::new(GuardSettings::default()).check(it))
        .collect();
    let shared = Guard::new(GuardSettings::default());
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for (text, verdict) in texts.iter().zip(&alone) {
                    assert_eq!(&shared.check(text), verdict, "{text}");
                }
            });
        }
    });
}
