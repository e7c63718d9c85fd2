//! Pages of the documentation whose commands are run as they stand there.
//!
//! A block of commands is fenced as ```` ```sh at=PLACE ````: whoever renders the page shows the commands, and a test runs them with
//! bash in the folder of that place. Blocks without a place are examples and are not run.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};

/// Commands of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// The heading that they stand under.
    pub heading: String,
    /// Where they are run.
    pub at: String,
    /// The commands, as they stand there.
    pub code: String,
}

/// Reads the blocks of a page, named from the repository's root, in their order.
///
/// # Errors
/// When it can't be read, or a block does not end.
pub fn page(path: &str) -> Result<Vec<Block>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let text = fs::read_to_string(root.join(path)).with_context(|| path.to_owned())?;
    blocks(&text).with_context(|| path.to_owned())
}

fn blocks(text: &str) -> Result<Vec<Block>> {
    let (mut heading, mut open, mut found) = (String::new(), None::<Block>, Vec::new());
    for line in text.lines() {
        if let Some(mut block) = open.take() {
            if line == "```" {
                found.push(block);
            } else {
                block.code.push_str(line);
                block.code.push('\n');
                open = Some(block);
            }
        } else if let Some(at) = line.strip_prefix("```sh at=") {
            open = Some(Block {
                heading: heading.clone(),
                at: at.to_owned(),
                code: String::new(),
            });
        } else if let Some(words) = line.strip_prefix('#') {
            heading = words.trim_start_matches('#').trim().to_owned();
        }
    }
    ensure!(open.is_none(), "a block of commands does not end");
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_found_with_their_place() {
        let text = "# Page\n## First\n```sh at=here\n# not a heading\necho\n```\n```sh\nno\n```\n```sh at=there\n```\n";
        let found = blocks(text).unwrap();
        let told: Vec<_> = found
            .iter()
            .map(|it| (it.heading.as_str(), it.at.as_str(), it.code.as_str()))
            .collect();
        assert_eq!(
            told,
            [
                ("First", "here", "# not a heading\necho\n"),
                ("First", "there", "")
            ]
        );
        assert!(blocks("```sh at=here\necho\n").is_err());
    }
}
