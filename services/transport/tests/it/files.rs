//! Files that change under a running node.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use tempfile::TempDir;
use verbund_transport::pki::{Authority, Issued, Validity};
use verbund_transport::{Admit, Connector, Error, Reloader, Tls, TlsFiles};

use crate::kit::{Kit, NOW, PATIENCE, Server, agency, issue, who, year};

struct Folder {
    dir: TempDir,
    files: TlsFiles,
}

impl Folder {
    fn new(issued: &Issued) -> Self {
        let dir = TempDir::new().unwrap();
        let crls = dir.path().join("crls");
        fs::create_dir(&crls).unwrap();
        let files = TlsFiles {
            certificate: dir.path().join("node.pem"),
            key: dir.path().join("node.key"),
            crls: Some(crls),
        };
        let folder = Self { dir, files };
        folder.certificate(issued);
        folder.key(issued);
        folder
    }

    fn certificate(&self, issued: &Issued) {
        replace(&self.files.certificate, issued.certificate_pem.as_bytes());
    }

    fn key(&self, issued: &Issued) {
        replace(&self.files.key, issued.key_pem.as_bytes());
    }

    fn list(&self, name: &str, list: impl AsRef<[u8]>) {
        replace(&self.dir.path().join("crls").join(name), list.as_ref());
    }

    fn load(&self, kit: &Kit) -> (Tls, Vec<Error>) {
        let (trust, problems) = self.files.revocation_lists(kit.trust()).unwrap();
        (
            Tls::new(
                self.files.identity().unwrap(),
                trust,
                Arc::new(kit.clock.clone()),
            )
            .unwrap(),
            problems,
        )
    }
}

/// As a careful writer does it: nobody sees half a file.
fn replace(path: &Path, content: &[u8]) {
    let new = path.with_extension("new");
    fs::write(&new, content).unwrap();
    fs::rename(new, path).unwrap();
}

fn dhz(kit: &Kit) -> Issued {
    issue(&kit.dhz, kit.dhz.node(year()))
}

/// How the server of dhz takes a new node of this authority.
async fn knocks(kit: &Kit, authority: &Authority, server: &Server) -> bool {
    let connector = Connector::new(&kit.node(authority));
    connector
        .connect(&server.endpoint(), &agency("dhz"))
        .await
        .is_ok()
}

#[tokio::test]
async fn a_renewed_certificate_is_taken_up() {
    let kit = Kit::new();
    let folder = Folder::new(&dhz(&kit));
    let (tls, _) = folder.load(&kit);
    let mut reloader = Reloader::new(folder.files.clone(), tls.clone());
    assert!(reloader.check().is_quiet());
    let server = Server::start(&tls, Admit::Nodes).await;

    let renewed = issue(&kit.dhz, kit.dhz.node(Validity::days(NOW, 90)));
    folder.certificate(&renewed);
    // Half of the pair: the old one stays.
    let half = reloader.check();
    assert!(!half.identity);
    assert!(
        matches!(&half.problems[..], [Error::File { reason, .. }] if matches!(**reason, Error::KeyMismatch))
    );
    assert!(reloader.check().is_quiet(), "said once");

    folder.key(&renewed);
    let whole = reloader.check();
    assert!(whole.identity && whole.problems.is_empty());
    let kod = Connector::new(&kit.node(&kit.kod));
    let shown = kod.probe(&server.endpoint(), &agency("dhz")).await.shown;
    let shown = shown.unwrap();
    assert_eq!(shown.serial, tls.identity().serial());
    assert_eq!(shown.validity, Validity::days(NOW, 90));
    server.stop().await;
}

#[tokio::test]
async fn a_new_revocation_list_is_taken_up() {
    let kit = Kit::new();
    let folder = Folder::new(&dhz(&kit));
    let (tls, problems) = folder.load(&kit);
    assert!(problems.is_empty());
    let mut reloader = Reloader::new(folder.files.clone(), tls.clone());
    let server = Server::start(&tls, Admit::Nodes).await;
    let lost = issue(&kit.kod, kit.kod.node(year()));
    let kod = Connector::new(&kit.tls(&lost, kit.trust()));
    who(&kod, &server.endpoint()).await;

    folder.list("kod.crl", kit.revoked(&kit.kod, &[lost.serial]));
    assert!(reloader.check().revocation_lists);
    kod.connect(&server.endpoint(), &agency("dhz"))
        .await
        .unwrap_err();
    assert!(
        knocks(&kit, &kit.kod, &server).await,
        "another certificate of kod"
    );
    server.stop().await;
}

#[tokio::test]
async fn a_list_in_der_form_is_read() {
    use rustls_pki_types::CertificateRevocationListDer;
    use rustls_pki_types::pem::PemObject as _;
    let kit = Kit::new();
    let folder = Folder::new(&dhz(&kit));
    let lost = issue(&kit.kod, kit.kod.node(year()));
    let list = kit.revoked(&kit.kod, std::slice::from_ref(&lost.serial));
    folder.list(
        "kod.crl",
        CertificateRevocationListDer::from_pem_slice(list.as_bytes()).unwrap(),
    );
    let (tls, problems) = folder.load(&kit);
    assert!(problems.is_empty());
    let server = Server::start(&tls, Admit::Nodes).await;
    let kod = Connector::new(&kit.tls(&lost, kit.trust()));
    kod.connect(&server.endpoint(), &agency("dhz"))
        .await
        .unwrap_err();
    server.refused("CERTIFICATE_REVOKED").await;
    server.stop().await;
}

#[tokio::test]
async fn a_bad_list_leaves_the_one_before_in_use() {
    let kit = Kit::new();
    let folder = Folder::new(&dhz(&kit));
    let lost = issue(&kit.kod, kit.kod.node(year()));
    folder.list(
        "kod.pem",
        kit.revoked(&kit.kod, std::slice::from_ref(&lost.serial)),
    );
    let (tls, _) = folder.load(&kit);
    let mut reloader = Reloader::new(folder.files.clone(), tls.clone());
    let server = Server::start(&tls, Admit::Nodes).await;

    folder.list("kod.pem", "<html>404</html>");
    let reloaded = reloader.check();
    assert!(
        matches!(&reloaded.problems[..], [Error::File { path, .. }] if path.ends_with("kod.pem"))
    );
    let kod = Connector::new(&kit.tls(&lost, kit.trust()));
    kod.connect(&server.endpoint(), &agency("dhz"))
        .await
        .unwrap_err();
    server.refused("CERTIFICATE_REVOKED").await;
    assert!(knocks(&kit, &kit.kod, &server).await);

    // Gone altogether: still revoked.
    fs::remove_file(folder.dir.path().join("crls/kod.pem")).unwrap();
    let reloaded = reloader.check();
    assert!(matches!(&reloaded.problems[..], [Error::ListVanished(of)] if *of == agency("kod")));
    kod.connect(&server.endpoint(), &agency("dhz"))
        .await
        .unwrap_err();
    server.stop().await;
}

#[tokio::test]
async fn a_bad_list_at_the_start_shuts_out_its_agency_and_nobody_else() {
    let kit = Kit::new();
    let folder = Folder::new(&dhz(&kit));
    folder.list("kod.crl", "<html>404</html>");
    folder.list("README.txt", "not a list");
    let (tls, problems) = folder.load(&kit);
    assert_eq!(problems.len(), 1);
    let server = Server::start(&tls, Admit::Nodes).await;
    assert!(!knocks(&kit, &kit.kod, &server).await);
    assert!(knocks(&kit, &kit.polizei, &server).await);
    server.refused("REVOCATION_UNKNOWN").await;
    server.stop().await;
}

#[tokio::test]
async fn a_task_takes_changes_up_when_it_is_told() {
    let kit = Kit::new();
    let folder = Folder::new(&dhz(&kit));
    let (tls, _) = folder.load(&kit);
    let (told, now) = tokio::sync::mpsc::channel(1);
    let watching = tokio::spawn(Reloader::new(folder.files.clone(), tls.clone()).run(now));
    let renewed = dhz(&kit);
    folder.key(&renewed);
    folder.certificate(&renewed);
    let before = tls.identity().serial().to_owned();
    told.send(()).await.unwrap();
    let waiting = async {
        while tls.identity().serial() == before {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.unwrap();
    watching.abort();
}

#[test]
fn a_file_that_is_wrong_is_named() {
    let kit = Kit::new();
    let issued = dhz(&kit);
    let folder = Folder::new(&issued);
    let problem = || folder.files.identity().unwrap_err();

    fs::write(&folder.files.key, "nothing").unwrap();
    assert!(matches!(problem(), Error::File { path, .. } if path == folder.files.key));
    fs::remove_file(&folder.files.key).unwrap();
    assert!(matches!(problem(), Error::Read { path, .. } if path == folder.files.key));
    folder.key(&issued);
    fs::write(&folder.files.certificate, "nothing").unwrap();
    assert!(matches!(problem(), Error::File { path, .. } if path == folder.files.certificate));
    fs::write(&folder.files.certificate, vec![b' '; 300 << 10]).unwrap();
    assert!(matches!(problem(), Error::TooLarge { path, .. } if path == folder.files.certificate));
}

#[test]
fn an_authority_is_taken_up_again_from_its_files() {
    let kit = Kit::new();
    let again = Authority::from_pem(
        agency("kod"),
        kit.trust().federation().clone(),
        kit.kod.certificate_pem(),
        &kit.kod.key_pem(),
    )
    .unwrap();
    // What it issues is believed under the same root.
    kit.tls(&issue(&again, again.node(year())), kit.trust());
    let list = kit.revoked(&again, &[]);
    kit.trust()
        .with_revocation_list(agency("kod"), list.as_bytes())
        .unwrap();
}

#[test]
fn a_signing_request_comes_with_its_key() {
    let kit = Kit::new();
    let (request, key) = kit.kod.node(year()).signing_request().unwrap();
    assert!(request.starts_with("-----BEGIN CERTIFICATE REQUEST-----"));
    assert!(key.starts_with("-----BEGIN PRIVATE KEY-----"));
}

#[test]
fn the_end_of_several_lists_is_the_earliest() {
    let kit = Kit::new();
    let list = |days| {
        kit.kod
            .revocation_list(1, &[], Validity::days(NOW, days))
            .unwrap()
    };
    let both = format!("{}{}", list(7), list(3));
    let end = verbund_transport::revocation_lists_end(both.as_bytes()).unwrap();
    assert_eq!(end.0, NOW.0 + 3 * crate::kit::DAY_MS);
    let bad = verbund_transport::revocation_lists_end(b"<html>");
    assert!(matches!(bad, Err(Error::BadRevocationList)));
}

/// A system's roots lie in a file: during a change of roots it must believe both before its node shows the new certificate.
#[tokio::test]
async fn a_system_follows_its_agencys_roots() {
    let (kit, new) = (Kit::new(), Kit::new());
    let name = crate::kit::system("briefing");
    let system = issue(&kit.dhz, kit.dhz.system(name.clone(), year()));
    let folder = Folder::new(&system);
    let roots = folder.dir.path().join("root.pem");
    replace(&roots, kit.dhz.certificate_pem().as_bytes());
    let (tls, _) = folder.load(&kit);
    let mut reloader =
        Reloader::new(folder.files.clone(), tls.clone()).with_roots(agency("dhz"), &roots);
    assert!(reloader.check().is_quiet());
    let both = format!("{}{}", kit.dhz.certificate_pem(), new.dhz.certificate_pem());
    replace(&roots, both.as_bytes());
    // Both at once: the certificate is one of the new root.
    let renewed = issue(&new.dhz, new.dhz.system(name, year()));
    folder.certificate(&renewed);
    folder.key(&renewed);
    let reloaded = reloader.check();
    assert!(reloaded.roots && reloaded.identity, "{reloaded:?}");

    replace(&roots, b"nothing");
    let reloaded = reloader.check();
    assert!(
        !reloaded.roots && reloaded.problems.len() == 1,
        "{reloaded:?}"
    );
    assert!(reloader.check().is_quiet(), "said once");
}
