//! The contract's enums as the command line takes them: by their short names.

pub(crate) use verbund_wire::words::{Word, all, number, short};

/// What the command line takes for an enum: its short names.
pub(crate) fn parser<W: Word>() -> clap::builder::PossibleValuesParser {
    all::<W>().into()
}

/// The numbers of short names that [`parser`] let through.
pub(crate) fn each<W: Word>(short: &[String]) -> Vec<i32> {
    short.iter().filter_map(|it| number::<W>(it)).collect()
}
