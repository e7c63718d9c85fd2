"""The manifests in deploy/kubernetes, and the page about them, as they are: rendered, checked, and run as far as that goes
without a cluster. The environment says where the programs are, and it takes root to lay out a pod's files: see `step_manifests` in
tests/run.
"""

import json
import os
import re
import shutil
import ssl
import subprocess
import sys
import tempfile
import time
import tomllib
import unittest
import urllib.request
from pathlib import Path

import database
import network
import objects
import rules
import scanner
import schemas
import walk
from cluster import Cluster, Stage

ROOT = Path(__file__).resolve().parents[3]
sys.path.append(str(ROOT / "tests/operations"))
import joining  # noqa: E402

OVERLAYS = ROOT / "deploy/kubernetes/overlays"
KUBECTL = os.environ["MANIFESTS_KUBECTL"]
AGENCIES = [it["id"] for it in tomllib.loads((ROOT / "deploy/charter/krefeld.toml").read_text(encoding="utf-8"))["agency"]]
RELEASE = tomllib.loads((ROOT / "Cargo.toml").read_text(encoding="utf-8"))["workspace"]["package"]["version"]
# A debug build on two busy cores; what is waited for comes within a second or two otherwise.
PATIENCE_S = 60


class Manifests(unittest.TestCase):
    """What the overlays come to."""

    @classmethod
    def setUpClass(cls):
        cls.rendered = {agency: objects.render(KUBECTL, OVERLAYS / agency) for agency in AGENCIES}

    def found(self, findings):
        self.assertFalse(findings, "\n" + "\n".join(findings))

    def test_each_agency_has_an_overlay(self):
        self.assertEqual(sorted(it.name for it in OVERLAYS.iterdir()), sorted(AGENCIES))

    def test_every_object_is_what_its_schema_says(self):
        seen, findings = set(), []
        for agency, things in self.rendered.items():
            for thing in things:
                text = json.dumps(thing, sort_keys=True)
                if text not in seen:
                    seen.add(text)
                    findings += [f"{agency}: {objects.shown(thing)}: {it}" for it in schemas.findings(thing)]
        self.found(findings)

    def test_rules(self):
        self.found([f"{agency}: {it}" for agency, things in self.rendered.items() for it in rules.all_rules(things, RELEASE)])

    def test_police_runs_replicas_and_streetwork_is_dialled_by_nobody(self):
        police, streetwork = self.rendered["polizei"], self.rendered["streetwork"]
        self.assertEqual(police.workload("node")["kind"], "Deployment")
        self.assertEqual(len(police.of("Cluster")), 1)
        self.assertIsNone(streetwork.one("Service", "node-federation"))
        ways = {way for _, way in network.opened(streetwork)}
        self.assertFalse([way for way in ways if way[1:] == ("in", "address", 7444)])

    def test_what_the_policy_scanner_says(self):
        with tempfile.TemporaryDirectory() as folder:
            for agency, things in self.rendered.items():
                text = "\n---\n".join(json.dumps(thing) for thing in things)
                Path(folder, f"{agency}.yaml").write_text(text, encoding="utf-8")
            found = scanner.scan(os.environ["MANIFESTS_CHECKOV"], folder)
        self.found(list(scanner.judged(found, scanner.skips(scanner.SKIPS.read_text(encoding="utf-8")))))


class Page(unittest.TestCase):
    """The page's commands, for all six agencies, one federation in the end; then nodes and applications as their pods would start them."""

    @classmethod
    def setUpClass(cls):
        binary = Path(os.environ["VERBUND_BINARY"]).resolve()
        # Beside the binary, so that it can be linked instead of copied for each pod.
        cls.home = Path(tempfile.mkdtemp(prefix="manifests-", dir=binary.parents[1]))
        cls.addClassCleanup(shutil.rmtree, cls.home)
        cls.home.chmod(0o755)
        cls.desk = walk.Desk(cls.home, sys.executable, KUBECTL, binary)
        cls.page = walk.sections(walk.PAGE.read_text(encoding="utf-8"))
        cls.replicated = {"polizei"}
        cls.binary = binary
        cls.begin()
        cls.cluster = Cluster(cls.desk.state / "objects")

    @classmethod
    def do(cls, text):
        problem = cls.desk.run(text)
        if problem:
            raise AssertionError(problem)

    @classmethod
    def begin(cls):
        """From nothing to six nodes."""
        keys, charter, _, overlay, start, see, _ = cls.page["From nothing to a node in the federation"]
        passwords, roles = cls.page["With PostgreSQL"]
        for agency in AGENCIES:
            cls.do(walk.for_agency(keys, agency))
        (cls.home / "members.toml").write_text("".join(cls.member(agency) for agency in AGENCIES), encoding="utf-8")
        cls.do(charter)
        for agency in AGENCIES[1:]:
            # Each signs what the first has composed.
            cls.do(walk.for_agency(charter.splitlines()[-1], agency))
        for agency in AGENCIES:
            replicas = agency in cls.replicated
            cls.do(walk.for_agency(overlay, agency))
            if replicas:
                cls.do(passwords)
            cls.do(walk.for_agency(start, agency, replicas))
            if replicas:
                cls.lacking = database.lacking("verbund", "verbund_run")
                cls.do(roles)
            cls.do(walk.for_agency(see, agency, replicas))

    @classmethod
    def member(cls, agency):
        key = (cls.home / agency / "keys/entry.pub").read_text(encoding="utf-8").strip()
        dials_only = agency == "streetwork"
        endpoint = "" if dials_only else f"node.{agency}.example:7444"
        return f"""
[[member]]
agency = "{agency}"
endpoint = "{endpoint}"
roots = "pki/{agency}.root.pem"
entry_keys = ["{key}"]
"""

    def test_an_agency_joins_the_federation_that_runs(self):
        """The page for one agency more: partners' nodes run already, and take the charter in which it is."""
        partners = {agency: self.stage(agency, "node") for agency in ("kod", "quartiersbuero")}
        kod, _ = self.start_node(partners["kod"], "kod")
        other, _ = self.start_node(partners["quartiersbuero"], "quartiersbuero", kod=kod["federation_api"])
        watch = joining.Watch("Kubernetes")
        with watch.running():
            keys, _, copy, overlay, start, see, cross = (
                # What it is called when it is a copy, stands there.
                text if text.startswith("cp -r") else walk.for_agency(text, joining.AGENCY)
                for text in self.page["From nothing to a node in the federation"]
            )
            self.do(keys)
            others = joining.Others(
                lambda code, folder: self.do(f"cd {folder}\n{code}"), self.home, ".", ROOT / "deploy/charter/krefeld.toml"
            )
            others.compose_and_sign(self.home / joining.AGENCY / "hand-over")
            self.do("mv next.toml.sig charter.toml.sig && mv next.toml charter.toml")
            newer = next(text for text in self.page["Day two"] if "create configmap charter" in text)
            for agency, stage in partners.items():
                self.do(walk.for_agency(newer, agency))
                stage.refresh("charter")
            for text in (copy, overlay, start, see):
                self.do(text)
            stage = self.stage(joining.AGENCY, "node")
            node, _ = self.start_node(stage, joining.AGENCY, kod=kod["federation_api"], quartiersbuero=other["federation_api"])
            self.soon(
                lambda: self.linked(node, "kod", "quartiersbuero"), lambda: f"{joining.AGENCY} did not get through to its partners"
            )
            pod = f"verbund-{joining.AGENCY}/node"
            pods = {pod: str(stage.folder), f"{pod}:7443": node["agency_api"]}
            (self.desk.state / "pods.json").write_text(json.dumps(pods), encoding="utf-8")
            self.other_window()
            self.do(cross)
            self.do("verbund pki system leitstelle --agency kod")
            identity = "--roots pki/kod.root.pem --certificate pki/kod.system.leitstelle.pem --key pki/kod.system.leitstelle.key"
            feed = f"verbund feed --node {kod['agency_api']} {identity} --format json | grep --quiet 'Platz am Morgen gereinigt'"
            self.soon(lambda: self.desk.run(feed) is None, lambda: self.desk.run(feed))
        watch.told()
        [ask] = self.page["Asking the node"]
        self.do(walk.for_agency(ask, joining.AGENCY))
        self.do("verbund backup keygen --output backup-secret.key >recipient")
        self.desk.environment["recipient"] = (self.home / "recipient").read_text(encoding="utf-8").strip()
        [backup] = (text for text in self.page["Day two"] if "backup store" in text)
        self.do(walk.for_agency(backup, joining.AGENCY))
        for file in ("store.age", "keys.age"):
            self.assertTrue((self.home / file).read_bytes().startswith(b"age-encryption.org/v1"), file)

    def other_window(self):
        """What the page has in another window: the way to a node."""
        [way] = set(re.findall(r"^\$ (kubectl .* port-forward .*)$", walk.PAGE.read_text(encoding="utf-8"), re.MULTILINE))
        way = self.enterContext(
            subprocess.Popen(
                walk.for_agency(way, joining.AGENCY).split(), cwd=self.home, env=self.desk.environment, stdout=subprocess.PIPE, text=True
            )
        )
        self.addCleanup(way.terminate)
        # It ends instead where it can't.
        self.assertIn("Forwarding from 127.0.0.1:17443", way.stdout.readline())

    def linked(self, node, *partners):
        with urllib.request.urlopen(f"http://{node['admin']}/metrics", timeout=5) as answer:
            text = answer.read().decode()
        return all(f'verbund_link_up{{partner="{it}"}} 1' in text for it in partners)

    def stage(self, agency, component):
        folder = self.home / "running" / agency / component
        stage = self.cluster.stage(folder, self.binary, component, f"verbund-{agency}")
        failed = stage.begin()
        self.assertIsNone(failed)
        return stage

    def running(self, stage, sign, **variables):
        """Starts a pod's program, and gives the line by which it says that it is up."""
        log = (stage.folder.parent / f"{stage.folder.name}.log").open("wb")
        process = stage.start(log, **variables)
        self.addCleanup(log.close)
        self.addCleanup(self.end, process)
        path = Path(log.name)

        def up():
            self.assertIsNone(process.poll(), path.read_text(encoding="utf-8"))
            lines = path.read_text(encoding="utf-8").splitlines()
            return next((line for line in lines if re.search(sign, line)), None)

        return self.soon(up, lambda: path.read_text(encoding="utf-8")), path

    def end(self, process):
        """Told to stop, a program stops by itself, and says that all was well."""
        process.terminate()
        self.assertEqual(process.wait(PATIENCE_S), 0)

    def soon(self, look, otherwise):
        """Waits for what comes by itself."""
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            found = look()
            if found:
                return found
            time.sleep(0.05)
        self.fail(otherwise())

    def node(self, agency, **partners):
        """A node that runs as its pod would, and where it listens."""
        stage = self.stage(agency, "node")
        fields, _ = self.start_node(stage, agency, **partners)
        self.probe(stage, f"http://{fields['admin']}")
        return fields

    def start_node(self, stage, agency, **partners):
        variables = {f"VERBUND__{section}__LISTEN": "127.0.0.1:0" for section in ("AGENCY_API", "FEDERATION", "ADMIN")}
        variables |= {f"VERBUND__PARTNERS__ENDPOINT__{name.upper()}": address for name, address in partners.items()}
        if agency in self.replicated:
            variables["VERBUND__STORE__URL"] = database.here(self.configuration(stage)["store"]["url"], "database")
        line, log = self.running(stage, '"node up"', **variables)
        return json.loads(line), log

    def configuration(self, stage):
        return tomllib.loads((stage.folder / "etc/verbund/node.toml").read_text(encoding="utf-8"))

    def probe(self, stage: Stage, base):
        """Asks what the kubelet would ask, until all three are content."""
        unchecked = ssl.create_default_context()
        unchecked.check_hostname, unchecked.verify_mode = False, ssl.CERT_NONE

        def content(path):
            try:
                with urllib.request.urlopen(base + path, context=unchecked, timeout=5) as answer:
                    return answer.status == 200
            except OSError:
                return False

        for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
            path = stage.container[probe]["httpGet"]["path"]
            self.soon(lambda path=path: content(path), lambda path=path: f"{base}{path} is not content")

    def test_nodes_of_both_engines_and_one_that_only_dials_out_find_each_other(self):
        dhz = self.node("dhz")
        for agency in ("streetwork", "polizei"):
            self.node(agency, dhz=dhz["federation_api"])

        self.soon(
            lambda: self.linked(dhz, "streetwork", "polizei"), lambda: "streetwork and polizei did not get through to dhz"
        )

    def test_applications_start_and_are_content(self):
        for agency in AGENCIES:
            with self.subTest(agency=agency):
                stage = self.stage(agency, "briefing")
                line, _ = self.running(stage, r"127\.0\.0\.1:\d+", VERBUND_BRIEFING__LISTEN="127.0.0.1:0")
                self.probe(stage, f"https://{re.search(r'127[.]0[.]0[.]1:[0-9]+', line).group()}")

    def test_a_migration_leaves_the_role_that_runs_with_all_it_needs(self):
        """Between a migration and `roles.sql` a node has to work; afterwards it may do less."""
        self.assertEqual(self.lacking, [])
        self.assertIn("entry", database.lacking("verbund", "verbund_run"))

    def test_a_renewed_certificate_is_taken_over(self):
        """As the page says, without a restart: a kubelet turns a link, and the node sees it."""
        stage = self.stage("kod", "node")
        _, log = self.start_node(stage, "kod")
        self.cluster.delete("Secret", "node-tls", stage.namespace)
        self.cluster.settle()
        stage.refresh("tls")
        told = '"TLS files reloaded","certificate":true'
        self.soon(lambda: told in log.read_text(encoding="utf-8"), log.read_text)

    def test_what_would_keep_a_pod_from_starting_is_seen(self):
        for path, change, words in (
            ("node.toml", lambda file: file.write_text(file.read_text().replace("[admin]", "[amdin]")), "amdin: is unknown"),
            ("keys/entry.key", lambda file: file.chmod(0o444), "has mode 0444"),
            ("charter/charter.toml", lambda file: file.unlink(), "charter.file"),
        ):
            stage = self.stage("kod", "node")
            change(stage.folder / "etc/verbund" / path)
            checked = stage.run(["config", "check", "--config", "/etc/verbund/node.toml"])
            self.assertEqual(checked.returncode, 2)
            self.assertIn(words, checked.stderr)

    def test_zz_day_two(self):
        """Last: it changes roots and keys."""
        self.do("verbund pki authority --agency dhz --federation krefeld --dir new")
        for text in self.page["Day two"]:
            if "backup store" in text:
                # Of a node that runs: done where one joins.
                continue
            with self.subTest(text=text):
                self.do(text)

    def test_the_page_names_the_oldest_version_that_is_checked(self):
        self.assertIn(f"Kubernetes {schemas.VERSIONS[0]} or newer", walk.PAGE.read_text(encoding="utf-8"))

    def test_no_command_is_left_out(self):
        run = {"From nothing to a node in the federation", "With PostgreSQL", "Day two", "Asking the node"}
        self.assertEqual(set(self.page), run)

