//! Who gets in at the two listeners: one test for each way in which a certificate can be wrong.

use rustls::AlertDescription;
use verbund_model::UnixMillis;
use verbund_transport::pki::{Issued, Request, Validity};
use verbund_transport::{Admit, Connector, Trust};

use crate::kit::{DAY_MS, Felt, Kit, NOW, Server, Stranger, agency, issue, system, who, year};

/// Shows a certificate at the federation listener of dhz.
async fn at_federation(kit: &Kit, trust: Trust, certificate: Issued, felt: Felt, reason: &str) {
    let tls = kit.tls(&issue(&kit.dhz, kit.dhz.node(year())), trust);
    let server = Server::start(&tls, Admit::Nodes).await;
    assert_eq!(
        Stranger::with(certificate).call(server.addr).await,
        felt,
        "{reason}"
    );
    server.refused(reason).await;
    server.stop().await;
}

async fn refused(kit: &Kit, request: Request, felt: AlertDescription, reason: &str) {
    at_federation(
        kit,
        kit.trust(),
        issue(&kit.kod, request),
        Felt::Alert(felt),
        reason,
    )
    .await;
}

#[tokio::test]
async fn a_partners_node_is_taken_at_the_federation_listener() {
    let kit = Kit::new();
    let server = Server::start(&kit.node(&kit.dhz), Admit::Nodes).await;
    let (peer, trusted) = who(&Connector::new(&kit.node(&kit.kod)), &server.endpoint()).await;
    assert_eq!((peer.as_str(), trusted.as_str()), ("node of kod", "true"));
    assert_eq!(server.acceptor.counts().accepted, 1);
    server.stop().await;
}

#[tokio::test]
async fn an_own_system_is_taken_at_the_agency_listener() {
    let kit = Kit::new();
    let server = Server::start(&kit.node(&kit.dhz), Admit::Systems).await;
    let duty_log = issue(&kit.dhz, kit.dhz.system(system("duty-log"), year()));
    // A client knows its own agency's root and no other.
    let trust = Trust::new(kit.trust().federation().clone())
        .with_roots(agency("dhz"), kit.dhz.certificate_pem())
        .unwrap();
    let (peer, _) = who(
        &Connector::new(&kit.tls(&duty_log, trust)),
        &server.endpoint(),
    )
    .await;
    assert_eq!(peer, "system duty-log of dhz");
    server.stop().await;
}

#[tokio::test]
async fn a_certificate_from_an_intermediate_of_the_agency_is_taken() {
    let kit = Kit::new();
    let server = Server::start(&kit.node(&kit.dhz), Admit::Nodes).await;
    let below = kit.kod.intermediate(year()).unwrap();
    let node = kit.tls(&issue(&below, below.node(year())), kit.trust());
    assert_eq!(
        who(&Connector::new(&node), &server.endpoint()).await.0,
        "node of kod"
    );
    server.stop().await;
}

#[tokio::test]
async fn no_certificate() {
    let kit = Kit::new();
    let server = Server::start(&kit.node(&kit.dhz), Admit::Nodes).await;
    let stranger = Stranger {
        certificate: None,
        ..Stranger::with(issue(&kit.kod, kit.kod.node(year())))
    };
    assert_eq!(
        stranger.call(server.addr).await,
        Felt::Alert(AlertDescription::CertificateRequired)
    );
    server.refused("CERTIFICATE_MISSING").await;
    server.stop().await;
}

#[tokio::test]
async fn a_root_that_nobody_knows() {
    let (kit, other) = (Kit::new(), Kit::new());
    let foreign = issue(&other.kod, other.kod.node(year()));
    at_federation(
        &kit,
        kit.trust(),
        foreign,
        Felt::Alert(AlertDescription::UnknownCA),
        "UNKNOWN_ISSUER",
    )
    .await;
}

#[tokio::test]
async fn another_agencys_identity_under_the_own_root() {
    let kit = Kit::new();
    // The authority of kod says: this is the node of polizei.
    let forged = Request {
        uris: kit.polizei.node(year()).uris,
        ..kit.kod.node(year())
    };
    refused(&kit, forged, AlertDescription::UnknownCA, "UNKNOWN_ISSUER").await;
}

#[tokio::test]
async fn expired() {
    let kit = Kit::new();
    let validity = Validity {
        not_before: UnixMillis(NOW.0 - 2 * DAY_MS),
        not_after: UnixMillis(NOW.0 - 1000),
    };
    refused(
        &kit,
        kit.kod.node(validity),
        AlertDescription::CertificateExpired,
        "CERTIFICATE_EXPIRED",
    )
    .await;
}

#[tokio::test]
async fn not_yet_valid() {
    let kit = Kit::new();
    let validity = Validity {
        not_before: UnixMillis(NOW.0 + 1000),
        not_after: UnixMillis(NOW.0 + DAY_MS),
    };
    refused(
        &kit,
        kit.kod.node(validity),
        AlertDescription::CertificateExpired,
        "CERTIFICATE_NOT_YET_VALID",
    )
    .await;
}

#[tokio::test]
async fn revoked() {
    let kit = Kit::new();
    let node = issue(&kit.kod, kit.kod.node(year()));
    let list = kit.revoked(&kit.kod, std::slice::from_ref(&node.serial));
    let trust = kit
        .trust()
        .with_revocation_list(agency("kod"), list.as_bytes())
        .unwrap();
    at_federation(
        &kit,
        trust,
        node,
        Felt::Alert(AlertDescription::CertificateRevoked),
        "CERTIFICATE_REVOKED",
    )
    .await;
}

#[tokio::test]
async fn not_on_the_list() {
    let kit = Kit::new();
    let lost = issue(&kit.kod, kit.kod.node(year()));
    let list = kit.revoked(&kit.kod, &[lost.serial]);
    let trust = kit
        .trust()
        .with_revocation_list(agency("kod"), list.as_bytes())
        .unwrap();
    let server = Server::start(
        &kit.tls(&issue(&kit.dhz, kit.dhz.node(year())), trust),
        Admit::Nodes,
    )
    .await;
    who(&Connector::new(&kit.node(&kit.kod)), &server.endpoint()).await;
    server.stop().await;
}

#[tokio::test]
async fn an_expired_list() {
    let kit = Kit::new();
    let past = Validity {
        not_before: UnixMillis(NOW.0 - 8 * DAY_MS),
        not_after: UnixMillis(NOW.0 - DAY_MS),
    };
    let list = kit.kod.revocation_list(1, &[], past).unwrap();
    let trust = kit
        .trust()
        .with_revocation_list(agency("kod"), list.as_bytes())
        .unwrap();
    let node = issue(&kit.kod, kit.kod.node(year()));
    let felt = Felt::Alert(AlertDescription::CertificateUnknown);
    at_federation(&kit, trust, node, felt, "REVOCATION_LIST_EXPIRED").await;
}

#[tokio::test]
async fn a_list_signed_by_somebody_else() {
    let (kit, other) = (Kit::new(), Kit::new());
    let list = kit.revoked(&other.kod, &[]);
    let trust = kit
        .trust()
        .with_revocation_list(agency("kod"), list.as_bytes())
        .unwrap();
    let node = issue(&kit.kod, kit.kod.node(year()));
    let felt = Felt::Alert(AlertDescription::CertificateUnknown);
    at_federation(&kit, trust, node, felt, "REVOCATION_LIST_INVALID").await;
}

#[tokio::test]
async fn a_list_of_another_authority_covers_nothing() {
    let kit = Kit::new();
    let list = kit.revoked(&kit.polizei, &[]);
    let trust = kit
        .trust()
        .with_revocation_list(agency("kod"), list.as_bytes())
        .unwrap();
    let node = issue(&kit.kod, kit.kod.node(year()));
    let felt = Felt::Alert(AlertDescription::CertificateUnknown);
    at_federation(&kit, trust, node, felt, "REVOCATION_UNKNOWN").await;
}

#[tokio::test]
async fn no_list_where_one_is_required() {
    let kit = Kit::new();
    let own = kit.revoked(&kit.dhz, &[]);
    let trust = kit
        .trust()
        .with_revocation_list(agency("dhz"), own.as_bytes())
        .unwrap();
    let node = issue(&kit.kod, kit.kod.node(year()));
    let felt = Felt::Alert(AlertDescription::CertificateUnknown);
    at_federation(
        &kit,
        trust.require_revocation_lists(true),
        node,
        felt,
        "REVOCATION_UNKNOWN",
    )
    .await;
}

#[tokio::test]
async fn below_a_revoked_intermediate() {
    let kit = Kit::new();
    let below = kit.kod.intermediate(year()).unwrap();
    let node = issue(&below, below.node(year()));
    // The intermediate's own list says nothing against the node; the root's list has the intermediate.
    let serial = verbund_transport::pki::serial(below.certificate_pem()).unwrap();
    let trust = kit
        .trust()
        .with_revocation_list(agency("kod"), kit.revoked(&below, &[]).as_bytes())
        .and_then(|trust| {
            trust.with_revocation_list(agency("kod"), kit.revoked(&kit.kod, &[serial]).as_bytes())
        })
        .unwrap();
    at_federation(
        &kit,
        trust,
        node,
        Felt::Alert(AlertDescription::CertificateRevoked),
        "CERTIFICATE_REVOKED",
    )
    .await;
}

#[tokio::test]
async fn only_the_intermediates_list() {
    let kit = Kit::new();
    let below = kit.kod.intermediate(year()).unwrap();
    let trust = kit
        .trust()
        .with_revocation_list(agency("kod"), kit.revoked(&below, &[]).as_bytes())
        .unwrap();
    let server = Server::start(
        &kit.tls(&issue(&kit.dhz, kit.dhz.node(year())), trust),
        Admit::Nodes,
    )
    .await;
    let node = kit.tls(&issue(&below, below.node(year())), kit.trust());
    who(&Connector::new(&node), &server.endpoint()).await;
    server.stop().await;
}

#[tokio::test]
async fn two_uris() {
    let kit = Kit::new();
    let mut request = kit.kod.node(year());
    request
        .uris
        .push("spiffe://polizei.krefeld.verbund/node".into());
    refused(
        &kit,
        request,
        AlertDescription::CertificateUnknown,
        "IDENTITY_AMBIGUOUS",
    )
    .await;
}

#[tokio::test]
async fn a_second_uri_of_another_scheme() {
    let kit = Kit::new();
    let mut request = kit.kod.node(year());
    request.uris.push("https://kod.example".into());
    refused(
        &kit,
        request,
        AlertDescription::CertificateUnknown,
        "IDENTITY_AMBIGUOUS",
    )
    .await;
}

#[tokio::test]
async fn no_uri() {
    let kit = Kit::new();
    let request = Request {
        uris: Vec::new(),
        ..kit.kod.node(year())
    };
    refused(
        &kit,
        request,
        AlertDescription::CertificateUnknown,
        "IDENTITY_MISSING",
    )
    .await;
}

#[tokio::test]
async fn a_uri_of_another_kind() {
    let kit = Kit::new();
    let request = Request {
        uris: vec!["spiffe://kod.example/node".into()],
        ..kit.kod.node(year())
    };
    refused(
        &kit,
        request,
        AlertDescription::CertificateUnknown,
        "IDENTITY_MALFORMED",
    )
    .await;
}

#[tokio::test]
async fn another_federation() {
    let kit = Kit::new();
    let request = Request {
        uris: vec!["spiffe://kod.duisburg.verbund/node".into()],
        ..kit.kod.node(year())
    };
    refused(
        &kit,
        request,
        AlertDescription::CertificateUnknown,
        "FOREIGN_FEDERATION",
    )
    .await;
}

#[tokio::test]
async fn an_agency_that_the_charter_has_not() {
    let kit = Kit::new();
    let request = Request {
        uris: vec!["spiffe://zoll.krefeld.verbund/node".into()],
        ..kit.kod.node(year())
    };
    refused(
        &kit,
        request,
        AlertDescription::CertificateUnknown,
        "UNKNOWN_AGENCY",
    )
    .await;
}

#[tokio::test]
async fn only_the_purpose_server() {
    let kit = Kit::new();
    let request = Request {
        client: false,
        ..kit.kod.node(year())
    };
    refused(
        &kit,
        request,
        AlertDescription::UnsupportedCertificate,
        "WRONG_USAGE",
    )
    .await;
}

#[tokio::test]
async fn no_purpose_at_all() {
    let kit = Kit::new();
    let request = Request {
        client: false,
        server: false,
        ..kit.kod.node(year())
    };
    refused(
        &kit,
        request,
        AlertDescription::UnsupportedCertificate,
        "WRONG_USAGE",
    )
    .await;
}

#[tokio::test]
async fn tls_1_2() {
    let kit = Kit::new();
    let server = Server::start(&kit.node(&kit.dhz), Admit::Nodes).await;
    let stranger = Stranger {
        version: &rustls::version::TLS12,
        ..Stranger::with(issue(&kit.kod, kit.kod.node(year())))
    };
    assert_eq!(
        stranger.call(server.addr).await,
        Felt::Alert(AlertDescription::ProtocolVersion)
    );
    server.refused("TLS_VERSION").await;
    server.stop().await;
}

#[tokio::test]
async fn no_alpn() {
    let kit = Kit::new();
    let server = Server::start(&kit.node(&kit.dhz), Admit::Nodes).await;
    let stranger = Stranger {
        alpn: Vec::new(),
        ..Stranger::with(issue(&kit.kod, kit.kod.node(year())))
    };
    assert_eq!(stranger.call(server.addr).await, Felt::Closed);
    server.refused("NOT_H2").await;
    server.stop().await;
}

#[tokio::test]
async fn another_alpn() {
    let kit = Kit::new();
    let server = Server::start(&kit.node(&kit.dhz), Admit::Nodes).await;
    let stranger = Stranger {
        alpn: vec![b"http/1.1".to_vec()],
        ..Stranger::with(issue(&kit.kod, kit.kod.node(year())))
    };
    assert_eq!(
        stranger.call(server.addr).await,
        Felt::Alert(AlertDescription::NoApplicationProtocol)
    );
    server.refused("NOT_H2").await;
    server.stop().await;
}

#[tokio::test]
async fn a_system_at_the_federation_listener() {
    let kit = Kit::new();
    let request = kit.kod.system(system("duty-log"), year());
    refused(
        &kit,
        request,
        AlertDescription::CertificateUnknown,
        "WRONG_KIND",
    )
    .await;
}

#[tokio::test]
async fn the_own_node_at_the_federation_listener() {
    let kit = Kit::new();
    let own = issue(&kit.dhz, kit.dhz.node(year()));
    let felt = Felt::Alert(AlertDescription::CertificateUnknown);
    at_federation(&kit, kit.trust(), own, felt, "WRONG_KIND").await;
}

#[tokio::test]
async fn a_node_at_the_agency_listener() {
    let kit = Kit::new();
    let server = Server::start(&kit.node(&kit.dhz), Admit::Systems).await;
    let node = issue(&kit.dhz, kit.dhz.node(year()));
    assert_eq!(
        Stranger::with(node).call(server.addr).await,
        Felt::Alert(AlertDescription::CertificateUnknown)
    );
    server.refused("WRONG_KIND").await;
    server.stop().await;
}

#[tokio::test]
async fn another_agencys_system_at_the_agency_listener() {
    let kit = Kit::new();
    let server = Server::start(&kit.node(&kit.dhz), Admit::Systems).await;
    let foreign = issue(&kit.kod, kit.kod.system(system("duty-log"), year()));
    assert_eq!(
        Stranger::with(foreign).call(server.addr).await,
        Felt::Alert(AlertDescription::CertificateUnknown)
    );
    server.refused("FOREIGN_AGENCY").await;
    server.stop().await;
}

#[tokio::test]
async fn the_key_of_somebody_else() {
    let kit = Kit::new();
    let (one, other) = (
        issue(&kit.kod, kit.kod.node(year())),
        issue(&kit.kod, kit.kod.node(year())),
    );
    let stolen = Issued {
        key_pem: other.key_pem,
        ..one
    };
    let refused = verbund_transport::Identity::from_pem(
        stolen.certificate_pem.as_bytes(),
        stolen.key_pem.as_bytes(),
    );
    assert!(matches!(
        refused,
        Err(verbund_transport::Error::KeyMismatch)
    ));
}

/// As during a change of roots: two keys under one name, both trusted, with a list of each.
#[tokio::test]
async fn an_authority_with_two_keys_under_one_name_has_two_lists() {
    let (kit, new) = (Kit::new(), Kit::new());
    let lost = issue(&new.kod, new.kod.node(year()));
    let old_list = kit.revoked(&kit.kod, &[]);
    let new_list = kit.revoked(&new.kod, std::slice::from_ref(&lost.serial));
    let roots = format!("{}{}", kit.kod.certificate_pem(), new.kod.certificate_pem());
    for lists in [
        format!("{old_list}{new_list}"),
        format!("{new_list}{old_list}"),
    ] {
        let trust = kit
            .trust()
            .with_roots(agency("kod"), &roots)
            .and_then(|trust| trust.with_revocation_list(agency("kod"), lists.as_bytes()))
            .unwrap();
        let server = Server::start(
            &kit.tls(&issue(&kit.dhz, kit.dhz.node(year())), trust.clone()),
            Admit::Nodes,
        )
        .await;
        for authority in [&kit.kod, &new.kod] {
            let node = kit.tls(&issue(authority, authority.node(year())), trust.clone());
            who(&Connector::new(&node), &server.endpoint()).await;
        }
        server.stop().await;
        at_federation(
            &kit,
            trust,
            lost.clone(),
            Felt::Alert(AlertDescription::CertificateRevoked),
            "CERTIFICATE_REVOKED",
        )
        .await;
    }
}
