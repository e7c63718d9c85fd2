//! The accounts of the coordinators' application, kept where its database lies.

use std::fs;
use std::path::Path;
use std::process::Output;

use serde_json::{Value, json};

use crate::kit::{done, lines, stderr, stdout, verbund};

const CONFIG: &str = r#"
listen = "127.0.0.1:0"
public_url = "https://lage.dhz.example"
database = "briefing.db"

[node]
address = "127.0.0.1:1"
certificate = "tls/briefing.pem"
key = "tls/briefing.key"
roots = "tls/root.pem"
"#;

/// A folder with an application's configuration and no accounts.
fn place() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("briefing.toml"), CONFIG).unwrap();
    folder
}

fn user(folder: &Path, args: &[&str]) -> Output {
    verbund(folder, &[&["user"], args].concat())
}

fn told(folder: &Path, args: &[&str]) -> Vec<Value> {
    lines(&done(user(folder, &[args, &["--format", "json"]].concat())))
}

#[test]
fn an_account_is_added_changed_and_removed() {
    let folder = place();
    let path = folder.path();
    let added = told(path, &["add", "leitung", "--roles", "operator"]);
    let link = added[0]["link"].as_str().unwrap();
    assert!(
        link.starts_with("https://lage.dhz.example/anmelden/link/"),
        "{link}"
    );
    told(path, &["add", "team"]);
    let again = told(path, &["link", "team"]);
    assert_ne!(again[0]["link"], added[0]["link"]);

    let account = |roles: &str, disabled: bool| json!({ "name": "team", "roles": roles, "disabled": disabled, "password": false, "openid": false });
    assert_eq!(
        told(path, &["roles", "team", "coordinator,reader"]),
        [account("reader,coordinator", false)]
    );
    assert_eq!(
        told(path, &["disable", "team"]),
        [account("reader,coordinator", true)]
    );
    assert_eq!(
        told(path, &["enable", "team"]),
        [account("reader,coordinator", false)]
    );
    assert_eq!(told(path, &["sessions", "team"]), Vec::<Value>::new());
    assert_eq!(
        told(path, &["end-sessions", "team"]),
        [json!({ "name": "team", "ended": 0 })]
    );
    let all = told(path, &["list"]);
    assert_eq!(
        all.iter().map(|it| &it["name"]).collect::<Vec<_>>(),
        ["leitung", "team"]
    );
    assert_eq!(
        told(path, &["remove", "team"]),
        [json!({ "name": "team", "removed": true })]
    );
    assert_eq!(told(path, &["list"]).len(), 1);
    let table = done(user(path, &["list"]));
    assert!(stdout(&table).contains("leitung"), "{}", stdout(&table));
}

#[test]
fn what_an_account_may_not_become_is_told() {
    let folder = place();
    let path = folder.path();
    told(path, &["add", "leitung", "--roles", "operator"]);
    let cases: [(&[&str], i32, &str); 5] = [
        (&["add", "leitung"], 2, "gibt es schon"),
        (&["link", "niemand"], 2, ""),
        (&["add", "team", "--roles", "chef"], 2, "--roles"),
        // Nobody could let anybody in any more.
        (&["disable", "leitung"], 1, ""),
        (&["remove", "leitung"], 1, ""),
    ];
    for (args, code, says) in cases {
        let refused = user(path, args);
        assert_eq!(refused.status.code(), Some(code), "{args:?}");
        assert!(stderr(&refused).contains(says), "{}", stderr(&refused));
        assert_eq!(stdout(&refused), "", "{args:?}");
    }
    assert_eq!(told(path, &["list"]).len(), 1);
}

#[test]
fn without_a_configuration_it_is_told_which_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let refused = user(folder.path(), &["list"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(
        stderr(&refused).contains("briefing.toml"),
        "{}",
        stderr(&refused)
    );
}
