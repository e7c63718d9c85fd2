//! A charter and its signatures as files: `charter.toml`, and beside it `charter.toml.sig` with a line for each
//! signature: `agency key_id_hex signature_hex`.

use std::fs;
use std::path::{Path, PathBuf};

use verbund_ledger::CharterSignature;
use verbund_model::{AgencyId, Charter};

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
            Ok(lines) => parse(&lines).map_err(|line| {
                exit::usage(text::BAD_SIGNATURE_LINE.fill(&[&beside.display(), &line]))
            })?,
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

/// A signature as its line, with the end of the line.
pub(crate) fn line(signature: &CharterSignature) -> String {
    let CharterSignature {
        agency,
        key,
        signature,
    } = signature;
    format!("{agency} {key} {}\n", hex::encode(signature))
}

/// Reads all lines; blank ones and those that begin with `#` are passed over.
///
/// # Errors
/// The number of the first line that is none.
pub(crate) fn parse(lines: &str) -> Result<Vec<CharterSignature>, usize> {
    let numbered = lines.lines().enumerate();
    let told = numbered.filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'));
    told.map(|(index, line)| parse_line(line).ok_or(index + 1))
        .collect()
}

fn parse_line(line: &str) -> Option<CharterSignature> {
    let mut words = line.split_ascii_whitespace();
    let agency = AgencyId::parse(words.next()?).ok()?;
    let key = words.next()?.parse().ok()?;
    let mut signature = [0; 64];
    hex::decode_to_slice(words.next()?, &mut signature).ok()?;
    words.next().is_none().then_some(CharterSignature {
        agency,
        key,
        signature,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use verbund_ledger::{EntryKey, SystemEntropy};

    #[test]
    fn reads_what_it_writes_and_names_the_bad_line() {
        let key = EntryKey::generate(&SystemEntropy);
        let signature = CharterSignature::sign(b"body", AgencyId::parse("dhz").unwrap(), &key);
        let text = format!("# who signed\n\n{}", line(&signature));
        assert_eq!(parse(&text), Ok(vec![signature]));
        assert_eq!(parse(&format!("{text}kod 00 11\n")), Err(4));
        assert_eq!(parse(&format!("{} more\n", text.trim_end())), Err(3));
    }

    #[test]
    fn signatures_stand_beside_their_charter() {
        assert_eq!(
            signatures_path(Path::new("a/charter.toml")),
            Path::new("a/charter.toml.sig")
        );
    }
}
