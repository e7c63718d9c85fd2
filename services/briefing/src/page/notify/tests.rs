use aws_lc_rs::agreement::{ECDH_P256, PrivateKey};

use super::*;
use crate::testing::{Bench, Browser};

#[test]
fn quiet_hours_are_two_different_times() {
    assert!(quiet("22:00", "06:30").is_some());
    for (from, to) in [
        ("22:00", "22:00"),
        ("", "06:30"),
        ("25:00", "06:30"),
        ("22", "6"),
        ("x", "y"),
    ] {
        assert!(quiet(from, to).is_none(), "{from} {to}");
    }
}

#[test]
fn everybody_sees_what_they_would_be_told_of() {
    for lang in Lang::ALL {
        for (roles, urgencies) in [("reader", 3), ("coordinator", 3), ("operator", 1), ("", 0)] {
            assert_eq!(
                rows(&Choice::default(), roles.parse().unwrap(), lang).len(),
                urgencies,
                "{roles}"
            );
        }
    }
    let rows = rows(&Choice::default(), "operator".parse().unwrap(), Lang::De);
    assert_eq!(rows[0].what, "Störungen, Ausfall des Knotens");
}

/// Ways that lead nowhere: nobody listens on this port.
const WAYS: &str = "mail = { server = \"smtp+plain://127.0.0.1:1\", from = \"verbund@stadt.example\" }\n\
    push = { contact = \"mailto:betrieb@stadt.example\" }";

async fn ways(browser: &mut Browser) -> String {
    let page = browser.get(SETTINGS_PATH).await;
    assert_eq!(page.status, StatusCode::OK);
    page.text
}

#[tokio::test]
async fn what_is_chosen_is_shown_again() {
    let bench = Bench::with(WAYS).await;
    let person = bench.person("a", "coordinator").await;
    let mut browser = bench.signed_in(&person, false).await;
    let form = [
        ("lang", "en"),
        ("push-immediate", "on"),
        ("quiet", "on"),
        ("quiet-from", "21:15"),
        ("quiet-to", "05:45"),
    ];
    let saved = browser.post(SETTINGS_PATH, &form).await;
    assert_eq!(saved.to(), "/konto/mitteilungen?notice=notify-saved");
    let choice = bench.app.store().notify_choice(person.id).await.unwrap();
    assert_eq!((choice.lang, choice.is_woken), (Lang::En, false));
    assert_eq!(
        (choice.mail.to_string(), choice.push.to_string()),
        (String::new(), "immediate".to_owned())
    );
    let text = ways(&mut browser).await;
    assert!(
        text.contains("value=\"21:15\"") && text.contains("value=\"05:45\""),
        "{text}"
    );

    let same = [
        ("lang", "en"),
        ("quiet", "on"),
        ("quiet-from", "07:07"),
        ("quiet-to", "07:07"),
    ];
    let wrong = browser.post(SETTINGS_PATH, &same).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text.contains("href=\"#quiet-from\"") && wrong.text.contains("value=\"07:07\""));
    assert_eq!(
        bench.app.store().notify_choice(person.id).await.unwrap(),
        choice
    );
}

#[tokio::test]
async fn an_address_that_no_question_reaches_is_not_kept() {
    let bench = Bench::with(WAYS).await;
    let person = bench.person("a", "reader").await;
    let mut browser = bench.signed_in(&person, false).await;
    let set = async |browser: &mut Browser, address: &str| {
        browser
            .post("/konto/mitteilungen/adresse", &[("address", address)])
            .await
    };
    let hostile = set(&mut browser, "\"><script>@x").await;
    assert_eq!(hostile.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        !hostile.text.contains("<script>@x"),
        "what was typed is text"
    );
    assert!(hostile.text.contains("id=\"address-error\""));
    let away = set(&mut browser, "a@stadt.example").await;
    assert_eq!(away.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        away.text.contains("value=\"a@stadt.example\""),
        "nothing that was typed is lost"
    );
    assert!(
        bench
            .app
            .store()
            .notify_routes(person.id)
            .await
            .unwrap()
            .is_empty()
    );
    // Nobody can have mails sent to others one after the other.
    let again = set(&mut browser, "b@stadt.example").await;
    let often = Lang::De.text("notify-error-asked-often");
    assert!(again.text.contains(&*often), "{}", again.text);
}

#[tokio::test]
async fn only_a_push_services_address_is_taken() {
    let bench = Bench::with(WAYS).await;
    let (person, other) = (
        bench.person("a", "reader").await,
        bench.person("b", "reader").await,
    );
    let mut browser = bench.signed_in(&person, false).await;
    let key = PrivateKey::generate(&ECDH_P256)
        .unwrap()
        .compute_public_key()
        .unwrap();
    let key = URL_SAFE_NO_PAD.encode(key);
    let secret = URL_SAFE_NO_PAD.encode([7; 16]);
    let add = async |browser: &mut Browser, endpoint: &str, key: &str| {
        let form = [("endpoint", endpoint), ("p256dh", key), ("auth", &*secret)];
        browser
            .post("/konto/mitteilungen/geraet", &form)
            .await
            .status
    };
    let service = "https://fcm.googleapis.com/fcm/send/a";
    assert_eq!(
        add(&mut browser, "https://127.0.0.1/a", &key).await,
        StatusCode::BAD_REQUEST
    );
    assert_eq!(
        add(&mut browser, service, "AAAA").await,
        StatusCode::BAD_REQUEST
    );
    assert_eq!(add(&mut browser, service, &key).await, StatusCode::CREATED);
    let route = bench
        .app
        .store()
        .notify_routes(person.id)
        .await
        .unwrap()
        .remove(0);
    assert!(
        !ways(&mut browser).await.contains(service),
        "the address is a secret of the browser's"
    );

    let mut stranger = bench.signed_in(&other, false).await;
    for deed in ["probe", "entfernen"] {
        let path = format!("/konto/mitteilungen/weg/{}/{deed}", route.id);
        assert_eq!(
            stranger.post(&path, &[]).await.status,
            StatusCode::NOT_FOUND,
            "{deed}"
        );
    }
    let path = format!("/konto/mitteilungen/weg/{}/entfernen", route.id);
    assert_eq!(
        browser.post(&path, &[]).await.to(),
        "/konto/mitteilungen?notice=notify-removed"
    );
    assert!(
        bench
            .app
            .store()
            .notify_routes(person.id)
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn a_link_confirms_once_and_only_when_somebody_says_so() {
    let bench = Bench::with(WAYS).await;
    let person = bench.person("a", "reader").await;
    let token = Token::random();
    let until = Timestamp::now() + CONFIRM_WITHIN;
    let store = bench.app.store();
    let route = store
        .set_mail_address(person.id, "a@stadt.example", &token.hash(), until)
        .await
        .unwrap();
    // On the phone on which the mail is read nobody need be signed in.
    let mut browser = bench.browser();
    let path = format!("{SETTINGS_PATH}/adresse/{}", token.reveal());
    assert_eq!(browser.get(&path).await.status, StatusCode::OK);
    assert!(
        !store
            .notify_route(route.id)
            .await
            .unwrap()
            .unwrap()
            .is_confirmed,
        "looking is not saying"
    );
    let probe = format!("/konto/mitteilungen/weg/{}/probe", route.id);
    let mut own = bench.signed_in(&person, false).await;
    assert_eq!(
        own.post(&probe, &[]).await.status,
        StatusCode::NOT_FOUND,
        "not before it is confirmed"
    );
    assert_eq!(browser.post(&path, &[]).await.status, StatusCode::OK);
    assert!(
        store
            .notify_route(route.id)
            .await
            .unwrap()
            .unwrap()
            .is_confirmed
    );
    assert_eq!(
        browser.post(&path, &[]).await.status,
        StatusCode::NOT_FOUND,
        "once"
    );
}

#[tokio::test]
async fn the_page_says_what_is_not_set_up_and_the_phone_gets_its_files() {
    let bench = Bench::new().await;
    let person = bench.person("a", "operator").await;
    let mut browser = bench.signed_in(&person, false).await;
    let text = ways(&mut browser).await;
    assert!(
        text.contains(&*Lang::De.text("notify-mail-off"))
            && text.contains(&*Lang::De.text("notify-push-off"))
    );
    let mut anybody = bench.browser();
    for (path, media_type) in [
        ("/sw.js", "text/javascript; charset=utf-8"),
        ("/manifest.webmanifest", "application/manifest+json"),
        ("/icon.svg", "image/svg+xml"),
    ] {
        let file = anybody.get(path).await;
        assert_eq!(file.headers["content-type"], media_type);
        assert_eq!(file.headers["cache-control"], "no-cache", "{path}");
        assert!(!file.headers.contains_key("set-cookie"), "{path}");
    }
}
