//! `verbund sheet`: writes what a new agency hands to the federation anew, from the files that are there by now.

use std::path::PathBuf;

use clap::Args;

use super::pki::wrote;
use crate::output::{self, Format};
use crate::sheet::{self, About};
use crate::text;

#[derive(Args, Debug)]
pub(crate) struct Sheet {
    #[arg(value_name = text::FOLDER.now(), default_value = ".", help = text::ARG_SHEET_FOLDER)]
    folder: PathBuf,
}

pub(crate) fn run(args: &Sheet, format: Format) -> anyhow::Result<()> {
    let (written, has_root) = sheet::write(&args.folder, &About::of(&args.folder)?)?;
    let list: Vec<_> = written
        .iter()
        .map(|(path, what)| (path.as_path(), *what))
        .collect();
    wrote(format, &list)?;
    if !has_root {
        output::note(text::SHEET_WITHOUT_ROOT.fill(&[&args.folder.join("tls/root.pem").display()]));
    }
    Ok(())
}
