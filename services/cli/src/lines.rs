//! Updates from a file or stdin: one JSON document, or one document in each line. Which of the two shows in the first
//! line that isn't blank: where it is a complete document, so is each that follows.
//!
//! Nothing is read ahead beyond what is asked for, so that an input of any length takes no more memory than a line.

use std::io::{self, BufRead, Read as _};

/// The longest line, or document, in bytes. A node takes less; this only bounds what is held here.
const DOCUMENT_BYTES_MAX: u64 = 1024 * 1024;

/// One document and where it begins.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Document {
    /// The line it begins on, counted from 1.
    pub(crate) line: u64,
    /// Its text.
    pub(crate) text: String,
}

/// Reads documents one after the other.
#[derive(Debug)]
pub(crate) struct Documents<R> {
    input: R,
    line: u64,
    shape: Shape,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    Unknown,
    Lines,
    Done,
}

impl<R: BufRead> Documents<R> {
    pub(crate) fn new(input: R) -> Self {
        Self {
            input,
            line: 0,
            shape: Shape::Unknown,
        }
    }

    /// The next document, `None` at the end. Blank lines are passed over.
    ///
    /// # Errors
    /// When the input can't be read, isn't UTF-8, or a document is too long.
    pub(crate) fn next(&mut self) -> io::Result<Option<Document>> {
        if self.shape == Shape::Done {
            return Ok(None);
        }
        let (line, mut text) = loop {
            let Some(text) = self.read_line()? else {
                return Ok(None);
            };
            if !text.trim().is_empty() {
                break (self.line, text);
            }
        };
        if self.shape == Shape::Unknown {
            self.shape = if is_complete(&text) {
                Shape::Lines
            } else {
                Shape::Done
            };
            if self.shape == Shape::Done {
                let mut rest = String::new();
                self.input
                    .by_ref()
                    .take(DOCUMENT_BYTES_MAX + 1)
                    .read_to_string(&mut rest)?;
                text.push_str(&rest);
                if text.len() as u64 > DOCUMENT_BYTES_MAX {
                    return Err(too_long());
                }
            }
        }
        if self.shape == Shape::Lines {
            // Else a line that ends too early would be told to be wrong in the next one.
            text.truncate(text.trim_end_matches(['\n', '\r']).len());
        }
        Ok(Some(Document { line, text }))
    }

    fn read_line(&mut self) -> io::Result<Option<String>> {
        let mut text = String::new();
        if self
            .input
            .by_ref()
            .take(DOCUMENT_BYTES_MAX + 1)
            .read_line(&mut text)?
            == 0
        {
            return Ok(None);
        }
        if text.len() as u64 > DOCUMENT_BYTES_MAX {
            return Err(too_long());
        }
        self.line += 1;
        Ok(Some(text))
    }
}

/// Whether a line can't be the beginning of something longer: it is JSON, or wrong in a way that more can't mend.
fn is_complete(line: &str) -> bool {
    match serde_json::from_str::<serde::de::IgnoredAny>(line) {
        Ok(_) => true,
        Err(error) => !error.is_eof(),
    }
}

fn too_long() -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        crate::text::INPUT_TOO_LONG.to_string(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(input: &str) -> Vec<(u64, String)> {
        let mut documents = Documents::new(input.as_bytes());
        let mut all = Vec::new();
        while let Some(document) = documents.next().unwrap() {
            all.push((document.line, document.text.trim().to_owned()));
        }
        all
    }

    #[test]
    fn one_document_may_have_many_lines() {
        assert_eq!(
            read("\n{\n\"a\": 1\n}\n"),
            [(2, "{\n\"a\": 1\n}".to_owned())]
        );
    }

    #[test]
    fn lines_keep_their_numbers() {
        assert_eq!(
            read("{}\n\n{\"a\":1}\n{"),
            [
                (1, "{}".to_owned()),
                (3, "{\"a\":1}".to_owned()),
                (4, "{".to_owned()),
            ]
        );
        assert_eq!(read(""), []);
    }

    #[test]
    fn a_line_that_ends_too_early_is_wrong_where_it_stands() {
        let mut documents = Documents::new("{}\n{\"a\":\r\n{}\n".as_bytes());
        let texts = [(); 3].map(|()| documents.next().unwrap().unwrap().text);
        assert_eq!(texts, ["{}", "{\"a\":", "{}"]);
    }

    #[test]
    fn a_broken_first_line_does_not_swallow_the_rest() {
        assert_eq!(read("{]\n{}\n").len(), 2);
    }

    #[test]
    fn an_endless_line_is_refused() {
        let long = "x".repeat(DOCUMENT_BYTES_MAX as usize + 1);
        assert!(Documents::new(long.as_bytes()).next().is_err());
    }
}
