//! Certificates that run out: who says so, when, and what still works after that.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;

use anyhow::Result;
use serde_json::Value;
use verbund_model::{Clock as _, SystemClock};
use verbund_tests::handmade::finding;
use verbund_tests::stranger::days;
use verbund_tests::{Clock, Federation, Plan, Surroundings, program};
use verbund_transport::pki::Validity;
use verbund_wire::agency::{Link, Partner};

const NODE: &str = "kod";
const PARTNER: &str = "quartiersbuero";

/// Moves a certificate of this validity into a node's place, as an operator does, or before it starts. Gives its serial number as
/// the program writes it.
fn put(fed: &Federation, id: &str, validity: Validity) -> Result<String> {
    let authority = &fed.member(id).authority;
    let issued = authority.issue(&authority.node(validity))?;
    let tls = fed.node_folder(id).join("tls");
    for (name, content) in [
        ("node.key", &issued.key_pem),
        ("node.pem", &issued.certificate_pem),
    ] {
        fs::write(tls.join("new"), content)?;
        fs::set_permissions(tls.join("new"), Permissions::from_mode(0o600))?;
        fs::rename(tls.join("new"), tls.join(name))?;
    }
    let octets: Vec<String> = issued.serial.iter().map(|it| format!("{it:02x}")).collect();
    Ok(octets.join(":"))
}

async fn doctor(fed: &Federation, id: &str) -> Result<Vec<Value>> {
    let config = fed.node_folder(id).join("node.toml");
    let arguments = ["--format", "json", "doctor", "--config"].map(str::to_owned);
    let arguments = arguments.into_iter().chain([config.display().to_string()]);
    program::call(fed, arguments, "").await?.json()
}

fn graded(finding: &Value) -> (Option<&str>, Option<&str>) {
    (finding["grade"].as_str(), finding["reason"].as_str())
}

#[tokio::test(flavor = "multi_thread")]
async fn both_sides_tell_of_a_certificate_that_nobody_renews() -> Result<()> {
    let fed = Federation::started(&[NODE, PARTNER]).await?;
    let now = SystemClock.now();
    let own = fed.system(NODE, "everything").await?;
    let other = fed.system(PARTNER, "everything").await?;

    // 60 of 70 days are over: less than a sixth is left.
    let serial = put(&fed, NODE, days(now, -60, 10))?;
    let current = |it: &Partner| it.own_certificate_serial == serial;
    own.until_partner(PARTNER, "with the new certificate seen", current)
        .await?;
    let shown = |it: &Partner| it.certificate_serial == serial && it.link() == Link::Connected;
    other
        .until_partner(NODE, "with its new certificate", shown)
        .await?;
    own.until_alarm("CERTIFICATE_ENDS", NODE, &serial).await?;
    other.until_alarm("CERTIFICATE_ENDS", NODE, &serial).await?;
    for (at, kind) in [(NODE, "own"), (PARTNER, "partner")] {
        let labels = format!(r#"agency="{NODE}",kind="{kind}""#);
        let look = async || {
            let metric = fed
                .node(at)
                .metric("verbund_certificate_remaining_ratio", &labels)
                .await;
            match metric {
                Ok(ratio) if (0.14..0.145).contains(&ratio) => Ok(()),
                other => Err(format!("{other:?}")),
            }
        };
        fed.until("a seventh to be measured", look).await?;
    }
    let findings = doctor(&fed, NODE).await?;
    let told = finding(&findings, NODE, "certificate")?;
    assert_eq!(
        graded(told),
        (Some("fail"), Some("CERTIFICATE_ENDS")),
        "{told}"
    );
    let findings = doctor(&fed, PARTNER).await?;
    let told = finding(&findings, NODE, "identity")?;
    assert_eq!(
        graded(told),
        (Some("fail"), Some("CERTIFICATE_ENDS")),
        "{told}"
    );

    // 20 of 70 days are left: time to renew, and no alarm.
    let serial = put(&fed, NODE, days(now, -50, 20))?;
    let shown = |it: &Partner| it.certificate_serial == serial;
    other
        .until_partner(NODE, "with the certificate after that", shown)
        .await?;
    let warned = async || match fed.node(PARTNER).logged(&["a third", &serial]) {
        Ok(true) => Ok(()),
        other => Err(format!("{other:?}")),
    };
    fed.until("a line of the partner's log", warned).await?;
    let findings = doctor(&fed, PARTNER).await?;
    let told = finding(&findings, NODE, "identity")?;
    assert_eq!(
        graded(told),
        (Some("warn"), Some("CERTIFICATE_RENEW")),
        "{told}"
    );

    let serial = put(&fed, NODE, days(now, -1, 69))?;
    let shown = |it: &Partner| it.certificate_serial == serial;
    other
        .until_partner(NODE, "with a fresh certificate", shown)
        .await?;
    let findings = doctor(&fed, PARTNER).await?;
    let told = finding(&findings, NODE, "identity")?;
    assert_eq!(graded(told), (Some("ok"), None), "{told}");
    for system in [&own, &other] {
        assert_eq!(
            system.alarms().await?.len(),
            1,
            "one alarm for one certificate"
        );
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_works_with_expired_certificates_on_either_side() -> Result<()> {
    let fed = Federation::started(&[NODE, PARTNER]).await?;
    let over = days(SystemClock.now(), -100, -1);
    // The running node does not take it over, and goes on with the one that it has.
    put(&fed, NODE, over)?;
    let findings = doctor(&fed, NODE).await?;
    let own = finding(&findings, NODE, "certificate")?;
    assert_eq!(
        graded(own),
        (Some("fail"), Some("CERTIFICATE_EXPIRED")),
        "{own}"
    );
    // It looks at the partner all the same, and hears what that thinks of it.
    for check in ["address", "port", "tls", "identity"] {
        let told = finding(&findings, PARTNER, check)?;
        assert_eq!(told["grade"], "ok", "{told}");
    }
    let call = finding(&findings, PARTNER, "call")?;
    assert_eq!(
        graded(call),
        (Some("fail"), Some("REFUSED_BY_PEER")),
        "{call}"
    );
    assert!(
        call["detail"]
            .as_str()
            .is_some_and(|it| it.contains("CertificateExpired")),
        "{call}"
    );
    // And it says what to do.
    let config = fed.node_folder(NODE).join("node.toml");
    let words = program::call(&fed, ["doctor".into(), "--config".into(), config], "").await?;
    assert!(
        words.out.contains("docs/operations/certificates.md"),
        "{}",
        words.out
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_tells_when_a_partners_certificate_ended() -> Result<()> {
    let mut fed = Plan::nodes(&[NODE, PARTNER]).build()?;
    let ended = days(SystemClock.now(), -100, -30);
    put(&fed, PARTNER, ended)?;
    // A node that lives 40 days ago shows it and thinks nothing of it.
    let clock = Clock::ahead(fed.folder(), PARTNER, -40 * 24 * 3600)?;
    fed.launch_in(PARTNER, &Surroundings::new().clock(&clock)?)?;
    fed.ready(&[PARTNER]).await?;
    let findings = doctor(&fed, NODE).await?;
    let told = finding(&findings, PARTNER, "identity")?;
    assert_eq!(
        graded(told),
        (Some("fail"), Some("CERTIFICATE_EXPIRED")),
        "{told}"
    );
    let day = jiff::Timestamp::from_millisecond(ended.not_after.0)?
        .to_zoned(jiff::tz::TimeZone::system())
        .date();
    let detail = told["detail"].as_str().unwrap_or_default();
    assert!(
        detail.contains(&day.to_string()),
        "{detail} does not name {day}"
    );
    Ok(())
}
