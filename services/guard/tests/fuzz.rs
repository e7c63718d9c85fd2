//! The fuzz targets' laws, held against their seeds and against what fuzzing has found: what was mended stays mended, and the targets
//! can't rot.

use std::fs;
use std::path::Path;

#[expect(
    unreachable_pub,
    reason = "it is the library of the fuzz targets, which are no part of the workspace"
)]
#[path = "../fuzz/src/lib.rs"]
mod laws;

/// Each seed of a target.
fn seeds(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/corpus")
        .join(target);
    fs::read_dir(folder)
        .and_then(|files| files.map(|it| fs::read(it?.path())).collect())
        .expect("each target has a folder of seeds beside it")
}

/// As libFuzzer gives bytes to a target that asks for text: what is none is left out.
fn texts(target: &str) -> impl Iterator<Item = String> {
    seeds(target)
        .into_iter()
        .filter_map(|it| String::from_utf8(it).ok())
}

#[test]
fn texts_are_judged() {
    texts("check").for_each(|it| laws::check(&it));
}

#[test]
fn bytes_are_judged() {
    seeds("check_bytes")
        .iter()
        .for_each(|it| laws::check_bytes(it));
    seeds("check").iter().for_each(|it| laws::check_bytes(it));
}

#[test]
fn charters_make_guards() {
    texts("settings").for_each(|it| laws::settings(&it));
}

#[test]
fn corpora_are_counted_or_refused() {
    texts("evaluate").for_each(|it| laws::evaluate(&it));
}
