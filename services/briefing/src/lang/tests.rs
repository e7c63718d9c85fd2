use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use fluent_bundle::FluentResource;

use super::*;

/// Keys of the files of a language, each with the values that it wants.
fn keys(files: &[&str]) -> BTreeMap<String, BTreeSet<String>> {
    let mut keys = BTreeMap::new();
    for file in files {
        // The parser tells of mistakes; what is wanted is read from the text, where a value is `{ $name`.
        FluentResource::try_new((*file).to_owned()).expect("the catalogue is well-formed");
        let mut key = String::new();
        for line in file.lines() {
            let starts = line
                .chars()
                .next()
                .is_some_and(|it| it.is_ascii_lowercase());
            if let Some((name, _)) = line.split_once(" =").filter(|_| starts) {
                key = name.trim().to_owned();
                keys.entry(key.clone()).or_insert_with(BTreeSet::new);
            }
            for value in line.split('$').skip(1) {
                let end =
                    value.find(|it: char| !it.is_ascii_alphanumeric() && it != '_' && it != '-');
                let name = &value[..end.unwrap_or(value.len())];
                keys.entry(key.clone())
                    .or_insert_with(BTreeSet::new)
                    .insert(name.to_owned());
            }
        }
    }
    keys
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else {
            found.push(path);
        }
    }
}

/// Keys that sources and templates name, as `t("key")`, `t1("key", …)`, `text("key")`, `text_with("key", …)`.
fn named() -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    files(&root.join("src"), &mut found);
    files(&root.join("templates"), &mut found);
    let mut keys = BTreeSet::new();
    for path in found {
        let text = std::fs::read_to_string(&path).unwrap();
        let text: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
        for call in [
            ".t(\"",
            ".t1(\"",
            ".t2(\"",
            ".text(\"",
            ".text_with(\"",
            ".t( \"",
            ".t1( \"",
            ".t2( \"",
            ".text( \"",
            ".text_with( \"",
        ] {
            for after in text.split(call).skip(1) {
                keys.insert(after.split('"').next().unwrap_or_default().to_owned());
            }
        }
    }
    keys
}

#[test]
fn both_languages_say_the_same_things_with_the_same_values() {
    assert_eq!(keys(GERMAN), keys(ENGLISH));
}

#[test]
fn every_key_that_is_named_is_there() {
    let there: BTreeSet<String> = keys(GERMAN).into_keys().collect();
    let lacking: Vec<_> = named()
        .into_iter()
        .filter(|key| !there.contains(key))
        .collect();
    assert!(lacking.is_empty(), "no text for {lacking:?}");
}

#[test]
fn each_refusal_of_the_contract_is_explained() {
    for code in verbund_wire::error::ErrorCode::ALL {
        let key = format!(
            "refusal-{}",
            code.reason().to_ascii_lowercase().replace('_', "-")
        );
        for lang in Lang::ALL {
            assert!(lang.has(&key), "{} has no {key}", lang.tag());
        }
    }
}

#[test]
fn numbers_days_and_plurals_are_written_as_each_language_does() {
    let day = jiff::civil::date(2026, 11, 27);
    assert_eq!(Lang::De.day(day), "Fr., 27.11.2026");
    assert_eq!(Lang::En.day(day), "Fri 27 Nov 2026");
    assert_eq!(Lang::De.number(1_234_567), "1.234.567");
    assert_eq!(Lang::En.number(999), "999");
    assert_eq!(Lang::De.duration(60), "1 Minute");
    assert_eq!(Lang::De.duration(300), "5 Minuten");
    assert_eq!(Lang::En.duration(3_600), "1 hour");
}

#[test]
fn german_comes_first() {
    for (header, lang) in [
        ("", Lang::De),
        ("fr,en;q=0.8", Lang::De),
        ("en-GB,en;q=0.9,de;q=0.8", Lang::En),
        ("de-DE,en;q=0.9", Lang::De),
        ("ü", Lang::De),
    ] {
        assert_eq!(Lang::of_header(header), lang, "{header}");
    }
}
