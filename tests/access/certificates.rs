//! Every way in which a certificate can be wrong, at both doors. Each is refused in the handshake, and the operators see the
//! reason; the stranger learns no more than one alert about its own certificate.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use anyhow::Result;
use verbund_model::{Clock as _, SystemClock};
use verbund_tests::stranger::{Met, days, knock};
use verbund_tests::{Federation, agency};
use verbund_transport::SystemName;
use verbund_transport::pki::{Authority, Issued, Request, Validity};

const NODE: &str = "kod";
const PARTNER: &str = "polizei";

/// One who knocks: what is wrong with it, what it shows, the alert that it gets, the reason that the operators see.
struct Case(&'static str, Option<Issued>, &'static str, &'static str);

/// Knocks at a door as each of these, and then as one who must be let in.
async fn knock_as_each(
    fed: &Federation,
    listener: &str,
    door: SocketAddr,
    cases: Vec<Case>,
    welcome: &Issued,
) -> Result<()> {
    let root = fed.member(NODE).authority.certificate_pem();
    let node = fed.node(NODE);
    let mut expected = BTreeMap::<_, f64>::new();
    for Case(what, certificate, alert, reason) in cases {
        let met = knock(door, root, certificate.as_ref()).await?;
        assert_eq!(met, Met::Alert(alert.to_owned()), "{what}");
        let look = async || match node.logged(&["connection refused", listener, reason]) {
            Ok(true) => Ok(()),
            other => Err(format!("{other:?}")),
        };
        fed.until(
            &format!("a line of the log that says {reason} ({what})"),
            look,
        )
        .await?;
        *expected.entry(reason).or_default() += 1.0;
    }
    for (reason, count) in expected {
        let labels = format!(r#"listener="{listener}",reason="{reason}""#);
        let counted = async || {
            let metric = node.metric("verbund_tls_refusals_total", &labels).await;
            let now = metric.map_err(|error| format!("{error:#}"))?;
            if (now - count).abs() < 0.5 {
                Ok(())
            } else {
                Err(format!("{now}"))
            }
        };
        fed.until(
            &format!("{count} refusals with {reason} to be counted"),
            counted,
        )
        .await?;
    }
    assert_eq!(knock(door, root, Some(welcome)).await?, Met::Welcome);
    Ok(())
}

fn issue(
    authority: &Authority,
    request: Request,
    change: impl FnOnce(&mut Request),
) -> Result<Option<Issued>> {
    let mut request = request;
    change(&mut request);
    Ok(Some(authority.issue(&request)?))
}

fn year() -> Validity {
    Validity::days(SystemClock.now(), 365)
}

/// The URI of an agency's node or system, in Krefeld's federation.
fn uri(agency: &str, path: &str) -> String {
    format!("spiffe://{agency}.krefeld.verbund/{path}")
}

#[tokio::test]
async fn the_agency_api_lets_in_the_agencys_own_systems_only() -> Result<()> {
    let fed = Federation::started(&[NODE]).await?;
    let now = SystemClock.now();
    let (own, other) = (&fed.member(NODE).authority, &fed.member(PARTNER).authority);
    let stranger = Authority::create(agency(NODE), fed.id().clone(), year())?;
    let moers = Authority::create(agency("moers"), fed.id().clone(), year())?;
    let name = SystemName::parse("reader")?;
    let system = |authority: &Authority| authority.system(name.clone(), year());
    let right = |change: fn(&mut Request)| issue(own, system(own), change);
    let cases = vec![
        Case(
            "no certificate",
            None,
            "CertificateRequired",
            "CERTIFICATE_MISSING",
        ),
        Case(
            "under a root of the same name",
            issue(&stranger, system(&stranger), |_| ())?,
            "UnknownCA",
            "UNKNOWN_ISSUER",
        ),
        Case(
            "of this agency, by another's root",
            issue(other, system(own), |_| ())?,
            "UnknownCA",
            "UNKNOWN_ISSUER",
        ),
        Case(
            "another agency's",
            issue(other, system(other), |_| ())?,
            "CertificateUnknown",
            "FOREIGN_AGENCY",
        ),
        Case(
            "of no member",
            issue(&moers, system(&moers), |_| ())?,
            "CertificateUnknown",
            "UNKNOWN_AGENCY",
        ),
        Case(
            "expired",
            issue(own, system(own), |it| it.validity = days(now, -10, -1))?,
            "CertificateExpired",
            "CERTIFICATE_EXPIRED",
        ),
        Case(
            "not yet valid",
            issue(own, system(own), |it| it.validity = days(now, 1, 10))?,
            "CertificateExpired",
            "CERTIFICATE_NOT_YET_VALID",
        ),
        Case(
            "two URIs",
            right(|it| it.uris.push(uri(NODE, "system/operator")))?,
            "CertificateUnknown",
            "IDENTITY_AMBIGUOUS",
        ),
        Case(
            "a second URI of another kind",
            right(|it| it.uris.push("https://example.org/".to_owned()))?,
            "CertificateUnknown",
            "IDENTITY_AMBIGUOUS",
        ),
        Case(
            "no URI",
            right(|it| it.uris.clear())?,
            "CertificateUnknown",
            "IDENTITY_MISSING",
        ),
        Case(
            "another agency's URI by this agency's root",
            right(|it| it.uris = vec![uri(PARTNER, "system/reader")])?,
            "UnknownCA",
            "UNKNOWN_ISSUER",
        ),
        Case(
            "a URI of another spelling",
            right(|it| it.uris = vec![uri(NODE, "system/Reader")])?,
            "CertificateUnknown",
            "IDENTITY_MALFORMED",
        ),
        Case(
            "of another federation",
            right(|it| it.uris = vec!["spiffe://kod.moers.verbund/system/reader".to_owned()])?,
            "CertificateUnknown",
            "FOREIGN_FEDERATION",
        ),
        Case(
            "for servers only",
            right(|it| (it.server, it.client) = (true, false))?,
            "UnsupportedCertificate",
            "WRONG_USAGE",
        ),
        Case(
            "this agency's node",
            Some(fed.member(NODE).node.clone()),
            "CertificateUnknown",
            "WRONG_KIND",
        ),
        Case(
            "a partner's node",
            Some(fed.member(PARTNER).node.clone()),
            "CertificateUnknown",
            "WRONG_KIND",
        ),
    ];
    let welcome = fed.member(NODE).system("reader")?;
    knock_as_each(
        &fed,
        "agency",
        fed.member(NODE).agency_api(),
        cases,
        &welcome,
    )
    .await
}

#[tokio::test]
async fn the_federation_api_lets_in_partners_nodes_only() -> Result<()> {
    let fed = Federation::started(&[NODE]).await?;
    let now = SystemClock.now();
    let (own, partner) = (&fed.member(NODE).authority, &fed.member(PARTNER).authority);
    let stranger = Authority::create(agency(PARTNER), fed.id().clone(), year())?;
    let moers = Authority::create(agency("moers"), fed.id().clone(), year())?;
    let node = |authority: &Authority| authority.node(year());
    let right = |change: fn(&mut Request)| issue(partner, node(partner), change);
    let cases = vec![
        Case(
            "no certificate",
            None,
            "CertificateRequired",
            "CERTIFICATE_MISSING",
        ),
        Case(
            "under a root of the same name",
            issue(&stranger, node(&stranger), |_| ())?,
            "UnknownCA",
            "UNKNOWN_ISSUER",
        ),
        Case(
            "the prosecutor's, by the police's root",
            right(|it| it.uris = vec![uri("staatsanwaltschaft", "node")])?,
            "UnknownCA",
            "UNKNOWN_ISSUER",
        ),
        Case(
            "a partner's, by this agency's root",
            issue(own, node(partner), |_| ())?,
            "UnknownCA",
            "UNKNOWN_ISSUER",
        ),
        Case(
            "of no member",
            issue(&moers, node(&moers), |_| ())?,
            "CertificateUnknown",
            "UNKNOWN_AGENCY",
        ),
        Case(
            "expired",
            issue(partner, node(partner), |it| {
                it.validity = days(now, -10, -1)
            })?,
            "CertificateExpired",
            "CERTIFICATE_EXPIRED",
        ),
        Case(
            "not yet valid",
            issue(partner, node(partner), |it| it.validity = days(now, 1, 10))?,
            "CertificateExpired",
            "CERTIFICATE_NOT_YET_VALID",
        ),
        Case(
            "two URIs",
            right(|it| it.uris.push(uri("dhz", "node")))?,
            "CertificateUnknown",
            "IDENTITY_AMBIGUOUS",
        ),
        Case(
            "of another federation",
            right(|it| it.uris = vec!["spiffe://polizei.moers.verbund/node".to_owned()])?,
            "CertificateUnknown",
            "FOREIGN_FEDERATION",
        ),
        Case(
            "for servers only",
            right(|it| it.client = false)?,
            "UnsupportedCertificate",
            "WRONG_USAGE",
        ),
        Case(
            "a partner's system",
            Some(fed.member(PARTNER).system("reader")?),
            "CertificateUnknown",
            "WRONG_KIND",
        ),
        Case(
            "this agency's system",
            Some(fed.member(NODE).system("reader")?),
            "CertificateUnknown",
            "WRONG_KIND",
        ),
        Case(
            "this agency's node",
            Some(fed.member(NODE).node.clone()),
            "CertificateUnknown",
            "WRONG_KIND",
        ),
    ];
    let welcome = fed.member(PARTNER).node.clone();
    knock_as_each(
        &fed,
        "federation",
        fed.member(NODE).federation_api(),
        cases,
        &welcome,
    )
    .await
}
