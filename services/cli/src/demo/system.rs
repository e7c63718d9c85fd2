//! The agencies' systems: for each agency one that publishes and one that looks after the node, each with its own
//! certificate.

use std::time::Duration;

use tokio::time::{Instant, sleep};
use verbund_model::AgencyId;

use super::{COORDINATOR, PUBLISHER};
use crate::client::{ClientConfig, Node};
use crate::exit::{Exit, Failure, failure};
use crate::federation::Member;
use crate::text;

/// How long nodes may take to come up.
const UP_TIMEOUT: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(25);

/// One agency's two systems.
#[derive(Clone, Debug)]
pub(crate) struct System {
    pub(crate) agency: AgencyId,
    pub(crate) publisher: Node,
    pub(crate) coordinator: Node,
}

/// All agencies' systems, in the order of the charter.
#[derive(Clone, Debug)]
pub(crate) struct Systems(Vec<System>);

impl Systems {
    /// Connects to all nodes, as soon as they are up.
    ///
    /// # Errors
    /// When one does not come up.
    pub(crate) async fn connect(members: &[Member]) -> anyhow::Result<Self> {
        let mut systems = Vec::new();
        for member in members {
            let publisher = connect(member, member.system(PUBLISHER)).await?;
            let coordinator = connect(member, member.system(COORDINATOR)).await?;
            systems.push(System {
                agency: member.agency.clone(),
                publisher,
                coordinator,
            });
        }
        Ok(Self(systems))
    }

    pub(crate) fn iter(&self) -> std::slice::Iter<'_, System> {
        self.0.iter()
    }

    /// The system of an agency that publishes.
    ///
    /// # Errors
    /// When there is no such agency.
    pub(crate) fn publisher(&self, agency: &str) -> anyhow::Result<&Node> {
        self.of(agency).map(|it| &it.publisher)
    }

    /// The system of an agency's coordinators.
    ///
    /// # Errors
    /// When there is no such agency.
    pub(crate) fn coordinator(&self, agency: &str) -> anyhow::Result<&Node> {
        self.of(agency).map(|it| &it.coordinator)
    }

    fn of(&self, agency: &str) -> anyhow::Result<&System> {
        let system = self.0.iter().find(|it| it.agency.as_str() == agency);
        system.ok_or_else(|| failure(text::NOT_A_MEMBER.fill(&[&agency])))
    }
}

async fn connect(member: &Member, config: &ClientConfig) -> anyhow::Result<Node> {
    let began = Instant::now();
    loop {
        match Node::connect(config).await {
            Ok(node) => return Ok(node),
            Err(error)
                if Failure::exit_of(&error) == Exit::Unreachable
                    && began.elapsed() < UP_TIMEOUT =>
            {
                sleep(PAUSE).await;
            }
            Err(error) => {
                let log = member.log.display();
                return Err(error.context(text::DEMO_NOT_UP.fill(&[&member.agency, &log])));
            }
        }
    }
}
