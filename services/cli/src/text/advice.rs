//! What to do when a connection does not come about. In English the transport says it; here it is in German, by the same
//! stable reasons.

use verbund_transport::ConnectError;

use super::{Lang, lang};

/// The advice for an error, in the reader's language.
pub(crate) fn of(error: &ConnectError) -> &'static str {
    match lang() {
        Lang::En => error.advice(),
        Lang::De => german(error.reason()),
    }
}

fn german(reason: &str) -> &'static str {
    match reason {
        "BAD_ADDRESS" => "Die Adresse als host:port schreiben, IPv6-Adressen in eckigen Klammern.",
        "NAME_NOT_FOUND" => {
            "Den Namen in der Charta oder unter [partners.endpoint] prüfen, und das DNS dieses Rechners."
        }
        "CONNECTION_REFUSED" => {
            "Der Rechner antwortet, aber auf diesem Port läuft nichts. Läuft der Knoten dort? Stimmt der Port?"
        }
        "UNREACHABLE" | "TCP_TIMEOUT" => {
            "Es kommt nichts an. Adresse, Route und die Firewalls auf beiden Seiten prüfen."
        }
        "HANDSHAKE_TIMEOUT" => {
            "Etwas nimmt die Verbindung an und schweigt: eine Firewall, ein anderer Dienst oder ein Knoten, der hängt."
        }
        "NOT_TLS" => {
            "Auf diesem Port antwortet ein anderer Dienst. Den Port mit [federation] listen des Partners vergleichen."
        }
        "OWN_CERTIFICATE_EXPIRED" => {
            "Von der eigenen Zertifizierungsstelle ein neues Zertifikat ausstellen lassen und ablegen; ein Neustart ist nicht nötig."
        }
        "CERTIFICATE_EXPIRED" => {
            "Der Partner muss sein Zertifikat erneuern. Gilt es dort noch, die Uhren vergleichen."
        }
        "CERTIFICATE_NOT_YET_VALID" => {
            "Die Uhren vergleichen: Das Zertifikat des Partners beginnt für diesen Rechner in der Zukunft."
        }
        "CERTIFICATE_REVOKED" => {
            "Die Stelle des Partners hat dieses Zertifikat gesperrt. Dort anrufen: Entweder gibt es ein neues, oder jemand anderes hat das alte."
        }
        "REVOCATION_UNKNOWN" | "REVOCATION_LIST_EXPIRED" | "REVOCATION_LIST_INVALID" => {
            "Die aktuelle Sperrliste des Partners in den Ordner [tls] crls legen; ein Neustart ist nicht nötig."
        }
        "UNKNOWN_ISSUER" | "BAD_SIGNATURE" => {
            "Das Zertifikat stammt nicht von der Wurzel, die in der Charta steht. Die Wurzeln vergleichen; hat der Partner seine Stelle gewechselt, braucht die Charta eine neue Version."
        }
        "IDENTITY_MISMATCH" | "WRONG_KIND" | "FOREIGN_AGENCY" => {
            "Unter dieser Adresse antwortet der Knoten einer anderen Stelle. Die Adresse mit der Charta vergleichen."
        }
        "FOREIGN_FEDERATION" | "UNKNOWN_AGENCY" => {
            "Was dort antwortet, gehört nicht zu diesem Verbund. Adresse und Version der Charta vergleichen."
        }
        "TLS_VERSION" | "NOT_H2" | "HANDSHAKE_FAILED" => {
            "Was dort antwortet, ist kein Knoten: kein TLS 1.3 mit HTTP/2. Den Port prüfen, und ob ein Proxy dazwischen steht."
        }
        "REFUSED_BY_PEER" => {
            "Der Partner nimmt das eigene Zertifikat nicht an. Gültigkeit, Sperrliste und die Wurzel in seiner Charta prüfen."
        }
        "CLOSED_BY_PEER" => {
            "Der Grund steht im Protokoll des Partners unter \"connection refused\". Auch ein Proxy, der TLS beendet, sähe so aus."
        }
        "IDENTITY_MISSING"
        | "IDENTITY_AMBIGUOUS"
        | "IDENTITY_MALFORMED"
        | "WRONG_USAGE"
        | "CERTIFICATE_MALFORMED"
        | "UNSUPPORTED_ALGORITHM"
        | "CERTIFICATE_MISSING" => {
            "Das Zertifikat passt nicht: Es braucht genau eine URI spiffe://<agency>.<federation>.verbund/node und beide Zwecke, Server und Client."
        }
        _ => {
            "Noch einmal versuchen; bleibt es dabei, steht der Grund im Protokoll des Partners unter \"connection refused\"."
        }
    }
}
