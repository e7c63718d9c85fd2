//! The committee's report: [`collect`] reads what it rests on, [`kept`] remembers what was counted, [`export`] makes a file of it.
//!
//! What counts and what does not is the model's matter ([`verbund_model::Tally`]); how a report reads is in `document` and `csv`, in the
//! words of `words`.

pub(crate) mod collect;
mod csv;
mod document;
pub(crate) mod export;
pub(crate) mod kept;
#[cfg(test)]
mod tests;
mod words;
