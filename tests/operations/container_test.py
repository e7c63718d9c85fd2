#!/usr/bin/env python3
"""The image and the compose files, as they are shipped: built, looked into, and run. It runs within tests/deploy/with-docker.

What is asked of the running containers is asked of the kernel where it can be (/proc), not of the file that promises it.
"""

import contextlib
import hashlib
import io
import json
import os
import pwd
import re
import shutil
import subprocess
import tarfile
import tempfile
import time
import unittest
from pathlib import Path

import yaml
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

import docs
import joining

ROOT = Path(__file__).resolve().parents[2]
BINARY = Path(os.environ.get("VERBUND_BINARY", ROOT / "target/debug/verbund"))
PAGE = "docs/operations/compose.md"
IMAGE = "verbund:0.2.0"
AGENCIES = joining.MEMBERS
NOTE = "Platz am Morgen gereinigt, wenig Glas."
# Far beyond what any of this takes; what is waited for comes in seconds.
PATIENCE_S = 90

# A copy of what an operator has, so that nothing is left in the sources, and the hash of the image's layer.
place, layer = None, None


def setUpModule():
    global place, layer
    folder = tempfile.TemporaryDirectory(prefix="verbund-compose-")
    unittest.addModuleCleanup(folder.cleanup)
    place = Path(folder.name)
    for needed in ("deploy", "migrations"):
        shutil.copytree(ROOT / needed, place / needed)
    # Root's users look into it.
    place.chmod(0o755)
    # Compose as this Debian has it: a program of its own, where the docs call Docker's plugin.
    shim = place / "bin/docker"
    shim.parent.mkdir()
    shim.write_text('#!/bin/sh\nif [ "$1" = compose ]; then shift; exec docker-compose "$@"; fi\nexec /usr/bin/docker "$@"\n')
    shim.chmod(0o755)
    os.environ["PATH"] = f"{shim.parent}:{os.environ['PATH']}"
    layer = build()


def build():
    """Builds the image, and gives the hash of its layer."""
    run(ROOT / "deploy/container/build", "--binary", BINARY, IMAGE)
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    return hashlib.sha256((target / "container/root.tar").read_bytes()).hexdigest()


def run(*command, folder=None, given=None, environment=None):
    done = subprocess.run(
        list(map(str, command)),
        cwd=folder,
        env={**os.environ, **(environment or {})},
        input=given,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def inspect(name):
    return json.loads(run("docker", "inspect", name))[0]


def until(what, look):
    """Waits for `look` to give something, and gives it."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        found = last = None
        try:
            found = look()
        except RuntimeError as error:
            last = error
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"waited in vain for {what}: {last or found}")
        time.sleep(0.2)


class Project:
    """A compose project in a folder; files beside its own change it for a test."""

    def __init__(self, folder, *files):
        self.folder = folder
        self.environment = {"COMPOSE_FILE": ":".join(("compose.yaml", *files))}
        self.containers = {}

    def compose(self, *arguments):
        return run("docker-compose", *arguments, folder=self.folder, environment=self.environment)

    def down(self, *options):
        """Ends it all. Docker may still be busy with a container that it has called removed, and then keeps its network."""
        until("containers and networks to go", lambda: self.compose("down", "--timeout", "0", *options) is not None)

    def shell(self, block):
        """Runs a block of the page."""
        return docs.shell(block, self.folder, self.environment)

    def container(self, service):
        """The container of a service; asked for once, since a test makes none anew."""
        if service not in self.containers:
            self.containers[service] = self.compose("ps", "-q", service).strip()
        return self.containers[service]

    def verbund(self, service, *arguments, given=None):
        command = ("docker", "exec", "--interactive", "--env=VERBUND_LANG=en", self.container(service), "/usr/bin/verbund")
        return run(*command, *arguments, given=given)

    def healthy(self, service, *arguments):
        until(f"{service} to be ready", lambda: "ready" in self.verbund(service, "health", *arguments))

    def notes(self, service, origin):
        listed = self.verbund(service, "feed", "--config", "/etc/verbund/office.toml", "--format", "json")
        updates = [json.loads(line)["situation"] for line in listed.splitlines()]
        return [it["note"] for it in updates if it["agency"] == origin]

    def push(self, service, note):
        today = run("date", "+%F").strip()
        update = {
            "category": "sauberkeit", "place": "theaterplatz", "day": today, "measure": "m1", "trend": "falling",
            "source": "own-observation", "urgency": "routine", "handling": "amber", "note": note,
        }  # fmt: skip
        command = ("push", "--config", "/etc/verbund/duty-log.toml", "-")
        return self.verbund(service, *command, given=json.dumps(update))


class Hardened(unittest.TestCase):
    """What holds for every container of ours."""

    def assert_hardened(self, container):
        told = inspect(container)
        name, host = told["Name"], told["HostConfig"]
        self.assertTrue(host["ReadonlyRootfs"], name)
        self.assertEqual(host["CapDrop"], ["ALL"], name)
        self.assertTrue(host["PidsLimit"] > 0 and host["Memory"] > 0, name)
        status = Path(f"/proc/{told['State']['Pid']}/status").read_text(encoding="utf-8")
        of = dict(re.findall(r"^(\w+):\s+(.*)$", status, re.MULTILINE))
        self.assertEqual(set(of["Uid"].split()), {"65532"}, name)
        self.assertEqual({int(of[each], 16) for each in ("CapEff", "CapPrm", "CapInh", "CapBnd", "CapAmb")}, {0}, name)
        self.assertEqual((of["NoNewPrivs"], of["Seccomp"]), ("1", "2"), name)
        # What is mounted needs a place to be mounted on; nothing else is new.
        mounted = {Path(it["Destination"]) for it in told["Mounts"]} | {Path("/tmp")}
        places = mounted | {above for it in mounted for above in it.parents}
        changed = {Path(line.split(maxsplit=1)[1]) for line in run("docker", "diff", container).splitlines()}
        self.assertEqual(changed - places, set(), f"{name} wrote into its root")


class Image(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.config = inspect(IMAGE)["Config"]
        container = run("docker", "create", IMAGE).strip()
        try:
            exported = subprocess.run(["docker", "export", container], check=True, capture_output=True).stdout
        finally:
            run("docker", "rm", container)
        cls.files = tarfile.open(fileobj=io.BytesIO(exported))

    def test_nothing_is_in_it_but_the_program_and_what_it_needs(self):
        # What Docker itself puts into every container that is made.
        docker = {".dockerenv", "dev/console", "etc/hostname", "etc/hosts", "etc/mtab", "etc/resolv.conf"}
        files = {it.name for it in self.files if not it.isdir()} - docker
        libraries = {it for it in files if it.startswith("lib")}
        self.assertEqual(
            files - libraries,
            {
                "etc/group", "etc/nsswitch.conf", "etc/passwd", "etc/ssl/certs/ca-certificates.crt", "usr/bin/verbund",
                "usr/share/doc/verbund/LICENSE", "usr/share/doc/verbund/sbom.cdx.json",
            },
        )  # fmt: skip
        names = {Path(it).name for it in libraries}
        self.assertEqual(names, {"ld-linux-x86-64.so.2", "libc.so.6", "libgcc_s.so.1", "libm.so.6"})

    def test_there_is_no_shell(self):
        for shell in ("/bin/sh", "/bin/bash", "/usr/bin/busybox"):
            with self.assertRaisesRegex(RuntimeError, "no such file"):
                run("docker", "run", "--rm", "--network=none", "--entrypoint", shell, IMAGE, "-c", "true")

    def test_only_folders_for_data_are_the_programs_and_nothing_gives_rights(self):
        for it in self.files:
            if it.name.startswith("var/lib/verbund"):
                self.assertEqual((it.uid, it.gid, it.mode & 0o7777), (65532, 65532, 0o700), it.name)
                continue
            self.assertEqual((it.uid, it.gid), (0, 0), it.name)
            self.assertFalse(it.mode & 0o6000, it.name)
            if it.name != "tmp" and not it.issym():
                self.assertFalse(it.mode & 0o022, f"{it.name} can be written")

    def test_it_is_nobody_by_number_and_asks_itself_how_it_is(self):
        self.assertEqual(self.config["User"], "65532:65532")
        self.assertEqual(self.config["Entrypoint"], ["/usr/bin/verbund"])
        check = self.config["Healthcheck"]["Test"]
        self.assertEqual(check[:3], ["CMD", "/usr/bin/verbund", "health"])

    def test_its_labels_say_what_it_is(self):
        version = run(BINARY, "--version").split()[1]
        label = {key.removeprefix("org.opencontainers.image."): value for key, value in self.config["Labels"].items()}
        self.assertEqual((label["title"], label["licenses"], label["version"]), ("Verbund", "EUPL-1.2", version))
        self.assertRegex(label["created"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        self.assertTrue(label["revision"])

    def test_its_bill_of_materials_is_valid_and_of_this_very_binary(self):
        text = self.files.extractfile("usr/share/doc/verbund/sbom.cdx.json").read().decode()
        self.assertIsNone(JsonStrictValidator(SchemaVersion.V1_6).validate_str(text))
        bill = json.loads(text)
        binary = self.files.extractfile("usr/bin/verbund").read()
        self.assertEqual(bill["metadata"]["component"]["hashes"][0]["content"], hashlib.sha256(binary).hexdigest())
        names = {it["name"] for it in bill["components"]}
        self.assertLessEqual({"tokio", "rustls", "aws-lc-sys", "libsqlite3-sys", "typst", "libc.so.6"}, names)
        # The one library that must not be in it, and that a careless generator lists.
        self.assertNotIn("ring", names)
        refs = {it["bom-ref"] for it in bill["components"]} | {bill["metadata"]["component"]["bom-ref"]}
        self.assertEqual(len(refs), len(bill["components"]) + 1)
        for dependency in bill["dependencies"]:
            self.assertLessEqual({dependency["ref"], *dependency["dependsOn"]}, refs)

    def test_the_same_binary_gives_the_same_layer(self):
        self.assertEqual(build(), layer)

    def test_it_starts_without_any_right_and_says_what_is_missing(self):
        locked = ("--rm", "--network=none", "--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges")
        self.assertIn("Aufruf: verbund", run("docker", "run", *locked, IMAGE, "--help"))
        with self.assertRaisesRegex(RuntimeError, r"exit 2\n.*/etc/verbund/node.toml"):
            run("docker", "run", *locked, IMAGE)


class Federation(Hardened):
    """The rehearsal of docs/operations/compose.md: the page's own commands, and then what they have to come to."""

    @classmethod
    def setUpClass(cls):
        cls.project = Project(place / "deploy/compose/federation")
        start, cls.update, cls.account = docs.blocks(PAGE, "## A rehearsal: the whole federation on one machine")
        docs.shell(start, place)
        cls.addClassCleanup(cls.project.down)
        for agency in AGENCIES:
            cls.project.healthy(agency, "--config", "/etc/verbund/node.toml")
            cls.project.healthy(f"{agency}-briefing", "--address", "127.0.0.1:8080", "--path", "/anmelden")

    def test_1_the_files_are_valid(self):
        config = yaml.safe_load(self.project.compose("config"))
        self.assertEqual(set(config["services"]), {*AGENCIES, *(f"{agency}-briefing" for agency in AGENCIES)})
        for agency in AGENCIES:
            self.project.verbund(agency, "config", "check", "--config", "/etc/verbund/node.toml")

    def test_2_the_pages_update_reaches_all(self):
        until("links", lambda: self.project.verbund("kod", "status", "--config", "/etc/verbund/office.toml").count("connected") == 5)
        seen = self.project.shell(self.update)
        self.assertRegex(seen, "gespeichert [0-9a-f-]{36} für dhz, kod, polizei, ")
        self.assertIn("SQLite", seen)
        for agency in AGENCIES:
            until(f"the update at {agency}", lambda agency=agency: self.project.notes(agency, "kod") == [NOTE])

    def test_3_containers_are_hardened_and_docker_finds_them_well(self):
        for service in (*AGENCIES, *(f"{agency}-briefing" for agency in AGENCIES)):
            container = self.project.container(service)
            self.assert_hardened(container)
            until(f"{service} to be healthy", lambda it=container: inspect(it)["State"]["Health"]["Status"] == "healthy")

    def test_4_the_application_signs_somebody_in(self):
        link = re.search(r"http://127\.0\.0\.1:8083/\S+", self.project.shell(self.account)).group()
        page = run("curl", "--silent", "--show-error", "--fail", "--location", "--cookie-jar", place / "cookies", link)
        self.assertIn("</html>", page)

    def test_5_a_killed_partner_catches_up_and_loses_nothing(self):
        before = self.project.notes("polizei", "kod")
        self.project.compose("kill", "polizei")
        self.project.push("kod", "Am Abend war der Platz leer.")
        self.project.compose("start", "polizei")
        self.project.healthy("polizei", "--config", "/etc/verbund/node.toml")
        wanted = sorted([*before, "Am Abend war der Platz leer."])
        until("what was sent meanwhile", lambda: sorted(self.project.notes("polizei", "kod")) == wanted)


@contextlib.contextmanager
def postgres(sockets, secrets):
    """A PostgreSQL of this machine where the container of the same name has its socket, made as that image makes one: initdb with
    the arguments of compose.yaml, a server for itself, the database, the scripts. Its role needs no network either."""
    programs = max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda it: int(it.parent.name))
    owner = pwd.getpwnam("postgres")
    with tempfile.TemporaryDirectory(prefix="verbund-postgres-") as name:
        data = Path(name) / "data"
        os.chown(name, owner.pw_uid, owner.pw_gid)
        agency = yaml.safe_load((place / "deploy/compose/agency/compose.yaml").read_text(encoding="utf-8"))
        arguments = agency["services"]["postgres"]["environment"]["POSTGRES_INITDB_ARGS"].split()
        as_owner = ("setpriv", f"--reuid={owner.pw_uid}", f"--regid={owner.pw_gid}", "--clear-groups")
        # Its user can't look into the containers' secrets.
        superuser = Path(name) / "superuser"
        superuser.write_text((secrets / "superuser").read_text())
        os.chown(superuser, owner.pw_uid, owner.pw_gid)
        run(*as_owner, programs / "initdb", f"--pgdata={data}", "--username=postgres", f"--pwfile={superuser}", *arguments)
        options = f"-c listen_addresses= -c unix_socket_directories={sockets}"
        control = (*as_owner, programs / "pg_ctl", f"--pgdata={data}", f"--log={name}/log", "--silent", "--wait")
        subprocess.run([*control, "start", "-o", options], check=True, stdin=subprocess.DEVNULL)
        try:
            environment = {
                "PGHOST": str(sockets),
                "PGPASSWORD": superuser.read_text().strip(),
                "POSTGRES_USER": "postgres",
                "POSTGRES_DB": "verbund",
            }
            run("env", *(f"{key}={value}" for key, value in environment.items()), "createdb", "--username=postgres", "verbund")
            yield environment
        finally:
            run(*control, "stop", "-m", "fast")


class OneAgency(Hardened):
    """One agency by the page, with PostgreSQL: from nothing, it joins the rehearsal's federation, and updates cross."""

    @classmethod
    def setUpClass(cls):
        cls.rehearsal = Project(place / "deploy/compose/federation")
        # Left by the rehearsal, unless this runs alone.
        if not (cls.rehearsal.folder / "agencies").exists():
            run(cls.rehearsal.folder / "prepare", IMAGE)
        cls.project = Project(place / "deploy/compose/agency")
        cls.config, cls.secrets = cls.project.folder / "config", cls.project.folder / "secrets"
        cls.prepare, cls.init, cls.sheet, cls.check, cls.prove, cls.account, cls.backup, cls.restore = docs.blocks(PAGE, "## One agency")
        cls.watch = joining.Watch("compose")
        with cls.watch.running():
            docs.shell(cls.prepare, place)

    def test_1_the_file_is_valid_and_hardens_every_container(self):
        services = yaml.safe_load(self.project.compose("config"))["services"]
        self.assertLessEqual({"node", "briefing", "postgres", "collector", "prometheus", "grafana"}, set(services))
        for name, service in services.items():
            self.assertTrue(service["read_only"], name)
            self.assertEqual(service["cap_drop"], ["ALL"], name)
            self.assertEqual(service["security_opt"], ["no-new-privileges:true"], name)
            self.assertNotIn("latest", service["image"])
            self.assertIn(":", service["image"])
        self.assertEqual(services["postgres"]["network_mode"], "none")
        for outside in (services[it].get("ports", []) for it in ("briefing", "prometheus", "grafana")):
            self.assertTrue(all(str(it).startswith("127.0.0.1:") for it in outside), outside)

    def test_2_secrets_are_for_those_who_need_them_and_stay(self):
        owners = {"verbund": 65532, "postgres": 999, "grafana": 472}
        files = [it for it in self.secrets.rglob("*") if it.is_file()]
        self.assertEqual(len(files), 7)
        before = {it: it.read_bytes() for it in files}
        for it in files:
            self.assertEqual((it.stat().st_uid, it.stat().st_mode & 0o777), (owners[it.parent.name], 0o400), it)
        self.assertEqual(len({content.strip().split(b":")[-1] for content in before.values()}), 4, "one for each who signs in")
        docs.shell(self.prepare, place)
        self.assertEqual({it: it.read_bytes() for it in files}, before)

    def test_3_what_an_agency_makes_and_what_it_still_lacks(self):
        with self.watch.running():
            self.project.shell(self.init)
        self.assertIn("BEGIN CERTIFICATE REQUEST", (self.config / "tls/node.csr").read_text(encoding="utf-8"))
        self.assertEqual((self.config / "keys/entry.key").stat().st_uid, 65532)
        with self.assertRaisesRegex(RuntimeError, "charter.file"):
            self.project.shell(self.check)

    def test_4_a_node_joins_as_the_page_says(self):
        self.rehearsal.compose("up", "--detach", *AGENCIES)
        self.addCleanup(self.rehearsal.down)
        for agency in AGENCIES:
            self.rehearsal.healthy(agency, "--config", "/etc/verbund/node.toml")
        with self.watch.running():
            self.gets_known()

        sockets = place / "sockets"
        sockets.mkdir()
        sockets.chmod(0o777)
        differs = {
            "services": {"node": {"networks": {"partners": {"aliases": ["verbund.jugendamt.example"]}}}},
            "networks": {"partners": {"external": True, "name": "verbund-rehearsal_federation"}},
            "volumes": {"postgres-socket": {"driver_opts": {"type": "none", "o": "bind", "device": str(sockets)}}},
        }
        (self.project.folder / "test.yaml").write_text(yaml.safe_dump(differs), encoding="utf-8")
        # The volumes that `setup` has made already are others than those of the test.
        self.project.compose("down", "--volumes")
        project = Project(self.project.folder, "test.yaml")
        with postgres(sockets, self.secrets / "postgres") as environment:
            self.addCleanup(project.down, "--volumes")
            with self.watch.running():
                self.brings_the_schema_up(project, environment)
                project.compose("up", "--detach", "--no-deps", "node", "briefing")
                project.healthy("node", "--config", "/etc/verbund/node.toml")
                self.an_update_crosses(project)
            self.watch.told()
            project.healthy("briefing", "--address", "127.0.0.1:8080", "--path", "/anmelden")
            self.rehearsal.push("kod", "Der Platz ist wieder frei.")
            until("the partner's update", lambda: "Der Platz ist wieder frei." in project.notes("node", "kod"))
            for service in ("node", "briefing"):
                self.assert_hardened(project.container(service))
            self.assertTrue(project.shell(self.account))
            self.comes_back_from_a_backup(project, environment)
            # Before its database goes.
            project.compose("kill")

    def comes_back_from_a_backup(self, project, environment):
        """The page's backup, and its restore into another database of the same name."""
        restore = project.folder / "restore"
        recipient = run(BINARY, "backup", "keygen", "--output", restore / "backup-secret.key").strip()
        docs.shell(self.backup, project.folder, {**project.environment, "recipient": recipient})
        [keys] = (project.folder / "backup-keys").iterdir()
        self.assertTrue(keys.read_bytes().startswith(b"age-encryption.org/v1"))
        [backup] = (project.folder / "backup-store").iterdir()
        shutil.copy(backup, restore)
        run("chown", "--recursive", "65532:65532", restore)
        before = project.notes("node", joining.AGENCY) + project.notes("node", "kod")
        project.compose("stop", "node", "briefing")
        # What the page asks of PostgreSQL's own containers.
        psql = ("psql", "--no-psqlrc", "--quiet", "--username=postgres")
        commands = re.findall(r"--command='([^']+)'", (ROOT / PAGE).read_text(encoding="utf-8"))
        run(*psql, "--dbname=postgres", *(f"--command={it}" for it in commands), environment=environment)
        roles = f"--file={place / 'migrations/postgres/roles.sql'}"
        run(*psql, "--dbname=verbund", roles, environment=environment)
        docs.shell(self.restore, project.folder, {**project.environment, "backup": backup.name})
        run(*psql, "--dbname=verbund", roles, environment=environment)
        project.compose("start", "node")
        project.healthy("node", "--config", "/etc/verbund/node.toml")
        self.assertEqual(project.notes("node", joining.AGENCY) + project.notes("node", "kod"), before)
        # All partners are there, so that it signs again by itself.
        until("an update after the restore", lambda: "stored" in project.push("node", "Nach der Wiederherstellung."))
        until("it at a partner", lambda: "Nach der Wiederherstellung." in self.rehearsal.notes("dhz", joining.AGENCY))

    def brings_the_schema_up(self, project, environment):
        script = (self.project.folder / "postgres/10-verbund.sh").read_text(encoding="utf-8")
        # The two places where compose.yaml mounts them.
        roles = place / "migrations/postgres/roles.sql"
        script = script.replace("/verbund/roles.sql", str(roles)).replace("/run/secrets/postgres", str(self.secrets / "postgres"))
        run("bash", "-c", script, environment=environment)
        project.compose("run", "--rm", "--no-deps", "migrate")
        psql = ("psql", "--no-psqlrc", "--quiet", "--username=postgres", "--dbname=verbund")
        run(*psql, f"--file={roles}", environment=environment)
        # The node's password is not one with which the schema can be changed.
        ours = {**environment, "PGPASSWORD": (self.secrets / "postgres/run").read_text(encoding="utf-8").strip()}
        with self.assertRaisesRegex(RuntimeError, "permission denied"):
            run("psql", "--no-psqlrc", "--username=verbund_run", "--dbname=verbund", "--command=CREATE TABLE t ()", environment=ours)
        with self.assertRaisesRegex(RuntimeError, "password authentication failed"):
            run(*psql, "--command=SELECT 1", environment=ours)

    def gets_known(self):
        """Certificates, the charter and the lists: what comes from the agency's authority and from the partners."""
        authority = place / "authority"
        authority.mkdir()
        run(BINARY, "pki", "authority", "--agency", joining.AGENCY, "--federation", "krefeld", folder=authority)
        issued = authority / "pki" / joining.AGENCY
        for request in sorted((self.config / "tls").glob("*.csr")):
            issue = ("x509", "-req", "-in", request, "-CA", f"{issued}.root.pem", "-CAkey", f"{issued}.root.key", "-days", "90")
            run("openssl", *issue, "-copy_extensions", "copyall", "-out", request.with_suffix(".pem"))
        shutil.copyfile(f"{issued}.root.pem", self.config / "tls/root.pem")
        shutil.copyfile(f"{issued}.crl", self.config / f"tls/crls/{joining.AGENCY}.crl")
        self.project.shell(self.sheet)

        agencies = self.rehearsal.folder / "agencies"
        program = place / "bin/verbund"
        program.symlink_to(BINARY.resolve())
        # The rehearsal's keeper has the agencies' roots in a folder beside its files.
        others = joining.Others(docs.shell, agencies, ".", place / "deploy/charter/krefeld.toml")
        others.compose_and_sign(self.config / "hand-over")
        others.place()
        incoming = place / "incoming"
        incoming.mkdir()
        others.send_back(incoming)
        for agency in AGENCIES:
            status = ("status", "--config", "/etc/verbund/office.toml", "--format", "json")
            until(f"the charter at {agency}", lambda it=agency: json.loads(self.rehearsal.verbund(it, *status))["charter_version"] == 2)
        for file in incoming.iterdir():
            shutil.copy(file, self.config / "tls/crls" if file.suffix == ".crl" else self.config)
        self.project.shell(self.check)

    def an_update_crosses(self, project):
        status = ("status", "--config", "/etc/verbund/office.toml")
        until("links", lambda: project.verbund("node", *status).count("connected") == len(AGENCIES))
        self.assertIn("PostgreSQL", project.shell(self.prove))
        until("the update at a partner", lambda: NOTE in self.rehearsal.notes("quartiersbuero", joining.AGENCY))


if __name__ == "__main__":
    unittest.main(verbosity=2)
