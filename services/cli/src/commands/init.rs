//! `verbund init`: everything that a new agency's node needs, but for what others have to give: certificate and charter.

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
use crate::entry_key;
use crate::exit::{failure, usage};
use crate::federation::{BRIEFING, BRIEFING_ROLES, briefing_config};
use crate::files::{self, Access};
use crate::output::{self, Format};
use crate::text::{self, Text};

/// Validity that development certificates get; a real authority decides for itself.
const DEVELOPMENT_DAYS: u32 = 365;

#[derive(Args, Debug)]
pub(crate) struct Init {
    #[arg(value_name = text::FOLDER.now(), help = text::ARG_INIT_FOLDER)]
    folder: PathBuf,
    #[arg(long, value_name = "ID", help = text::ARG_AGENCY)]
    agency: String,
    #[arg(long, value_name = "ID", help = text::ARG_FEDERATION)]
    federation: String,
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

pub(crate) fn run(args: &Init, format: Format) -> anyhow::Result<()> {
    let agency = agency(&args.agency)?;
    let federation = FederationId::parse(&args.federation)
        .map_err(|error| usage(text::BAD_ID.fill(&[&"--federation", &error])))?;
    let config = config(args, agency.clone())?;
    let folder = &args.folder;
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
        Some(pki) => issue(args, pki, &agency, &config, &mut written)?,
        None => request(args, &agency, &federation, &config, &mut written)?,
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
    output::note(steps.fill(&[&public, &file.display(), &folder.display()]));
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
        let at = |end: &str| args.folder.join("tls").join(format!("{name}.{end}"));
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
    pki: &Path,
    agency: &AgencyId,
    config: &Config,
    written: &mut Vec<(PathBuf, Text)>,
) -> anyhow::Result<()> {
    let authority = Authority::open(pki, agency)?;
    if authority.federation().as_str() != args.federation {
        return Err(usage(
            text::OTHER_FEDERATION.fill(&[&authority.federation()]),
        ));
    }
    let tls = args.folder.join("tls");
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
    fn a_client_does_not_call_the_unspecified_address() {
        assert_eq!(reachable("0.0.0.0:7443".parse().unwrap()), "127.0.0.1:7443");
        assert_eq!(reachable("[::1]:7443".parse().unwrap()), "[::1]:7443");
    }
}
