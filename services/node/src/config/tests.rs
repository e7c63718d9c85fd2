use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt as _;

use tempfile::TempDir;
use toml::{Table, Value};
use verbund_model::{FederationId, UnixMillis};
use verbund_transport::pki::{Authority, Validity};

use super::keys::{KEYS, SECTIONS};
use super::*;

const MINIMAL: &str = "[node]\nagency = \"dhz\"\n";

fn folder_with(content: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("verbund.toml");
    fs::write(&path, content).unwrap();
    (folder, path)
}

fn load(content: &str, environment: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let (_folder, path) = folder_with(content);
    Config::load(&path, variables(environment))
}

fn variables(pairs: &[(&str, &str)]) -> Vec<(OsString, OsString)> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).into(), (*value).into()))
        .collect()
}

/// The problems of a configuration that must not load, as users read them.
fn problems(content: &str, environment: &[(&str, &str)]) -> Vec<String> {
    match load(content, environment) {
        Err(ConfigError::Invalid { problems, .. }) => {
            problems.iter().map(ToString::to_string).collect()
        }
        other => panic!("expected problems, got {other:?}"),
    }
}

#[test]
fn an_agency_is_enough_and_paths_start_at_the_files_folder() {
    let (folder, path) = folder_with(MINIMAL);
    let config = Config::load(&path, []).unwrap();
    let at = |name: &str| folder.path().join(name);
    assert_eq!(config.node.agency.as_str(), "dhz");
    assert_eq!(config.node.data, at("data"));
    assert_eq!(config.charter.file, at("charter.toml"));
    assert_eq!(config.charter.signatures(), at("charter.toml.sig"));
    assert_eq!(config.tls.key, at("tls/node.key"));
    let url = format!("sqlite:{}", at("data/verbund.db").display());
    assert_eq!(config.store.url.expose(), url);
    assert_eq!(config.store.erasure_keys, at("erasure-keys"));
    assert_eq!(config.store.disk_reserve_bytes, 256 << 20);
    assert_eq!(config.agency_api.listen, "0.0.0.0:7443".parse().unwrap());
    assert!(
        config.admin.listen.ip().is_loopback(),
        "the admin port is open to all by default"
    );
    assert!(
        config.clients.is_empty(),
        "somebody may call without being listed"
    );
}

#[test]
fn every_key_is_read() {
    let config = load(
        r#"
        [node]
        agency = "kod"
        data = "/var/lib/verbund/data"
        log = "json"
        log_filter = "warn,verbund_node=debug"
        drain_seconds = 30
        replica = "node-0"
        [charter]
        file = "/etc/verbund/krefeld.toml"
        [agency_api]
        listen = "127.0.0.1:1"
        [federation]
        listen = "[::]:2"
        [admin]
        listen = "127.0.0.1:3"
        [tls]
        certificate = "/a.pem"
        key = "/a.key"
        crls = "/crls"
        [entry_key]
        file = "/entry"
        [store]
        disk_reserve_mib = 1024
        erasure_keys = "/keys"
        migrate_at_start = true
        accept_data_loss = true
        [partners]
        dial = false
        [partners.endpoint]
        dhz = "node.dhz.example:7444"
        polizei = "[2001:db8::1]:7444"
        [delivery]
        shown = "on"
        [telemetry]
        otlp_endpoint = "http://127.0.0.1:4317"
        share_traces_with = ["dhz"]
        [limits]
        publish_queue = 1
        feed_watchers = 2
        [[client]]
        name = "duty-log"
        roles = ["publisher"]
        [[client]]
        name = "desk"
        roles = ["coordinator", "reader", "coordinator"]
        acts_for_people = true
        "#,
        &[],
    )
    .unwrap();
    assert_eq!(config.node.log, LogFormat::Json);
    assert_eq!(config.node.drain, Duration::from_secs(30));
    assert_eq!(
        config.store.url.expose(),
        "sqlite:/var/lib/verbund/data/verbund.db"
    );
    assert_eq!(config.store.disk_reserve_bytes, 1 << 30);
    assert_eq!(config.node.replica(), "node-0");
    assert!(config.store.migrates() && config.store.accept_data_loss);
    assert!(!config.partners.dial);
    assert_eq!(config.partners.endpoint.len(), 2);
    assert_eq!(config.telemetry.share_traces_with.len(), 1);
    let limits = LimitsSection {
        publish_queue: 1,
        feed_watchers: 2,
    };
    assert_eq!(config.limits, limits);
    assert_eq!(config.roles_of("duty-log"), [Role::Publisher]);
    assert_eq!(config.roles_of("desk"), [Role::Coordinator, Role::Reader]);
    let acting = config.clients.iter().map(|client| client.acts_for_people);
    assert_eq!(acting.collect::<Vec<_>>(), [false, true]);
    assert!(config.roles_of("stranger").is_empty());
    assert!(config.roles_of("").is_empty());
}

#[test]
fn unknown_keys_name_the_nearest_known_one() {
    for (content, expected) in [
        (
            "[node]\nagency = \"dhz\"\ndatta = \"x\"",
            "node.datta: is unknown; did you mean node.data?",
        ),
        (
            "[node]\nagency = \"dhz\"\ndisk_reserve_mib = 1",
            "node.disk_reserve_mib: is unknown; did you mean store.disk_reserve_mib?",
        ),
        (
            "[node]\nagency = \"dhz\"\n[limit]\npublish_queue = 1",
            "limit: is unknown; did you mean limits?",
        ),
        (
            "clients = 1\n[node]\nagency = \"dhz\"",
            "clients: is unknown; did you mean client?",
        ),
        (
            "[node]\nagency = \"dhz\"\n[[client]]\nname = \"a\"\nroles = [\"reader\"]\nrolls = 1",
            "client[0].rolls: is unknown; did you mean roles?",
        ),
    ] {
        assert_eq!(problems(content, &[]), [expected]);
    }
    let variable = [("VERBUND__NODE__DATTA", "x")];
    let expected = "VERBUND__NODE__DATTA: is unknown; did you mean VERBUND__NODE__DATA?";
    assert_eq!(problems(MINIMAL, &variable), [expected]);
}

#[test]
fn all_problems_are_told_at_once() {
    let found = problems(
        r#"
        node = { log = "loud", drain_seconds = 601, log_filter = "x=loud" }
        admin = { listen = "localhost:80" }
        store = { url = "nonsense", disk_reserve_mib = "much" }
        partners = { dial = "yes", endpoint = { kod = "nowhere", KOD = "a:1" } }
        telemetry = { otlp_endpoint = "127.0.0.1:4317", share_traces_with = ["Not An Id"] }
        limits = { publish_queue = 0, feed_watchers = 65537 }
        [[client]]
        name = "Duty Log"
        roles = ["boss"]
        [[client]]
        name = "desk"
        [[client]]
        name = "desk"
        roles = []
        [[client]]
        name = "app"
        roles = ["reader"]
        acts_for_people = "ja"
        "#,
        &[],
    );
    let keys: BTreeSet<&str> = found
        .iter()
        .filter_map(|problem| problem.split(": ").next())
        .collect();
    let expected = BTreeSet::from([
        "node.agency",
        "node.log",
        "node.drain_seconds",
        "node.log_filter",
        "admin.listen",
        "store.url",
        "store.disk_reserve_mib",
        "partners.dial",
        "partners.endpoint.kod",
        "partners.endpoint.KOD",
        "telemetry.otlp_endpoint",
        "telemetry.share_traces_with",
        "limits.publish_queue",
        "limits.feed_watchers",
        "client[0].name",
        "client[0].roles",
        "client[1].roles",
        "client[2].roles",
        "client[3].acts_for_people",
    ]);
    assert_eq!(keys, expected, "{found:#?}");
}

#[test]
fn bounds_and_types_are_told_with_what_would_be_right() {
    for (line, expected) in [
        (
            "limits = { publish_queue = 0 }",
            "limits.publish_queue: must be a whole number from 1 to 65536, not 0",
        ),
        (
            "limits = { publish_queue = \"x\" }",
            "limits.publish_queue: must be a whole number from 1 to 65536, not a string",
        ),
        ("tls = 1", "tls: is a section: [tls]"),
        (
            "client = {}",
            "client: must be a list: [[client]], not a table",
        ),
    ] {
        let content = format!("{line}\n{MINIMAL}");
        assert_eq!(problems(&content, &[]), [expected]);
    }
}

#[test]
fn a_client_that_stands_there_twice_is_refused() {
    let twice = "[[client]]\nname = \"desk\"\nroles = [\"reader\"]\n".repeat(2);
    let found = problems(&format!("{MINIMAL}{twice}"), &[]);
    assert_eq!(found, ["client[1].name: \"desk\" stands there twice"]);
}

#[test]
fn the_environment_overrides_the_file() {
    let content = "[node]\nagency = \"dhz\"\nlog = \"human\"\n[partners]\ndial = true";
    let config = load(
        content,
        &[
            ("VERBUND__NODE__LOG", "json"),
            ("VERBUND__ADMIN__LISTEN", "127.0.0.1:9000"),
            ("VERBUND__PARTNERS__DIAL", "false"),
            ("VERBUND__LIMITS__PUBLISH_QUEUE", "77"),
            ("VERBUND__TELEMETRY__SHARE_TRACES_WITH", "[\"kod\"]"),
            ("VERBUND__PARTNERS__ENDPOINT__KOD", "kod.example:1"),
            ("VERBUND__STORE__URL", "sqlite:/elsewhere/verbund.db"),
            ("VERBUND_CONFIG", "not a key"),
            ("PATH", "/usr/bin"),
        ],
    )
    .unwrap();
    assert_eq!(config.node.log, LogFormat::Json);
    assert_eq!(config.admin.listen.port(), 9000);
    assert!(!config.partners.dial);
    assert_eq!(config.limits.publish_queue, 77);
    assert_eq!(config.telemetry.share_traces_with[0].as_str(), "kod");
    assert_eq!(
        config.partners.endpoint.values().next().unwrap(),
        "kod.example:1"
    );
    assert_eq!(config.store.url.expose(), "sqlite:/elsewhere/verbund.db");
}

#[test]
fn the_environment_alone_can_name_the_agency_and_wrong_variables_are_problems() {
    let config = load("", &[("VERBUND__NODE__AGENCY", "kod")]).unwrap();
    assert_eq!(config.node.agency.as_str(), "kod");
    for (name, value, expected) in [
        (
            "VERBUND__LIMITS__PUBLISH_QUEUE",
            "0",
            "VERBUND__LIMITS__PUBLISH_QUEUE: must be a whole number from 1 to 65536, not 0",
        ),
        (
            "VERBUND__PARTNERS__DIAL",
            "maybe",
            "VERBUND__PARTNERS__DIAL: must be true or false, not a string",
        ),
        (
            "VERBUND__CLIENT__0__NAME",
            "desk",
            "VERBUND__CLIENT__0__NAME: is a list, which only the file can hold",
        ),
    ] {
        assert_eq!(problems(MINIMAL, &[(name, value)]), [expected]);
    }
}

#[test]
fn a_variable_that_is_no_text_is_a_problem() {
    let (_folder, path) = folder_with(MINIMAL);
    let value = OsStr::from_bytes(b"\xff").to_owned();
    let error = Config::load(&path, [("VERBUND__NODE__DATA".into(), value)]).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("VERBUND__NODE__DATA: is not UTF-8"),
        "{error}"
    );
}

#[test]
fn a_file_that_is_no_toml_is_told_with_its_place_and_without_its_line() {
    let error = load("[node]\nagency = \"dhz\"\nstore.url = sesame", &[]).unwrap_err();
    let told = error.to_string();
    assert!(
        matches!(error, ConfigError::Syntax { line: 3, .. }),
        "{error:?}"
    );
    assert!(!told.contains("sesame"), "{told}");
}

#[test]
fn a_file_that_is_not_there_or_too_large_is_told() {
    let (folder, path) = folder_with(&"# line\n".repeat(200_000));
    let missing = Config::load(&folder.path().join("nothing.toml"), []).unwrap_err();
    assert!(missing.to_string().contains("nothing.toml"), "{missing}");
    let large = Config::load(&path, []).unwrap_err();
    assert!(matches!(large, ConfigError::Read { .. }), "{large}");
}

#[test]
fn what_replicas_share_is_not_changed_by_one_of_them_unless_it_is_told_to() {
    let with = |url: &str, more: &str| {
        let content = format!("{MINIMAL}[store]\nurl = \"{url}\"\n{more}");
        load(&content, &[]).unwrap().store.migrates()
    };
    assert!(with("sqlite:a.db", ""));
    assert!(!with("postgres://db.example/verbund", ""));
    assert!(with(
        "postgres://db.example/verbund",
        "migrate_at_start = true"
    ));
    assert!(!with("sqlite:a.db", "migrate_at_start = false"));
}

#[test]
fn replicas_have_names_that_tell_them_apart() {
    let config = load(MINIMAL, &[]).unwrap();
    let name = config.node.replica();
    assert!(
        name.ends_with(&format!("-{}", std::process::id())),
        "{name}"
    );
    assert!(name.len() <= REPLICA_CHARS, "{name}");
    for wrong in ["", "a b", "ü", &"a".repeat(64)] {
        let told = problems(&format!("{MINIMAL}replica = \"{wrong}\""), &[]);
        assert!(told[0].starts_with("node.replica: "), "{told:?}");
    }
}

#[test]
fn passwords_are_never_shown() {
    for (url, shown) in [
        ("sqlite:data/verbund.db", "sqlite:data/verbund.db"),
        (
            "postgres://db.example/verbund",
            "postgres://db.example/verbund",
        ),
        (
            "postgres://me:sesame@db.example/verbund",
            "postgres://***@db.example/verbund",
        ),
        (
            "postgres://me:se@same@db.example/verbund",
            "postgres://***@db.example/verbund",
        ),
        (
            "postgres://db.example/v?password=sesame",
            "postgres://db.example/v?***",
        ),
    ] {
        assert_eq!(StoreUrl::new(url).to_string(), shown);
    }
    let content = format!("{MINIMAL}[store]\nurl = \"postgres://me:sesame@db/verbund\"");
    let config = load(&content, &[]).unwrap();
    assert_eq!(config.store.url.expose(), "postgres://me:sesame@db/verbund");
    for shown in [config.dump(), config.template(), format!("{config:?}")] {
        assert!(!shown.contains("sesame"), "{shown}");
    }
    let wrong = [("VERBUND__STORE__URL", "sesame")];
    assert!(!problems(MINIMAL, &wrong).concat().contains("sesame"));
}

#[test]
fn what_is_dumped_loads_to_the_same() {
    let mut config = everything_set();
    config.resolve(Path::new("/etc/verbund"));
    assert_eq!(load(&config.dump(), &[]).unwrap(), config);
}

#[test]
fn the_template_loads_to_the_same_and_explains_every_key() {
    for mut config in [Config::new(agency("dhz")), everything_set()] {
        let template = config.template();
        let (folder, path) = folder_with(&template);
        config.resolve(folder.path());
        assert_eq!(Config::load(&path, []).unwrap(), config, "{template}");
        for key in KEYS {
            let name = key.path.split('.').next_back().unwrap();
            let line = template.lines().any(|line| {
                let line = line.strip_prefix("# ").unwrap_or(line);
                line.starts_with(&format!("{name} = "))
            });
            assert!(line, "{} is not in\n{template}", key.path);
        }
    }
}

#[test]
fn a_template_uncommented_is_the_default() {
    let template = Config::new(agency("dhz")).template();
    let uncommented: String = template
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(rest) if rest.contains(" = ") && rest.parse::<Table>().is_ok() => {
                format!("{rest}\n")
            }
            _ => format!("{line}\n"),
        })
        .collect();
    // These are examples, not defaults.
    let without_examples = uncommented
        .replace("replica = \"verbund-0\"\n", "")
        .replace("migrate_at_start = true\n", "")
        .replace("archive = \"archive\"\n", "")
        .replace("otlp_endpoint = \"http://127.0.0.1:4317\"\n", "")
        .replace("kod = \"node.kod.example:7444\"\n", "")
        .replace(
            "name = \"duty-log\"\nroles = [\"publisher\"]\nacts_for_people = false\n",
            "",
        );
    let (folder, path) = folder_with(&without_examples);
    let mut config = Config::new(agency("dhz"));
    config.resolve(folder.path());
    assert_eq!(
        Config::load(&path, []).unwrap(),
        config,
        "{without_examples}"
    );
}

#[test]
fn keys_and_sections_agree() {
    let sections: BTreeSet<&str> = SECTIONS.iter().map(|(section, _)| *section).collect();
    let mut paths = BTreeSet::new();
    for key in KEYS {
        assert!(paths.insert(key.path), "{} stands there twice", key.path);
        let (section, name) = key.path.split_once('.').unwrap();
        assert!(
            sections.contains(section) && !name.contains('.'),
            "{}",
            key.path
        );
        // What a key gives it takes back.
        let mut config = everything_set();
        let value = (key.get)(&config).unwrap();
        (key.set)(&mut config, &value).unwrap();
        assert_eq!(config, everything_set(), "{}", key.path);
        // And it refuses what is of no type that any key has.
        assert!(
            (key.set)(&mut config, &Value::Float(0.5)).is_err(),
            "{}",
            key.path
        );
    }
}

#[test]
fn endpoints_are_a_host_and_a_port() {
    for (endpoint, right) in [
        ("node.example:7444", true),
        ("127.0.0.1:1", true),
        ("[::1]:1", true),
        ("node.example", false),
        ("node.example:0", false),
        ("node.example:65536", false),
        (":7444", false),
        ("::1:7444", false),
        ("[::1:7444", false),
        ("[node]:1", false),
        ("https://node.example:7444", false),
        ("me@node.example:7444", false),
        ("node example:7444", false),
    ] {
        assert_eq!(load::host_and_port(endpoint).is_ok(), right, "{endpoint}");
    }
}

fn agency(id: &str) -> AgencyId {
    AgencyId::parse(id).unwrap()
}

/// A configuration in which nothing is as by default, so that a key that is forgotten somewhere shows.
fn everything_set() -> Config {
    let listen = |address: &str| ListenSection {
        listen: address.parse().unwrap(),
    };
    Config {
        node: NodeSection {
            agency: agency("kod"),
            data: "elsewhere".into(),
            log: LogFormat::Json,
            log_filter: "debug".to_owned(),
            drain: Duration::from_secs(1),
            replica: Some("r-1".into()),
        },
        charter: CharterSection {
            file: "a \"quoted\" name.toml".into(),
        },
        agency_api: listen("127.0.0.1:1"),
        federation: listen("[::1]:2"),
        admin: listen("127.0.0.1:3"),
        tls: TlsSection {
            certificate: "a.pem".into(),
            key: "a.key".into(),
            crls: "lists".into(),
        },
        entry_key: EntryKeySection {
            file: "entry".into(),
        },
        store: StoreSection {
            url: StoreUrl::new("sqlite:b.db"),
            disk_reserve_bytes: 16 << 20,
            erasure_keys: "k".into(),
            migrate_at_start: Some(false),
            accept_data_loss: true,
            archive: Some("a".into()),
        },
        partners: PartnersSection {
            dial: false,
            endpoint: BTreeMap::from([(agency("dhz"), "dhz.example:1".to_owned())]),
        },
        delivery: DeliverySection {
            shown: TellShown::On,
        },
        telemetry: TelemetrySection {
            otlp_endpoint: Some("http://127.0.0.1:4317".to_owned()),
            share_traces_with: vec![agency("dhz"), agency("polizei")],
        },
        limits: LimitsSection {
            publish_queue: 1,
            feed_watchers: 2,
        },
        clients: vec![Client {
            name: "desk".to_owned(),
            roles: vec![Role::Coordinator, Role::Auditor],
            acts_for_people: true,
        }],
    }
}

/// A folder with everything that a node needs, and the template as its configuration.
fn complete() -> (TempDir, Config) {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let mut config = Config::new(agency("dhz"));
    config.clients.push(Client {
        name: "desk".to_owned(),
        roles: vec![Role::Coordinator],
        acts_for_people: false,
    });
    fs::write(at("verbund.toml"), config.template()).unwrap();
    for name in ["tls/crls", "keys"] {
        fs::create_dir_all(at(name)).unwrap();
    }
    fs::write(at("charter.toml"), charter()).unwrap();
    fs::write(at("keys/entry.key"), "11".repeat(32)).unwrap();
    identify(folder.path(), "dhz", "krefeld");
    for name in ["tls/node.key", "keys/entry.key"] {
        fs::set_permissions(at(name), fs::Permissions::from_mode(0o600)).unwrap();
    }
    let config = Config::load(&at("verbund.toml"), []).unwrap();
    (folder, config)
}

/// Gives the node in a folder a certificate for this agency and federation.
fn identify(folder: &Path, agency_id: &str, federation: &str) {
    let federation = FederationId::parse(federation).unwrap();
    let validity = Validity::days(UnixMillis(1_700_000_000_000), 30);
    let authority = Authority::create(agency(agency_id), federation, validity).unwrap();
    let issued = authority.issue(&authority.node(validity)).unwrap();
    fs::write(folder.join("tls/node.pem"), issued.certificate_pem).unwrap();
    fs::write(folder.join("tls/node.key"), issued.key_pem.as_bytes()).unwrap();
}

fn charter() -> String {
    let vocabulary = include_str!("../../../../deploy/charter/krefeld.toml");
    let agencies = verbund_model::Charter::vocabulary_agencies(vocabulary).unwrap();
    let members = agencies.into_iter().map(member_keys).collect();
    let expires = verbund_model::day_from_number(40_000).unwrap();
    verbund_model::Charter::compose(vocabulary, members, 1, None, expires).unwrap()
}

fn member_keys(agency: AgencyId) -> verbund_model::MemberKeys {
    let root: String = agency.as_str().chars().cycle().take(32).collect();
    let seed: [u8; 32] = root.as_bytes().try_into().unwrap();
    let key = verbund_ledger::EntryKey::from_seed(&seed).unwrap();
    let key = verbund_model::EntryKeyText::from_bytes(key.public().as_bytes());
    verbund_model::MemberKeys {
        endpoint: format!("{agency}.example:7444"),
        agency,
        // Each agency has a root of its own; what is in it the configuration doesn't look at.
        tls_roots_pem: format!("-----BEGIN CERTIFICATE-----\n{root}\n-----END CERTIFICATE-----\n"),
        entry_keys: vec![key],
    }
}

fn checked(config: &Config) -> Vec<String> {
    let problems = config.check().err().unwrap_or_default();
    problems.iter().map(|problem| problem.key.clone()).collect()
}

#[test]
fn a_template_with_its_files_passes_the_check() {
    let (_folder, config) = complete();
    assert_eq!(config.check(), Ok(()));
    config.create_folders().unwrap();
    assert_eq!(config.check(), Ok(()));
    let mode = fs::metadata(&config.store.erasure_keys)
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o700);
}

#[test]
fn without_its_files_everything_that_is_missing_is_told() {
    let config = load(MINIMAL, &[]).unwrap();
    let expected = [
        "charter.file",
        "tls.certificate",
        "tls.key",
        "entry_key.file",
        "tls.crls",
    ];
    assert_eq!(checked(&config), expected);
}

#[test]
fn certificates_that_are_not_this_nodes_are_told() {
    for (agency_id, federation) in [("kod", "krefeld"), ("dhz", "duisburg")] {
        let (folder, config) = complete();
        identify(folder.path(), agency_id, federation);
        let problems = config.check().unwrap_err();
        let told = problems[0].to_string();
        let found =
            format!("tls.certificate: is for spiffe://{agency_id}.{federation}.verbund/node");
        assert!(
            problems.len() == 1 && told.starts_with(&found),
            "{problems:?}"
        );
        assert!(
            told.ends_with("not for spiffe://dhz.krefeld.verbund/node"),
            "{told}"
        );
    }
}

#[test]
fn keys_that_are_none_are_told_and_never_shown() {
    let (folder, config) = complete();
    let before = fs::read_to_string(&config.tls.key).unwrap();
    // A key that belongs to another certificate.
    identify(folder.path(), "dhz", "krefeld");
    fs::write(&config.tls.key, &before).unwrap();
    fs::write(&config.entry_key.file, "sesame").unwrap();
    assert_eq!(checked(&config), ["tls", "entry_key.file"]);
    let problems = config.check().unwrap_err();
    assert!(!format!("{problems:?}").contains("sesame"), "{problems:?}");
}

#[test]
fn keys_that_others_may_read_are_told() {
    let (_folder, config) = complete();
    for (path, key) in [
        (&config.tls.key, "tls.key"),
        (&config.entry_key.file, "entry_key.file"),
    ] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o644)).unwrap();
        assert_eq!(checked(&config), [key]);
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
    }
    config.create_folders().unwrap();
    fs::set_permissions(
        &config.store.erasure_keys,
        fs::Permissions::from_mode(0o755),
    )
    .unwrap();
    assert_eq!(checked(&config), ["store.erasure_keys"]);
}

#[test]
fn what_the_charter_does_not_know_is_told() {
    let (_folder, mut config) = complete();
    config
        .partners
        .endpoint
        .insert(agency("stranger"), "a:1".to_owned());
    config.telemetry.share_traces_with = vec![agency("kod"), agency("dhz")];
    assert_eq!(
        checked(&config),
        ["partners.endpoint", "telemetry.share_traces_with"]
    );
    config.node.agency = agency("nobody");
    assert!(checked(&config).contains(&"node.agency".to_owned()));
    config.node.agency = agency("dhz");
    fs::write(&config.charter.file, "no charter").unwrap();
    assert_eq!(checked(&config), ["charter.file"]);
}

#[test]
fn two_listeners_can_not_share_an_address() {
    let (_folder, mut config) = complete();
    config.federation.listen = config.agency_api.listen;
    assert_eq!(checked(&config), ["federation.listen"]);
    config.federation.listen.set_port(0);
    config.agency_api.listen.set_port(0);
    assert_eq!(config.check(), Ok(()), "port 0 is chosen by the system");
}

#[test]
fn a_data_folder_that_is_a_file_is_told() {
    let (folder, mut config) = complete();
    config.node.data = folder.path().join("charter.toml");
    assert_eq!(checked(&config), ["node.data"]);
}

#[test]
fn showings_are_told_where_five_coordinate_or_where_it_is_said() {
    let with = |shown: &str, coordinators: usize| {
        let mut content = format!("{MINIMAL}{shown}\n");
        for index in 0..coordinators {
            content.push_str(&format!(
                "[[client]]\nname = \"desk-{index}\"\nroles = [\"coordinator\", \"reader\"]\n"
            ));
        }
        content.push_str("[[client]]\nname = \"duty-log\"\nroles = [\"publisher\"]\n");
        load(&content, &[]).unwrap().keeps_shown("desk-0", 0)
    };
    let said = |word: &str| format!("[delivery]\nshown = \"{word}\"");
    assert!(!with("", 4));
    assert!(with("", 5));
    assert!(!with(&said("auto"), 4));
    assert!(with(&said("on"), 0));
    assert!(!with(&said("off"), 9));
    let wrong = problems(&format!("{MINIMAL}{}", said("ja")), &[]);
    assert_eq!(wrong.len(), 1);
    assert!(
        wrong[0].contains("\"auto\", \"on\" or \"off\""),
        "{wrong:?}"
    );

    let mut config = Config::new(AgencyId::parse("dhz").unwrap());
    let desk = Client {
        name: "desk".into(),
        roles: vec![Role::Coordinator],
        acts_for_people: false,
    };
    config.clients = vec![desk.clone(); 9];
    assert!(
        !config.keeps_shown("desk", 9),
        "one client is one, however often listed and whatever it says"
    );

    // Behind an application are those for whom it acts; no other client's word counts for it.
    let app = Client {
        name: "briefing".into(),
        acts_for_people: true,
        ..desk.clone()
    };
    config.clients = vec![desk, app];
    assert!(!config.keeps_shown("briefing", 3));
    assert!(config.keeps_shown("briefing", 4));
    assert!(!config.keeps_shown("briefing", 0) && !config.keeps_shown("desk", 4));
}
