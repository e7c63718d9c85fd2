//! A charter and its signatures as files: `charter.toml`, and beside it `charter.toml.sig` with a line for each
//! signature: `agency key_id_hex signature_hex`.

use std::fs;
use std::path::{Path, PathBuf};

use verbund_ledger::CharterSignature;
use verbund_model::Charter;
use verbund_node::charter::parse_signatures;

use crate::exit;
use crate::text;

/// A charter's bytes, what they say, and who signed them.
#[derive(Debug)]
pub(crate) struct CharterFile {
    pub(crate) body: Vec<u8>,
    pub(crate) charter: Charter,
    pub(crate) signatures: Vec<CharterSignature>,
}

impl CharterFile {
    /// Reads both files; without the second, nobody has signed.
    ///
    /// # Errors
    /// When they can't be read or are wrong.
    pub(crate) fn read(path: &Path) -> anyhow::Result<Self> {
        let cant_read = |path: &Path, error: &std::io::Error| {
            exit::usage(text::CANT_READ.fill(&[&path.display(), error]))
        };
        let body = fs::read(path).map_err(|error| cant_read(path, &error))?;
        let charter = Charter::parse(&body)
            .map_err(|error| exit::usage(text::BAD_FILE.fill(&[&path.display(), &error])))?;
        let beside = signatures_path(path);
        let signatures = match fs::read_to_string(&beside) {
            Ok(lines) => parse_signatures(&lines)
                .map_err(|error| exit::usage(text::BAD_FILE.fill(&[&beside.display(), &error])))?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(cant_read(&beside, &error)),
        };
        Ok(Self {
            body,
            charter,
            signatures,
        })
    }
}

/// Where a charter's signatures stand.
pub(crate) fn signatures_path(charter: &Path) -> PathBuf {
    let mut name = charter.as_os_str().to_owned();
    name.push(".sig");
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    #[test]
    fn signatures_stand_beside_their_charter() {
        assert_eq!(
            signatures_path(Path::new("a/charter.toml")),
            Path::new("a/charter.toml.sig")
        );
    }
}
