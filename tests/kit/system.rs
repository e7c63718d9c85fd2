//! An agency's system that talks to its node.

use std::sync::Arc;

use anyhow::{Context as _, Result};
use tonic::Status;
use tonic::transport::Channel;
use verbund_model::{Day, FederationId, SystemClock};
use verbund_transport::pki::Issued;
use verbund_transport::{Connector, Identity, Tls, Trust};
use verbund_wire::agency::concept_service_client::ConceptServiceClient;
use verbund_wire::agency::feed_service_client::FeedServiceClient;
use verbund_wire::agency::guard_service_client::GuardServiceClient;
use verbund_wire::agency::node_service_client::NodeServiceClient;
use verbund_wire::agency::situation_service_client::SituationServiceClient;
use verbund_wire::agency::{
    AgencyDelivery, Alarm, FeedEvent, GetDeliveryRequest, GetStatusRequest, GetStatusResponse,
    ListAlarmsRequest, ListFeedRequest, Partner, PublishReceipt, PublishSituationRequest,
    SituationDraft,
};
use verbund_wire::federation::{Handling, SourceKind, Trend, Urgency};

use crate::federation::request_id;
use crate::patience::Patience;
use crate::pki::Member;

/// One of an agency's systems, connected to the agency's node.
#[derive(Debug, Clone)]
pub struct System {
    /// Publishing and reading updates.
    pub situations: SituationServiceClient<Channel>,
    /// The feed.
    pub feed: FeedServiceClient<Channel>,
    /// The node's state.
    pub node: NodeServiceClient<Channel>,
    /// The vocabulary.
    pub concept: ConceptServiceClient<Channel>,
    /// The guard.
    pub guard: GuardServiceClient<Channel>,
    /// What all of them go through.
    pub channel: Channel,
    agency: String,
    today: Day,
    patience: Patience,
}

impl System {
    pub(crate) async fn connect(
        member: &Member,
        endpoint: &str,
        federation: FederationId,
        certificate: &Issued,
        today: Day,
        patience: Patience,
    ) -> Result<Self> {
        let identity = Identity::from_pem(
            certificate.certificate_pem.as_bytes(),
            certificate.key_pem.as_bytes(),
        )?;
        let trust = Trust::new(federation)
            .with_roots(member.agency.clone(), member.authority.certificate_pem())?;
        let tls = Tls::new(identity, trust, Arc::new(SystemClock))?;
        let connecting = async {
            let channel = Connector::new(&tls)
                .connect(endpoint, &member.agency)
                .await?;
            Ok::<_, verbund_transport::ConnectError>(channel)
        };
        let channel = patience
            .within("a connection to the agency API", connecting)
            .await?;
        let channel =
            channel.with_context(|| format!("a system of {} at {endpoint}", member.agency))?;
        Ok(Self {
            situations: SituationServiceClient::new(channel.clone()),
            feed: FeedServiceClient::new(channel.clone()),
            node: NodeServiceClient::new(channel.clone()),
            concept: ConceptServiceClient::new(channel.clone()),
            guard: GuardServiceClient::new(channel.clone()),
            channel,
            agency: member.agency.to_string(),
            today,
            patience,
        })
    }

    /// A draft with nothing wrong in it, of today and for all.
    #[must_use]
    pub fn draft(&self, note: &str) -> SituationDraft {
        SituationDraft {
            category: "sauberkeit".to_owned(),
            place: "theaterplatz".to_owned(),
            day: self.today.to_string(),
            trend: Trend::Steady as i32,
            source: SourceKind::OwnObservation as i32,
            measure: "m1".to_owned(),
            urgency: Urgency::Routine as i32,
            handling: Handling::Amber as i32,
            note: note.to_owned(),
            ..SituationDraft::default()
        }
    }

    /// Publishes an update.
    ///
    /// # Errors
    /// The node's answer.
    pub async fn publish(&self, draft: SituationDraft) -> Result<PublishReceipt, Status> {
        let request = PublishSituationRequest {
            request_id: request_id(),
            situation: Some(draft),
            confirm_review: false,
        };
        let response = self
            .situations
            .clone()
            .publish_situation(request)
            .await?
            .into_inner();
        response
            .receipt
            .ok_or_else(|| Status::internal("a response without a receipt"))
    }

    /// Publishes an update with nothing wrong in it to these agencies, or to all where none is named.
    ///
    /// # Errors
    /// The node's answer.
    pub async fn tell(&self, note: &str, audience: &[&str]) -> Result<PublishReceipt, Status> {
        let audience = audience.iter().map(|agency| (*agency).to_owned()).collect();
        self.publish(SituationDraft {
            audience,
            ..self.draft(note)
        })
        .await
    }

    /// The whole feed, from its beginning.
    ///
    /// # Errors
    /// The node's answer.
    pub async fn events(&self) -> Result<Vec<FeedEvent>, Status> {
        let mut events = Vec::new();
        let mut cursor = String::new();
        loop {
            let request = ListFeedRequest {
                filter: None,
                cursor,
                page_size: 500,
            };
            let page = self.feed.clone().list_feed(request).await?.into_inner();
            events.extend(page.events);
            cursor = page.cursor;
            if !page.more {
                return Ok(events);
            }
        }
    }

    /// The notes of an agency's updates, in the order in which they came.
    ///
    /// # Errors
    /// The node's answer.
    pub async fn notes_of(&self, agency: &str) -> Result<Vec<String>, Status> {
        let situations = self
            .events()
            .await?
            .into_iter()
            .filter_map(|event| event.situation);
        Ok(situations
            .filter(|situation| situation.agency == agency)
            .map(|situation| situation.note)
            .collect())
    }

    /// Waits until the feed holds exactly these notes of an agency, in this order.
    ///
    /// # Errors
    /// At the deadline: what it holds instead.
    pub async fn until_notes(&self, agency: &str, notes: &[&str]) -> Result<()> {
        let what = format!("the feed of {} to hold {notes:?} of {agency}", self.agency);
        let look = async || {
            let found = self
                .notes_of(agency)
                .await
                .map_err(|status| status.to_string())?;
            if found == notes {
                Ok(())
            } else {
                Err(format!("{found:?}"))
            }
        };
        self.patience.until(&what, look).await
    }

    /// Waits until the feed holds this subject.
    ///
    /// # Errors
    /// At the deadline.
    pub async fn until_subject(&self, subject: &str) -> Result<FeedEvent> {
        let what = format!("the feed of {} to hold the update {subject}", self.agency);
        let look = async || {
            let events = self.events().await.map_err(|status| status.to_string())?;
            let count = events.len();
            let is = |event: &FeedEvent| {
                event
                    .situation
                    .as_ref()
                    .is_some_and(|it| it.subject == subject)
            };
            events
                .into_iter()
                .find(is)
                .ok_or_else(|| format!("{count} events, this one not among them"))
        };
        self.patience.until(&what, look).await
    }

    /// The node's state.
    ///
    /// # Errors
    /// The node's answer.
    pub async fn status(&self) -> Result<GetStatusResponse, Status> {
        Ok(self
            .node
            .clone()
            .get_status(GetStatusRequest {})
            .await?
            .into_inner())
    }

    /// How it stands with one partner.
    ///
    /// # Errors
    /// The node's answer, or that it names no such partner.
    pub async fn partner(&self, agency: &str) -> Result<Partner, Status> {
        let partners = self.status().await?.partners;
        let found = partners
            .into_iter()
            .find(|partner| partner.agency == agency);
        found.ok_or_else(|| Status::not_found(format!("{agency} is no partner in the status")))
    }

    /// Waits until how it stands with a partner is as wanted.
    ///
    /// # Errors
    /// At the deadline: how it stands instead.
    pub async fn until_partner(
        &self,
        agency: &str,
        what: &str,
        mut holds: impl FnMut(&Partner) -> bool,
    ) -> Result<Partner> {
        let what = format!("the status of {} to show {agency} {what}", self.agency);
        let look = async || {
            let partner = self
                .partner(agency)
                .await
                .map_err(|status| status.to_string())?;
            if holds(&partner) {
                Ok(partner)
            } else {
                Err(format!("{partner:?}"))
            }
        };
        self.patience.until(&what, look).await
    }

    /// The open alarms, the latest first.
    ///
    /// # Errors
    /// The node's answer.
    pub async fn alarms(&self) -> Result<Vec<Alarm>, Status> {
        Ok(self
            .node
            .clone()
            .list_alarms(ListAlarmsRequest {})
            .await?
            .into_inner()
            .alarms)
    }

    /// Waits until there is an alarm with this reason, about this agency, that says this.
    ///
    /// # Errors
    /// At the deadline: the alarms that there are.
    pub async fn until_alarm(&self, reason: &str, agency: &str, says: &str) -> Result<Alarm> {
        let what = format!(
            "an alarm {reason} at {} about {agency} that says {says:?}",
            self.agency
        );
        let look = async || {
            let alarms = self.alarms().await.map_err(|status| status.to_string())?;
            let is = |alarm: &&Alarm| {
                alarm.reason == reason && alarm.agency == agency && alarm.description.contains(says)
            };
            alarms
                .iter()
                .find(is)
                .cloned()
                .ok_or_else(|| format!("{alarms:?}"))
        };
        self.patience.until(&what, look).await
    }

    /// What became of an update's first version at an agency.
    ///
    /// # Errors
    /// The node's answer.
    pub async fn delivery(&self, subject: &str, agency: &str) -> Result<AgencyDelivery, Status> {
        let request = GetDeliveryRequest {
            subject: subject.to_owned(),
            ..GetDeliveryRequest::default()
        };
        let versions = self
            .feed
            .clone()
            .get_delivery(request)
            .await?
            .into_inner()
            .versions;
        let agencies = versions
            .into_iter()
            .next()
            .map(|version| version.agencies)
            .unwrap_or_default();
        let found = agencies
            .into_iter()
            .find(|delivery| delivery.agency == agency);
        found.ok_or_else(|| Status::not_found(format!("{agency} is not in the update's audience")))
    }
}
