//! What was counted a moment ago. A page asks for its report each time somebody looks, and a hundred thousand updates take
//! the store seconds to read.
//!
//! **Promise.** A report is given again only while it would come out the same: for the same days under the same charter, on the same
//! day, and with no update changed since before it was counted.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard};

use verbund_model::{Day, Report, ReportPeriod};

/// Reports that are kept: the periods that pages offer, for some who look at different ones. Each takes a few kilobytes, a year of
/// figures two mebibytes.
const REPORTS: usize = 8;

/// What a report of updates depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Basis {
    pub(crate) period: ReportPeriod,
    /// The hash of the charter in force.
    pub(crate) charter: [u8; 32],
    pub(crate) today: Day,
    /// The edition of the updates when counting began.
    pub(crate) edition: u64,
}

/// The reports, the last made first.
#[derive(Debug, Default)]
pub(crate) struct Kept(Mutex<VecDeque<(Basis, Report)>>);

impl Kept {
    pub(crate) fn get(&self, basis: &Basis) -> Option<Report> {
        let kept = self.lock();
        let found = kept.iter().find(|(its, _)| its == basis);
        found.map(|(_, report)| report.clone())
    }

    /// Keeps a report. What rests on an earlier edition can't be asked for any more.
    pub(crate) fn put(&self, basis: Basis, report: Report) {
        let mut kept = self.lock();
        kept.retain(|(its, _)| its.edition >= basis.edition && *its != basis);
        kept.push_front((basis, report));
        kept.truncate(REPORTS);
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<(Basis, Report)>> {
        let kept = self.0.lock();
        kept.expect("no code panics while it holds the reports")
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{KREFELD, report};
    use super::*;

    fn basis(edition: u64) -> Basis {
        Basis {
            period: ReportPeriod::new("2026-05-01".parse().unwrap(), "2026-05-31".parse().unwrap())
                .unwrap(),
            charter: [1; 32],
            today: "2026-06-02".parse().unwrap(),
            edition,
        }
    }

    #[test]
    fn a_report_is_given_again_only_for_the_same() {
        let kept = Kept::default();
        kept.put(basis(1), report(&KREFELD));
        assert_eq!(kept.get(&basis(1)), Some(report(&KREFELD)));
        let tomorrow = "2026-06-03".parse().unwrap();
        let others = [
            basis(2),
            Basis {
                charter: [2; 32],
                ..basis(1)
            },
            Basis {
                today: tomorrow,
                ..basis(1)
            },
            Basis {
                period: ReportPeriod::new(basis(1).period.from(), basis(1).period.from()).unwrap(),
                ..basis(1)
            },
        ];
        for other in others {
            assert_eq!(kept.get(&other), None, "{other:?}");
        }
    }

    #[test]
    fn what_an_update_has_made_old_goes_first_and_then_what_was_made_first() {
        let kept = Kept::default();
        kept.put(basis(1), report(&KREFELD));
        kept.put(basis(2), report(&KREFELD));
        assert_eq!(kept.get(&basis(1)), None);
        for day in 3..=10 {
            let today = format!("2026-06-{day:02}").parse().unwrap();
            kept.put(Basis { today, ..basis(2) }, report(&KREFELD));
        }
        assert_eq!(kept.get(&basis(2)), None);
        assert_eq!(kept.lock().len(), REPORTS);
    }
}
