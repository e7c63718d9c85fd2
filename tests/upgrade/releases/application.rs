//! The coordinators' application of one release at a node of the other, and its own database under both.

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use tokio::process::Child;
use verbund_tests::program;
use verbund_tests::{APPLICATION, Federation, Plan, Release};

use super::scene::{DONE, ORIGIN, start, stop, text};

const PASSWORD: &str = "Vier Wälle und ein Marktplatz";
const NOTE: &str = "Zwei Container sind voll.";

/// The application of the origin's agency, in front of its node.
struct Application {
    folder: PathBuf,
    url: String,
    running: Option<Child>,
}

impl Application {
    fn new(fed: &Federation) -> Result<Self> {
        let member = fed.member(ORIGIN);
        let issued = member.system(APPLICATION)?;
        let folder = fed.folder().join("application");
        fs::create_dir_all(&folder)?;
        let listen = SocketAddr::new(member.admin().ip(), 8080);
        fs::write(folder.join("app.pem"), &issued.certificate_pem)?;
        fs::write(folder.join("app.key"), &issued.key_pem)?;
        fs::write(folder.join("root.pem"), member.authority.certificate_pem())?;
        let node = member.agency_api();
        let config = format!(
            "listen = \"{listen}\"\npublic_url = \"http://{listen}\"\ndatabase = \"briefing.db\"\n\n[node]\naddress = \"{node}\"\n\
             certificate = \"app.pem\"\nkey = \"app.key\"\nroots = \"root.pem\"\n"
        );
        fs::write(folder.join("briefing.toml"), config)?;
        Ok(Self {
            folder,
            url: format!("http://{listen}"),
            running: None,
        })
    }

    fn config(&self) -> PathBuf {
        self.folder.join("briefing.toml")
    }

    /// Starts it, in the place of the one before, and waits until it shows the page on which people sign in.
    async fn start(&mut self, fed: &Federation, release: Release) -> Result<()> {
        if let Some(mut before) = self.running.take() {
            before.kill().await?;
        }
        let config = self.config();
        let arguments = ["briefing", "--config", text(&config)?];
        self.running = Some(program::start(
            release,
            arguments,
            &self.folder.join("log"),
        )?);
        let look = async || {
            let got = self.get("/anmelden");
            got.map(drop).map_err(|error| format!("{error:#}"))
        };
        fed.until("the application to be ready", look).await
    }

    /// Adds an account; the link that signs it in once.
    async fn add(&self, fed: &Federation, release: Release, name: &str) -> Result<String> {
        let config = self.config();
        let arguments = [
            "user",
            "add",
            name,
            "--roles",
            "coordinator",
            "--format",
            "json",
        ];
        let arguments = [&arguments[..], &["--config", text(&config)?]].concat();
        let added = program::call_of(release, fed, arguments, "").await?;
        ensure!(added.code == DONE, "{added:?}");
        let link = added
            .json()?
            .first()
            .and_then(|it| it["link"].as_str().map(str::to_owned));
        link.context("a link")
    }

    /// Signs somebody in as a browser does without script.
    fn sign_in(&self, link: &str, name: &str) -> Result<()> {
        let page = self.curl(&[link])?;
        let token = page.split_once("name=\"form-token\" value=\"");
        let token = token.and_then(|(_, rest)| rest.split_once('"'));
        let (token, _) = token.with_context(|| format!("a form: {page}"))?;
        let mut words = vec!["--header".to_owned(), format!("Origin: {}", self.url)];
        for (field, value) in [
            ("form-token", token),
            ("username", name),
            ("password", PASSWORD),
            ("repeated", PASSWORD),
        ] {
            words.extend(["--data-urlencode".to_owned(), format!("{field}={value}")]);
        }
        words.push(link.to_owned());
        self.curl(&words).map(drop)
    }

    fn get(&self, path: &str) -> Result<String> {
        self.curl(&[format!("{}{path}", self.url)])
    }

    fn curl<A: AsRef<std::ffi::OsStr>>(&self, words: &[A]) -> Result<String> {
        let cookies = self.folder.join("cookies");
        let called = Command::new("curl")
            .args(["--silent", "--show-error", "--fail", "--location"])
            .arg("--cookie-jar")
            .arg(&cookies)
            .arg("--cookie")
            .arg(&cookies)
            .args(words)
            .output()
            .context("curl is needed (Debian: apt-get install curl)")?;
        let page = String::from_utf8(called.stdout)?;
        let problem = String::from_utf8_lossy(&called.stderr);
        ensure!(called.status.success(), "{problem} {page}");
        Ok(page)
    }
}

/// The node first, then the application, as the page says; and the other way round, since nobody can be kept from it. Who is signed in
/// stays so.
#[tokio::test(flavor = "multi_thread")]
async fn the_application_of_one_release_serves_people_of_a_node_of_the_other() -> Result<()> {
    for first in ["node", "application"] {
        let mut fed = Plan::nodes(&[ORIGIN]).build()?;
        start(&mut fed, ORIGIN, Release::Previous).await?;
        fed.system(ORIGIN, "everything")
            .await?
            .tell(NOTE, &[])
            .await?;
        let mut application = Application::new(&fed)?;
        application.start(&fed, Release::Previous).await?;
        let link = application.add(&fed, Release::Previous, "anna").await?;
        application.sign_in(&link, "anna")?;
        let shows_all = |application: &Application, when: &str| -> Result<()> {
            for (path, says) in [
                ("/feed", NOTE),
                ("/aufgaben", "</html>"),
                ("/lage", "</html>"),
            ] {
                let page = application.get(path)?;
                let is_theirs = page.contains(says) && !page.contains("name=\"password\"");
                ensure!(is_theirs, "{path} {when}, {first} first: {page}");
            }
            Ok(())
        };
        shows_all(&application, "before")?;
        for step in [
            first,
            if first == "node" {
                "application"
            } else {
                "node"
            },
        ] {
            if step == "node" {
                stop(&mut fed, ORIGIN).await?;
                start(&mut fed, ORIGIN, Release::This).await?;
            } else {
                application.start(&fed, Release::This).await?;
            }
            fed.until("all pages, after it was replaced", async || {
                let shown = shows_all(&application, step);
                shown.map_err(|error| format!("{error:#}"))
            })
            .await?;
        }
    }
    Ok(())
}
