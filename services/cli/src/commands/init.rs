//! `verbund init`: everything that a new agency's node needs, but for what others have to give: certificate and charter. At a terminal, and
//! told nothing, it asks.

use std::io::{BufRead, IsTerminal as _, Write, stderr, stdin};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;
use verbund_model::{AgencyId, Clock as _, FederationId, SystemClock};
use verbund_node::Config;
use verbund_node::config::Client;
use verbund_transport::pki::{Request, Validity};
use verbund_transport::{Peer, SpiffeId, SystemName};

use super::pki::{agency, wrote};
use crate::authority::Authority;
use crate::client::ClientConfig;
use crate::dialogue::Dialogue;
use crate::entry_key;
use crate::exit::{failure, usage};
use crate::federation::{BRIEFING, BRIEFING_ROLES, briefing_config};
use crate::files::{self, Access};
use crate::output::{self, Format};
use crate::sheet::{self, About};
use crate::text::{self, Text};

/// Validity that development certificates get; a real authority decides for itself.
const DEVELOPMENT_DAYS: u32 = 365;

#[derive(Args, Debug)]
pub(crate) struct Init {
    #[arg(value_name = text::FOLDER.now(), help = text::ARG_INIT_FOLDER)]
    folder: Option<PathBuf>,
    #[arg(long, value_name = "ID", help = text::ARG_AGENCY)]
    agency: Option<String>,
    #[arg(long, value_name = "ID", help = text::ARG_FEDERATION)]
    federation: Option<String>,
    #[arg(long, value_name = "HOST:PORT", help = text::ARG_INIT_ENDPOINT)]
    endpoint: Option<String>,
    #[arg(long, value_name = "TEXT", help = text::ARG_INIT_CONTACT)]
    contact: Option<String>,
    #[arg(long, value_name = "TEXT", help = text::ARG_INIT_NAME_DE)]
    name_de: Option<String>,
    #[arg(long, value_name = "TEXT", help = text::ARG_INIT_NAME_EN)]
    name_en: Option<String>,
    #[arg(long = "client", value_name = "NAME=ROLES", help = text::ARG_CLIENT)]
    clients: Vec<String>,
    #[arg(long, value_name = "URL", help = text::ARG_INIT_BRIEFING)]
    briefing: Option<String>,
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:8080", help = text::ARG_BRIEFING_LISTEN)]
    briefing_listen: SocketAddr,
    #[arg(long = "name", value_name = "HOST", help = text::ARG_HOST_NAMES)]
    names: Vec<String>,
    #[arg(long, value_name = "HOST:PORT", default_value = "0.0.0.0:7443", help = text::ARG_AGENCY_LISTEN)]
    agency_listen: SocketAddr,
    #[arg(long, value_name = "HOST:PORT", default_value = "0.0.0.0:7444", help = text::ARG_FEDERATION_LISTEN)]
    federation_listen: SocketAddr,
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:7445", help = text::ARG_ADMIN_LISTEN)]
    admin_listen: SocketAddr,
    #[arg(long, value_name = text::FOLDER.now(), help = text::ARG_INIT_STATE)]
    state: Option<PathBuf>,
    #[arg(long, value_name = text::FOLDER.now(), help = text::ARG_INIT_PKI)]
    pki: Option<PathBuf>,
}

/// Roles of the access that an agency's operators and coordinators have at first.
const OFFICE: &str = "office";
const OFFICE_ROLES: &str = "coordinator,reader,operator,auditor";

/// What can't be left out.
struct Known {
    folder: PathBuf,
    about: About,
}

pub(crate) fn run(args: Init, format: Format) -> anyhow::Result<()> {
    let told_nothing = args.folder.is_none() && args.agency.is_none() && args.federation.is_none();
    let args = if told_nothing && stdin().is_terminal() && stderr().is_terminal() {
        output::note(text::INIT_ASKS.now());
        asked(args, &mut Dialogue::new(stdin().lock(), stderr()))?
    } else {
        args
    };
    let Known { folder, about } = known(&args)?;
    make(&args, &folder, &about, format)
}

/// What was told, or all that is missing.
fn known(args: &Init) -> anyhow::Result<Known> {
    let (Some(folder), Some(id), Some(federation)) = (&args.folder, &args.agency, &args.federation)
    else {
        let needed = [
            (args.folder.is_none(), text::FOLDER.now()),
            (args.agency.is_none(), "--agency"),
            (args.federation.is_none(), "--federation"),
        ];
        let missing: Vec<&str> = needed.iter().filter(|it| it.0).map(|it| it.1).collect();
        return Err(usage(text::INIT_MISSING.fill(&[&missing.join(", ")])));
    };
    let federation = FederationId::parse(federation)
        .map_err(|error| usage(text::BAD_ID.fill(&[&"--federation", &error])))?;
    let endpoint = endpoint(args.endpoint.as_deref().unwrap_or_default())
        .map_err(|why| usage(text::BAD_ID.fill(&[&"--endpoint", &why])))?;
    let name = |given: &Option<String>| given.clone().unwrap_or_else(|| id.clone());
    let about = About {
        agency: agency(id)?,
        federation,
        name_de: name(&args.name_de),
        name_en: name(&args.name_en),
        endpoint,
        contact: args.contact.clone().unwrap_or_default(),
    };
    Ok(Known {
        folder: folder.clone(),
        about,
    })
}

/// `host:port`, or nothing.
fn endpoint(text: &str) -> Result<String, Text> {
    let fits = text.rsplit_once(':').is_some_and(|(host, port)| {
        let plain = host.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
        let host_fits = match plain {
            Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
            None => {
                !host.is_empty()
                    && host
                        .bytes()
                        .all(|it| it.is_ascii_alphanumeric() || b".-".contains(&it))
            }
        };
        host_fits && port.parse::<u16>().is_ok_and(|port| port > 0)
    });
    if text.is_empty() || fits {
        Ok(text.to_owned())
    } else {
        Err(text::BAD_ENDPOINT)
    }
}

/// Asks for what must be known, and for what belongs on the sheet.
fn asked<R: BufRead, W: Write>(args: Init, person: &mut Dialogue<R, W>) -> anyhow::Result<Init> {
    let words = |text: &str| Ok::<_, Text>(text.to_owned());
    let federation = |text: &str| FederationId::parse(text).map(|it| it.to_string());
    let federation = person.ask(text::ASK_FEDERATION, "", federation)?;
    let id = |text: &str| AgencyId::parse(text).map(|it| it.to_string());
    let id = person.ask(text::ASK_AGENCY, "", id)?;
    let folder = person.ask(text::ASK_FOLDER, &id, words)?;
    let name_de = person.ask(text::ASK_NAME_DE, &id, words)?;
    let name_en = person.ask(text::ASK_NAME_EN, &name_de, words)?;
    let endpoint = person.ask(text::ASK_ENDPOINT, "", endpoint)?;
    let contact = person.ask(text::ASK_CONTACT, "", words)?;
    let office = |text: &str| match text {
        "" => Ok(None),
        name => client(&format!("{name}={OFFICE_ROLES}")).map(|_| Some(name.to_owned())),
    };
    let office = person.ask(text::ASK_CLIENT, OFFICE, office)?;
    let pki = person.ask(text::ASK_PKI, "", words)?;
    let mut clients = args.clients;
    clients.extend(office.map(|name| format!("{name}={OFFICE_ROLES}")));
    Ok(Init {
        folder: Some(folder.into()),
        agency: Some(id),
        federation: Some(federation),
        endpoint: Some(endpoint),
        contact: Some(contact),
        name_de: Some(name_de),
        name_en: Some(name_en),
        clients,
        pki: (!pki.is_empty()).then(|| pki.into()).or(args.pki),
        ..args
    })
}

fn make(args: &Init, folder: &Path, about: &About, format: Format) -> anyhow::Result<()> {
    let (agency, federation) = (about.agency.clone(), about.federation.clone());
    let config = config(args, agency.clone())?;
    let file = folder.join("node.toml");
    // Before anything is written, so that a second call leaves all as it is.
    if file.exists() {
        return Err(failure(text::EXISTS.fill(&[&file.display()])));
    }
    let (data, erasure_keys) = (&config.node.data, &config.store.erasure_keys);
    for made in [Path::new("keys"), Path::new("tls/crls"), data, erasure_keys] {
        files::make_folder(&folder.join(made))?;
    }
    let mut written: Vec<(PathBuf, Text)> = Vec::new();
    let key_file = folder.join(&config.entry_key.file);
    let key = entry_key::make(&key_file)?;
    let public = hex::encode(key.public().as_bytes());
    let public_file = folder.join("keys/entry.pub");
    files::write_new(
        &public_file,
        format!("{public}\n").as_bytes(),
        Access::Public,
    )?;
    written.push((key_file, text::WROTE_ENTRY_KEY));
    written.push((public_file, text::WROTE_PUBLIC_KEY));
    match &args.pki {
        Some(pki) => issue(args, folder, pki, about, &config, &mut written)?,
        None => request(args, folder, &agency, &federation, &config, &mut written)?,
    }
    if let Some(url) = &args.briefing {
        let path = folder.join(format!("{BRIEFING}.toml"));
        let node = reachable(args.agency_listen);
        let mut content = briefing_config(args.briefing_listen, url.clone(), node);
        if let Some(state) = state(args)? {
            let own = state.join(BRIEFING);
            files::make_folder(&own)?;
            content.database = own.join(&content.database);
        }
        files::write_new(&path, toml::to_string(&content)?.as_bytes(), Access::Public)?;
        written.push((path, text::WROTE_BRIEFING));
    }
    for client in config.clients.iter().filter(|it| !it.acts_for_people) {
        let path = folder.join(format!("{}.toml", client.name));
        let content = ClientConfig {
            node: reachable(args.agency_listen),
            agency: Some(agency.to_string()),
            certificate: format!("tls/{}.pem", client.name).into(),
            key: format!("tls/{}.key", client.name).into(),
            roots: "tls/root.pem".into(),
        };
        files::write_new(&path, toml::to_string(&content)?.as_bytes(), Access::Public)?;
        written.push((path, text::WROTE_CLIENT));
    }
    about.keep(folder)?;
    let (handed_over, _) = sheet::write(folder, about)?;
    written.extend(handed_over);
    // Last: where it is there, everything is.
    files::write_new(&file, config.template().as_bytes(), Access::Public)?;
    written.push((file.clone(), text::WROTE_CONFIG));

    let list: Vec<(&Path, Text)> = written
        .iter()
        .map(|(path, what)| (path.as_path(), *what))
        .collect();
    match format {
        Format::Json => {
            let written: Vec<_> = list
                .iter()
                .map(|(path, _)| path.display().to_string())
                .collect();
            output::json(&json!({ "written": written, "entry_key": public }))?;
        }
        Format::Table => wrote(format, &list)?,
    }
    let steps = if args.pki.is_some() {
        text::INIT_NEXT_PKI
    } else {
        text::INIT_NEXT
    };
    output::note(steps.fill(&[&file.display(), &folder.display(), &public]));
    Ok(())
}

fn config(args: &Init, agency: AgencyId) -> anyhow::Result<Config> {
    let mut config = Config::new(agency);
    config.agency_api.listen = args.agency_listen;
    config.federation.listen = args.federation_listen;
    config.admin.listen = args.admin_listen;
    if let Some(state) = state(args)? {
        config.keep_in(&state);
    }
    let clients = args.clients.iter().map(|text| client(text));
    config.clients = clients.collect::<anyhow::Result<_>>()?;
    if args.briefing.is_some() {
        config.clients.push(Client {
            name: BRIEFING.to_owned(),
            roles: BRIEFING_ROLES.to_vec(),
            acts_for_people: true,
        });
    }
    Ok(config)
}

/// The folder for what is written, whole: the configuration's relative paths start at its own folder.
fn state(args: &Init) -> anyhow::Result<Option<PathBuf>> {
    Ok(args.state.as_ref().map(std::path::absolute).transpose()?)
}

/// `name=role,role`.
fn client(text: &str) -> anyhow::Result<Client> {
    let wrong = |why: &dyn std::fmt::Display| usage(text::BAD_ID.fill(&[&"--client", why]));
    let (name, roles) = text
        .split_once('=')
        .ok_or_else(|| wrong(&text::ARG_CLIENT))?;
    let name = SystemName::parse(name)
        .map_err(|error| wrong(&error))?
        .to_string();
    let roles = roles
        .split(',')
        .map(|role| role.trim().parse().map_err(|error| wrong(&error)));
    Ok(Client {
        name,
        roles: roles.collect::<Result<_, _>>()?,
        acts_for_people: false,
    })
}

/// Keys and signing requests, for the agency's real authority.
fn request(
    args: &Init,
    folder: &Path,
    agency: &AgencyId,
    federation: &FederationId,
    config: &Config,
    written: &mut Vec<(PathBuf, Text)>,
) -> anyhow::Result<()> {
    let id = |peer| SpiffeId {
        federation: federation.clone(),
        peer,
    };
    let node = id(Peer::Node(agency.clone()));
    let mut names = vec![node.trust_domain()];
    names.extend(args.names.iter().cloned());
    let mut wanted = vec![("node".to_owned(), node.to_string(), names, true)];
    for client in &config.clients {
        let name = SystemName::parse(&client.name)?;
        let peer = Peer::System {
            agency: agency.clone(),
            name,
        };
        wanted.push((client.name.clone(), id(peer).to_string(), Vec::new(), false));
    }
    for (name, uri, names, server) in wanted {
        // The authority decides how long; a request only has to say something.
        let validity = Validity::days(SystemClock.now(), DEVELOPMENT_DAYS);
        let request = Request {
            uris: vec![uri],
            names,
            server,
            client: true,
            validity,
        };
        let (request, key) = request.signing_request()?;
        let at = |end: &str| folder.join("tls").join(format!("{name}.{end}"));
        files::write_new(&at("key"), key.as_bytes(), Access::Secret)?;
        files::write_new(&at("csr"), request.as_bytes(), Access::Public)?;
        written.push((at("key"), text::WROTE_KEY));
        written.push((at("csr"), text::WROTE_REQUEST));
    }
    Ok(())
}

/// Certificates from a development authority, put where the configuration looks for them.
fn issue(
    args: &Init,
    folder: &Path,
    pki: &Path,
    about: &About,
    config: &Config,
    written: &mut Vec<(PathBuf, Text)>,
) -> anyhow::Result<()> {
    let agency = &about.agency;
    let authority = Authority::open(pki, agency)?;
    if *authority.federation() != about.federation {
        return Err(usage(
            text::OTHER_FEDERATION.fill(&[&authority.federation()]),
        ));
    }
    let tls = folder.join("tls");
    let mut put = |name: &str, issued: crate::authority::Written| -> anyhow::Result<()> {
        let (certificate, key) = (
            tls.join(format!("{name}.pem")),
            tls.join(format!("{name}.key")),
        );
        files::write_new(&key, &std::fs::read(&issued.key)?, Access::Secret)?;
        files::write_new(
            &certificate,
            &std::fs::read(&issued.certificate)?,
            Access::Public,
        )?;
        written.push((certificate, text::WROTE_CERTIFICATE));
        written.push((key, text::WROTE_KEY));
        Ok(())
    };
    put("node", authority.issue_node(&args.names, DEVELOPMENT_DAYS)?)?;
    for client in &config.clients {
        put(
            &client.name,
            authority.issue_system(&client.name, DEVELOPMENT_DAYS)?,
        )?;
    }
    let root = tls.join("root.pem");
    files::write_new(
        &root,
        authority.certificate_pem().as_bytes(),
        Access::Public,
    )?;
    written.push((root, text::WROTE_ROOT));
    let list = tls.join("crls").join(format!("{agency}.crl"));
    files::write_new(
        &list,
        &std::fs::read(authority.revocation_list())?,
        Access::Public,
    )?;
    written.push((list, text::WROTE_CRL));
    Ok(())
}

/// The address under which a client on this machine reaches a listener.
pub(super) fn reachable(listen: SocketAddr) -> String {
    let mut address = listen;
    if address.ip().is_unspecified() {
        address.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
    }
    address.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_name_their_roles() {
        let client = client("duty-log=publisher, reader").unwrap();
        assert_eq!(client.name, "duty-log");
        assert_eq!(client.roles.len(), 2);
        for wrong in ["duty-log", "Duty=publisher", "duty-log=boss", "duty-log="] {
            assert!(super::client(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_endpoint_is_host_and_port() {
        for right in ["", "kod.example:7444", "127.0.0.1:1", "[::1]:7444"] {
            assert_eq!(endpoint(right).unwrap(), right);
        }
        for wrong in [
            "kod.example",
            "kod.example:0",
            ":7444",
            "::1:7444",
            "https://kod:1",
            "kod:x",
        ] {
            assert!(endpoint(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_client_does_not_call_the_unspecified_address() {
        assert_eq!(reachable("0.0.0.0:7443".parse().unwrap()), "127.0.0.1:7443");
        assert_eq!(reachable("[::1]:7443".parse().unwrap()), "[::1]:7443");
    }
}
