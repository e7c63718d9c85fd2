//! What a new agency hands to the federation that it joins: a sheet to print, German and English, and the files from which the next
//! charter is made. All of it is public; what must not be exchanged on the way are the root and the key, so the sheet says how to compare
//! them by telephone.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use verbund_ledger::fingerprint;
use verbund_model::{AgencyId, FederationId};
use verbund_transport::{Peer, SpiffeId, read_roots};

use crate::exit;
use crate::files::{self, Access};
use crate::output::clean;
use crate::text::{self, Text};

/// The folder within the node's, and what is remembered there of what `verbund init` was told.
const FOLDER: &str = "hand-over";
const ABOUT: &str = "about.toml";

/// What an agency says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct About {
    pub(crate) agency: AgencyId,
    pub(crate) federation: FederationId,
    /// Its name in German, and in English.
    pub(crate) name_de: String,
    pub(crate) name_en: String,
    /// Where partners reach its node; empty where they don't.
    pub(crate) endpoint: String,
    /// Whom the others' operators call.
    pub(crate) contact: String,
}

/// The member as the members file of `verbund charter compose` has it.
#[derive(Serialize)]
struct Members<'a> {
    member: [Member<'a>; 1],
}

#[derive(Serialize)]
struct Member<'a> {
    agency: &'a AgencyId,
    endpoint: &'a str,
    roots: String,
    entry_keys: [&'a str; 1],
}

/// The agency as the vocabulary has it.
#[derive(Serialize)]
struct Vocabulary<'a> {
    agency: [Named<'a>; 1],
}

#[derive(Serialize)]
struct Named<'a> {
    id: &'a AgencyId,
    name: Names<'a>,
}

#[derive(Serialize)]
struct Names<'a> {
    de: &'a str,
    en: &'a str,
}

impl About {
    /// Remembers it in a node's folder.
    ///
    /// # Errors
    /// When there is one already.
    pub(crate) fn keep(&self, folder: &Path) -> anyhow::Result<()> {
        files::make_folder(&folder.join(FOLDER))?;
        let content = toml::to_string(self)?;
        let path = folder.join(FOLDER).join(ABOUT);
        files::write_new(&path, content.as_bytes(), Access::Public)
    }

    /// Reads it from a node's folder.
    ///
    /// # Errors
    /// When it is not there, or wrong.
    pub(crate) fn of(folder: &Path) -> anyhow::Result<Self> {
        let path = folder.join(FOLDER).join(ABOUT);
        let content = read(&path)?;
        toml::from_str(&content)
            .map_err(|error| exit::usage(text::BAD_CONFIG.fill(&[&path.display(), &error])))
    }

    fn node(&self) -> SpiffeId {
        SpiffeId {
            federation: self.federation.clone(),
            peer: Peer::Node(self.agency.clone()),
        }
    }
}

/// Writes everything that goes to the others, from what is in the node's folder now. Gives the files, and whether the root is among them.
///
/// # Errors
/// When something that is there can't be read, or is wrong.
pub(crate) fn write(folder: &Path, about: &About) -> anyhow::Result<(Vec<(PathBuf, Text)>, bool)> {
    let key = read(&folder.join("keys/entry.pub"))?;
    let key = key.trim();
    let root = folder.join("tls/root.pem");
    let roots = if root.exists() {
        Some(read(&root)?)
    } else {
        None
    };
    let at = |name: &str| folder.join(FOLDER).join(name);
    let mut written = Vec::new();
    let mut put = |name: String, content: &[u8], what| {
        files::replace(&at(&name), content, Access::Public)?;
        written.push((at(&name), what));
        anyhow::Ok(())
    };
    let agency = &about.agency;
    put(
        "sheet.md".to_owned(),
        sheet(about, key, roots.as_deref())?.as_bytes(),
        text::WROTE_SHEET,
    )?;
    let named = Vocabulary {
        agency: [Named {
            id: agency,
            name: Names {
                de: &about.name_de,
                en: &about.name_en,
            },
        }],
    };
    put(
        "agency.toml".to_owned(),
        format!("\n{}", toml::to_string(&named)?).as_bytes(),
        text::WROTE_AGENCY_BLOCK,
    )?;
    let member = Members {
        member: [Member {
            agency,
            endpoint: &about.endpoint,
            roots: format!("{agency}.root.pem"),
            entry_keys: [key],
        }],
    };
    put(
        "member.toml".to_owned(),
        format!("\n{}", toml::to_string(&member)?).as_bytes(),
        text::WROTE_MEMBER_BLOCK,
    )?;
    if let Some(roots) = &roots {
        put(
            format!("{agency}.root.pem"),
            roots.as_bytes(),
            text::WROTE_ROOT,
        )?;
    }
    let list = folder.join(format!("tls/crls/{agency}.crl"));
    if list.exists() {
        let content = fs::read(&list)
            .map_err(|error| exit::usage(text::CANT_READ.fill(&[&list.display(), &error])))?;
        put(format!("{agency}.crl"), &content, text::WROTE_CRL)?;
    }
    Ok((written, roots.is_some()))
}

fn sheet(about: &About, key: &str, roots: Option<&str>) -> anyhow::Result<String> {
    let (mut prints_de, mut prints_en) = (Vec::new(), Vec::new());
    let found = roots.map(read_roots).transpose()?.unwrap_or_default();
    for root in &found {
        let print = colons(&fingerprint(&root.der));
        let day = day(root.validity.not_after.0);
        prints_de.push(format!("`{print}` (gilt bis {day})"));
        prints_en.push(format!("`{print}` (valid until {day})"));
    }
    if found.is_empty() {
        prints_de.push("noch nicht ausgestellt".to_owned());
        prints_en.push("not issued yet".to_owned());
    }
    let or = |value: &str, none: &str| match cell(value) {
        empty if empty.is_empty() => none.to_owned(),
        value => value,
    };
    let agency = &about.agency;
    let key = format!("`{}`", grouped(key));
    let german = [
        ("Kennung der Stelle", format!("`{agency}`")),
        ("Name", or(&about.name_de, "")),
        ("Verbund", format!("`{}`", about.federation)),
        (
            "Adresse des Knotens für Partner",
            or(&about.endpoint, "keine; dieser Knoten wählt selbst an"),
        ),
        (
            "Name im Zertifikat des Knotens",
            format!("`{}`", about.node()),
        ),
        (
            "Wurzel der Zertifizierungsstelle, SHA-256",
            prints_de.join("<br>"),
        ),
        ("Öffentlicher Eintragsschlüssel", key.clone()),
        ("Betrieb, erreichbar unter", or(&about.contact, "")),
    ];
    let english = [
        ("Id of the agency", format!("`{agency}`")),
        ("Name", or(&about.name_en, "")),
        ("Federation", format!("`{}`", about.federation)),
        (
            "Address of the node for partners",
            or(&about.endpoint, "none; this node dials by itself"),
        ),
        (
            "Name in the node's certificate",
            format!("`{}`", about.node()),
        ),
        ("Root of the authority, SHA-256", prints_en.join("<br>")),
        ("Public entry key", key),
        ("Operators, reached at", or(&about.contact, "")),
    ];
    let mut out = format!(
        "# {}: Beitritt zum Verbund {}\n\n",
        or(&about.name_de, agency.as_str()),
        about.federation
    );
    table(&mut out, &german);
    let _ = write!(
        out,
        "\n**So wird geprüft.** Dieses Blatt kommt von der Leitung der Stelle, die Dateien `{agency}.root.pem`, `member.toml` und `agency.toml` auf \
         einem anderen Weg. Wer die Charta zusammenstellt, ruft unter der Nummer an, die er ohnehin kennt, und vergleicht beide Werte Zeichen für Zeichen:\n\n\
         ```\nopenssl x509 -in {agency}.root.pem -noout -fingerprint -sha256\ngrep entry_keys member.toml\n```\n\n\
         Datum, Name, Unterschrift der Stelle: ______________________________\n\n\
         Verglichen am, mit wem, von wem: ______________________________\n\n---\n\n# {}: joining the federation {}\n\n",
        or(&about.name_en, agency.as_str()),
        about.federation
    );
    table(&mut out, &english);
    let _ = write!(
        out,
        "\n**How it is checked.** This sheet comes from the head of the agency, the files `{agency}.root.pem`, `member.toml` and `agency.toml` by \
         another way. Whoever makes the charter calls a number known from elsewhere, and compares both values sign by sign, with the commands above.\n\n\
         Date, name, signature of the agency: ______________________________\n\n\
         Compared on, with whom, by whom: ______________________________\n"
    );
    Ok(out)
}

fn table(out: &mut String, rows: &[(&str, String)]) {
    out.push_str("| | |\n| --- | --- |\n");
    for (name, value) in rows {
        // Writing to a string can't fail.
        let _ = writeln!(out, "| {name} | {value} |");
    }
}

/// A value that stays in its cell.
fn cell(value: &str) -> String {
    clean(value.trim()).replace('|', "/")
}

/// As `openssl x509 -fingerprint` writes it, which is what it is compared with.
fn colons(bytes: &[u8]) -> String {
    let octets: Vec<String> = bytes.iter().map(|it| format!("{it:02X}")).collect();
    octets.join(":")
}

/// In groups of eight, which can be read out.
fn grouped(hex: &str) -> String {
    let mut out = String::new();
    for (at, sign) in hex.chars().enumerate() {
        if at > 0 && at % 8 == 0 {
            out.push(' ');
        }
        out.push(sign);
    }
    out
}

fn day(unix_ms: i64) -> String {
    let at = jiff::Timestamp::from_millisecond(unix_ms);
    at.map_or_else(|_| "?".to_owned(), |at| at.strftime("%Y-%m-%d").to_string())
}

fn read(path: &Path) -> anyhow::Result<String> {
    fs::read_to_string(path)
        .map_err(|error| exit::usage(text::CANT_READ.fill(&[&path.display(), &error])))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn about() -> About {
        About {
            agency: AgencyId::parse("jugendamt").unwrap(),
            federation: FederationId::parse("krefeld").unwrap(),
            name_de: "Jugendamt | \u{1b}[2J".to_owned(),
            name_en: "Youth welfare office".to_owned(),
            endpoint: "verbund.jugendamt.example:7444".to_owned(),
            contact: "02151 000000".to_owned(),
        }
    }

    #[test]
    fn the_sheet_tells_what_partners_compare() {
        let key = "0123456789abcdef".repeat(4);
        let sheet = sheet(&about(), &key, None).unwrap();
        for told in [
            "| Kennung der Stelle | `jugendamt` |",
            "spiffe://jugendamt.krefeld.verbund/node",
            "`01234567 89abcdef 0",
            "verbund.jugendamt.example:7444",
            "noch nicht ausgestellt",
            "| Operators, reached at | 02151 000000 |",
        ] {
            assert!(sheet.contains(told), "{told} is not in\n{sheet}");
        }
        assert!(!sheet.contains('\u{1b}') && !sheet.contains("Jugendamt |  "));
    }

    #[test]
    fn what_it_was_told_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        about().keep(folder.path()).unwrap();
        assert_eq!(About::of(folder.path()).unwrap(), about());
        assert!(about().keep(folder.path()).is_err(), "never over another");
    }
}
