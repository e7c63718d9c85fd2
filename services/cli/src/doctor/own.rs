//! The own files: whether a node could start on them, and how long they last.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use verbund_ledger::{PublicKey, signed_by_majority};
use verbund_model::{AgencyId, Charter, Clock, Remaining, UnixMillis, Validity, day_number};
use verbund_node::{Config, disk, keyfile};
use verbund_transport::{Refusal, Tls, TlsFiles, Trust, revocation_lists_end};

use super::{Check, Finding, Grade};
use crate::charter_file::CharterFile;
use crate::output::moment;
use crate::text;

/// Days before its end from which on something is warned of. Lists live for days, not for months as certificates do.
const LIST_WARN_DAYS: i64 = 3;
const CHARTER_WARN_DAYS: i32 = 60;
const DAY_MS: i64 = 24 * 3600 * 1000;

/// What calling a partner takes.
#[derive(Debug)]
pub(crate) struct Own {
    pub(crate) agency: AgencyId,
    pub(crate) charter: CharterFile,
    pub(crate) tls: Tls,
}

/// Looks at everything that is the agency's own. Gives what calling a partner takes, where it is usable.
pub(crate) fn examine<C>(config: &Config, clock: &C) -> (Vec<Finding>, Option<Own>)
where
    C: Clock + Clone + 'static,
{
    let agency = config.node.agency.clone();
    let about = agency.as_str();
    let mut findings = vec![configuration(about, config)];
    let charter = match CharterFile::read(&config.charter.file) {
        Ok(charter) => charter,
        Err(error) => {
            let advice = text::ADVICE_CHARTER_FILE.to_string();
            let (check, grade) = (Check::Charter, Grade::Fail);
            findings.push(Finding::bad(
                about,
                check,
                grade,
                "CHARTER_UNREADABLE",
                error.to_string(),
                advice,
            ));
            return (findings, None);
        }
    };
    findings.push(signatures(about, &charter, clock.now()));
    findings.push(entry_key(about, &agency, config, &charter.charter));
    let tls = certificate(about, config, &charter.charter, clock, &mut findings);
    findings.push(space(about, config));
    findings.extend(store(about, config));
    let own = tls.map(|tls| Own {
        agency: agency.clone(),
        charter,
        tls,
    });
    (findings, own)
}

fn configuration(about: &str, config: &Config) -> Finding {
    match config.check() {
        Ok(()) => Finding::ok(about, Check::Configuration, text::FILES_USABLE.to_string()),
        Err(problems) => {
            let list: Vec<String> = problems.iter().map(ToString::to_string).collect();
            let advice = text::ADVICE_CONFIGURATION.to_string();
            let (check, grade) = (Check::Configuration, Grade::Fail);
            Finding::bad(
                about,
                check,
                grade,
                "CONFIGURATION_WRONG",
                list.join("\n"),
                advice,
            )
        }
    }
}

fn signatures(about: &str, file: &CharterFile, now: UnixMillis) -> Finding {
    let charter = &file.charter;
    let bad = |grade, reason, detail, advice: text::Text| {
        Finding::bad(
            about,
            Check::Charter,
            grade,
            reason,
            detail,
            advice.to_string(),
        )
    };
    // A successor is signed by the members before it; a node that adopted it has checked that.
    if charter.version() == 1
        && let Err(fault) = signed_by_majority(charter, &file.body, &file.signatures)
    {
        let detail = fault.to_string();
        return bad(
            Grade::Fail,
            "CHARTER_NOT_SIGNED",
            detail,
            text::ADVICE_CHARTER_SIGN,
        );
    }
    let left = day_number(charter.expires()) - day_number(charter.today(now));
    let told = text::CHARTER_UNTIL.fill(&[&charter.version(), &charter.expires()]);
    match left {
        ..0 => bad(
            Grade::Warn,
            "CHARTER_EXPIRED",
            told,
            text::ADVICE_CHARTER_EXPIRED,
        ),
        0..CHARTER_WARN_DAYS => bad(
            Grade::Warn,
            "CHARTER_EXPIRES",
            told,
            text::ADVICE_CHARTER_EXPIRES,
        ),
        _ => Finding::ok(about, Check::Charter, told),
    }
}

fn entry_key(about: &str, agency: &AgencyId, config: &Config, charter: &Charter) -> Finding {
    let bad = |reason, detail: String, advice: text::Text| {
        Finding::bad(
            about,
            Check::EntryKey,
            Grade::Fail,
            reason,
            detail,
            advice.to_string(),
        )
    };
    let key = match keyfile::read(&config.entry_key.file) {
        Ok(key) => key,
        Err(error) => {
            let detail = text::BAD_FILE.fill(&[&config.entry_key.file.display(), &error]);
            return bad("ENTRY_KEY_UNREADABLE", detail, text::ADVICE_ENTRY_KEY_FILE);
        }
    };
    let listed = charter.agency(agency).is_some_and(|it| {
        it.entry_keys
            .iter()
            .any(|it| PublicKey::parse(it.to_bytes()).is_ok_and(|it| it == *key.public()))
    });
    if listed {
        Finding::ok(
            about,
            Check::EntryKey,
            text::KEY_IN_CHARTER.fill(&[&key.id()]),
        )
    } else {
        let detail = text::KEY_NOT_LISTED.fill(&[&key.id()]);
        bad(
            "ENTRY_KEY_NOT_IN_CHARTER",
            detail,
            text::ADVICE_ENTRY_KEY_CHARTER,
        )
    }
}

fn certificate<C>(
    about: &str,
    config: &Config,
    charter: &Charter,
    clock: &C,
    findings: &mut Vec<Finding>,
) -> Option<Tls>
where
    C: Clock + Clone + 'static,
{
    let mut bad = |check, reason: &str, error: &verbund_transport::Error, advice: text::Text| {
        let (detail, advice) = (error.to_string(), advice.to_string());
        findings.push(Finding::bad(
            about,
            check,
            Grade::Fail,
            reason,
            detail,
            advice,
        ));
    };
    let files = TlsFiles {
        certificate: config.tls.certificate.clone(),
        key: config.tls.key.clone(),
        crls: Some(config.tls.crls.clone()),
    };
    let identity = match files.identity() {
        Ok(identity) => identity,
        Err(error) => {
            bad(
                Check::Certificate,
                "CERTIFICATE_UNUSABLE",
                &error,
                text::ADVICE_CERTIFICATE,
            );
            return None;
        }
    };
    let mut trust = Trust::new(charter.federation().clone());
    for member in charter.agencies() {
        match trust
            .clone()
            .with_roots(member.id.clone(), &member.tls_roots_pem)
        {
            Ok(more) => trust = more,
            Err(error) => bad(Check::Charter, "ROOT_UNUSABLE", &error, text::ADVICE_ROOTS),
        }
    }
    let trust = match files.revocation_lists(trust) {
        Ok((trust, unusable)) => {
            for error in &unusable {
                bad(
                    Check::RevocationLists,
                    "REVOCATION_LIST_INVALID",
                    error,
                    text::ADVICE_CRL,
                );
            }
            trust
        }
        Err(error) => {
            bad(
                Check::RevocationLists,
                "REVOCATION_LISTS_UNREADABLE",
                &error,
                text::ADVICE_CRL,
            );
            return None;
        }
    };
    lists_last(about, &config.tls.crls, charter, clock.now(), findings);
    let mut bad = |reason: &str, error: &verbund_transport::Error| {
        let (detail, advice) = (error.to_string(), text::ADVICE_CERTIFICATE.to_string());
        findings.push(Finding::bad(
            about,
            Check::Certificate,
            Grade::Fail,
            reason,
            detail,
            advice,
        ));
    };
    let validity = identity.validity();
    match Tls::examine(identity, trust, Arc::new(clock.clone())) {
        Ok((tls, refusal)) => {
            match refusal {
                // Its end is told below, with what to do.
                None | Some(Refusal::CertificateExpired) => {}
                Some(refusal) => bad(
                    refusal.reason(),
                    &verbund_transport::Error::OwnCertificate(refusal),
                ),
            }
            let advice = if clock.now() >= validity.not_after {
                text::ADVICE_RENEW_EXPIRED
            } else {
                text::ADVICE_RENEW
            };
            let check = Check::Certificate;
            findings.push(lasts(about, check, validity, clock.now(), advice));
            Some(tls)
        }
        Err(error) => {
            bad("CERTIFICATE_UNUSABLE", &error);
            None
        }
    }
}

/// A word for each list that ends soon, or one for all.
fn lists_last(
    about: &str,
    folder: &Path,
    charter: &Charter,
    now: UnixMillis,
    findings: &mut Vec<Finding>,
) {
    let mut lists = 0;
    let before = findings.len();
    for member in charter.agencies() {
        let files = ["crl", "pem"].map(|end| folder.join(format!("{}.{end}", member.id)));
        // One that can't be read has its finding already.
        let read = |path: &PathBuf| revocation_lists_end(&fs::read(path).ok()?).ok();
        for end in files.iter().filter_map(read) {
            lists += 1;
            let (grade, reason) = match end.0 - now.0 {
                ..=0 => (Grade::Fail, "REVOCATION_LIST_EXPIRED"),
                left if left < LIST_WARN_DAYS * DAY_MS => (Grade::Warn, "EXPIRES_SOON"),
                _ => continue,
            };
            let until = text::VALID_UNTIL.fill(&[&moment(end.0)]);
            findings.push(Finding::bad(
                about,
                Check::RevocationLists,
                grade,
                reason,
                format!("{}: {until}", member.id),
                text::ADVICE_CRL.to_string(),
            ));
        }
    }
    if findings.len() == before {
        let told = text::LISTS_READ.fill(&[&lists]);
        findings.push(Finding::ok(about, Check::RevocationLists, told));
    }
}

/// Whether a certificate has enough of its life left, by the rule that all of Verbund has.
pub(crate) fn lasts(
    about: &str,
    check: Check,
    validity: Validity,
    now: UnixMillis,
    advice: text::Text,
) -> Finding {
    let until = moment(validity.not_after.0);
    let percent = (validity.remaining_ratio(now) * 100.0).floor();
    let left = text::VALID_UNTIL_LEFT.fill(&[&until, &percent]);
    let bad = |grade, reason, told| {
        let advice = advice.to_string();
        Finding::bad(about, check, grade, reason, told, advice)
    };
    match validity.remaining(now) {
        Remaining::Enough => Finding::ok(about, check, left),
        Remaining::Third => bad(Grade::Warn, "CERTIFICATE_RENEW", left),
        // Nothing is broken yet, but a script that looks at the exit code is what is to notice.
        Remaining::Sixth => bad(Grade::Fail, "CERTIFICATE_ENDS", left),
        Remaining::Nothing => {
            let told = text::EXPIRED_AT.fill(&[&until]);
            bad(Grade::Fail, "CERTIFICATE_EXPIRED", told)
        }
    }
}

fn space(about: &str, config: &Config) -> Finding {
    let reserve = config.store.disk_reserve_bytes;
    match disk::free_bytes(&config.node.data) {
        Ok(free) => {
            let told = text::DISK_FREE.fill(&[&(free >> 20), &(reserve >> 20)]);
            let (check, advice) = (Check::Disk, text::ADVICE_DISK.to_string());
            if free < reserve {
                Finding::bad(about, check, Grade::Fail, "DISK_RESERVE", told, advice)
            } else if free < reserve.saturating_mul(4) {
                Finding::bad(about, check, Grade::Warn, "DISK_LOW", told, advice)
            } else {
                Finding::ok(about, check, told)
            }
        }
        Err(error) => {
            let detail = text::CANT_READ.fill(&[&config.node.data.display(), &error]);
            let advice = text::ADVICE_CONFIGURATION.to_string();
            Finding::bad(
                about,
                Check::Disk,
                Grade::Fail,
                "DATA_UNREADABLE",
                detail,
                advice,
            )
        }
    }
}

/// A node that runs holds the lock beside its database, where that is a file.
fn store(about: &str, config: &Config) -> Option<Finding> {
    let lock = lock_file(config.store.url.expose())?;
    let not_running = |detail: text::Text| {
        let advice = text::ADVICE_START.to_string();
        Finding::bad(
            about,
            Check::Store,
            Grade::Warn,
            "NODE_NOT_RUNNING",
            detail.to_string(),
            advice,
        )
    };
    let Ok(file) = File::open(&lock) else {
        return Some(not_running(text::STORE_NEW));
    };
    use rustix::fs::{FlockOperation, flock};
    Some(match flock(&file, FlockOperation::NonBlockingLockShared) {
        // Let go at once, with the file: a node that starts now must not be refused.
        Ok(()) => not_running(text::STORE_FREE),
        Err(_) => Finding::ok(about, Check::Store, text::STORE_HELD.to_string()),
    })
}

fn lock_file(url: &str) -> Option<PathBuf> {
    let path = url.strip_prefix("sqlite:")?;
    let mut lock = Path::new(path).as_os_str().to_owned();
    lock.push(LOCK_SUFFIX);
    Some(lock.into())
}

const LOCK_SUFFIX: &str = ".lock";
