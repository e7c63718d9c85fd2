//! A file of the node as a download.

use axum::response::{IntoResponse as _, Response};
use http::header;
use verbund_wire::agency::ExportedFile;

/// The file, to be kept and not shown.
pub(crate) fn download(file: ExportedFile) -> Response {
    let headers = [
        (header::CONTENT_TYPE, media_type(&file.media_type)),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{}\"", plain(&file.name)),
        ),
    ];
    (headers, file.content).into_response()
}

/// The media type that the node gave, if it can stand in a header.
fn media_type(given: &str) -> String {
    let is_plain = !given.is_empty() && given.bytes().all(|it| matches!(it, b' '..=b'~'));
    if is_plain {
        given
    } else {
        "application/octet-stream"
    }
    .to_owned()
}

/// A name that no header and no file system takes for anything else.
fn plain(name: &str) -> String {
    let keep = |it: char| {
        if it.is_ascii_alphanumeric() || "._-".contains(it) {
            it
        } else {
            '-'
        }
    };
    let name: String = name.chars().take(120).map(keep).collect();
    let name = name.trim_start_matches(['.', '-']);
    if name.is_empty() { "verbund" } else { name }.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_kept_under_a_plain_name() {
        let response = download(ExportedFile {
            name: "../bericht \"2026\"\r\nx: y.pdf".to_owned(),
            media_type: "application/pdf".to_owned(),
            content: vec![1, 2].into(),
        });
        let header = |name| response.headers()[name].to_str().unwrap().to_owned();
        assert_eq!(header(header::CONTENT_TYPE), "application/pdf");
        assert_eq!(
            header(header::CONTENT_DISPOSITION),
            "attachment; filename=\"bericht--2026---x--y.pdf\""
        );
        assert_eq!(plain("…"), "verbund");
        assert_eq!(media_type("a\nb"), "application/octet-stream");
    }
}
