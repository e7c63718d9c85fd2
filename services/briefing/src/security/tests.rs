//! What holds for every request, asked of the whole router.

use http::{HeaderValue, Method, StatusCode};

use super::*;
use crate::page::access::ROUTES;
use crate::testing::{Bench, URL};

#[tokio::test]
async fn nothing_is_changed_without_a_token_of_ours_or_from_elsewhere() {
    let bench = Bench::new().await;
    let person = bench.person("a", "coordinator,operator").await;
    let mut browser = bench.signed_in(&person, true).await;
    let foreign: [(&str, &str); 4] = [
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ];
    for route in ROUTES.iter().filter(|it| it.method == Method::POST) {
        let address = route.address();
        let page = browser.post_raw(&address, route.form).await;
        assert_eq!(
            page.status,
            StatusCode::FORBIDDEN,
            "{} without a token",
            route.path
        );
        let forged = [route.form, &[("form-token", "AAAA")]].concat();
        let page = browser.post_raw(&address, &forged).await;
        assert_eq!(
            page.status,
            StatusCode::FORBIDDEN,
            "{} with a wrong token",
            route.path
        );
        for (name, value) in foreign {
            browser
                .headers
                .insert(name, HeaderValue::from_static(value));
            let page = browser.post(&address, route.form).await;
            assert_eq!(
                page.status,
                StatusCode::FORBIDDEN,
                "{} with {name}: {value}",
                route.path
            );
            browser.headers.clear();
        }
    }
    browser
        .headers
        .insert("origin", HeaderValue::from_static(URL));
    browser
        .headers
        .insert("sec-fetch-site", HeaderValue::from_static("same-origin"));
    let page = browser.post("/anzeige", &[("lang", "en")]).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "our own form");
}

#[tokio::test]
async fn a_token_is_of_one_browser() {
    let bench = Bench::new().await;
    let (mut one, mut other) = (bench.browser(), bench.browser());
    let page = one.get("/anmelden").await;
    let token = page
        .text
        .split("name=\"form-token\" value=\"")
        .nth(1)
        .unwrap();
    let token = token.split('"').next().unwrap();
    other.get("/anmelden").await;
    let fields = [("lang", "en"), ("form-token", token)];
    assert_eq!(
        other.post_raw("/anzeige", &fields).await.status,
        StatusCode::FORBIDDEN
    );
    assert_eq!(
        one.post_raw("/anzeige", &fields).await.status,
        StatusCode::SEE_OTHER
    );
}

#[tokio::test]
async fn what_was_written_outlives_the_session_but_for_secrets() {
    let bench = Bench::new().await;
    let mut browser = bench.browser();
    let fields = [
        ("place", "lutherplatz"),
        ("request", "0190a5f0-0000-7000-8000-000000000000"),
        ("note", "Mehr Müll <b>als</b> sonst."),
    ];
    let page = browser.post_raw("/meldung/neu", &fields).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    assert!(page.text.contains("nicht mehr angemeldet"), "{}", page.text);
    assert!(
        page.text
            .contains(">Mehr Müll &#60;b&#62;als&#60;/b&#62; sonst.</textarea>")
    );
    assert_eq!(
        page.text.matches("<textarea").count(),
        1,
        "only what was written"
    );

    let secret = [("name", "Leitung"), ("password", "Vier Wälle")];
    for address in ["/anmelden", "/konto/kennwort", "/konten", "/nachweis"] {
        let page = browser.post_raw(address, &secret).await;
        assert!(!page.text.contains("Vier Wälle"), "{address}");
        assert!(!page.text.contains("Leitung"), "{address}");
    }

    // Another site that makes a browser send something gets nothing of it shown.
    let origin = HeaderValue::from_static("https://evil.example");
    browser.headers.insert("origin", origin);
    let page = browser.post_raw("/meldung/neu", &fields).await;
    assert!(!page.text.contains("<textarea"), "{}", page.text);
}

#[tokio::test]
async fn whoever_looks_while_the_node_is_away_is_told_and_may_look_again() {
    let bench = Bench::new().await;
    let person = bench.person("a", "coordinator").await;
    let mut browser = bench.signed_in(&person, true).await;
    let page = browser.get("/feed?place=lutherplatz").await;
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(
        page.text
            .contains("<h1>Der eigene Knoten antwortet nicht</h1>"),
        "{}",
        page.text
    );
    assert!(
        page.text
            .contains("href=\"/feed?place=lutherplatz\">Noch einmal versuchen<"),
        "{}",
        page.text
    );
    // What was sent is no address to look at.
    let page = browser
        .post(
            "/meldung/kod/0190a5f0-0000-4000-8000-000000000000/kenntnis",
            &[],
        )
        .await;
    assert!(
        !page.text.contains("Noch einmal versuchen"),
        "{}",
        page.text
    );
}

#[tokio::test]
async fn every_answer_carries_the_headers() {
    let bench = Bench::new().await;
    let mut browser = bench.browser();
    let style = crate::page::assets::href("style.css");
    let mut answers = vec![
        browser.get(&style).await,
        browser.get("/assets/0/style.css").await,
        browser.get("/gibt-es-nicht").await,
        browser.ask(Method::PUT, "/anmelden", String::new()).await,
        browser
            .ask(Method::POST, "/anmelden", "a".repeat(BODY_BYTES_MAX + 1))
            .await,
    ];
    for route in ROUTES {
        answers.push(match route.method {
            Method::GET => browser.get(&route.address()).await,
            _ => browser.post(&route.address(), route.form).await,
        });
    }
    for answer in answers {
        for (name, value) in HEADERS {
            assert_eq!(
                answer.headers.get(*name).unwrap(),
                value,
                "{}",
                answer.status
            );
        }
        assert!(answer.headers.contains_key("strict-transport-security"));
        assert!(answer.headers.contains_key("cache-control"));
    }
}

#[tokio::test]
async fn what_is_too_long_is_not_read() {
    let bench = Bench::new().await;
    let mut browser = bench.browser();
    let long = "a".repeat(BODY_BYTES_MAX);
    let page = browser
        .post("/anmelden", &[("name", &long), ("password", "b")])
        .await;
    assert_eq!(page.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(
        page.text.contains("Das ist zu viel auf einmal"),
        "said in words"
    );
}

#[tokio::test]
async fn what_no_form_of_ours_sends_is_refused_in_words() {
    let bench = Bench::new().await;
    let mut browser = bench.browser();
    for (page, status) in [
        (
            browser.post("/anmelden", &[]).await,
            StatusCode::BAD_REQUEST,
        ),
        (
            browser.get("/anmelden?then=%ff&then=a").await,
            StatusCode::BAD_REQUEST,
        ),
        (browser.get("/abmelden").await, StatusCode::NOT_FOUND),
    ] {
        assert_eq!(page.status, status, "{}", page.text);
        assert!(page.text.contains("<h1>"), "a page: {}", page.text);
    }
}

#[tokio::test]
async fn cookies_are_bound_to_the_host_and_hidden_from_scripts() {
    let bench = Bench::new().await;
    let person = bench.person("a", "reader").await;
    let mut browser = bench.browser();
    let link = bench.link(&person).await;
    let mut pages = vec![browser.get(&link).await];
    pages.push(browser.post(&link, &[]).await);
    // The forms of a session carry another token than those before it.
    pages.push(browser.get("/konto").await);
    pages.push(
        browser
            .post("/anzeige", &[("lang", "en"), ("theme", "dark")])
            .await,
    );
    let mut names = Vec::new();
    for cookie in pages.iter().flat_map(|it| it.headers.get_all("set-cookie")) {
        let cookie = cookie.to_str().unwrap();
        names.extend(cookie.split('=').next().map(str::to_owned));
        for part in ["; Path=/", "; HttpOnly", "; SameSite=Lax", "; Secure"] {
            assert!(cookie.contains(part), "{cookie} without {part}");
        }
        let is_secret = cookie.starts_with("__Host-");
        let is_choice = cookie.starts_with("verbund-lang=") || cookie.starts_with("verbund-theme=");
        assert!(is_secret || is_choice, "{cookie}");
    }
    assert_eq!(
        names.len(),
        5,
        "guest, session, device, language, theme: {names:?}"
    );
}

#[test]
fn a_token_is_of_one_secret_and_looks_different_each_time() {
    let (secret, other) = ([7; SECRET_BYTES], [8; SECRET_BYTES]);
    let token = form_token(&secret);
    assert_ne!(token, form_token(&secret));
    assert!(is_token_of(&token, &secret));
    assert!(!is_token_of(&token, &other));
    assert!(!is_token_of("", &secret) && !is_token_of("AAAA", &secret));
    let zero = URL_SAFE_NO_PAD.encode([0; 2 * SECRET_BYTES]);
    assert!(!is_token_of(&zero, &secret));
}

#[test]
fn only_the_own_address_is_own() {
    let own = "https://verbund.example";
    let with = |name: &'static str, value: &'static str| {
        let mut headers = HeaderMap::new();
        headers.insert(name, HeaderValue::from_static(value));
        is_own_address(&headers, own)
    };
    assert!(is_own_address(&HeaderMap::new(), own));
    assert!(with("origin", own) && with("sec-fetch-site", "same-origin"));
    assert!(!with("origin", "https://evil.example") && !with("origin", "null"));
    assert!(!with("sec-fetch-site", "cross-site") && !with("sec-fetch-site", "same-site"));
}

#[test]
fn nothing_is_allowed_inline_or_from_elsewhere() {
    assert!(!CONTENT_POLICY.contains("unsafe") && !CONTENT_POLICY.contains("http"));
    assert!(!CONTENT_POLICY.contains('*'));
    assert_eq!(content_policy(None), CONTENT_POLICY);
}

#[test]
fn a_maps_server_may_give_pictures_and_nothing_else() {
    let policy = content_policy(Some("https://tiles.example"));
    let policy = policy.to_str().unwrap();
    assert_eq!(policy.matches("https://tiles.example").count(), 1);
    assert!(policy.contains("img-src 'self' https://tiles.example;"));
}
