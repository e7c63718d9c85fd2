//! The gRPC services: each call is authorised before it gets here, checked by a use case, and answered with google.rpc errors.

pub(crate) mod concept;
mod delivery;
pub(crate) mod federation;
pub(crate) mod feed;
pub(crate) mod guard;
pub(crate) mod meeting;
pub(crate) mod node;
pub(crate) mod protocol;
pub(crate) mod remark;
pub(crate) mod report;
pub(crate) mod review;
pub(crate) mod situation;
pub(crate) mod task;
mod watch;

use tonic::Status;
use verbund_model::{AgencyId, Day, SubjectId};
use verbund_store::SituationRecord;
use verbund_wire::convert::page::{self, List};
use verbund_wire::error::{Error, ErrorCode};

use crate::context::Context;

/// Runs several steps to their end even if the caller goes away between them.
async fn finished<T: Send + 'static>(
    ctx: &Context,
    work: impl Future<Output = Result<T, Error>> + Send + 'static,
) -> Result<T, Error> {
    let ended = ctx.owned("change", work).await;
    ended.unwrap_or_else(|| Err(Error::new(ErrorCode::Stopping, "the node is stopping")))
}

/// Where a page of the board begins.
fn before(list: List, token: &str) -> Result<Option<u64>, Error> {
    let key = page::key(list, token)?;
    Ok(key.map(|it| u64::try_from(it).unwrap_or(0)))
}

/// The token of the page that begins there; empty when there is none.
fn next_page(list: List, next: Option<u64>) -> String {
    let key = next.map(|it| i64::try_from(it).unwrap_or(i64::MAX));
    key.map_or_else(String::new, |key| page::token(list, key))
}

/// A day that may be left out.
fn day(text: &str, path: &str) -> Result<Option<Day>, Error> {
    if text.is_empty() {
        return Ok(None);
    }
    let day = text.parse::<Day>().ok().filter(|it| it.to_string() == text);
    let wrong = || Error::field(path, "INVALID_DAY", "is not a day of the form YYYY-MM-DD");
    day.map(Some).ok_or_else(wrong)
}

/// The status of a store that can't answer any more.
fn store_failed(error: verbund_store::Error) -> Status {
    crate::publish::unavailable(error).into()
}

/// The update that a caller names: its origin's where one is given, else the own agency's, else the one that came first.
async fn one(ctx: &Context, subject: &str, origin: &str) -> Result<SituationRecord, Status> {
    let id = SubjectId::parse(subject)
        .map_err(|error| Error::field("subject", "INVALID_ID", error.to_string()))?;
    let find = async |origin: Option<&AgencyId>| {
        let found = ctx.store.situation(&id, origin).await;
        found.map_err(store_failed)
    };
    let found = if origin.is_empty() {
        match find(Some(&ctx.agency)).await? {
            Some(own) => Some(own),
            None => find(None).await?,
        }
    } else {
        let origin = AgencyId::parse(origin)
            .map_err(|error| Error::field("origin", "INVALID_ID", error.to_string()))?;
        find(Some(&origin)).await?
    };
    found.ok_or_else(|| {
        Error::new(ErrorCode::SituationNotFound, "there is no such update here")
            .with_resource("situation", subject)
            .into()
    })
}
