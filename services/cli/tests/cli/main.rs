//! The binary as users and scripts meet it: help, exit codes, files, and a real node behind it.

#![expect(
    clippy::unwrap_used,
    reason = "a test's helpers fail as the test itself does"
)]

mod briefing;
mod coordination;
mod health;
mod kit;
mod users;

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Output, Stdio};

use kit::{
    AGENCIES, Node, command, done, federation, lines, sign, stderr, stdout, update, verbund,
    verbund_with,
};
use rustix::fs::{FlockOperation, flock};
use serde_json::Value;

#[test]
fn help_is_german_unless_english_is_wanted() {
    let folder = tempfile::tempdir().unwrap();
    let german = done(verbund(folder.path(), &["--help"]));
    assert!(
        stdout(&german).contains("Aufruf: verbund") && stdout(&german).contains("Rückgabewerte")
    );
    assert!(!stdout(&german).contains("Usage") && german.stderr.is_empty());
    for args in [
        &["--lang", "en", "push", "--help"][..],
        &["push", "--help", "--lang=en"],
    ] {
        let english = done(verbund(folder.path(), args));
        assert!(
            stdout(&english).contains("Usage: verbund push"),
            "{}",
            stdout(&english)
        );
        assert!(!stdout(&english).contains("Vorgabe"));
    }
}

#[test]
fn a_wrong_call_is_told_in_words_and_by_its_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    let secret = "Max Mustermann";
    for (args, words) in [
        (&["fed"][..], "Gemeint: feed?"),
        (&["push"], "Es fehlt: <DATEI>"),
        (&["push", "--colour", "x"], "--colour ist keine Option"),
        (
            &["withdraw", "x", "--reason", secret],
            "Zulässig: error, obsolete",
        ),
        (&["push", "-"], "Es fehlt --certificate"),
    ] {
        let output = verbund(folder.path(), args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(
            stderr(&output).contains(words),
            "{args:?}: {}",
            stderr(&output)
        );
        assert!(!stderr(&output).contains(secret) && output.stdout.is_empty());
    }
}

#[test]
fn what_is_written_can_lie_apart_from_what_is_only_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    done(verbund(
        path,
        &[
            "init",
            "etc",
            "--agency",
            "kod",
            "--federation",
            "krefeld",
            "--state",
            "state",
            "--briefing",
            "https://verbund.kod.example",
        ],
    ));
    let state = path.join("state");
    let dump = done(verbund(
        path,
        &["config", "dump", "--config", "etc/node.toml"],
    ));
    let node: toml::Table = String::from_utf8(dump.stdout).unwrap().parse().unwrap();
    let told = |section: &str, key: &str| node[section][key].as_str().unwrap().to_owned();
    let data = state.join("data");
    assert_eq!(told("node", "data"), data.display().to_string());
    let database = data.join("verbund.db");
    assert_eq!(
        told("store", "url"),
        format!("sqlite:{}", database.display())
    );
    let keys = state.join("erasure-keys");
    assert_eq!(told("store", "erasure_keys"), keys.display().to_string());
    let application = fs::read_to_string(path.join("etc/briefing.toml")).unwrap();
    let application: toml::Table = application.parse().unwrap();
    let database = state.join("briefing/briefing.db");
    assert_eq!(
        application["database"].as_str(),
        Some(&*database.display().to_string())
    );
    for made in [data, keys, state.join("briefing")] {
        let mode = fs::metadata(&made).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700, "{}", made.display());
    }
    assert!(!path.join("etc/data").exists() && !path.join("etc/erasure-keys").exists());
}

#[test]
fn set_up_by_hand_refuses_to_overwrite_and_keeps_keys_private() {
    let folder = federation();
    let path = folder.path();
    for key in [
        "pki/dhz.root.key",
        "dhz/keys/entry.key",
        "dhz/tls/node.key",
        "dhz/tls/log.key",
    ] {
        let mode = fs::metadata(path.join(key)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{key}");
    }
    let before = fs::read(path.join("dhz/keys/entry.key")).unwrap();
    let again = verbund(
        path,
        &["init", "dhz", "--agency", "dhz", "--federation", "krefeld"],
    );
    assert_eq!(again.status.code(), Some(1));
    assert!(
        stderr(&again).contains("nichts wird überschrieben"),
        "{}",
        stderr(&again)
    );
    assert_eq!(fs::read(path.join("dhz/keys/entry.key")).unwrap(), before);

    // Three of six are no majority; the same one twice is one.
    sign(path, &["dhz", "kod", "polizei", "polizei"]);
    let check = verbund(
        path,
        &["charter", "check", "charter.toml", "--format", "json"],
    );
    assert_eq!(check.status.code(), Some(1));
    assert_eq!(lines(&check)[0]["fault"], "too-few-signatures");
    sign(path, &["streetwork"]);
    let check = done(verbund(
        path,
        &["charter", "check", "charter.toml", "--format", "json"],
    ));
    assert_eq!(lines(&check)[0]["signers"].as_array().unwrap().len(), 4);
    assert_eq!(lines(&check)[0]["untold"].as_array().unwrap().len(), 0);

    let config = verbund(
        path,
        &[
            "config",
            "check",
            "--config",
            "dhz/node.toml",
            "--format",
            "json",
        ],
    );
    assert_eq!(
        config.status.code(),
        Some(2),
        "the charter is not in its place yet"
    );
    assert_eq!(lines(&config)[0]["ok"], false);
}

#[test]
fn a_node_is_driven_by_the_command_line_alone() {
    let folder = federation();
    let path = folder.path();
    sign(path, &AGENCIES);
    let node = Node::start(path, "kod");
    let log = |args: &[&str]| {
        verbund(
            path,
            &[args, &["--config", "kod/log.toml", "--format", "json"]].concat(),
        )
    };
    let boss = |args: &[&str]| {
        verbund(
            path,
            &[args, &["--config", "kod/boss.toml", "--format", "json"]].concat(),
        )
    };

    // JSON lines: each is answered, with its line; what is wrong doesn't stop the rest.
    let id = "01890a5d-ac96-774b-bcce-b302099a8057";
    let with_id =
        update("Mehr als sonst.").replacen('{', &format!("{{\"request_id\": \"{id}\", "), 1);
    let secret = "max.mustermann@example.org";
    let input = [
        with_id.as_str(),
        "",
        &update("Ruhig.").replace("lutherplatz", "mondplatz"),
        &update("Ruhig.").replace("\"trend\"", "\"colour\""),
        "{broken",
        &update(secret),
        &with_id,
    ]
    .join("\n");
    let args = ["push", "-", "--config", "kod/log.toml", "--format", "json"];
    let pushed = verbund_with(path, &args, &input);
    assert_eq!(pushed.status.code(), Some(4), "{}", stderr(&pushed));
    assert!(!stdout(&pushed).contains("mustermann") && !stderr(&pushed).contains("mustermann"));
    let mut answers = lines(&pushed);
    answers.sort_by_key(|it| it["line"].as_u64());
    let seen: Vec<_> = answers
        .iter()
        .map(|it| {
            (
                it["line"].as_u64().unwrap(),
                it["outcome"].as_str().unwrap(),
                &it["reason"],
                &it["violations"][0]["field"],
            )
        })
        .collect();
    let null = Value::Null;
    assert_eq!(
        seen,
        [
            (1, "stored", &null, &null),
            (3, "refused", &"VALIDATION_FAILED".into(), &"place".into()),
            (4, "refused", &"INVALID_INPUT".into(), &"colour".into()),
            (5, "refused", &"INVALID_INPUT".into(), &"".into()),
            (6, "refused", &"GUARD_REJECTED".into(), &"note".into()),
            (7, "stored", &null, &null),
        ]
    );
    assert_eq!(answers[0]["request_id"], id);
    assert_eq!(
        (
            &answers[0]["repeated_request"],
            &answers[5]["repeated_request"]
        ),
        (&false.into(), &true.into())
    );
    assert_eq!(answers[0]["subject"], answers[5]["subject"]);

    let subject = answers[0]["subject"].as_str().unwrap().to_owned();
    let feed = lines(&done(log(&["feed", "--agency", "kod"])));
    assert_eq!(feed.len(), 1);
    assert_eq!(
        feed[0]["situation"]["observation"]["readings"][0]["exact"],
        14
    );
    assert!(lines(&done(log(&["feed", "--place", "neumarkt"]))).is_empty());
    let events = lines(&done(log(&["feed", "--cursor", ""])));
    let cursor = events[0]["cursor"].as_str().unwrap();
    assert!(lines(&done(log(&["feed", "--cursor", cursor]))).is_empty());

    fs::write(path.join("better.json"), update("Nachgezählt.")).unwrap();
    done(log(&["correct", &subject, "better.json"]));
    let stale = log(&[
        "correct",
        &subject,
        "better.json",
        "--etag",
        answers[0]["etag"].as_str().unwrap(),
    ]);
    assert_eq!(stale.status.code(), Some(4));
    assert!(stderr(&stale).contains("STALE_ETAG"), "{}", stderr(&stale));
    done(log(&["withdraw", &subject, "--reason", "duplicate"]));
    let got = lines(&done(log(&["get", &subject])));
    assert_eq!(got[0]["situation"]["state"], "withdrawn");
    assert_eq!(got[0]["history"].as_array().unwrap().len(), 3);
    assert_eq!(got[0]["delivery"][0]["agencies"][0]["state"], "pending");

    let status = lines(&done(boss(&["status"])));
    assert_eq!(status[0]["agency"], "kod");
    assert_eq!(status[0]["partners"].as_array().unwrap().len(), 5);
    assert!(lines(&done(boss(&["alarms"]))).is_empty());
    assert_eq!(lines(&done(log(&["concept", "windows"])))[0][4], "22-06");
    assert_eq!(log(&["check-text", secret]).status.code(), Some(4));
    let role = log(&["alarms"]);
    assert_eq!(role.status.code(), Some(4));
    assert!(stderr(&role).contains("ROLE_MISSING"), "{}", stderr(&role));

    reviewed(path, &log, &boss);

    // The own side is in order, and nobody else is there.
    let doctor = verbund(
        path,
        &["doctor", "--config", "kod/node.toml", "--format", "json"],
    );
    assert_eq!(doctor.status.code(), Some(1));
    for finding in lines(&doctor) {
        let own = finding["about"] == "kod";
        match finding["check"].as_str().unwrap() {
            "port" => assert_eq!(finding["reason"], "CONNECTION_REFUSED"),
            _ => assert_eq!(finding["grade"], "ok", "{finding}"),
        }
        assert!(own || finding["check"] != "call", "nobody answers");
    }

    assert_eq!(node.stop(), Some(0), "a SIGTERM is a graceful end");
    assert_eq!(log(&["status"]).status.code(), Some(3), "unreachable");
}

/// What the guard wants looked at, from the push to the audit log.
fn reviewed(path: &Path, log: &dyn Fn(&[&str]) -> Output, boss: &dyn Fn(&[&str]) -> Output) {
    let doubtful = "Am Eingang liegt wieder ein Qwxzyfalter";
    fs::write(path.join("doubtful.json"), update(doubtful)).unwrap();
    let machine = log(&["push", "doubtful.json"]);
    assert_eq!(machine.status.code(), Some(4));
    assert_eq!(lines(&machine)[0]["reason"], "GUARD_REVIEW");
    let push = |_| lines(&done(boss(&["push", "doubtful.json"]))).remove(0);
    let [first, second] = [(); 2].map(push);
    assert_eq!(first["outcome"], "held");
    assert_eq!(first["awaiting_review"], true);
    assert_eq!(first["findings"][0]["field"], "note");
    let review = first["review"].as_str().unwrap();
    let listed = lines(&done(boss(&["review", "list"])));
    assert_eq!(listed.len(), 2);
    assert_eq!(listed[0]["review"], review);
    assert_eq!(listed[0]["situation"]["note"], doubtful);
    assert_eq!(lines(&done(boss(&["status"])))[0]["review_entries"], 2);

    // For people: the place is marked, and what to do about it is said.
    let people = |args: &[&str]| {
        let config = ["--config", "kod/boss.toml"];
        stdout(&done(verbund(path, &[args, &config].concat()))).to_owned()
    };
    let shown = people(&["review", "show", review]);
    let marked = "note: Am Eingang liegt wieder ein ⟦1:Qwxzyfalter⟧";
    assert!(shown.contains(marked), "{shown}");
    for words in ["unknown-word", "P1", "bestätigen lassen", "Lutherplatz"] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    assert!(people(&["review", "list"]).contains("⟦1:Qwxzyfalter⟧"));

    let confirmed = lines(&done(boss(&["review", "confirm", review])));
    assert_eq!(confirmed[0]["subject"], first["subject"]);
    assert!(confirmed[0]["position"]["sequence"].is_number());
    let other = second["review"].as_str().unwrap();
    done(boss(&["review", "discard", other]));
    let closed = boss(&["review", "confirm", other]);
    assert_eq!(closed.status.code(), Some(4));
    assert!(
        stderr(&closed).contains("REVIEW_CLOSED"),
        "{}",
        stderr(&closed)
    );
    assert!(lines(&done(boss(&["review", "list"]))).is_empty());
    let role = log(&["review", "list"]);
    assert!(stderr(&role).contains("ROLE_MISSING"), "{}", stderr(&role));

    let audit = lines(&done(boss(&["audit", "--limit", "3"])));
    let events: Vec<_> = audit
        .iter()
        .map(|it| it["event"].as_str().unwrap())
        .collect();
    let latest = ["review-discarded", "review-confirmed", "review-held"];
    assert_eq!(events, latest);
    assert_eq!(audit[1]["role"], "coordinator");
    assert_eq!(audit[1]["review"], review);
    assert_eq!(audit[1]["findings"][0]["rule"], "unknown-word");
    let people = people(&["audit"]);
    assert!(people.contains("Durchsicht freigegeben"), "{people}");
    assert!(!people.contains("Qwxzyfalter") && !people.contains("boss"));
}

#[test]
fn the_demonstration_plays_once_and_again() {
    let folder = tempfile::tempdir().unwrap();
    let args = ["demo", "--once", "--format", "json", "--data", "demo"];
    let first = &lines(&done(verbund(folder.path(), &args)))[0];
    let keys: Vec<_> = first
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(
        keys,
        [
            "agencies",
            "agreeing",
            "converged",
            "delivered",
            "duplicated",
            "expected",
            "lost",
            "meetings",
            "protocols",
            "published",
            "seconds",
            "tasks",
        ]
    );
    assert_eq!(
        (&first["agencies"], &first["converged"]),
        (&6.into(), &true.into())
    );
    assert_eq!(
        (&first["lost"], &first["duplicated"]),
        (&0.into(), &0.into())
    );
    assert_eq!(first["delivered"], first["expected"]);
    // The coordinators' talk: the same state at all six, and two files that are PDF files.
    assert_eq!(first["agreeing"], 6);
    assert_eq!(
        (&first["tasks"], &first["meetings"], &first["protocols"]),
        (&3.into(), &1.into(), &1.into())
    );
    let written = fs::read_dir(folder.path().join("demo")).unwrap();
    let written: Vec<_> = written.map(|it| it.unwrap().path()).collect();
    let pdf = written
        .iter()
        .filter(|it| it.extension().is_some_and(|it| it == "pdf"));
    let pdf: Vec<_> = pdf.map(|it| fs::read(it).unwrap()).collect();
    assert_eq!(pdf.len(), 2);
    assert!(pdf.iter().all(|it| it.starts_with(b"%PDF-")));

    let again = &lines(&done(verbund(folder.path(), &args)))[0];
    assert_eq!(
        again["published"], first["published"],
        "nothing is published twice"
    );
    assert_eq!(again["converged"], true);
    assert_eq!(
        (&again["tasks"], &again["meetings"], &again["protocols"]),
        (&first["tasks"], &first["meetings"], &first["protocols"]),
        "nobody asks twice"
    );
}

#[test]
fn no_node_outlives_the_demonstration() {
    let folder = tempfile::tempdir().unwrap();
    let mut demo = command(folder.path(), &["demo", "--data", "demo", "--lang", "en"])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut told = BufReader::new(demo.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("The played day is") {
        line.clear();
        assert!(
            told.read_line(&mut line).unwrap() > 0,
            "the demonstration ended before it was up"
        );
    }
    demo.kill().unwrap();
    demo.wait().unwrap();
    // The nodes hold the other end, so that it ends with the last of them.
    let mut rest = Vec::new();
    told.read_to_end(&mut rest).unwrap();
    for agency in AGENCIES {
        // A node holds its store's lock as long as it lives; the call waits until it lets go.
        let lock = folder
            .path()
            .join("demo")
            .join(agency)
            .join("data/verbund.db.lock");
        flock(File::open(lock).unwrap(), FlockOperation::LockExclusive).unwrap();
    }
}
