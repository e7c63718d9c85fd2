//! A federation set up by the command line alone, and the ways to call it.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

pub(crate) const AGENCIES: [&str; 6] = [
    "dhz",
    "streetwork",
    "kod",
    "polizei",
    "staatsanwaltschaft",
    "quartiersbuero",
];
pub(crate) const VOCABULARY: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../deploy/charter/krefeld.toml"
);

pub(crate) fn verbund(folder: &Path, args: &[&str]) -> Output {
    verbund_with(folder, args, "")
}

pub(crate) fn verbund_with(folder: &Path, args: &[&str], input: &str) -> Output {
    let mut child = command(folder, args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that ends without reading its input closes the pipe; what it says is asserted by the caller.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

pub(crate) fn command(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_verbund"));
    command
        .args(args)
        .current_dir(folder)
        .env_remove("VERBUND_LANG")
        .env_remove("VERBUND_CLIENT");
    command
}

pub(crate) fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

pub(crate) fn stderr(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}

pub(crate) fn lines(output: &Output) -> Vec<Value> {
    stdout(output)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Fails with what the command said.
pub(crate) fn done(output: Output) -> Output {
    assert!(
        output.status.success(),
        "{}\n{}",
        stdout(&output),
        stderr(&output)
    );
    output
}

/// Six agencies set up by hand, as the README tells it; gives the folder of the federation.
pub(crate) fn federation() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let mut members = String::new();
    for agency in AGENCIES {
        done(verbund(
            path,
            &[
                "pki",
                "authority",
                "--agency",
                agency,
                "--federation",
                "krefeld",
            ],
        ));
        let [api, federation, admin] = free_addresses();
        let args = [
            "init",
            agency,
            "--agency",
            agency,
            "--federation",
            "krefeld",
            "--pki",
            "pki",
            "--client",
            "log=publisher,reader",
            "--client",
            "boss=coordinator,operator,auditor,reader",
            "--agency-listen",
            &api,
            "--federation-listen",
            &federation,
            "--admin-listen",
            &admin,
            "--format",
            "json",
        ];
        let made = lines(&done(verbund(path, &args)));
        let key = made[0]["entry_key"].as_str().unwrap();
        assert_eq!(
            fs::read_to_string(path.join(agency).join("keys/entry.pub"))
                .unwrap()
                .trim(),
            key
        );
        members.push_str(&format!(
            "[[member]]\nagency = \"{agency}\"\nendpoint = \"{federation}\"\nroots = \"pki/{agency}.root.pem\"\nentry_keys = [\"{key}\"]\n"
        ));
    }
    fs::write(path.join("members.toml"), members).unwrap();
    let compose = [
        "charter",
        "compose",
        "--vocabulary",
        VOCABULARY,
        "--members",
        "members.toml",
        "--expires",
        "2099-12-31",
    ];
    done(verbund(path, &compose));
    folder
}

pub(crate) fn sign(folder: &Path, agencies: &[&str]) {
    for agency in agencies {
        let key = format!("{agency}/keys/entry.key");
        done(verbund(
            folder,
            &[
                "charter",
                "sign",
                "charter.toml",
                "--agency",
                agency,
                "--key",
                &key,
            ],
        ));
    }
}

/// Addresses that are free now. All are held until all are known, so that none is given twice.
pub(crate) fn free_addresses() -> [String; 3] {
    let listeners = [(); 3].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    listeners.map(|it| it.local_addr().unwrap().to_string())
}

/// A node that runs, and is told to end with the test.
pub(crate) struct Node(Child);

impl Node {
    pub(crate) fn start(folder: &Path, agency: &str) -> Self {
        for name in ["charter.toml", "charter.toml.sig"] {
            fs::copy(folder.join(name), folder.join(agency).join(name)).unwrap();
        }
        let config = format!("{agency}/node.toml");
        let mut child = command(folder, &["node", "--config", &config])
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        while !line.contains("node up") {
            line.clear();
            assert!(
                log.read_line(&mut line).unwrap() > 0,
                "the node ended before it was up"
            );
        }
        // Nobody else reads the log, and a full pipe would stop the node.
        std::thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
        Self(child)
    }

    pub(crate) fn stop(mut self) -> Option<i32> {
        kill_process(Pid::from_child(&self.0), Signal::TERM).unwrap();
        self.0.wait().unwrap().code()
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub(crate) const UPDATE: &str = r#"{"category": "konsumabfall", "place": "lutherplatz", "day": "DAY", "trend": "rising",
  "source": "own-observation", "measure": "m1", "urgency": "soon", "handling": "amber", "note": "NOTE",
  "readings": [{"indicator": "spritzenfunde", "period": "day", "count": 14}]}"#;

/// Today in Krefeld, where it may be another day than in the zone of the machine.
pub(crate) fn today() -> jiff::civil::Date {
    let now = jiff::Timestamp::now().in_tz("Europe/Berlin");
    now.unwrap().date()
}

pub(crate) fn update(note: &str) -> String {
    let yesterday = today().yesterday().unwrap();
    UPDATE
        .replace("DAY", &yesterday.to_string())
        .replace("NOTE", note)
        .replace('\n', " ")
}
