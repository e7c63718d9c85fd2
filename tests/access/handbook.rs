//! The handbook's page on certificates, walked with the commands that stand there. No node is restarted here.

use std::fs;
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::Value;
use verbund_tests::HandMade;
use verbund_tests::handbook::{self, Block};
use verbund_tests::handmade::{KEEPER, finding, partner};

const PAGE: &str = "docs/operations/certificates.md";
/// Whose certificates change.
const AGENCY: &str = "kod";
const PARTNERS: [&str; 2] = ["dhz", "quartiersbuero"];
/// More than half of six.
const SIGNERS: [&str; 4] = ["kod", "dhz", "polizei", "quartiersbuero"];

struct Walk {
    fed: HandMade,
    blocks: std::vec::IntoIter<Block>,
}

impl Walk {
    /// Runs the next block, which must be of this place and tell of this.
    async fn next(&mut self, at: &str, tells_of: &str) -> Result<()> {
        let block = self.blocks.next().context("the page has another block")?;
        assert_eq!(block.at, at, "{block:?}");
        assert!(block.code.contains(tells_of), "{tells_of}: {block:?}");
        self.run(&block).await
    }

    async fn run(&self, block: &Block) -> Result<()> {
        let places = match block.at.as_str() {
            "agency" => vec![AGENCY],
            "member" if block.code.contains("sign") => SIGNERS.to_vec(),
            "member" => self.fed.agencies().iter().map(String::as_str).collect(),
            place => vec![place],
        };
        for place in places {
            let variables = [
                ("agency", AGENCY),
                ("member", place),
                ("federation", "krefeld"),
            ];
            self.fed.shell(place, &block.code, &variables).await?;
            // The one file with signatures goes from hand to hand.
            if block.code.contains("charter sign") {
                self.send(place, KEEPER, &["next.toml.sig"])?;
                for other in SIGNERS.iter().filter(|it| **it != place) {
                    self.send(KEEPER, other, &["next.toml.sig"])?;
                }
            }
        }
        Ok(())
    }

    /// What goes by mail in life.
    fn send(&self, from: &str, to: &str, files: &[&str]) -> Result<()> {
        for file in files {
            let to = self.fed.folder_of(to).join(file);
            fs::copy(self.fed.folder_of(from).join(file), to)?;
        }
        Ok(())
    }

    fn send_to_members(&self, from: &str, files: &[&str]) -> Result<()> {
        let mut others = self.fed.agencies().iter().filter(|it| *it != from);
        others.try_for_each(|to| self.send(from, to, files))
    }

    /// Waits until both sides say the same of the certificate that is in place, and that it is another one than before.
    async fn seen_by_all(&self, before: &str) -> Result<String> {
        let own = self
            .fed
            .until_status(
                AGENCY,
                "that every partner sees the current certificate",
                |it| {
                    let serial = &it["certificate_serial"];
                    *serial != before
                        && PARTNERS
                            .iter()
                            .all(|other| partner(it, other)["own_certificate_serial"] == *serial)
                },
            )
            .await?;
        let serial = own["certificate_serial"]
            .as_str()
            .context("a serial")?
            .to_owned();
        for other in PARTNERS {
            self.fed
                .until_status(other, "the same certificate", |it| {
                    partner(it, AGENCY)["certificate_serial"] == serial.as_str()
                })
                .await?;
        }
        Ok(serial)
    }

    /// The other members put the charter in place too.
    async fn charter_everywhere(&self, version: u32) -> Result<()> {
        self.send_to_members(AGENCY, &["charter.toml.sig", "charter.toml"])?;
        for agency in PARTNERS.into_iter().chain([AGENCY]) {
            let what = format!("version {version} of the charter");
            let has = |it: &Value| it["charter_version"] == version;
            self.fed.until_status(agency, &what, has).await?;
        }
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_on_certificates_is_walked() -> Result<()> {
    let nodes = [AGENCY, PARTNERS[0], PARTNERS[1]];
    let fed = HandMade::started(&nodes, Duration::from_secs(150)).await?;
    let blocks = handbook::page(PAGE)?.into_iter();
    let mut walk = Walk { fed, blocks };

    walk.next("agency", "verbund status").await?;
    let first = walk.seen_by_all("").await?;
    walk.next("agency", "pki node").await?;
    let renewed = walk.seen_by_all(&first).await?;

    walk.next("agency", "pki authority").await?;
    walk.send_to_members(AGENCY, &["lists.crl"])?;
    walk.next("member", "lists.crl").await?;
    walk.send(AGENCY, KEEPER, &["roots.pem"])?;
    let change = [
        walk.blocks.next().context("composing")?,
        walk.blocks.next().context("signing")?,
        walk.blocks.next().context("placing")?,
    ];
    let [compose, sign, place] = &change;
    walk.run(compose).await?;
    walk.send_to_members(KEEPER, &["next.toml"])?;
    walk.run(sign).await?;
    walk.run(place).await?;
    walk.charter_everywhere(2).await?;
    // Trusting both, everybody still sees the old one.
    assert_eq!(walk.seen_by_all("").await?, renewed);

    walk.next("agency", "pki-new").await?;
    let new = walk.seen_by_all(&renewed).await?;
    walk.next("agency", "verbund status").await?;

    walk.next("agency", "roots.pem").await?;
    walk.send(AGENCY, KEEPER, &["roots.pem"])?;
    // Version 2 is at the keeper what the next one follows.
    for end in ["charter.toml", "charter.toml.sig"] {
        walk.send(AGENCY, KEEPER, &[end])?;
    }
    for stale in ["next.toml", "next.toml.sig"] {
        for place in walk
            .fed
            .agencies()
            .iter()
            .map(String::as_str)
            .chain([KEEPER])
        {
            let file = walk.fed.folder_of(place).join(stale);
            if file.exists() {
                fs::remove_file(file)?;
            }
        }
    }
    walk.run(compose).await?;
    walk.send_to_members(KEEPER, &["next.toml"])?;
    walk.run(sign).await?;
    walk.run(place).await?;
    walk.charter_everywhere(3).await?;
    assert_eq!(walk.seen_by_all("").await?, new, "the links stay");
    walk.send_to_members(AGENCY, &["lists.crl"])?;
    for agency in walk.fed.agencies() {
        fs::rename(
            walk.fed.folder_of(agency).join("lists.crl"),
            walk.fed
                .folder_of(agency)
                .join(format!("tls/crls/{AGENCY}.crl")),
        )?;
    }
    let findings = walk.fed.doctor(PARTNERS[0]).await?;
    let identity = finding(&findings, AGENCY, "identity")?;
    assert_eq!(identity["grade"], "ok", "{identity}");
    for node in nodes {
        let log = walk.fed.node(node).log()?;
        assert_eq!(log.matches("node up").count(), 1, "{node} was started anew");
    }
    walk.next("agency", "verbund doctor").await?;
    assert!(walk.blocks.next().is_none(), "the page has more blocks");
    Ok(())
}
