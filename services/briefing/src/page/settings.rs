//! Language and theme: two cookies that say nothing else. They need no account.

use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::post;
use axum::{Form, Router};
use serde::Deserialize;
use std::time::Duration;

use super::own_path;
use crate::app::App;
use crate::frame::Theme;
use crate::lang::Lang;
use crate::session::{LANG_COOKIE, THEME_COOKIE, set_cookie};

/// How long a browser remembers them.
const REMEMBERED: Duration = Duration::from_secs(365 * 86_400);

pub(crate) fn routes() -> Router<App> {
    Router::new().route("/anzeige", post(change))
}

#[derive(Debug, Deserialize)]
struct Wanted {
    #[serde(default)]
    lang: String,
    #[serde(default)]
    theme: String,
    #[serde(default)]
    then: String,
}

async fn change(State(app): State<App>, Form(wanted): Form<Wanted>) -> Response {
    let mut response = Redirect::to(own_path(&wanted.then)).into_response();
    if let Some(lang) = Lang::of_tag(&wanted.lang) {
        set_cookie(
            &mut response,
            &app.cookie(LANG_COOKIE, lang.tag(), Some(REMEMBERED)),
        );
    }
    if let Some(theme) = Theme::of_word(&wanted.theme) {
        set_cookie(
            &mut response,
            &app.cookie(THEME_COOKIE, theme.word(), Some(REMEMBERED)),
        );
    }
    response
}
