//! What all commands have in common that take a step or fetch a file: options, texts, and where files go.

use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;
use verbund_wire::agency::{ExportedFile, FileLanguage};
use verbund_wire::federation::Handling;

use crate::client::{ClientArgs, request_id};
use crate::commands::read_text;
use crate::exit;
use crate::files::{self, Access};
use crate::output::{self, Format, clean};
use crate::text::{self, Lang};
use crate::words;

/// What is said beside a step.
#[derive(Args, Debug)]
pub(crate) struct Sending {
    #[arg(long, value_name = "UUID", help = text::ARG_REQUEST_ID)]
    request_id: Option<String>,
    #[arg(long, help = text::ARG_CONFIRM_REVIEW)]
    pub(crate) confirm_review: bool,
    #[command(flatten)]
    pub(crate) client: ClientArgs,
}

impl Sending {
    /// The request's id: the one that was given, or a new one.
    pub(crate) fn request_id(&self) -> String {
        request_id(self.request_id.as_deref())
    }
}

/// A text of the command line; `-` stands for standard input.
///
/// # Errors
/// When standard input can't be read.
pub(crate) fn said(given: String) -> anyhow::Result<String> {
    if given != "-" {
        return Ok(given);
    }
    let content = read_text(Path::new("-"))?;
    Ok(content.trim_end_matches(['\n', '\r']).to_owned())
}

/// As [`said`]; nothing where nothing was given.
///
/// # Errors
/// As [`said`].
pub(crate) fn said_or_nothing(given: Option<String>) -> anyhow::Result<String> {
    given.map_or(Ok(String::new()), said)
}

/// How far something may travel, by its short name.
pub(crate) fn handling(short: &str) -> i32 {
    words::number::<Handling>(short).unwrap_or_default()
}

/// The language of files.
pub(crate) fn file_language() -> i32 {
    match text::lang() {
        Lang::De => FileLanguage::German as i32,
        Lang::En => FileLanguage::English as i32,
    }
}

/// Writes a file where it was wanted: to `output`, whole or not at all, or to standard output.
///
/// # Errors
/// When it can't be written, or when a terminal would get what it can't show.
pub(crate) fn save(
    file: &ExportedFile,
    output: Option<&Path>,
    format: Format,
) -> anyhow::Result<()> {
    let Some(path) = output.filter(|path| *path != Path::new("-")) else {
        let mut out = io::stdout().lock();
        // Control characters of a partner's text would be obeyed; a pipe gets the bytes as they are.
        if out.is_terminal() {
            let Ok(shown) = std::str::from_utf8(&file.content) else {
                return Err(exit::usage(text::NOT_FOR_A_TERMINAL.to_string()));
            };
            for line in shown.lines() {
                writeln!(out, "{}", clean(line))?;
            }
        } else {
            out.write_all(&file.content)?;
        }
        return Ok(out.flush()?);
    };
    files::replace(path, &file.content, Access::Public)?;
    let path = path.display().to_string();
    match format {
        Format::Json => output::json(&json!({
            "output": path,
            "name": file.name,
            "media_type": file.media_type,
            "bytes": file.content.len(),
        }))?,
        Format::Table => output::note(text::WROTE_FILE.fill(&[&path, &file.content.len()])),
    }
    Ok(())
}

/// Where a file goes.
#[derive(Args, Debug)]
pub(crate) struct OutputArgs {
    #[arg(long, value_name = text::FILE.now(), help = text::ARG_FILE_OUTPUT)]
    pub(crate) output: Option<PathBuf>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_put_in_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("calendar.ics");
        for content in ["one", "another"] {
            let file = ExportedFile {
                content: content.into(),
                ..ExportedFile::default()
            };
            save(&file, Some(&path), Format::Table).unwrap();
            assert_eq!(std::fs::read_to_string(&path).unwrap(), content);
        }
    }

    #[test]
    fn a_text_is_taken_as_it_is() {
        assert_eq!(said("Ruhig.".to_owned()).unwrap(), "Ruhig.");
        assert_eq!(said_or_nothing(None).unwrap(), "");
    }
}
