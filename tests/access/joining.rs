//! The handbook's page on joining, walked with the commands that stand there: from an empty folder to an update that has crossed, beside a
//! federation that runs. And `verbund init` at a terminal.

use std::fs;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;
use verbund_tests::HandMade;
use verbund_tests::handbook::{self, Block};
use verbund_tests::handmade::{KEEPER, finding, partner};

const PAGE: &str = "docs/operations/joining.md";
const NEW: &str = "new";
const AGENCY: &str = "jugendamt";
const PARTNER: &str = "kod";
const OTHER: &str = "dhz";
/// More than half of six.
const SIGNERS: [&str; 4] = ["kod", "dhz", "polizei", "quartiersbuero"];
const NOTE: &str = "Platz am Morgen gereinigt, wenig Glas.";

/// Ends the node that the page starts in the background.
struct Started(Option<Pid>);

impl Drop for Started {
    fn drop(&mut self) {
        if let Some(pid) = self.0 {
            // It may have ended already.
            let _ = kill_process(pid, Signal::KILL);
        }
    }
}

struct Walk {
    fed: HandMade,
    host: String,
    blocks: std::vec::IntoIter<Block>,
}

impl Walk {
    fn block(&mut self, at: &str, tells_of: &str) -> Result<Block> {
        let block = self.blocks.next().context("the page has another block")?;
        assert_eq!(block.at, at, "{block:?}");
        assert!(block.code.contains(tells_of), "{tells_of}: {block:?}");
        Ok(block)
    }

    async fn run(&self, place: &str, code: &str) -> Result<String> {
        let variables = [
            ("agency", AGENCY),
            ("federation", "krefeld"),
            ("host", &self.host),
            ("member", place),
        ];
        self.fed.shell(place, code, &variables).await
    }

    /// What goes by mail in life.
    fn send(&self, from: &str, file: &str, to: &str) -> Result<()> {
        let name = file.rsplit('/').next().context("a name")?;
        let to = self.fed.folder_of(to).join(name);
        fs::copy(self.fed.folder_of(from).join(file), &to)
            .with_context(|| format!("{file} to {}", to.display()))?;
        Ok(())
    }

    /// Runs commands until they succeed, as who waits for something does.
    async fn until(&self, place: &str, block: &Block, holds: impl Fn(&str) -> bool) -> Result<()> {
        let look = async || match self.run(place, &block.code).await {
            Ok(out) if holds(&out) => Ok(()),
            Ok(out) => Err(out),
            Err(error) => Err(format!("{error:#}")),
        };
        let what = format!("`{}` at {place}", block.code.trim());
        self.fed.patience().until(&what, look).await
    }
}

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::print_stdout, reason = "a figure for whoever reads the output")]
async fn the_page_on_joining_is_walked() -> Result<()> {
    let fed = HandMade::started(&[PARTNER, OTHER], Duration::from_secs(150)).await?;
    fs::create_dir(fed.folder_of(NEW))?;
    let host = fed.host(AGENCY)?.to_string();
    let blocks = handbook::page(PAGE)?.into_iter();
    let mut walk = Walk { fed, host, blocks };

    let began = Instant::now();
    let make = walk.block(NEW, "verbund init")?;
    walk.run(NEW, &make.code).await?;
    let sheet = fs::read_to_string(walk.fed.folder_of(NEW).join("node/hand-over/sheet.md"))?;
    let told = [
        format!("{}:7444", walk.host),
        "spiffe://jugendamt.krefeld.verbund/node".to_owned(),
        "Bereitschaft, 02151 000000".to_owned(),
    ];
    for told in told {
        assert_eq!(
            sheet.matches(&told).count(),
            2,
            "{told} in German and English: {sheet}"
        );
    }
    for file in ["agency.toml", "member.toml", "jugendamt.root.pem"] {
        walk.send(NEW, &format!("node/hand-over/{file}"), KEEPER)?;
    }

    let compose = walk.block(KEEPER, "charter compose")?;
    walk.run(KEEPER, &compose.code).await?;
    let sign = walk.block("member", "charter sign")?;
    let list = walk.block("every-member", ".crl")?;
    for member in SIGNERS {
        walk.send(KEEPER, "next.toml", member)?;
        if member != SIGNERS[0] {
            walk.send(KEEPER, "next.toml.sig", member)?;
        }
        let shown = walk.run(member, &sign.code).await?;
        assert!(
            shown.contains("Jugendamt") || shown.contains("Youth"),
            "{shown}"
        );
        walk.send(member, "next.toml.sig", KEEPER)?;
    }
    for member in walk.fed.agencies() {
        walk.send(NEW, "node/hand-over/jugendamt.crl", member)?;
        walk.run(member, &list.code).await?;
        walk.send(member, &format!("tls/crls/{member}.crl"), NEW)?;
    }
    walk.send(KEEPER, "next.toml.sig", PARTNER)?;
    let place = walk.block("partner", "mv next.toml charter.toml")?;
    walk.run(PARTNER, &place.code).await?;
    for member in [PARTNER, OTHER] {
        let has = |it: &Value| it["charter_version"] == 2;
        walk.fed
            .until_status(member, "version 2 of the charter", has)
            .await?;
    }

    walk.send(PARTNER, "charter.toml", NEW)?;
    walk.send(PARTNER, "charter.toml.sig", NEW)?;
    let start = walk.block(NEW, "verbund node")?;
    // The page leaves it to run; a test must not.
    let pid = walk.run(NEW, &format!("{}echo pid=$!", start.code)).await?;
    let pid = pid
        .rsplit_once("pid=")
        .context("a process")?
        .1
        .trim()
        .parse()?;
    let _node = Started(Pid::from_raw(pid));

    let doctor = walk.block(NEW, "verbund doctor")?;
    walk.until(NEW, &doctor, |_| true).await?;
    let doctor = walk.block("partner", "verbund doctor")?;
    walk.until(PARTNER, &doctor, |_| true).await?;
    // Both say that the other reaches them, and with which certificate.
    let findings = walk.fed.doctor(PARTNER).await?;
    let back = finding(&findings, AGENCY, "way-back")?;
    assert_eq!(back["grade"], "ok", "{back}");
    let serial = walk.fed.status(PARTNER).await?["certificate_serial"].clone();
    let serial = serial.as_str().context("a serial")?;
    assert!(
        back["detail"]
            .as_str()
            .is_some_and(|it| it.contains(serial)),
        "{back}"
    );

    let push = walk.block(NEW, "verbund push")?;
    let connected = |it: &Value| partner(it, AGENCY)["link"] == "connected";
    walk.fed
        .until_status(PARTNER, "the new agency connected", connected)
        .await?;
    walk.run(NEW, &push.code).await?;
    let feed = walk.block("partner", "verbund feed")?;
    walk.until(PARTNER, &feed, |out| out.contains(NOTE)).await?;
    // For the table in the page, as the other three ways tell theirs; the deadline of this test is far below the ten minutes.
    let seconds = began.elapsed().as_secs();
    println!(
        "joined on a plain machine: {seconds} s of commands, from nothing to an update at a partner"
    );
    assert!(walk.blocks.next().is_none(), "the page has more blocks");
    // And one the other way.
    let back = push.code.replace("node/duty-log.toml", "office.toml");
    walk.run(PARTNER, &back).await?;
    let look = Block {
        code: "verbund feed --config node/office.toml --format json".to_owned(),
        ..feed
    };
    walk.until(NEW, &look, |out| out.contains(r#""agency":"kod""#))
        .await?;
    Ok(())
}

/// The program at a real terminal (`script` gives it one), with these answers typed.
async fn at_a_terminal(fed: &HandMade, command: &str, answers: &str) -> Result<String> {
    let mut child = Command::new("script")
        .args([
            "--quiet",
            "--return",
            "--echo",
            "never",
            "--command",
            command,
            "/dev/null",
        ])
        .current_dir(fed.folder_of(NEW))
        .env("PATH", fed.path()?)
        .env_remove("VERBUND_LANG")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .context("`script` is needed (Debian: bsdutils)")?;
    let mut to = child.stdin.take().context("its input is ours")?;
    to.write_all(answers.as_bytes()).await?;
    let ended = fed
        .patience()
        .within("a program at a terminal to end", child.wait_with_output())
        .await??;
    drop(to);
    let out = String::from_utf8_lossy(&ended.stdout).into_owned();
    assert!(ended.status.success(), "{out}");
    Ok(out)
}

#[tokio::test(flavor = "multi_thread")]
async fn init_asks_at_a_terminal_and_never_elsewhere() -> Result<()> {
    let fed = HandMade::started(&[], Duration::from_secs(60)).await?;
    fs::create_dir(fed.folder_of(NEW))?;
    // Federation, agency (the first answer is none), folder, names, address, contact, access, no authority for trying out.
    let answers = "krefeld\nJugend Amt\njugendamt\n\nJugendamt\nYouth welfare office\njugendamt.example:7444\nBereitschaft\n\n\n";
    let out = at_a_terminal(&fed, "verbund init", answers).await?;
    assert!(
        out.contains("Kennung des Verbunds") && out.contains("Als Nächstes"),
        "{out}"
    );
    let folder = fed.folder_of(NEW).join("jugendamt");
    for made in [
        "node.toml",
        "keys/entry.key",
        "tls/node.csr",
        "tls/office.csr",
        "hand-over/sheet.md",
        "hand-over/member.toml",
    ] {
        assert!(folder.join(made).exists(), "{made}: {out}");
    }
    let member = fs::read_to_string(folder.join("hand-over/member.toml"))?;
    assert!(
        member.contains("endpoint = \"jugendamt.example:7444\""),
        "{member}"
    );

    // The agency's authority has issued: the sheet is written anew and names the root, as other programs compute it.
    let code = "verbund pki authority --agency jugendamt --federation krefeld
        cp pki/jugendamt.root.pem jugendamt/tls/root.pem
        verbund sheet jugendamt
        grep -v CERTIFICATE jugendamt/tls/root.pem | base64 -d | sha256sum | tr a-f A-F | sed 's/ .*//; s/../&:/g; s/:$//' >print
        grep -c \"$(cat print)\" jugendamt/hand-over/sheet.md
        cmp jugendamt/tls/root.pem jugendamt/hand-over/jugendamt.root.pem";
    let said = fed.shell(NEW, code, &[]).await?;
    assert!(
        said.trim_end().ends_with('2'),
        "in German and English: {said}"
    );

    // Without a terminal, or told something, it says at once what is missing.
    for (call, missing) in [
        ("verbund init", "--agency, --federation"),
        ("verbund init x --agency jugendamt", "--federation"),
    ] {
        let code = format!("{call} 2>said && exit 1; test $? = 2; cat said");
        let said = fed.shell(NEW, &code, &[]).await?;
        assert!(said.contains(missing), "{said}");
    }
    let asked = at_a_terminal(&fed, "verbund init x --agency jugendamt || true", "").await?;
    assert!(
        asked.contains("--federation") && !asked.contains("Kennung des Verbunds"),
        "{asked}"
    );
    Ok(())
}
