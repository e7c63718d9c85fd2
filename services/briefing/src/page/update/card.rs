//! An update as it stands in a list: compact, and with everything that one needs to decide whether to look closer.

use std::collections::HashMap;

use verbund_wire::agency::{
    BatchGetDeliveriesRequest, DeliverySubject, Situation, SituationState, SubjectDelivery,
    SubjectKey, VersionDelivery,
};
use verbund_wire::federation::reading::Value;
use verbund_wire::federation::{Observation, Reading, SubjectKind, Urgency};

use super::delivery::Chip;
use super::path;
use crate::error::Failure;
use crate::frame::Frame;
use crate::node::{Acting, request_id};

/// An update in a list.
#[derive(Clone, Debug)]
pub(crate) struct Card {
    /// The update.
    pub(crate) situation: Situation,
    /// What it tells; none once it is erased.
    pub(crate) observation: Option<Observation>,
    /// Its page.
    pub(crate) href: String,
    /// The heading leads there: not on the page itself, and not of a draft, which has none.
    pub(crate) is_linked: bool,
    /// The heading's level, by where the card stands.
    pub(crate) level: u8,
    /// What became of it at each agency.
    pub(crate) chips: Vec<Chip>,
    /// The request with which the own agency may take note of it; none where it has, or the visitor may not.
    pub(crate) acknowledge: Option<String>,
}

impl Card {
    /// An update without its deliveries.
    pub(crate) fn new(situation: Situation, level: u8) -> Self {
        Self {
            href: path(&situation.agency, &situation.subject),
            is_linked: true,
            observation: situation.observation.clone(),
            situation,
            level,
            chips: Vec::new(),
            acknowledge: None,
        }
    }

    /// An update whose heading leads nowhere: it is on its page, or a draft.
    pub(crate) fn unlinked(situation: Situation, level: u8) -> Self {
        Self {
            is_linked: false,
            ..Self::new(situation, level)
        }
    }

    /// With what became of it, and with the button to take note of it where that may be done.
    pub(crate) fn with_delivery(
        mut self,
        frame: &Frame,
        version: Option<&VersionDelivery>,
    ) -> Self {
        self.chips = Chip::row(frame, version);
        let is_acknowledged = version.is_some_and(|version| {
            let mut agencies = version.agencies.iter();
            agencies.any(|it| it.agency == frame.own && it.acknowledged)
        });
        let may = frame.roles.coordinates()
            && self.situation.agency != frame.own
            && self.situation.state() == SituationState::Current
            && !is_acknowledged;
        self.acknowledge = may.then(request_id);
        self
    }

    /// It holds.
    pub(crate) fn is_current(&self) -> bool {
        self.situation.state() == SituationState::Current
    }

    /// It was taken back.
    pub(crate) fn is_withdrawn(&self) -> bool {
        self.situation.state() == SituationState::Withdrawn
    }

    /// The class that marks its urgency; nothing for routine.
    pub(crate) fn urgency_class(&self) -> &'static str {
        match self.observation.as_ref().map(Observation::urgency) {
            Some(Urgency::Immediate) => "bad",
            Some(Urgency::Soon) => "warn",
            _ => "",
        }
    }

    /// The figures, in words.
    pub(crate) fn figures(&self, frame: &Frame) -> Vec<Figure> {
        let readings = self.observation.as_ref().map_or(&[][..], |it| &it.readings);
        readings.iter().map(|it| Figure::new(frame, it)).collect()
    }
}

/// A figure as it is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Figure {
    /// What was counted.
    pub(crate) name: String,
    /// How many, in the classes and bands of the charter.
    pub(crate) value: String,
    /// What it covers.
    pub(crate) period: String,
}

impl Figure {
    /// A figure in words.
    pub(crate) fn new(frame: &Frame, it: &Reading) -> Self {
        let value = match it.value {
            Some(Value::Band(band)) => frame.band(band).into_owned(),
            Some(Value::Rounded(count)) => frame
                .t1("figure-about", "count", frame.number(count))
                .into_owned(),
            Some(Value::SharePercent(0)) => frame.t("figure-share-under").into_owned(),
            Some(Value::SharePercent(100)) => frame.t("figure-share-over").into_owned(),
            Some(Value::SharePercent(percent)) => {
                frame.t1("figure-share", "percent", percent).into_owned()
            }
            Some(Value::Exact(count)) => frame.number(count),
            None => "–".to_owned(),
        };
        Self {
            name: frame.indicator(&it.indicator),
            value,
            period: frame.period(it.period).into_owned(),
        }
    }
}

/// What became of the latest version of each of many updates, asked for at once.
pub(crate) async fn deliveries(
    node: &Acting,
    updates: &[Situation],
) -> Result<HashMap<(String, String), SubjectDelivery>, Failure> {
    if updates.is_empty() {
        return Ok(HashMap::new());
    }
    let subjects = updates.iter().map(|it| DeliverySubject {
        kind: SubjectKind::Update as i32,
        key: Some(key(it)),
    });
    let request = BatchGetDeliveriesRequest {
        subjects: subjects.collect(),
    };
    let answer = node
        .feed()
        .batch_get_deliveries(request)
        .await?
        .into_inner();
    let by_key = answer.deliveries.into_iter().filter_map(|it| {
        let key = it.subject.as_ref()?.key.clone()?;
        Some(((key.owner, key.subject), it))
    });
    Ok(by_key.collect())
}

/// Names an update as other services do.
pub(crate) fn key(it: &Situation) -> SubjectKey {
    SubjectKey {
        subject: it.subject.clone(),
        owner: it.agency.clone(),
    }
}

/// Updates with what became of them, as cards.
pub(crate) async fn cards(
    node: &Acting,
    frame: &Frame,
    updates: Vec<Situation>,
    level: u8,
) -> Result<Vec<Card>, Failure> {
    let deliveries = deliveries(node, &updates).await?;
    let card = |update: Situation| {
        let of = deliveries.get(&(update.agency.clone(), update.subject.clone()));
        let version = of.and_then(|it| it.latest.as_ref());
        Card::new(update, level).with_delivery(frame, version)
    };
    Ok(updates.into_iter().map(card).collect())
}

#[cfg(test)]
mod tests {
    use verbund_wire::agency::{AgencyDelivery, DeliveryState};
    use verbund_wire::federation::{Band, Period};

    use super::*;
    use crate::lang::Lang;
    use crate::role::Role;

    fn update() -> Situation {
        Situation {
            subject: "0b9f".to_owned(),
            agency: "dhz".to_owned(),
            state: SituationState::Current as i32,
            observation: Some(Observation::default()),
            ..Situation::default()
        }
    }

    fn delivered(acknowledged: bool) -> VersionDelivery {
        VersionDelivery {
            position: None,
            agencies: vec![AgencyDelivery {
                agency: "kod".to_owned(),
                state: DeliveryState::Stored as i32,
                acknowledged,
                ..AgencyDelivery::default()
            }],
        }
    }

    #[test]
    fn note_is_taken_once_of_what_others_tell_and_by_coordinators() {
        let frame = Frame::sample(Lang::De);
        let may = |frame: &Frame, update: Situation, acknowledged: bool| {
            let card = Card::new(update, 2).with_delivery(frame, Some(&delivered(acknowledged)));
            card.acknowledge.is_some()
        };
        assert!(may(&frame, update(), false));
        assert!(!may(&frame, update(), true));
        let own = Situation {
            agency: "kod".to_owned(),
            ..update()
        };
        assert!(!may(&frame, own, false));
        let withdrawn = Situation {
            state: SituationState::Withdrawn as i32,
            ..update()
        };
        assert!(!may(&frame, withdrawn, false));
        let mut reader = Frame::sample(Lang::De);
        reader.roles = [Role::Reader].into_iter().collect();
        assert!(!may(&reader, update(), false));
    }

    #[test]
    fn figures_are_told_as_they_were_coarsened() {
        let frame = Frame::sample(Lang::De);
        let value = |value: Value| {
            let reading = Reading {
                indicator: "spritzenfunde".to_owned(),
                period: Period::Day as i32,
                value: Some(value),
            };
            Figure::new(&frame, &reading).value
        };
        assert_eq!(value(Value::Band(Band::Under5 as i32)), "unter 5");
        assert_eq!(value(Value::Exact(1_200)), "1.200");
        assert_eq!(value(Value::Rounded(45)), "etwa 45");
        assert_eq!(value(Value::SharePercent(0)), "unter 10 %");
        assert_eq!(value(Value::SharePercent(100)), "über 90 %");
        assert_eq!(value(Value::SharePercent(40)), "etwa 40 %");
    }
}
