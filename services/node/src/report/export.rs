//! A report as a file.

use std::sync::Arc;

use bytes::Bytes;
use verbund_document::DocumentError;
use verbund_model::{Report, UnixMillis};
use verbund_wire::agency::ExportedFile;
use verbund_wire::convert::report::{Export, Format};
use verbund_wire::error::Error;

use super::collect::too_much;
use super::words::{ENGLISH, GERMAN};
use super::{csv, document};
use crate::charter::InForce;
use crate::context::Context;

/// The file that is asked for.
///
/// # Errors
/// `VALIDATION_FAILED` where the report is larger than a document may be; an internal error where it can't be set.
pub(crate) async fn file(
    ctx: &Context,
    in_force: Arc<InForce>,
    report: Report,
    asked: Export,
) -> Result<ExportedFile, Error> {
    let (agency, now) = (ctx.agency.clone(), ctx.clock.now());
    // Setting a PDF takes a second of computing, which must not stand in the way of what others wait for.
    let making = tokio::task::spawn_blocking(move || {
        let words = if asked.english { &ENGLISH } else { &GERMAN };
        let made = match asked.format {
            Format::Csv => Ok(csv::file(&in_force.charter, words, &report).into_bytes()),
            format => {
                let document = document::of(&in_force.charter, &agency, words, &report);
                text(&document, format, now)
            }
        };
        made.map_err(refused)
    });
    let content = making.await.map_err(|error| {
        tracing::error!(
            error = crate::text::chain(&error),
            "a report could not be made"
        );
        Error::internal()
    })??;
    let (ending, media_type) = match asked.format {
        Format::Markdown => ("md", "text/markdown; charset=utf-8"),
        Format::Csv => ("csv", "text/csv; charset=utf-8; header=present"),
        Format::Pdf => ("pdf", "application/pdf"),
    };
    let name = if asked.english { "report" } else { "bericht" };
    let (from, to) = (asked.period.from(), asked.period.to());
    Ok(ExportedFile {
        name: format!("{name}-{from}-{to}.{ending}"),
        media_type: media_type.to_owned(),
        content: Bytes::from(content),
    })
}

fn text(
    document: &verbund_document::Document,
    format: Format,
    now: UnixMillis,
) -> Result<Vec<u8>, DocumentError> {
    // Also for Markdown, which has no bounds of its own: one report is too long in all forms or in none.
    document.check()?;
    if format == Format::Markdown {
        return Ok(verbund_document::markdown(document).into_bytes());
    }
    let created = jiff::Timestamp::from_millisecond(now.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    verbund_document::pdf(document, created)
}

fn refused(error: DocumentError) -> Error {
    if let DocumentError::TooMany { what, max } = error {
        return too_much(&format!(
            "the report would have more than {max} {what}; choose a shorter period, or CSV"
        ));
    }
    tracing::error!(
        error = crate::text::chain(&error),
        "a report could not be set"
    );
    Error::internal()
}
