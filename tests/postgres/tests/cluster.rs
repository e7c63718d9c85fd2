//! The servers of tests do what tests rely on.

#![expect(clippy::unwrap_used, reason = "a test that can't go on says where")]

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use verbund_test_postgres::{Cluster, Database, SHARED};

fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < Duration::from_secs(30), "{what}");
        thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_database_is_empty_and_its_own_and_goes() {
    let (one, other) = (Database::new().unwrap(), Database::new().unwrap());
    one.psql("CREATE TABLE here (word TEXT); INSERT INTO here VALUES ('a'), ('b')")
        .unwrap();
    assert_eq!(one.psql("SELECT word, 1 FROM here").unwrap(), "a|1\nb|1");
    assert!(other.psql("SELECT word FROM here").is_err());
    let found = |name: &str| {
        let count = format!("SELECT count(*) FROM pg_database WHERE datname = '{name}'");
        other.psql(&count).unwrap()
    };
    let name = one.name().to_owned();
    assert_eq!(found(&name), "1");
    let occupied = one.occupy(2).unwrap();
    drop(one);
    assert_eq!(found(&name), "0", "whoever was connected");
    drop(occupied);
}

#[test]
fn a_server_keeps_what_is_committed_when_it_is_killed() {
    let cluster = Cluster::start_new().unwrap();
    cluster.psql("CREATE TABLE kept (n INT)").unwrap();
    for round in 1..=2 {
        cluster.psql("INSERT INTO kept VALUES (1)").unwrap();
        cluster.kill().unwrap();
        assert!(cluster.psql("SELECT 1").is_err());
        cluster.start().unwrap();
        let kept = cluster.psql("SELECT count(*) FROM kept").unwrap();
        assert_eq!(kept, round.to_string());
    }
    cluster.stop().unwrap();
    assert!(cluster.psql("SELECT 1").is_err());
    assert!(cluster.kill().is_err(), "there is nothing to kill");
    cluster.start().unwrap();
}

#[test]
fn settings_are_in_force_when_they_are_set() {
    let cluster = Cluster::start_new().unwrap();
    cluster.set("synchronous_commit", "off").unwrap();
    assert_eq!(cluster.psql("SHOW synchronous_commit").unwrap(), "off");
    cluster.set("max_connections", "12").unwrap();
    cluster.restart().unwrap();
    let occupied = cluster.occupy(12).unwrap();
    assert!(cluster.psql("SELECT 1").is_err(), "all taken");
    assert!(cluster.occupy(1).is_err());
    drop(occupied);
    until("connections are given back", || {
        cluster.psql("SELECT 1").is_ok()
    });
}

#[test]
fn connections_are_verified_and_passwords_asked_for() {
    let cluster = Cluster::start_new().unwrap();
    let database = cluster.database().unwrap();
    let on = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
    assert_eq!(database.psql(on).unwrap(), "t");
    let refused = |url: verbund_test_postgres::Url| {
        let psql = Command::new("psql")
            .arg(url.to_string())
            .arg("-c")
            .arg("SELECT 1")
            .output();
        String::from_utf8(psql.unwrap().stderr).unwrap()
    };
    let stranger = cluster.strangers_authority();
    let query = format!("sslmode=verify-full&sslrootcert={}", stranger.display());
    let said = refused(database.url().query(&query));
    assert!(said.contains("certificate verify failed"), "{said}");
    let said = refused(database.url().role("postgres", "guessed"));
    assert!(said.contains("password authentication failed"), "{said}");
    let disabled = database.url().query("sslmode=disable");
    assert_eq!(refused(disabled), "");
}

#[test]
fn commits_wait_for_a_standby_that_takes_over() {
    let cluster = Cluster::start_new().unwrap();
    let standby = cluster.standby("second").unwrap();
    cluster.set("synchronous_standby_names", "second").unwrap();
    until("the standby follows", || {
        let state = cluster.psql("SELECT sync_state FROM pg_stat_replication");
        state.unwrap() == "sync"
    });
    cluster
        .psql("CREATE TABLE kept (n INT); INSERT INTO kept VALUES (7)")
        .unwrap();
    cluster.kill().unwrap();
    standby.promote().unwrap();
    assert_eq!(standby.psql("SELECT n FROM kept").unwrap(), "7");
    standby.psql("INSERT INTO kept VALUES (8)").unwrap();
}

#[test]
fn a_server_that_hangs_answers_later() {
    let cluster = Cluster::start_new().unwrap();
    cluster.freeze().unwrap();
    let url = cluster.url().to_string();
    let mut asking = Command::new("psql")
        .args([&url, "-Atc", "SELECT 1"])
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    assert!(asking.try_wait().unwrap().is_none());
    cluster.thaw().unwrap();
    assert!(asking.wait().unwrap().success());
    // And one that is dropped in that state goes all the same.
    cluster.freeze().unwrap();
    let data = cluster.data();
    drop(cluster);
    assert!(!data.exists());
}

/// What the program says to export, as URL and the folder that goes with it.
fn started() -> (std::process::Child, String, PathBuf) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_verbund-test-postgres"))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let url = line
        .trim_end()
        .strip_prefix(&format!("export {SHARED}="))
        .unwrap();
    let url = url.trim_matches('\'').to_owned();
    let authority = PathBuf::from(url.rsplit_once('=').unwrap().1);
    (child, url, authority.parent().unwrap().to_owned())
}

#[test]
fn a_server_goes_with_the_process_that_started_it() {
    let (mut child, url, folder) = started();
    assert!(folder.exists());
    child.kill().unwrap();
    child.wait().unwrap();
    until("the folder goes", || !folder.exists());
    let asked = Command::new("psql")
        .args([&url, "-c", "SELECT 1"])
        .output()
        .unwrap();
    assert!(!asked.status.success(), "nobody listens");
}

#[test]
fn a_command_is_run_with_a_server_and_its_exit_code_is_kept() {
    let program = env!("CARGO_BIN_EXE_verbund-test-postgres");
    let script = format!("psql \"${SHARED}\" -Atc 'SELECT 6 * 7' && exit 3");
    let done = Command::new(program)
        .args(["sh", "-c", &script])
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&done.stdout), "42\n");
    assert_eq!(done.status.code(), Some(3));
}
