//! Signing in, accounts and proofs, as browsers go through them.

use std::sync::Arc;

use http::{HeaderValue, StatusCode};

use crate::store::Person;
use crate::testing::{Bench, Browser, Page};

const PASSWORD: &str = "der Elwetritsch pfeift nachts";

/// A browser in which somebody followed a link and chose a password.
async fn with_password(bench: &Arc<Bench>, person: &Person) -> Browser {
    let mut browser = bench.browser();
    let link = bench.link(person).await;
    let fields = [("password", PASSWORD), ("repeated", PASSWORD)];
    let page = browser.post(&link, &fields).await;
    assert_eq!(page.to(), "/", "{}", page.text);
    browser
}

async fn try_in(browser: &mut Browser, name: &str, password: &str) -> Page {
    browser.get("/anmelden").await;
    browser
        .post(
            "/anmelden",
            &[("name", name), ("password", password), ("then", "/feed")],
        )
        .await
}

async fn is_signed_in(browser: &mut Browser) -> bool {
    browser.get("/konto").await.status == StatusCode::OK
}

#[tokio::test]
async fn a_link_leads_in_once_and_a_password_ever_after() {
    let bench = Bench::new().await;
    let person = bench.person("kim", "reader").await;
    let link = bench.link(&person).await;
    let mut browser = bench.browser();
    assert!(browser.get(&link).await.text.contains("kim"));
    let weak = browser
        .post(&link, &[("password", "kurz"), ("repeated", "kurz")])
        .await;
    assert_eq!(weak.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(weak.text.contains("mindestens 12 Zeichen"));
    let fields = [("password", PASSWORD), ("repeated", PASSWORD)];
    assert_eq!(
        browser.post(&link, &fields).await.to(),
        "/",
        "the link is still good"
    );
    assert!(is_signed_in(&mut browser).await);
    let mut other = bench.browser();
    for page in [other.get(&link).await, other.post(&link, &fields).await] {
        assert_eq!(page.status, StatusCode::NOT_FOUND);
        assert!(page.text.contains("gilt nicht mehr"));
    }
    browser.get("/konto").await;
    assert_eq!(browser.post("/abmelden", &[]).await.to(), "/abgemeldet");
    assert!(!is_signed_in(&mut browser).await);
    assert_eq!(try_in(&mut browser, " Kim ", PASSWORD).await.to(), "/feed");
    assert!(is_signed_in(&mut browser).await);
}

#[tokio::test]
async fn a_session_has_another_cookie_after_each_sign_in() {
    let bench = Bench::new().await;
    let person = bench.person("kim", "reader").await;
    let mut browser = with_password(&bench, &person).await;
    let name = bench.app.cookies().session.clone();
    let before = browser.cookies[&name].clone();
    browser.get("/konto").await;
    let link = bench.link(&person).await;
    browser.get(&link).await;
    browser.post(&link, &[]).await;
    assert_ne!(browser.cookies[&name], before);
    let page = bench.browser().post(&link, &[]).await;
    assert_eq!(
        page.status,
        StatusCode::NOT_FOUND,
        "used, with no password chosen"
    );
    browser.cookies.insert(name, before);
    assert!(
        !is_signed_in(&mut browser).await,
        "the one before has ended"
    );
}

#[tokio::test]
async fn who_is_wrong_learns_nothing_of_who_there_is() {
    let bench = Bench::new().await;
    let person = bench.person("kim", "reader").await;
    with_password(&bench, &person).await;
    bench.person("no-password", "reader").await;
    let locked = bench.person("locked", "reader").await;
    with_password(&bench, &locked).await;
    bench
        .app
        .store()
        .set_disabled(locked.id, true)
        .await
        .unwrap();
    let mut texts = Vec::new();
    for (name, password) in [
        ("kim", "falsch"),
        ("nobody", PASSWORD),
        ("no-password", ""),
        ("locked", PASSWORD),
    ] {
        let mut browser = bench.browser();
        let page = try_in(&mut browser, name, password).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
        // All but the name that was typed, and the token.
        let text: Vec<String> = page
            .text
            .lines()
            .filter(|it| !it.contains("form-token"))
            .map(|it| it.replace(name, "NAME"))
            .collect();
        texts.push(text);
    }
    assert!(texts.iter().all(|it| *it == texts[0]));
}

#[tokio::test]
async fn who_tries_passwords_waits_and_nobody_else_does() {
    let bench = Bench::new().await;
    let person = bench.person("kim", "reader").await;
    let mut at_home = with_password(&bench, &person).await;
    let mut guesser = bench.browser();
    let mut status = StatusCode::UNPROCESSABLE_ENTITY;
    for guess in 0..6 {
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "guess {guess}");
        status = try_in(&mut guesser, "kim", "falsch").await.status;
    }
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS);
    let page = try_in(&mut guesser, "kim", PASSWORD).await;
    assert_eq!(
        page.status,
        StatusCode::TOO_MANY_REQUESTS,
        "right, but too soon"
    );
    assert_eq!(page.headers["retry-after"], "5");
    assert!(
        page.text.contains("in 5 Sekunden noch einmal"),
        "{}",
        page.text
    );
    // Who says to be somebody else is not believed.
    guesser
        .headers
        .insert("x-forwarded-for", HeaderValue::from_static("198.51.100.9"));
    let page = try_in(&mut guesser, "kim", PASSWORD).await;
    assert_eq!(page.status, StatusCode::TOO_MANY_REQUESTS);

    at_home.get("/konto").await;
    at_home.post("/abmelden", &[]).await;
    let page = try_in(&mut at_home, "kim", PASSWORD).await;
    assert_eq!(
        page.to(),
        "/feed",
        "a known browser in the guesser's own network"
    );
    let mut elsewhere = bench.browser();
    elsewhere.address = "198.51.100.9".parse().unwrap();
    assert_eq!(try_in(&mut elsewhere, "kim", PASSWORD).await.to(), "/feed");
}

#[tokio::test]
async fn a_trusted_proxy_tells_who_tries() {
    let bench = Bench::with("trusted_proxies = [\"192.0.2.1\"]").await;
    bench.person("kim", "reader").await;
    let mut status = StatusCode::OK;
    for (client, tries) in [("198.51.100.9", 6), ("203.0.113.9", 1)] {
        let mut browser = bench.browser();
        browser
            .headers
            .insert("x-forwarded-for", HeaderValue::from_static(client));
        for _ in 0..tries {
            status = try_in(&mut browser, "kim", "falsch").await.status;
        }
    }
    assert_eq!(
        status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "another behind the same proxy"
    );
}

#[tokio::test]
async fn what_binds_takes_a_fresh_proof() {
    let bench = Bench::new().await;
    let person = bench.person("kim", "operator").await;
    with_password(&bench, &person).await;
    let mut browser = bench.signed_in(&person, false).await;
    let add = [("name", "neu"), ("reader", "1")];
    let page = browser.post("/konten", &add).await;
    assert_eq!(page.to(), "/nachweis?then=%2Fkonten");
    assert!(
        bench
            .app
            .store()
            .person_named("neu")
            .await
            .unwrap()
            .is_none()
    );
    browser.get(page.to()).await;
    let wrong = [("password", "falsch"), ("then", "/konten")];
    let page = browser.post("/nachweis", &wrong).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    let right = [("password", PASSWORD), ("then", "/konten")];
    assert_eq!(browser.post("/nachweis", &right).await.to(), "/konten");
    let page = browser.post("/konten", &add).await;
    assert_eq!(page.status, StatusCode::OK);
    let link = page.text.split("https://verbund.example").nth(1).unwrap();
    let link = link.split('"').next().unwrap();
    let mut newcomer = bench.browser();
    assert_eq!(
        newcomer.get(link).await.status,
        StatusCode::OK,
        "the link is good"
    );
    let elsewhere = [("password", PASSWORD), ("then", "https://evil.example")];
    assert_eq!(browser.post("/nachweis", &elsewhere).await.to(), "/");
}

#[tokio::test]
async fn who_loses_an_account_or_a_role_is_out_with_the_next_click() {
    let bench = Bench::new().await;
    let chief = bench.person("chief", "operator").await;
    let kim = bench.person("kim", "reader,coordinator").await;
    let mut operator = bench.signed_in(&chief, true).await;
    let page = format!("/konten/{}", kim.id);
    for change in [
        &[("deed", "roles"), ("reader", "1")][..],
        &[("deed", "end-sessions")],
        &[("deed", "disable")],
        &[("deed", "remove")],
    ] {
        let _ = bench.app.store().set_disabled(kim.id, false).await;
        let mut browser = bench.signed_in(&kim, true).await;
        assert!(is_signed_in(&mut browser).await);
        operator.get(&page).await;
        let done = operator.post(&page, change).await;
        assert_eq!(
            done.status,
            StatusCode::SEE_OTHER,
            "{change:?}: {}",
            done.text
        );
        assert!(!is_signed_in(&mut browser).await, "{change:?}");
    }
    let own = format!("/konten/{}", chief.id);
    for change in [
        &[("deed", "remove")][..],
        &[("deed", "disable")],
        &[("deed", "roles")],
    ] {
        let page = operator.post(&own, change).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.text.contains("das letzte Konto mit der Rolle Betrieb"));
    }
}

#[tokio::test]
async fn a_changed_password_ends_the_other_sessions() {
    let bench = Bench::new().await;
    let person = bench.person("kim", "reader").await;
    let mut browser = with_password(&bench, &person).await;
    let mut other = bench.signed_in(&person, true).await;
    assert!(is_signed_in(&mut other).await);
    browser.get("/konto").await;
    let new = "ein anderer langer Satz";
    let change =
        |current: &'static str| [("current", current), ("password", new), ("repeated", new)];
    let page = browser.post("/konto/kennwort", &change("falsch")).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    let page = browser.post("/konto/kennwort", &change(PASSWORD)).await;
    assert_eq!(page.to(), "/konto?notice=password-changed");
    assert!(is_signed_in(&mut browser).await && !is_signed_in(&mut other).await);
    assert_eq!(try_in(&mut other, "kim", new).await.to(), "/feed");
}

#[tokio::test]
async fn people_end_their_own_sessions_and_no_others() {
    let bench = Bench::new().await;
    let (kim, other) = (
        bench.person("kim", "reader").await,
        bench.person("b", "reader").await,
    );
    let mut here = bench.signed_in(&kim, true).await;
    let mut there = bench.signed_in(&kim, true).await;
    let mut stranger = bench.signed_in(&other, true).await;
    let now = jiff::Timestamp::now();
    let strangers = bench.app.store().sessions(other.id, now).await.unwrap()[0]
        .id
        .to_string();
    here.post("/konto/sitzungen/beenden", &[("session", &strangers)])
        .await;
    assert!(is_signed_in(&mut stranger).await && is_signed_in(&mut there).await);
    let page = here.post("/konto/sitzungen/beenden", &[]).await;
    assert_eq!(page.to(), "/konto?notice=sessions-ended");
    assert!(is_signed_in(&mut here).await && !is_signed_in(&mut there).await);
}

#[tokio::test]
async fn a_hostile_name_stays_text() {
    let bench = Bench::new().await;
    let chief = bench.person("chief", "operator").await;
    let hostile = bench
        .person("<script>alert(1)</script>\"'&", "reader")
        .await;
    let mut operator = bench.signed_in(&chief, true).await;
    let mut victim = bench.signed_in(&hostile, true).await;
    let link = bench.link(&hostile).await;
    for page in [
        operator.get("/konten").await,
        operator.get(&format!("/konten/{}", hostile.id)).await,
        operator.get(&link).await,
        operator.post("/konten", &[("name", &hostile.name)]).await,
        victim.get("/konto").await,
        try_in(&mut bench.browser(), &hostile.name, "falsch").await,
    ] {
        assert!(!page.text.contains("<script>alert"), "{}", page.text);
        assert!(page.text.contains("&#60;script&#62;alert"), "{}", page.text);
    }
}

#[tokio::test]
async fn where_the_provider_alone_lets_in_there_are_no_passwords() {
    let oidc = "[sign_in]\nlocal = false\n[sign_in.oidc]\nissuer = \"http://127.0.0.1:1\"\nclient_id = \"verbund\"\n\
        name = \"Stadt-Anmeldung\"\n[sign_in.oidc.roles]\nx = \"reader\"";
    let bench = Bench::with(oidc).await;
    bench.person("kim", "reader").await;
    let mut browser = bench.browser();
    let page = browser.get("/anmelden").await;
    assert!(page.text.contains("Anmelden mit Stadt-Anmeldung"));
    assert!(!page.text.contains("type=\"password\""));
    assert_eq!(
        try_in(&mut browser, "kim", PASSWORD).await.status,
        StatusCode::NOT_FOUND
    );
    let page = browser.get("/anmelden/oidc?then=/feed").await;
    assert_eq!(
        page.status,
        StatusCode::SERVICE_UNAVAILABLE,
        "it is not there"
    );
    assert!(
        page.text
            .contains("Der Anmeldedienst antwortet gerade nicht")
    );
    let page = browser.get("/anmelden/oidc/antwort?code=a&state=b").await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    assert!(page.text.contains("nicht in diesem Browser begonnen"));
}
