//! Who is let in, and who may call what: real certificates at both doors of a real node, and every method by every role.

mod certificates;
mod expiry;
mod handbook;
mod joining;
mod revocation;
mod roles;
