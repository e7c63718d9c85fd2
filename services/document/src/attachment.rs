//! Files inside of PDF files.
//!
//! What is taken out is what [`crate::pdf_with`] puts in, found by its marks, not by reading all of the file: a stream stands in the
//! open, with its length before it. A hostile file gives nothing, or bytes that whoever asked has to judge.

use std::io::Read as _;

use flate2::read::ZlibDecoder;

/// Most attachments of one file.
pub const ATTACHMENTS_MAX: usize = 4;
/// Most bytes of one attachment.
pub const ATTACHMENT_BYTES_MAX: usize = 8 * 1024 * 1024;

/// What tells an attachment's stream from others.
const MARK: &[u8] = b"/Type/EmbeddedFile";
/// The furthest that a stream begins behind its mark, and its object before it.
const HEAD_BYTES: usize = 2048;

/// A file to be attached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Its name, without folders.
    pub name: String,
    /// Its media type, such as `application/json`.
    pub media_type: String,
    /// What it is, for whoever reads the list of attachments.
    pub description: String,
    /// Its bytes, at most [`ATTACHMENT_BYTES_MAX`].
    pub content: Vec<u8>,
}

/// The first file that is attached to a PDF file of [`crate::pdf_with`]; nothing where there is none that can be read, or a larger one.
#[must_use]
pub fn attachment(pdf: &[u8]) -> Option<Vec<u8>> {
    let mark = find(pdf, MARK).or_else(|| find(pdf, b"/Type /EmbeddedFile"))?;
    let before = &pdf[mark.saturating_sub(HEAD_BYTES)..mark];
    let begins = rfind(before, b" obj")?;
    let after = &pdf[mark..pdf.len().min(mark + HEAD_BYTES)];
    let ends = find(after, b"stream")?;
    let head = [&before[begins..], &after[..ends]].concat();
    let body = &pdf[mark + ends + b"stream".len()..];
    let body = body
        .strip_prefix(b"\r\n")
        .or_else(|| body.strip_prefix(b"\n"))?;
    let body = body.get(..length(&head)?)?;
    let mut content = Vec::new();
    let most = ATTACHMENT_BYTES_MAX as u64 + 1;
    if find(&head, b"/FlateDecode").is_some() {
        let mut opened = ZlibDecoder::new(body).take(most);
        opened.read_to_end(&mut content).ok()?;
    } else {
        content.extend_from_slice(body);
    }
    (content.len() <= ATTACHMENT_BYTES_MAX).then_some(content)
}

/// The length that a stream's head tells.
fn length(head: &[u8]) -> Option<usize> {
    let at = find(head, b"/Length ")? + b"/Length ".len();
    let digits = head[at..].iter().take_while(|it| it.is_ascii_digit());
    let digits: String = digits.map(|it| char::from(*it)).collect();
    digits.parse().ok()
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|it| it == wanted)
}

fn rfind(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).rposition(|it| it == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::tests::protocol;
    use crate::{pdf, pdf_with};

    fn file(content: &[u8]) -> Vec<u8> {
        let attachment = Attachment {
            name: "protokoll.json".into(),
            media_type: "application/json".into(),
            description: "Das Protokoll mit seinen Signaturen".into(),
            content: content.to_vec(),
        };
        pdf_with(&protocol(), jiff::Timestamp::UNIX_EPOCH, &[attachment]).unwrap()
    }

    #[test]
    fn what_was_attached_is_taken_out_again() {
        let long = "{\"text\": \"Müll am Südwall\"}\n".repeat(2000);
        for content in [
            b"{}\n".as_slice(),
            long.as_bytes(),
            b"endstream /Type/EmbeddedFile",
        ] {
            assert_eq!(attachment(&file(content)).as_deref(), Some(content));
        }
    }

    #[test]
    fn a_file_with_an_attachment_is_accessible_all_the_same() {
        let file = file(b"{}");
        let has = |it: &str| find(&file, it.as_bytes()).is_some();
        assert!(has("pdfuaid:part") && has("EmbeddedFiles"));
    }

    #[test]
    fn without_one_there_is_none() {
        let plain = pdf(&protocol(), jiff::Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!(attachment(&plain), None);
        assert_eq!(attachment(b""), None);
        for cut in (0..2000).step_by(7) {
            // Whatever is missing, nothing panics.
            let file = file(b"{}");
            let _ = attachment(&file[..file.len().saturating_sub(cut)]);
        }
    }
}
