//! Makes what is computed from entries anew: situations, readings, versions, which of them are steps.

use super::copy::charters;
use super::entries;
use super::projections::{Difference, Parts};
use super::tables::{self, READING, SITUATION};
use super::whole::{Taking, Whole};
use super::{Projector, Signers, Tell, Upkeep};
use crate::error::Result;
use crate::statement::Value;

/// What was wrong and is right now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rebuilt {
    /// Subjects whose row was made, changed or dropped.
    pub situations: u64,
    /// Subjects whose series were.
    pub readings: u64,
    /// Entries whose version or subject was, or whether they are steps.
    pub versions: u64,
}

/// Brings situations, readings, versions and the marks of steps to what the entries come to, in one transaction: all of it or
/// nothing. What is right already is not touched, nor the mark of a step whose content is gone. Readings that are older than the newest
/// charter keeps them do not come back. No node may be using the store.
///
/// # Errors
/// As [`open`](crate::open), and [`Occupied`](crate::Error::Occupied), [`NobodysStore`](crate::Error::NobodysStore).
pub async fn rebuild(
    url: &str,
    upkeep: &Upkeep,
    signers: &mut dyn Signers,
    projector: &dyn Projector,
    progress: Tell<'_>,
) -> Result<Rebuilt> {
    let mut whole = Whole::take(url, Taking::Store).await?;
    whole.begin_write().await?;
    whole.owner().await?;
    for charter in charters(&mut whole).await? {
        // What is wrong with one is told by the check.
        drop(signers.learn(&charter));
    }
    let mut rebuilt = Rebuilt::default();
    let (lanes, _) = entries::lanes(&mut whole).await?;
    let mut parts = Parts::of(&mut whole, upkeep.readings_from(signers)).await?;
    let mut situations = Vec::new();
    for part in 0..parts.parts {
        let found = parts
            .differences(part, &mut whole, &lanes, projector, progress)
            .await?;
        for difference in found {
            // A row may stand where another subject's belongs: all go before the right ones come.
            if let Some(row) = repair(&mut whole, difference, &mut rebuilt).await? {
                situations.push(row);
            }
        }
    }
    for row in situations {
        let at = vec![row.0[0].clone()];
        whole.execute(tables::SITUATION_DELETE, at).await?;
        whole.insert(&SITUATION, vec![row]).await?;
    }
    for difference in parts.strays(&mut whole).await? {
        repair(&mut whole, difference, &mut rebuilt).await?;
    }
    whole.commit().await?;
    whole.close().await?;
    Ok(rebuilt)
}

/// Repairs what differs; gives the situation that is to be put in at the end.
async fn repair(
    whole: &mut Whole,
    difference: Difference,
    rebuilt: &mut Rebuilt,
) -> Result<Option<tables::Row>> {
    match difference {
        Difference::Version {
            position,
            version,
            subject,
            step,
            ..
        } => {
            rebuilt.versions += 1;
            let values = vec![
                version.into(),
                Value::from(subject.as_ref()),
                step.into(),
                position.into(),
            ];
            whole.execute(tables::ENTRY_BEARING, values).await?;
        }
        Difference::Situation { is, row, .. } => {
            rebuilt.situations += 1;
            if let Some(changed) = is {
                let values = vec![changed.into()];
                whole.execute(tables::SITUATION_DELETE, values).await?;
            }
            return Ok(Some(row));
        }
        Difference::SituationOfNobody { changed } => {
            rebuilt.situations += 1;
            let values = vec![changed.into()];
            whole.execute(tables::SITUATION_DELETE, values).await?;
        }
        Difference::Readings { first, rows } => {
            rebuilt.readings += 1;
            let values = vec![first.into()];
            whole.execute(tables::READING_DELETE, values).await?;
            if !rows.is_empty() {
                whole.insert(&READING, rows).await?;
            }
        }
        Difference::ReadingsOfNobody { first } => {
            rebuilt.readings += 1;
            let values = vec![first.into()];
            whole.execute(tables::READING_DELETE, values).await?;
        }
        // The node forgets them when it starts.
        Difference::ReadingsOverdue { .. } => {}
    }
    Ok(None)
}
