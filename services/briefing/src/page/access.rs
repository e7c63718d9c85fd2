//! Who may ask for what: the one table of pages and roles, and the tests that hold pages and table together.
//!
//! A route that has no row fails the first test; a row whose page lets in whom it should not, or nobody, the second.

use std::collections::BTreeSet;
use std::path::Path;

use http::{Method, StatusCode};

use crate::role::{Role, Roles};
use crate::testing::{Bench, Browser, Page};

/// Who may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum May {
    Anybody,
    SignedIn,
    Reads,
    Contributes,
    Coordinates,
    Operates,
    ReadsOrOperates,
}

impl May {
    fn lets(self, roles: Roles) -> bool {
        match self {
            Self::Anybody | Self::SignedIn => true,
            Self::Reads => roles.reads(),
            Self::Contributes => roles.contributes(),
            Self::Coordinates => roles.coordinates(),
            Self::Operates => roles.operates(),
            Self::ReadsOrOperates => roles.reads() || roles.operates(),
        }
    }
}

/// Something to ask for.
pub(crate) struct Route {
    pub(crate) method: Method,
    /// As the router has it.
    pub(crate) path: &'static str,
    pub(crate) may: May,
    /// A form that the page can read, and that changes nothing for the tests after it.
    pub(crate) form: &'static [(&'static str, &'static str)],
}

impl Route {
    /// An address that the route answers.
    pub(crate) fn address(&self) -> String {
        let some = |part: &str| match part {
            "{alarm}" => "1".to_owned(),
            "{makes}" => "accept".to_owned(),
            "{step}" => "object".to_owned(),
            "{format}" => "pdf".to_owned(),
            _ if part.starts_with('{') => "018f5e1a-0000-7000-8000-000000000000".to_owned(),
            _ => part.to_owned(),
        };
        let parts: Vec<String> = self.path.split('/').map(some).collect();
        parts.join("/")
    }
}

const fn get(path: &'static str, may: May) -> Route {
    Route {
        method: Method::GET,
        path,
        may,
        form: &[],
    }
}

const fn post(
    path: &'static str,
    may: May,
    form: &'static [(&'static str, &'static str)],
) -> Route {
    Route {
        method: Method::POST,
        path,
        may,
        form,
    }
}

/// Every route of the application, but for built-in files, which nobody needs to be known for.
pub(crate) const ROUTES: &[Route] = &[
    get("/", May::ReadsOrOperates),
    post("/abmelden", May::Anybody, &[]),
    get("/abgemeldet", May::Anybody),
    get("/anmelden", May::Anybody),
    post(
        "/anmelden",
        May::Anybody,
        &[("name", "a"), ("password", "b")],
    ),
    get("/anmelden/link/{token}", May::Anybody),
    post("/anmelden/link/{token}", May::Anybody, &[]),
    get("/anmelden/oidc", May::Anybody),
    get(crate::openid::ANSWER_PATH, May::Anybody),
    post("/anzeige", May::Anybody, &[]),
    get("/aufgaben", May::Reads),
    get("/aufgaben/neu", May::Contributes),
    post("/aufgaben/neu", May::Contributes, &[]),
    get("/aufgaben/zuerst", May::Reads),
    get("/aufgaben/{owner}/{subject}", May::Reads),
    get("/aufgaben/{owner}/{subject}/aendern", May::Coordinates),
    post(
        "/aufgaben/{owner}/{subject}/aendern",
        May::Coordinates,
        &[("move", "amend")],
    ),
    post("/aufgaben/{owner}/{subject}/fragen", May::Coordinates, &[]),
    post(
        "/aufgaben/{owner}/{subject}/fragen/{remark}/zurueck",
        May::Coordinates,
        &[],
    ),
    get(
        "/aufgaben/{owner}/{subject}/schritt/{makes}",
        May::Coordinates,
    ),
    post(
        "/aufgaben/{owner}/{subject}/schritt/{makes}",
        May::Coordinates,
        &[],
    ),
    get("/bericht", May::Reads),
    get("/bericht/datei", May::Reads),
    get("/besprechung", May::Reads),
    get("/besprechung/kalender", May::Reads),
    post("/besprechung/kalender", May::Reads, &[]),
    get("/besprechung/kalender.ics", May::Reads),
    post("/besprechung/kalender/zurueck", May::Reads, &[]),
    get("/besprechung/neu", May::Coordinates),
    post("/besprechung/neu", May::Coordinates, &[]),
    get("/besprechung/{owner}/{subject}", May::Reads),
    get("/besprechung/{owner}/{subject}/aendern", May::Coordinates),
    post(
        "/besprechung/{owner}/{subject}/aendern",
        May::Coordinates,
        &[],
    ),
    get("/besprechung/{owner}/{subject}/leinwand", May::Reads),
    get("/besprechung/{owner}/{subject}/schritt/{step}", May::Reads),
    post(
        "/besprechung/{owner}/{subject}/schritt/{step}",
        May::Coordinates,
        &[],
    ),
    get("/besprechung/{owner}/{subject}/termin.ics", May::Reads),
    get("/besprechung/{owner}/{subject}/vorlegen", May::Reads),
    post(
        "/besprechung/{owner}/{subject}/vorlegen",
        May::Coordinates,
        &[],
    ),
    get("/betrieb", May::ReadsOrOperates),
    get("/betrieb/beweis/{alarm}", May::Operates),
    get("/betrieb/protokoll", May::Operates),
    get("/feed", May::Reads),
    get("/kalender/{file}", May::Anybody),
    post("/gesehen", May::Reads, &[("place", "")]),
    get("/konten", May::Operates),
    post("/konten", May::Operates, &[("name", "")]),
    get("/konten/{id}", May::Operates),
    post("/konten/{id}", May::Operates, &[("deed", "enable")]),
    get("/konto", May::SignedIn),
    post(
        "/konto/kennwort",
        May::SignedIn,
        &[("password", "a"), ("repeated", "b")],
    ),
    post("/konto/sitzungen/beenden", May::SignedIn, &[]),
    get("/konto/mitteilungen", May::SignedIn),
    post("/konto/mitteilungen", May::SignedIn, &[("lang", "de")]),
    post(
        "/konto/mitteilungen/adresse",
        May::SignedIn,
        &[("address", "")],
    ),
    get("/konto/mitteilungen/adresse/{token}", May::Anybody),
    post("/konto/mitteilungen/adresse/{token}", May::Anybody, &[]),
    post(
        "/konto/mitteilungen/geraet",
        May::SignedIn,
        &[("endpoint", ""), ("p256dh", ""), ("auth", "")],
    ),
    post("/konto/mitteilungen/weg/{id}/entfernen", May::SignedIn, &[]),
    post("/konto/mitteilungen/weg/{id}/probe", May::SignedIn, &[]),
    get("/konzept", May::Reads),
    get("/konzept/{measure}", May::Reads),
    get("/lage", May::Reads),
    get("/live", May::SignedIn),
    get("/meldung/neu", May::Contributes),
    post("/meldung/neu", May::Contributes, &[]),
    get("/meldung/{origin}/{subject}", May::Reads),
    get("/meldung/{origin}/{subject}/berichtigen", May::Contributes),
    post(
        "/meldung/{origin}/{subject}/berichtigen",
        May::Contributes,
        &[],
    ),
    post("/meldung/{origin}/{subject}/fragen", May::Coordinates, &[]),
    post(
        "/meldung/{origin}/{subject}/fragen/{remark}/zurueck",
        May::Coordinates,
        &[],
    ),
    post(
        "/meldung/{origin}/{subject}/kenntnis",
        May::Coordinates,
        &[],
    ),
    get(
        "/meldung/{origin}/{subject}/zurueckziehen",
        May::Contributes,
    ),
    post(
        "/meldung/{origin}/{subject}/zurueckziehen",
        May::Contributes,
        &[],
    ),
    get("/nachweis", May::SignedIn),
    post("/nachweis", May::SignedIn, &[("password", "a")]),
    get("/protokolle", May::Reads),
    get("/protokolle/{owner}/{subject}", May::Reads),
    get("/protokolle/{owner}/{subject}/bearbeiten", May::Coordinates),
    post(
        "/protokolle/{owner}/{subject}/bearbeiten",
        May::Coordinates,
        &[],
    ),
    get("/protokolle/{owner}/{subject}/datei/{format}", May::Reads),
    post(
        "/protokolle/{owner}/{subject}/fragen",
        May::Coordinates,
        &[],
    ),
    post(
        "/protokolle/{owner}/{subject}/fragen/{remark}/zurueck",
        May::Coordinates,
        &[],
    ),
    post(
        "/protokolle/{owner}/{subject}/kenntnis",
        May::Coordinates,
        &[],
    ),
    get(
        "/protokolle/{owner}/{subject}/schritt/{step}",
        May::Coordinates,
    ),
    post(
        "/protokolle/{owner}/{subject}/schritt/{step}",
        May::Coordinates,
        &[],
    ),
    get("/protokolle/{owner}/{subject}/vergleich", May::Reads),
    post("/pruefen", May::Reads, &[("text", "")]),
    get("/pruefung", May::Coordinates),
    post("/pruefung/clear/{subject}/freigeben", May::Coordinates, &[]),
    post("/pruefung/clear/{subject}/verwerfen", May::Coordinates, &[]),
    get("/pruefung/{review}", May::Coordinates),
    post("/pruefung/{review}/freigeben", May::Coordinates, &[]),
    post("/pruefung/{review}/verwerfen", May::Coordinates, &[]),
];

/// The routes that the sources of the pages have, as `METHOD path`.
fn routes_in_sources() -> BTreeSet<String> {
    fn read(path: &Path, text: &mut String) {
        if path.is_dir() {
            for entry in std::fs::read_dir(path).unwrap() {
                read(&entry.unwrap().path(), text);
            }
        } else if !path.ends_with("assets.rs") && !path.ends_with("access.rs") {
            text.push_str(&std::fs::read_to_string(path).unwrap());
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut text = String::new();
    read(&root.join("page.rs"), &mut text);
    read(&root.join("page"), &mut text);
    let mut routes = BTreeSet::new();
    for after in text.split(".route(").skip(1) {
        let after = after.trim_start();
        let path = after
            .strip_prefix('"')
            .and_then(|it| it.split('"').next())
            .unwrap_or_else(|| panic!("a route's path is written out where it is: {after:.40}"));
        let rest = &after[path.len() + 2..];
        let mut depth = 1;
        let handlers: String = rest
            .chars()
            .take_while(|it| {
                depth += match it {
                    '(' => 1,
                    ')' => -1,
                    _ => 0,
                };
                depth > 0
            })
            .collect();
        for (word, method) in [("get(", "GET"), ("post(", "POST")] {
            if handlers.contains(word) {
                routes.insert(format!("{method} {path}"));
            }
        }
    }
    routes
}

#[test]
fn every_route_has_a_row_and_every_row_a_route() {
    let rows: BTreeSet<String> = ROUTES
        .iter()
        .map(|route| format!("{} {}", route.method, route.path))
        .collect();
    assert_eq!(rows.len(), ROUTES.len(), "a route has two rows");
    assert_eq!(rows, routes_in_sources());
}

#[tokio::test]
async fn each_page_lets_in_whom_the_table_names_and_nobody_else() {
    let bench = Bench::new().await;
    let mut people = Vec::new();
    for role in Role::ALL {
        let person = bench.person(role.as_str(), role.as_str()).await;
        people.push((bench.signed_in(&person, true).await, person));
    }
    let mut nobody = bench.browser();
    for route in ROUTES {
        let name = format!("{} {}", route.method, route.path);
        let page = ask(&mut nobody, route).await;
        let is_sent_away = page.to().starts_with("/anmelden?then=");
        let told = page.status;
        assert_eq!(
            is_sent_away,
            route.may != May::Anybody,
            "{name} for nobody: {told}"
        );
        for (browser, person) in &mut people {
            let page = ask(browser, route).await;
            let (told, roles) = (page.status, person.roles);
            let is_let_in = told != StatusCode::FORBIDDEN;
            assert_eq!(
                is_let_in,
                route.may.lets(roles),
                "{name} for {roles}: {told}"
            );
            assert!(
                !page.to().starts_with("/anmelden?then="),
                "{name} for {roles}"
            );
            let is_read = route.method == Method::GET || told != StatusCode::BAD_REQUEST;
            assert!(is_read, "{name}: the form of its row can't be read");
            if route.path == "/abmelden" {
                *browser = bench.signed_in(person, true).await;
            }
        }
    }
}

async fn ask(browser: &mut Browser, route: &Route) -> Page {
    match route.method {
        Method::GET => browser.get(&route.address()).await,
        _ => browser.post(&route.address(), route.form).await,
    }
}
