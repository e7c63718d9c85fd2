//! What the own agency may do on a meeting now, by the one table that the nodes judge steps by.
//!
//! The page offers that and nothing else. Others' steps may come between, so that the node has the last word.

use verbund_model::{MEETING_MOVES, MeetingMove, MeetingParty};
use verbund_wire::agency::{Invitation, Meeting};
use verbund_wire::convert::vocabulary::Word as _;

/// What may be done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct May(Vec<MeetingMove>);

impl May {
    /// What `own` may do on a meeting; nothing where the visitor does not speak for the agency.
    pub(crate) fn of(meeting: &Meeting, own: &str, speaks: bool) -> Self {
        let Ok(Some(status)) = verbund_model::MeetingStatus::from_wire(meeting.status) else {
            return Self::default();
        };
        let invited = invitation(meeting, own);
        let is = |party: MeetingParty| match party {
            MeetingParty::Chair => meeting.key.as_ref().is_some_and(|it| it.owner == own),
            MeetingParty::Deputy => meeting.deputy == own,
            MeetingParty::Acting => meeting.chair == own,
            MeetingParty::Invited => invited.is_some(),
            MeetingParty::Participant => invited.is_some_and(|it| it.participates),
        };
        let allowed = MEETING_MOVES
            .iter()
            .filter(|rule| speaks && rule.from == Some(status) && is(rule.by))
            .map(|rule| rule.makes)
            .filter(|makes| match makes {
                // Beyond the table: whoever chairs needs nobody to take over, and taking over needs more than half.
                MeetingMove::Support => {
                    meeting.chair != own && invited.is_some_and(|it| !it.supports_deputy)
                }
                MeetingMove::TakeOver => meeting.chair != own && has_support(meeting),
                _ => true,
            });
        Self(allowed.collect())
    }

    /// Whether a thing may be done.
    pub(crate) fn has(&self, makes: MeetingMove) -> bool {
        self.0.contains(&makes)
    }
}

/// An agency's invitation.
pub(crate) fn invitation<'a>(meeting: &'a Meeting, agency: &str) -> Option<&'a Invitation> {
    meeting.invited.iter().find(|it| it.agency == agency)
}

/// Whether more than half of those who take part want the deputy to take over.
fn has_support(meeting: &Meeting) -> bool {
    let participants = meeting.invited.iter().filter(|it| it.participates);
    let (all, supporting) = participants.fold((0, 0), |(all, supporting), it| {
        (all + 1, supporting + usize::from(it.supports_deputy))
    });
    2 * supporting > all
}

#[cfg(test)]
mod tests {
    use verbund_wire::agency::{MeetingStatus, SubjectKey};

    use super::*;

    fn meeting(status: MeetingStatus, supporters: &[&str]) -> Meeting {
        let invited = ["dhz", "kod", "polizei", "quartier"].map(|agency| Invitation {
            agency: agency.to_owned(),
            participates: status == MeetingStatus::Running && agency != "quartier",
            supports_deputy: supporters.contains(&agency),
            ..Invitation::default()
        });
        Meeting {
            key: Some(SubjectKey {
                subject: "0".to_owned(),
                owner: "kod".to_owned(),
            }),
            status: status.into(),
            chair: "kod".to_owned(),
            deputy: "dhz".to_owned(),
            invited: invited.to_vec(),
            ..Meeting::default()
        }
    }

    fn may(meeting: &Meeting, own: &str) -> Vec<MeetingMove> {
        May::of(meeting, own, true).0
    }

    #[test]
    fn a_planned_meeting_is_the_chairs_and_the_answer_is_everybodys() {
        use MeetingMove::{Amend, Answer, Cancel, Open};
        let planned = meeting(MeetingStatus::Planned, &[]);
        assert_eq!(may(&planned, "kod"), [Amend, Cancel, Answer, Open]);
        assert_eq!(may(&planned, "polizei"), [Answer]);
        assert_eq!(may(&planned, "elsewhere"), []);
    }

    #[test]
    fn in_a_briefing_participants_contribute_and_the_chair_records() {
        let running = meeting(MeetingStatus::Running, &[]);
        let contributing = May::of(&running, "polizei", true);
        assert!(contributing.has(MeetingMove::Find) && contributing.has(MeetingMove::Support));
        assert!(!contributing.has(MeetingMove::Decide) && !contributing.has(MeetingMove::Close));
        let chairing = May::of(&running, "kod", true);
        assert!(chairing.has(MeetingMove::Decide) && !chairing.has(MeetingMove::Support));
        assert_eq!(may(&running, "quartier"), [], "invited, and not there");
    }

    #[test]
    fn the_deputy_takes_over_with_more_than_half() {
        let takes_over = |supporters: &[&str]| {
            let running = meeting(MeetingStatus::Running, supporters);
            May::of(&running, "dhz", true).has(MeetingMove::TakeOver)
        };
        assert!(!takes_over(&["dhz"]), "one of three");
        assert!(takes_over(&["dhz", "polizei"]));
        let mut taken = meeting(MeetingStatus::Running, &["dhz", "polizei"]);
        taken.chair = "dhz".to_owned();
        assert!(!May::of(&taken, "dhz", true).has(MeetingMove::TakeOver));
    }

    #[test]
    fn who_does_not_speak_for_the_agency_and_what_is_over_allow_nothing() {
        let running = meeting(MeetingStatus::Running, &[]);
        assert_eq!(May::of(&running, "kod", false), May::default());
        assert_eq!(may(&meeting(MeetingStatus::Closed, &[]), "kod"), []);
    }
}
