//! The application with which the coordinators of one agency run their week.
//!
//! It promises:
//!
//! - It is a client of its agency's node like any other: public gRPC contract, a certificate of its own, no key of the
//!   federation, no private way in. What a person can do here, a system can do over gRPC.
//! - Pages are rendered here and are whole without script; the embedded script only makes them live and quicker to use.
//!   Nothing is ever loaded from elsewhere.
//! - Whatever comes from the node, from a person or from the address bar is text, and is escaped where it is shown.
//! - It knows who signed in, so that it can say to the node in which role somebody acts and under which pseudonym. It
//!   keeps nothing of when or what a colleague reads or works.
//!
//! ```text
//! browser ─HTTPS─▶ server ─▶ security ─▶ session ─▶ page::* ──▶ node (gRPC, mutual TLS)
//!    ▲                                       │                     │
//!    └──────── live (server-sent events) ◀── hub ◀── watches ──────┘
//!                                            store: accounts, sessions, notifications
//!                                              ▲
//!                                              └── notify ──▶ e-mail, web push
//! ```

mod app;
mod chart;
mod concept;
pub mod config;
mod diff;
mod entry;
mod error;
mod form;
mod frame;
mod lang;
mod live;
mod node;
mod notify;
mod openid;
mod page;
mod refusal;
mod role;
mod security;
mod server;
mod session;
mod shown;
pub mod store;
#[cfg(test)]
mod testing;

pub use app::App;
pub use config::Config;
pub use error::Error;
pub use notify::SetUpError;
pub use role::{Role, Roles, UnknownRole};
pub use server::Server;
