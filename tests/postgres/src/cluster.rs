//! A server of a test's own.

use std::fs::{self, OpenOptions, Permissions};
use std::io::Write as _;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};

use anyhow::{Context as _, Result, bail, ensure};
use rustix::process::{Pid, Signal, kill_process, test_kill_process};

use crate::certificate;
use crate::database::{Database, Occupied};
use crate::programs::{self, Account, run, wait_until};
use crate::url::Url;

/// Waits until its input ends, which it does with the process that holds the other end, then removes the server. Signals
/// that are meant for that process are not for it.
const GUARD: &str = r#"
trap '' HUP INT TERM
read -r _
# One that was frozen hears nothing else.
read -r postmaster <"$2/data/postmaster.pid" &&
  kill -CONT "$postmaster" $(cat "/proc/$postmaster/task/$postmaster/children")
"$1/pg_ctl" --pgdata="$2/data" --mode=immediate stop
rm -rf "$2"
"#;

/// Small, but with every flush that a real one makes.
const SETTINGS: &str = "
listen_addresses = '127.0.0.1'
max_connections = 400
shared_buffers = 64MB
max_wal_size = 256MB
ssl = on
log_min_messages = warning
log_line_prefix = '%m [%p] %q%d '
timezone = UTC
";

/// Sorts otherwise than by bytes, as many a real server does: what relies on bytes has to say so.
const LOCALE: [&str; 3] = [
    "--locale=C.UTF-8",
    "--locale-provider=icu",
    "--icu-locale=de-DE",
];

/// Tries for a port. Below what the system hands out by itself, so that it stays free while the server is down.
const PORT_TRIES: u32 = 20;

/// A server with its data in a temporary folder.
#[derive(Debug)]
pub struct Cluster {
    folder: PathBuf,
    account: Account,
    programs: PathBuf,
    port: u16,
    password: String,
    /// What its guard waits on.
    alive: Option<ChildStdin>,
    guard: Child,
}

impl Cluster {
    /// Makes one and starts it; takes about a second.
    ///
    /// # Errors
    /// When PostgreSQL is not there or can't be started.
    pub fn start_new() -> Result<Self> {
        let cluster = Self::prepare()?;
        let password_file = cluster.folder.join("password");
        fs::write(&password_file, &cluster.password)?;
        cluster.account.own(&password_file)?;
        run(
            cluster
                .command("initdb")
                .arg("--pgdata")
                .arg(cluster.data())
                .arg("--pwfile")
                .arg(&password_file)
                .args(LOCALE)
                .args(["--username=postgres", "--auth=scram-sha-256"])
                .args(["--encoding=UTF8", "--no-sync", "--no-instructions"]),
            "",
        )?;
        cluster.append(SETTINGS)?;
        cluster.append(&own_files(&cluster.folder))?;
        cluster.start_at_a_free_port()
    }

    /// A standby of this server, started, that follows it as `name`; name it in `synchronous_standby_names` and commits
    /// wait for it.
    ///
    /// # Errors
    /// When it can't be made.
    pub fn standby(&self, name: &str) -> Result<Self> {
        let mut standby = Self::prepare()?;
        standby.password.clone_from(&self.password);
        run(
            standby
                .command("pg_basebackup")
                .arg("--pgdata")
                .arg(standby.data())
                .arg("--dbname")
                .arg(format!("{}&application_name={name}", self.url()))
                .args(["--write-recovery-conf", "--checkpoint=fast", "--no-sync"]),
            "",
        )?;
        standby.append(&own_files(&standby.folder))?;
        standby.start_at_a_free_port()
    }

    /// Ends being a standby: a failover.
    ///
    /// # Errors
    /// When it was none, or is not running.
    pub fn promote(&self) -> Result<()> {
        self.pg_ctl(&["promote", "--wait"])
    }

    /// Starts it again, and answers when it takes connections.
    ///
    /// # Errors
    /// When it is running already, or can't be started.
    pub fn start(&self) -> Result<()> {
        let log = self.folder.join("log");
        let mut arguments = vec!["start", "--wait", "--timeout=60", "--log"];
        let log = log.to_str().context("the folder's name is plain")?;
        arguments.push(log);
        self.pg_ctl(&arguments).with_context(|| self.log())
    }

    /// Stops it as an operator does: connections are ended, what is committed is written back.
    ///
    /// # Errors
    /// When it is not running.
    pub fn stop(&self) -> Result<()> {
        self.pg_ctl(&["stop", "--mode=fast", "--wait"])
    }

    /// Stops and starts it.
    ///
    /// # Errors
    /// When it can't be started.
    pub fn restart(&self) -> Result<()> {
        self.stop()?;
        self.start()
    }

    /// Ends all of its processes with SIGKILL, and answers when they are gone.
    ///
    /// # Errors
    /// When it is not running.
    pub fn kill(&self) -> Result<()> {
        let all = self.processes()?;
        // First the one that would start others.
        for pid in &all {
            // One that has gone by itself meanwhile is as good.
            let _ = kill_process(*pid, Signal::KILL);
        }
        wait_until("killed processes to go", || {
            Ok(all.iter().all(|pid| has_ended(*pid)))
        })?;
        // Where the first process of a container reaps nobody the postmaster's number stays taken, and the next one would
        // believe that it lives.
        if test_kill_process(all[0]).is_ok() {
            fs::remove_file(self.data().join("postmaster.pid"))?;
            fs::remove_file(self.folder.join(format!(".s.PGSQL.{}.lock", self.port)))?;
        }
        Ok(())
    }

    /// Stops all of its processes where they are, as a machine does that hangs; see [`thaw`](Self::thaw).
    ///
    /// # Errors
    /// When it is not running.
    pub fn freeze(&self) -> Result<()> {
        self.signal(Signal::STOP)
    }

    /// Lets them go on.
    ///
    /// # Errors
    /// When it is not running.
    pub fn thaw(&self) -> Result<()> {
        self.signal(Signal::CONT)
    }

    fn signal(&self, signal: Signal) -> Result<()> {
        for pid in self.processes()? {
            // A back end may have ended meanwhile.
            let _ = kill_process(pid, signal);
        }
        Ok(())
    }

    /// Changes a setting for good. One that takes a restart is in force after [`restart`](Self::restart), others at once if
    /// it is running.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn set(&self, name: &str, value: &str) -> Result<()> {
        self.append(&format!("{name} = '{value}'\n"))?;
        if self.postmaster().is_err() {
            return Ok(());
        }
        let loaded = || self.psql("SELECT pg_conf_load_time()");
        let before = loaded()?;
        self.pg_ctl(&["reload"])?;
        wait_until("settings to be loaded", || Ok(loaded()? != before))
    }

    /// An empty database of its own.
    ///
    /// # Errors
    /// When it can't be made.
    pub fn database(&self) -> Result<Database> {
        Database::create(&self.url())
    }

    /// Runs statements in the database `postgres`, as administrator; gives the rows, one a line, columns apart by `|`.
    ///
    /// # Errors
    /// The first statement that fails.
    pub fn psql(&self, sql: &str) -> Result<String> {
        programs::query(&self.url(), sql)
    }

    /// Ends everybody's connections; they may come back at once.
    ///
    /// # Errors
    /// When it is not running.
    pub fn terminate_backends(&self) -> Result<u32> {
        let ended = self.psql(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
             WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()",
        )?;
        Ok(ended.parse()?)
    }

    /// Takes so many connections, as somebody else's pool does.
    ///
    /// # Errors
    /// When there are not so many.
    pub fn occupy(&self, connections: u32) -> Result<Occupied> {
        Occupied::take(&self.url(), connections)
    }

    /// Its administrator's database, by TLS with verification.
    #[must_use]
    pub fn url(&self) -> Url {
        let authority = self.folder.join(certificate::AUTHORITY);
        let text = format!(
            "postgres://postgres:{}@127.0.0.1:{}/postgres?sslmode=verify-full&sslrootcert={}",
            self.password,
            self.port,
            authority.display()
        );
        Url::parse(&text).expect("it is complete")
    }

    /// The port on 127.0.0.1; stays the same over restarts.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The certificate of the authority that vouches for it.
    #[must_use]
    pub fn authority(&self) -> PathBuf {
        self.folder.join(certificate::AUTHORITY)
    }

    /// The certificate of an authority that does not.
    #[must_use]
    pub fn strangers_authority(&self) -> PathBuf {
        self.folder.join(certificate::STRANGER)
    }

    /// Its data: every byte that it has on disk.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// What it has logged.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }

    /// The folder, with the guard that removes it.
    fn prepare() -> Result<Self> {
        let account = Account::find()?;
        let programs = programs::folder()?;
        let folder = tempfile::Builder::new()
            .prefix("verbund-postgres-")
            .permissions(Permissions::from_mode(0o700))
            .tempdir_in(parent())?
            .keep();
        account.own(&folder)?;
        let mut guard = account
            .command("sh")
            .args(["-c", GUARD, "guard"])
            .args([&programs, &folder])
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Whoever ends a test's process group does not end this.
            .process_group(0)
            .spawn()?;
        let cluster = Self {
            alive: guard.stdin.take(),
            guard,
            folder,
            account,
            programs,
            port: 0,
            password: programs::random()?,
        };
        certificate::write(&cluster.folder)?;
        for file in [certificate::CERTIFICATE, certificate::KEY] {
            let file = cluster.folder.join(file);
            fs::set_permissions(&file, Permissions::from_mode(0o600))?;
            cluster.account.own(&file)?;
        }
        Ok(cluster)
    }

    fn start_at_a_free_port(mut self) -> Result<Self> {
        let mut last = None;
        for _ in 0..PORT_TRIES {
            self.port = free_port()?;
            self.append(&format!("port = {}\n", self.port))?;
            match self.start() {
                Ok(()) => return Ok(self),
                Err(error) => last = Some(error),
            }
        }
        Err(last.context("there was a try")?)
    }

    fn append(&self, settings: &str) -> Result<()> {
        let file = self.data().join("postgresql.auto.conf");
        let mut file = OpenOptions::new().append(true).open(&file)?;
        Ok(file.write_all(settings.as_bytes())?)
    }

    fn command(&self, program: &str) -> Command {
        let mut command = self.account.command(self.programs.join(program));
        // Root's home is nobody else's.
        command.current_dir(&self.folder).env("HOME", &self.folder);
        command
    }

    fn pg_ctl(&self, arguments: &[&str]) -> Result<()> {
        // Into a file and not a pipe: the server would keep that open.
        let said = tempfile::tempfile()?;
        let status = self
            .command("pg_ctl")
            .arg("--pgdata")
            .arg(self.data())
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(said.try_clone()?)
            .stderr(said.try_clone()?)
            .status()?;
        if !status.success() {
            let said = std::io::read_to_string(rewound(said)?)?;
            bail!("pg_ctl {}: {said}", arguments[0]);
        }
        Ok(())
    }

    fn postmaster(&self) -> Result<Pid> {
        let file = self.data().join("postmaster.pid");
        let text = fs::read_to_string(file).context("the server is not running")?;
        let pid = text.lines().next().and_then(|line| line.parse().ok());
        let pid = pid.and_then(Pid::from_raw).context("postmaster.pid")?;
        ensure!(!has_ended(pid), "the server is not running");
        Ok(pid)
    }

    /// The postmaster first, then its children.
    fn processes(&self) -> Result<Vec<Pid>> {
        let postmaster = self.postmaster()?;
        let raw = postmaster.as_raw_nonzero();
        let children = fs::read_to_string(format!("/proc/{raw}/task/{raw}/children"))?;
        let children = children.split_whitespace();
        let children = children.filter_map(|pid| Pid::from_raw(pid.parse().ok()?));
        Ok(std::iter::once(postmaster).chain(children).collect())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.alive.take());
        drop(self.guard.wait());
    }
}

fn own_files(folder: &Path) -> String {
    let folder = folder.display();
    let (certificate, key) = (certificate::CERTIFICATE, certificate::KEY);
    format!(
        "unix_socket_directories = '{folder}'\nssl_cert_file = '{folder}/{certificate}'\nssl_key_file = '{folder}/{key}'\n"
    )
}

/// Gone, or left for its parent to bury.
fn has_ended(pid: Pid) -> bool {
    let stat = fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero()));
    let state = stat.map(|stat| {
        let after_name = stat.rsplit_once(") ");
        after_name.is_some_and(|(_, rest)| rest.starts_with(['Z', 'X']))
    });
    state.unwrap_or(true)
}

fn rewound(mut file: fs::File) -> Result<fs::File> {
    use std::io::Seek as _;
    file.rewind()?;
    Ok(file)
}

/// The name of a socket has room for about a hundred bytes, and the folder's parents must let another account in.
fn parent() -> PathBuf {
    let folder = std::env::temp_dir();
    if folder.as_os_str().len() > 60 {
        return Path::new("/tmp").to_owned();
    }
    folder
}

fn free_port() -> Result<u16> {
    for _ in 0..PORT_TRIES {
        let random = u16::from_str_radix(&programs::random()?[..4], 16)?;
        let port = 10_000 + random % 20_000;
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return Ok(port);
        }
    }
    bail!("no free port on 127.0.0.1")
}
