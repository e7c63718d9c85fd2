//! The committee's report: its updates are [counted in memory](crate::updates), [`collect`] adds what was agreed on, [`export`] makes a file of it.
//!
//! What counts and what does not is the model's matter ([`verbund_model::Tally`]); how a report reads is in `document` and `csv`, in the
//! words of `words`.

pub(crate) mod collect;
mod csv;
mod document;
pub(crate) mod export;
#[cfg(test)]
mod tests;
mod words;
