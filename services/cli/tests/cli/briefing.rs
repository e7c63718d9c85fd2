//! The start of the coordinators' application: what keeps it from starting, or from its node, is said in German and with what to do.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::Stdio;

use crate::kit::{command, done, free_addresses, stderr, verbund};

/// One agency with its application; its node does not run.
fn place() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let (path, [api, web, _]) = (folder.path(), free_addresses());
    let url = format!("http://{web}");
    let agency = ["--agency", "dhz", "--federation", "krefeld"];
    done(verbund(
        path,
        &[&["pki", "authority"], &agency[..]].concat(),
    ));
    let own = ["--pki", "pki", "--agency-listen", &api];
    let application = ["--briefing", &url, "--briefing-listen", &web];
    let args = [&["init", "dhz"], &agency[..], &own, &application].concat();
    done(verbund(path, &args));
    folder
}

/// How it ends, for a configuration in which one thing is another.
fn refused(folder: &Path, from: &str, to: &str) -> (Option<i32>, String) {
    let good = fs::read_to_string(folder.join("dhz/briefing.toml")).unwrap();
    assert!(good.contains(from), "{good}");
    fs::write(folder.join("dhz/other.toml"), good.replace(from, to)).unwrap();
    let output = verbund(folder, &["briefing", "--config", "dhz/other.toml"]);
    (output.status.code(), stderr(&output).to_owned())
}

/// What it says of its node, which is not as the configuration has it; it runs all the same.
fn says_of_its_node(folder: &Path) -> String {
    let args = ["briefing", "--config", "dhz/briefing.toml"];
    let mut running = command(folder, &args)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(running.stderr.take().unwrap());
    let mut said = String::new();
    while !said.contains("versucht es weiter") && lines.read_line(&mut said).unwrap() > 0 {}
    let is_running = running.try_wait().unwrap().is_none();
    running.kill().unwrap();
    running.wait().unwrap();
    assert!(is_running, "{said}");
    said
}

#[test]
fn a_configuration_that_is_none_says_where_to_look() {
    let folder = place();
    let path = folder.path();
    let output = verbund(path, &["briefing", "--config", "nirgends.toml"]);
    assert_eq!(output.status.code(), Some(2));
    let said = stderr(&output);
    assert!(
        said.contains("Konfiguration nirgends.toml ist nicht lesbar"),
        "{said}"
    );
    assert!(said.contains("verbund init --briefing"), "{said}");

    let (code, said) = refused(path, "[node]", "[knoten]");
    assert_eq!(code, Some(2));
    assert!(
        said.contains("ist falsch") && said.contains("docs/briefing.md"),
        "{said}"
    );
    let (code, said) = refused(path, "tls/briefing.pem", "tls/fehlt.pem");
    assert_eq!(code, Some(2));
    assert!(said.contains("fehlt.pem ist nicht lesbar"), "{said}");
    let (code, said) = refused(path, "tls/briefing", "tls/node");
    assert_eq!(code, Some(2));
    assert!(
        said.contains("nicht das Zertifikat eines Systems"),
        "{said}"
    );
    let (code, said) = refused(path, "tls/briefing.pem", "tls/root.pem");
    assert_eq!(code, Some(2));
    assert!(said.contains("nicht brauchbar"), "{said}");
}

#[test]
fn what_keeps_it_from_its_node_is_told_where_it_is_started() {
    let folder = place();
    let path = folder.path();
    let said = says_of_its_node(path);
    assert!(said.contains("CONNECTION_REFUSED"), "{said}");
    assert!(said.contains("Läuft der Knoten dort?"), "{said}");
}
