//! What the black-box tests share: federations of real node processes, and those who wish them ill.
//!
//! Nothing here reaches into a node. A [`Federation`] makes what agencies make (authorities, keys, a signed charter,
//! configurations), starts the `verbund` binary once for each agency, and talks to it as its users do: gRPC with
//! certificates of a development PKI, the admin port, the log. A [`HostilePartner`] has a member's real key and certificate
//! and says on the stream between nodes whatever a test wants; a [`Forge`] makes the entries for it. A [`stranger`] knocks
//! with whatever certificate there is.
//!
//! A test waits for the thing itself, within one deadline for all of its waits ([`Patience`]), and a wait that fails says
//! for what, what was there instead, and what the nodes logged last.

mod binary;
pub mod collector;
pub mod federation;
pub mod forge;
pub mod handbook;
pub mod handmade;
pub mod load;
pub mod node;
pub mod partner;
pub mod patience;
mod pki;
pub mod postgres;
pub mod program;
pub mod raw;
pub mod replica;
pub mod stranger;
pub mod surroundings;
pub mod system;

pub use binary::Release;
pub use federation::{APPLICATION, Federation, Plan};
pub use forge::Forge;
pub use handmade::HandMade;
pub use load::Load;
pub use node::NodeProcess;
pub use partner::{HostilePartner, Talk};
pub use patience::Patience;
pub use pki::{Member, agency, audience};
pub use replica::Replica;
pub use surroundings::{Clock, Surroundings};
pub use system::System;
