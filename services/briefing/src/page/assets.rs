//! Style, scripts and pictures: built in, under addresses that change with their content, so that browsers keep them for ever.

use std::io::Write as _;
use std::sync::LazyLock;

use aws_lc_rs::digest;
use axum::Router;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::{HeaderMap, header};

use crate::app::App;
use crate::error::Failure;

struct Asset {
    name: &'static str,
    media_type: &'static str,
    bytes: &'static [u8],
}

macro_rules! assets {
    ($($name:literal: $media_type:literal;)+) => {
        const ASSETS: &[Asset] = &[$(Asset {
            name: $name,
            media_type: $media_type,
            bytes: include_bytes!(concat!("../../assets/", $name)),
        },)+];
    };
}

assets! {
    "style.css": "text/css; charset=utf-8";
    "live.js": "text/javascript; charset=utf-8";
    "push.js": "text/javascript; charset=utf-8";
    "sw.js": "text/javascript; charset=utf-8";
    "guard.js": "text/javascript; charset=utf-8";
    "update.js": "text/javascript; charset=utf-8";
    "board.js": "text/javascript; charset=utf-8";
    "task.js": "text/javascript; charset=utf-8";
    "stay.js": "text/javascript; charset=utf-8";
    "screen.js": "text/javascript; charset=utf-8";
    "icon.svg": "image/svg+xml";
    "icon-192.png": "image/png";
    "icon-512.png": "image/png";
}

struct Packed {
    asset: &'static Asset,
    /// The start of the content's SHA-256.
    version: String,
    gzip: Vec<u8>,
}

static PACKED: LazyLock<Vec<Packed>> = LazyLock::new(|| ASSETS.iter().map(pack).collect());

fn pack(asset: &'static Asset) -> Packed {
    let hash = digest::digest(&digest::SHA256, asset.bytes);
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    let written = encoder
        .write_all(asset.bytes)
        .and_then(|()| encoder.finish());
    Packed {
        asset,
        version: hash.as_ref()[..6]
            .iter()
            .map(|it| format!("{it:02x}"))
            .collect(),
        gzip: written.expect("memory takes what is written"),
    }
}

/// The address of an asset.
///
/// # Panics
/// When there is none of this name, which a test of each page would see.
pub(crate) fn href(name: &str) -> String {
    format!("/assets/{}/{name}", packed(name).version)
}

fn packed(name: &str) -> &'static Packed {
    let packed = PACKED.iter().find(|it| it.asset.name == name);
    packed.unwrap_or_else(|| panic!("there is no asset {name}"))
}

/// Nobody needs to be known for these, and they get no cookie.
pub(crate) fn router() -> Router<App> {
    Router::new()
        .route("/assets/{version}/{name}", get(show))
        .route(
            "/sw.js",
            get(async |headers: HeaderMap| unversioned("sw.js", &headers)),
        )
        .route(
            "/icon.svg",
            get(async |headers: HeaderMap| unversioned("icon.svg", &headers)),
        )
        .route("/manifest.webmanifest", get(show_manifest))
}

async fn show(Path((version, name)): Path<(String, String)>, headers: HeaderMap) -> Response {
    let found = PACKED
        .iter()
        .find(|it| it.asset.name == name && it.version == version);
    let Some(packed) = found else {
        return Failure::NotFound.status().into_response();
    };
    answer(packed, "public, max-age=31536000, immutable", &headers)
}

/// At an address that stays: a service worker is known by its own, and governs what is below it.
fn unversioned(name: &str, headers: &HeaderMap) -> Response {
    answer(packed(name), "no-cache", headers)
}

fn answer(packed: &'static Packed, keep: &'static str, headers: &HeaderMap) -> Response {
    let takes_gzip = headers
        .get(header::ACCEPT_ENCODING)
        .and_then(|it| it.to_str().ok())
        .is_some_and(|it| it.contains("gzip"));
    let common = [
        (header::CONTENT_TYPE, packed.asset.media_type),
        (header::CACHE_CONTROL, keep),
        (header::VARY, "Accept-Encoding"),
    ];
    if takes_gzip {
        let encoding = [(header::CONTENT_ENCODING, "gzip")];
        (common, encoding, packed.gzip.as_slice()).into_response()
    } else {
        (common, packed.asset.bytes).into_response()
    }
}

/// Lets a phone put the application on its home screen.
async fn show_manifest() -> Response {
    let manifest = serde_json::json!({
        "id": "/",
        "name": "Verbund",
        "short_name": "Verbund",
        "lang": "de",
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "theme_color": "#0b4f96",
        "background_color": "#f3f5f8",
        "icons": [
            { "src": href("icon.svg"), "type": "image/svg+xml", "sizes": "any" },
            { "src": href("icon-192.png"), "type": "image/png", "sizes": "192x192" },
            { "src": href("icon-512.png"), "type": "image/png", "sizes": "512x512" },
        ],
    });
    let headers = [
        (header::CONTENT_TYPE, "application/manifest+json"),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (headers, manifest.to_string()).into_response()
}
