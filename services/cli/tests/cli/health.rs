//! `verbund health`, as a container's health check calls it.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use crate::kit::{AGENCIES, Node, done, federation, sign, stderr, stdout, verbund};

#[test]
fn health_is_what_the_node_says_of_itself() {
    let folder = federation();
    let path = folder.path();
    sign(path, &AGENCIES);
    let ask = ["health", "--config", "kod/node.toml"];

    let silent = verbund(path, &ask);
    assert_eq!(silent.status.code(), Some(3), "{}", stderr(&silent));
    assert!(stderr(&silent).contains("keine Antwort von 127.0.0.1:"));

    let node = Node::start(path, "kod");
    assert_eq!(stdout(&done(verbund(path, &ask))), "bereit\n");
    let json = done(verbund(path, &[&ask[..], &["--format", "json"]].concat()));
    assert_eq!(
        stdout(&json),
        "{\"ready\":true,\"reasons\":[],\"status\":200}\n"
    );
    let elsewhere = verbund(path, &[&ask[..], &["--path", "/nowhere"]].concat());
    assert_eq!(elsewhere.status.code(), Some(3));
    assert!(stderr(&elsewhere).contains("nicht bereit (404)"));
    assert_eq!(node.stop(), Some(0));
}

#[test]
fn a_node_that_takes_nothing_is_not_healthy_and_says_why() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    // What a node with a full disk answers.
    let full = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = [0; 512];
        let read = stream.read(&mut request).unwrap();
        let body = r#"{"ready":false,"reasons":[{"reason":"DISK_RESERVE","description":"…"}]}"#;
        let length = body.len();
        let head =
            format!("HTTP/1.1 503 Service Unavailable\r\ncontent-length: {length}\r\n\r\n{body}");
        stream.write_all(head.as_bytes()).unwrap();
        String::from_utf8_lossy(&request[..read]).into_owned()
    });
    let folder = tempfile::tempdir().unwrap();
    let args = ["health", "--lang", "en", "--address", &address];
    let said = verbund(folder.path(), &args);
    assert_eq!(said.status.code(), Some(3));
    assert!(stderr(&said).contains("not ready (503): DISK_RESERVE"));
    assert!(full.join().unwrap().starts_with("GET /readyz HTTP/1.1"));
}
