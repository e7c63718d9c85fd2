//! What the own agency may do with a protocol now: the table that the node goes by, asked for one agency.

use verbund_model::{PROTOCOL_MOVES, ProtocolMove, ProtocolParty, ProtocolStatus};
use verbund_wire::agency::{AttendingAgency, Protocol, ProtocolWord};
use verbund_wire::convert::vocabulary::Word as _;
use verbund_wire::federation::Attendance;

use crate::frame::Frame;

/// What may be done, and in which words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct May(Vec<ProtocolMove>);

impl May {
    /// What the visitor may do for the own agency.
    pub(super) fn new(frame: &Frame, protocol: &Protocol) -> Self {
        if !frame.roles.coordinates() {
            return Self::default();
        }
        let status = ProtocolStatus::from_wire(protocol.status).ok().flatten();
        let own = frame.own.as_str();
        let is = |party: ProtocolParty| match party {
            ProtocolParty::Owner => owner(protocol) == own,
            ProtocolParty::Writer => protocol.writer == own,
            ProtocolParty::Deputy => protocol.writer != own && is_deputy(protocol, own),
            ProtocolParty::Attending => attending(protocol).any(|it| it.agency == own),
            ProtocolParty::Invited => protocol.attendance.iter().any(|it| it.agency == own),
        };
        let moves = PROTOCOL_MOVES.iter();
        let moves = moves.filter(|it| it.from == status && status.is_some() && is(it.by));
        let mut moves: Vec<ProtocolMove> = moves.map(|it| it.makes).collect();
        moves.retain(|it| makes_sense(protocol, own, *it));
        Self(moves)
    }

    /// Whether a step may be taken, by its word: `sign-off`.
    pub(super) fn has(&self, word: &str) -> bool {
        self.0.iter().any(|it| it.as_str() == word)
    }

    /// Whether another revision may be written: in the draft, or by circulating it.
    pub(super) fn write(&self) -> bool {
        self.has("revise") || self.has("circulate")
    }

    /// There is something to do.
    pub(super) fn is_any(&self) -> bool {
        !self.0.is_empty()
    }
}

/// Beyond the table: what would change nothing, or could not count, is not offered.
fn makes_sense(protocol: &Protocol, own: &str, makes: ProtocolMove) -> bool {
    let has_signed = |it: &AttendingAgency| it.word() == ProtocolWord::SignedOff;
    let all_signed = attending(protocol).all(has_signed);
    match makes {
        ProtocolMove::SignOff => !attending(protocol).any(|it| it.agency == own && has_signed(it)),
        ProtocolMove::Release => all_signed,
        ProtocolMove::Reserve => !all_signed,
        // Who writes puts in what it wants to have written.
        ProtocolMove::Propose => protocol.writer != own,
        // Only another one's deputy is wanted, as long as it has not taken over.
        ProtocolMove::Support | ProtocolMove::TakeOver => {
            owner(protocol) == protocol.writer && protocol.writer != own
        }
        _ => true,
    }
}

/// The agency whose protocol it is.
pub(super) fn owner(protocol: &Protocol) -> &str {
    protocol.key.as_ref().map_or("", |it| &it.owner)
}

/// Who was there: they are asked for their word.
pub(super) fn attending(protocol: &Protocol) -> impl Iterator<Item = &AttendingAgency> {
    let attendance = protocol.attendance.iter();
    attendance.filter(|it| it.attendance() != Attendance::Absent)
}

fn is_deputy(protocol: &Protocol, agency: &str) -> bool {
    let mut attendance = protocol.attendance.iter();
    attendance.any(|it| it.agency == agency && it.attendance() == Attendance::Deputy)
}

#[cfg(test)]
mod tests {
    use verbund_wire::agency::{ProtocolStatus as Wire, SubjectKey};

    use super::*;
    use crate::lang::Lang;

    /// A protocol of `kod`; the frame's own agency.
    fn protocol(owner: &str, status: Wire, words: &[(&str, Attendance, ProtocolWord)]) -> Protocol {
        let attendance = words
            .iter()
            .map(|(agency, attendance, word)| AttendingAgency {
                agency: (*agency).to_owned(),
                attendance: *attendance as i32,
                word: *word as i32,
                ..AttendingAgency::default()
            });
        Protocol {
            key: Some(SubjectKey {
                subject: "s".to_owned(),
                owner: owner.to_owned(),
            }),
            writer: owner.to_owned(),
            status: status as i32,
            attendance: attendance.collect(),
            ..Protocol::default()
        }
    }

    fn may(protocol: &Protocol) -> May {
        May::new(&Frame::sample(Lang::De), protocol)
    }

    const NO_WORD: ProtocolWord = ProtocolWord::Unspecified;

    #[test]
    fn the_writer_writes_and_the_others_propose() {
        let words = [
            ("kod", Attendance::Chair, NO_WORD),
            ("dhz", Attendance::Participant, NO_WORD),
        ];
        let own = may(&protocol("kod", Wire::Draft, &words));
        assert!(
            own.has("revise") && own.has("circulate") && !own.has("propose") && !own.has("support")
        );
        let words = [
            ("dhz", Attendance::Chair, NO_WORD),
            ("kod", Attendance::Absent, NO_WORD),
        ];
        let others = may(&protocol("dhz", Wire::Draft, &words));
        assert!(others.has("propose") && !others.has("revise") && !others.has("sign-off"));
    }

    #[test]
    fn who_attended_signs_once_and_may_object_after_it() {
        let words = [
            ("dhz", Attendance::Chair, ProtocolWord::SignedOff),
            ("kod", Attendance::Participant, NO_WORD),
        ];
        let open = may(&protocol("dhz", Wire::Circulating, &words));
        assert!(open.has("sign-off") && open.has("object"));
        let words = [("kod", Attendance::Participant, ProtocolWord::SignedOff)];
        let signed = may(&protocol("dhz", Wire::Circulating, &words));
        assert!(!signed.has("sign-off") && signed.has("object"));
    }

    #[test]
    fn it_is_released_when_all_have_signed_and_with_reservation_otherwise() {
        let signed = [
            ("kod", Attendance::Chair, ProtocolWord::SignedOff),
            ("dhz", Attendance::Participant, ProtocolWord::SignedOff),
            ("polizei", Attendance::Absent, NO_WORD),
        ];
        let all = may(&protocol("kod", Wire::Circulating, &signed));
        assert!(all.has("release") && !all.has("reserve"));
        let silent = [signed[0], ("dhz", Attendance::Participant, NO_WORD)];
        let some = may(&protocol("kod", Wire::Circulating, &silent));
        assert!(!some.has("release") && some.has("reserve"));
    }

    #[test]
    fn the_deputy_takes_over_from_another() {
        let words = [
            ("dhz", Attendance::Chair, NO_WORD),
            ("kod", Attendance::Deputy, NO_WORD),
        ];
        let deputy = may(&protocol("dhz", Wire::Circulating, &words));
        assert!(deputy.has("take-over") && deputy.has("support"));
    }

    #[test]
    fn a_reader_does_nothing() {
        let words = [("kod", Attendance::Chair, NO_WORD)];
        let mut frame = Frame::sample(Lang::De);
        frame.roles = [crate::role::Role::Reader].into_iter().collect();
        assert!(!May::new(&frame, &protocol("kod", Wire::Draft, &words)).is_any());
    }
}
