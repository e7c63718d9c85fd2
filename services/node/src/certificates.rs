//! The own certificate and the partners': taken up anew without a restart, and watched as they run out.
//!
//! **Promise.** A certificate that is renewed in its place is shown to every partner within seconds: each link begins anew with it.
//! A partner that is not trusted any more, since it was revoked or left with a new charter, loses its open connections within a
//! minute. Of each certificate that nobody renews the log tells once a day from a third of its life on, and an alarm is kept from a
//! sixth on ([`Remaining`](verbund_model::Remaining) is the rule).

use std::collections::HashMap;
use std::sync::Arc;

use tracing::{error, info, warn};
use verbund_model::{AgencyId, Remaining, UnixMillis, Validity, day_number};
use verbund_transport::{Reloader, limits};

use crate::context::Context;
use crate::incidents;
use crate::metrics::CertificateOf;

/// Reloads certificates, revocation lists and the charter's roots without a restart, and closes what is no longer trusted.
pub(crate) async fn run(
    ctx: Arc<Context>,
    mut reloader: Reloader,
) -> Result<(), verbund_transport::Error> {
    let mut look = tokio::time::interval(limits::RELOAD_INTERVAL);
    let mut revalidate = tokio::time::interval(limits::REVALIDATE_INTERVAL);
    let mut charter_changed = ctx.charter_changed.subscribe();
    loop {
        tokio::select! {
            () = ctx.stop.cancelled() => return Ok(()),
            _ = charter_changed.changed() => match crate::node::trust(&ctx.charter.in_force()) {
                Ok(trust) => if let Err(problem) = ctx.tls.replace_roots(trust) {
                    error!(problem = crate::text::chain(&problem), "the new charter's roots can't be used; the old ones stay");
                },
                Err(problem) => error!(problem = crate::text::chain(&problem), "the new charter's roots can't be read"),
            },
            _ = look.tick() => {
                let reloaded = reloader.check();
                for problem in &reloaded.problems {
                    error!(problem = crate::text::chain(problem), "a changed TLS file was not taken over; what was in use stays");
                }
                if reloaded.identity || reloaded.revocation_lists {
                    info!(
                        certificate = reloaded.identity,
                        serial = ctx.tls.identity().serial(),
                        revocation_lists = reloaded.revocation_lists,
                        "TLS files reloaded"
                    );
                }
                if reloaded.identity {
                    ctx.partners.restart_links();
                }
            }
            _ = revalidate.tick() => {
                ctx.tls.revalidate();
            }
        }
    }
}

/// What has been said of which certificate, and on which day.
#[derive(Debug, Default)]
pub(crate) struct Told(HashMap<AgencyId, (String, Remaining, i32)>);

impl Told {
    /// Whether there is something to say of an agency's certificate that has not been said today.
    fn is_news(&mut self, of: &AgencyId, serial: &str, remaining: Remaining, day: i32) -> bool {
        if remaining == Remaining::Enough {
            self.0.remove(of);
            return false;
        }
        let now = (serial.to_owned(), remaining, day);
        self.0.insert(of.clone(), now.clone()) != Some(now)
    }
}

/// Measures what is left of all certificates that are known, and tells of those that are running out.
///
/// # Errors
/// The store's.
pub(crate) async fn observe(ctx: &Context, told: &mut Told) -> Result<(), verbund_store::Error> {
    let own = ctx.tls.identity();
    look(ctx, told, &ctx.agency, own.serial(), own.validity()).await?;
    for partner in ctx.partners.all() {
        if let Some(shown) = partner.snapshot().shown {
            look(ctx, told, &partner.agency, &shown.serial, shown.validity).await?;
        }
    }
    Ok(())
}

async fn look(
    ctx: &Context,
    told: &mut Told,
    of: &AgencyId,
    serial: &str,
    validity: Validity,
) -> Result<(), verbund_store::Error> {
    let now = ctx.clock.now();
    let kind = if *of == ctx.agency {
        CertificateOf::Own
    } else {
        CertificateOf::Partner
    };
    ctx.metrics
        .certificate_remaining(of, kind, validity.remaining_ratio(now));
    let remaining = validity.remaining(now);
    if !told.is_news(of, serial, remaining, day_number(ctx.today())) {
        return Ok(());
    }
    let ends = moment(validity.not_after);
    match remaining {
        Remaining::Enough => Ok(()),
        Remaining::Third => {
            warn!(agency = %of, serial, ends, "less than a third of a certificate's life is left: it is to be renewed");
            Ok(())
        }
        Remaining::Sixth | Remaining::Nothing => {
            error!(agency = %of, serial, ends, "a certificate is not renewed: less than a sixth of its life is left");
            incidents::certificate_ends(ctx, of, serial, &ends).await
        }
    }
}

/// A moment as it is written in logs.
fn moment(at: UnixMillis) -> String {
    let at = jiff::Timestamp::from_millisecond(at.0);
    at.map_or_else(|_| "never".to_owned(), |at| at.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_that_runs_out_is_told_once_a_day_and_again_when_it_gets_worse() {
        let mut told = Told::default();
        let dhz = AgencyId::parse("dhz").expect("a slug");
        let mut tell = |serial, remaining, day| told.is_news(&dhz, serial, remaining, day);
        assert!(!tell("a", Remaining::Enough, 1));
        assert!(tell("a", Remaining::Third, 1));
        assert!(!tell("a", Remaining::Third, 1));
        assert!(tell("a", Remaining::Third, 2), "another day");
        assert!(tell("a", Remaining::Sixth, 2), "it is worse");
        assert!(tell("b", Remaining::Sixth, 2), "another one is no better");
        assert!(!tell("c", Remaining::Enough, 2));
        assert!(tell("c", Remaining::Sixth, 2));
    }
}
