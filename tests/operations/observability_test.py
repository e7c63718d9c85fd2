#!/usr/bin/env python3
"""What watches a node, tried on real nodes: rules and dashboards in a real Prometheus, traces through a real collector.

The nodes of two agencies are made by README.md's own steps (tests/python/node.py); the other four members are never reached, which is
something to be seen as well.
"""

import contextlib
import importlib.util
import json
import re
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.parse
import urllib.request
from concurrent import futures
from pathlib import Path

import grpc
import yaml
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc

import docs

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/python"))
import node  # noqa: E402

OBSERVABILITY = ROOT / "deploy/observability"
RULES = OBSERVABILITY / "prometheus/alerts.yaml"
CASES = OBSERVABILITY / "prometheus/alerts.test.yaml"
PAGES = ROOT / "docs/operations/alerts"
DASHBOARDS = sorted((OBSERVABILITY / "grafana/dashboards").glob("*.json"))
PATIENCE_S = 60

nodes = {}
spans = []


def load(path):
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def until(what, look):
    """Waits for `look` to give something, and gives it."""
    deadline = time.monotonic() + PATIENCE_S
    while not (found := look()):
        if time.monotonic() > deadline:
            raise AssertionError(f"waited in vain for {what}: {found}")
        time.sleep(0.05)
    return found


def get(url):
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.read().decode()


class Backend(trace_service_pb2_grpc.TraceServiceServicer):
    """Where the collector passes traces on to: it keeps each span with the agency that sent it."""

    def Export(self, request, context):
        for resource in request.resource_spans:
            attributes = {it.key: it.value.string_value for it in resource.resource.attributes}
            found = [span for scope in resource.scope_spans for span in scope.spans]
            spans.extend((attributes.get("service.instance.id"), span) for span in found)
        return trace_service_pb2.ExportTraceServiceResponse()


@contextlib.contextmanager
def process(*command, cwd, log):
    with open(log, "wb") as output:
        running = subprocess.Popen(list(map(str, command)), cwd=cwd, stdout=output, stderr=output)
    try:
        yield running
    finally:
        running.terminate()
        try:
            running.wait(timeout=20)
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()


def listens(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def is_ready(url):
    with contextlib.suppress(OSError):
        return get(url)
    return None


@contextlib.contextmanager
def collector(folder):
    """The collector, with the backend behind it; gives its address for nodes."""
    backend = grpc.server(futures.ThreadPoolExecutor(2))
    trace_service_pb2_grpc.add_TraceServiceServicer_to_server(Backend(), backend)
    behind = backend.add_insecure_port("127.0.0.1:0")
    backend.start()
    program = Path(importlib.util.find_spec("rotel").origin).parent / "rotel-agent"
    port, http = node.free_ports(2)
    command = [
        program, "start", "--otlp-grpc-endpoint", f"127.0.0.1:{port}", "--otlp-http-endpoint", f"127.0.0.1:{http}",
        "--exporter", "otlp", "--otlp-exporter-endpoint", f"http://127.0.0.1:{behind}", "--otlp-exporter-protocol", "grpc",
    ]  # fmt: skip
    try:
        with process(*command, cwd=folder, log=folder / "collector.log"):
            until("the collector", lambda: listens(port))
            yield f"http://127.0.0.1:{port}"
    finally:
        backend.stop(None)


def setUpModule():
    stack = contextlib.ExitStack()
    unittest.addModuleCleanup(stack.close)
    folder = stack.enter_context(node.federation())
    endpoint = stack.enter_context(collector(folder))
    ports = {agency: node.free_ports(3) for agency in ("kod", "dhz")}
    for agency, partner in (("kod", "dhz"), ("dhz", "kod")):
        environment = {
            f"VERBUND__PARTNERS__ENDPOINT__{partner.upper()}": f"127.0.0.1:{ports[partner][1]}",
            "VERBUND__TELEMETRY__OTLP_ENDPOINT": endpoint,
            "VERBUND__TELEMETRY__SHARE_TRACES_WITH": f'["{partner}"]',
            # Spans are sent at once, not every five seconds.
            "OTEL_BSP_SCHEDULE_DELAY": "100",
        }
        stack.enter_context(node.node(folder, agency, ports[agency], environment))
        nodes[agency] = ports[agency][2]
    until("the link", lambda: 'verbund_link_up{partner="dhz"} 1' in scrape("kod"))
    push(folder, ports["kod"][0], "Platz am Morgen gereinigt, wenig Glas.")
    with contextlib.suppress(RuntimeError):
        push(folder, ports["kod"][0], "Max Mustermann war wieder da.")
    # Somebody who speaks no TLS.
    with socket.create_connection(("127.0.0.1", ports["kod"][1])) as stranger:
        stranger.sendall(b"GET / HTTP/1.1\r\n\r\n")
        stranger.recv(1)
    until("its entry at the partner", lambda: 'origin="kod",outcome="stored"' in scrape("dhz"))
    until("the refusal", lambda: "verbund_tls_refusals_total{" in scrape("kod"))


def push(folder, port, note):
    today = subprocess.run(["date", "+%F"], check=True, capture_output=True, text=True).stdout.strip()
    update = {
        "category": "sauberkeit", "place": "theaterplatz", "day": today, "measure": "m1", "trend": "falling",
        "source": "own-observation", "urgency": "routine", "handling": "amber", "note": note,
    }  # fmt: skip
    (folder / "update.json").write_text(json.dumps(update), encoding="utf-8")
    node.shell(f"verbund push --config kod/duty-log.toml --node 127.0.0.1:{port} update.json", folder)


def scrape(agency):
    return get(f"http://127.0.0.1:{nodes[agency]}/metrics")


def metrics():
    """The names of all that the two nodes tell."""
    lines = (scrape("kod") + scrape("dhz")).splitlines()
    return {re.match(r"\w+", line).group() for line in lines if not line.startswith("#")}


def named(expression):
    return set(re.findall(r"\bverbund_\w+", expression))


def panels(dashboard):
    return [panel for panel in dashboard["panels"] if panel["type"] != "row"]


def queries():
    """Every query of the dashboards, as (where, expression) with Grafana's variables filled in."""
    for path in DASHBOARDS:
        for panel in panels(json.loads(path.read_text(encoding="utf-8"))):
            for target in panel["targets"]:
                expression = target["expr"].replace("$__rate_interval", "1m").replace("$instance", ".*")
                yield f"{path.name}: {panel['title']}", expression


class Rules(unittest.TestCase):
    def setUp(self):
        self.rules = load(RULES)["groups"][0]["rules"]

    def test_the_files_hold_and_each_case_comes_out(self):
        (check,) = docs.blocks("docs/operations/observability.md", "## In Prometheus and Grafana that are there already")
        docs.shell(check, ROOT)

    def test_each_alert_is_shown_to_fire_and_to_be_quiet(self):
        fires, quiet = set(), set()
        for case in load(CASES)["tests"]:
            for check in case["alert_rule_test"]:
                (fires if check["exp_alerts"] else quiet).add(check["alertname"])
        names = {rule["alert"] for rule in self.rules}
        self.assertEqual((fires, quiet), (names, names))

    def test_each_alert_has_its_page_and_each_page_its_alert(self):
        index = (PAGES / "README.md").read_text(encoding="utf-8")
        pages = set()
        for rule in self.rules:
            page = ROOT / rule["annotations"]["runbook_url"]
            self.assertEqual(page.parent, PAGES, rule["alert"])
            pages.add(page)
            text = page.read_text(encoding="utf-8")
            self.assertTrue(text.startswith(f"# {rule['alert']}\n"), page)
            self.assertEqual(
                re.findall(r"^## (.*)$", text, re.MULTILINE),
                ["What it means", "How to see", "What to do", "When to escalate"],
                page,
            )
            self.assertIn(f"| Severity | {rule['labels']['severity']}:", text, page)
            self.assertIn(f"| Fires | {'after ' + rule['for'] if 'for' in rule else 'at once'} |", text, page)
            self.assertIn(f"| [{rule['alert']}]({page.name}) | {rule['labels']['severity']} |", index)
        self.assertEqual(set(PAGES.glob("*.md")) - {PAGES / "README.md"}, pages)

    def test_commands_that_the_pages_name_exist(self):
        operations = sorted((ROOT / "docs/operations").rglob("*.md"))
        named = {it for page in operations for it in re.findall(r"`verbund ([^`\n]+)`", page.read_text(encoding="utf-8"))}
        self.assertGreater(len(named), 10)
        for command in sorted(named):
            words = command.split()
            options = next((at for at, word in enumerate(words) if word.startswith("-")), len(words))
            with self.subTest(command):
                called = [node.BINARY, *(it for it in words[:options] if re.fullmatch(r"[a-z-]+", it)), "--help"]
                help_text = subprocess.run(called, check=True, capture_output=True, text=True).stdout
                for option in re.findall(r"--[a-z-]+", command):
                    self.assertIn(option, help_text)

    def test_each_says_what_it_is_in_both_languages(self):
        for rule in self.rules:
            annotations = rule["annotations"]
            self.assertEqual(set(annotations), {"summary", "summary_en", "runbook_url"}, rule["alert"])
            filled = [re.findall(r"{{.*?}}", annotations[it]) for it in ("summary", "summary_en")]
            self.assertEqual(set(filled[0]), set(filled[1]), rule["alert"])
            self.assertIn(rule["labels"]["severity"], ("critical", "warning"))

    def test_what_they_look_at_exists(self):
        there = metrics()
        for rule in self.rules:
            self.assertLessEqual(named(rule["expr"]), there, rule["alert"])


class Dashboards(unittest.TestCase):
    def test_what_they_show_exists(self):
        there = metrics()
        self.assertGreater(len(list(queries())), 20)
        for where, expression in queries():
            self.assertLessEqual(named(expression), there, where)
        for path in DASHBOARDS:
            variables = json.loads(path.read_text(encoding="utf-8"))["templating"]["list"]
            for it in variables:
                self.assertLessEqual(named(json.dumps(it["query"])), there, path.name)

    def test_their_form_is_one_that_grafana_takes(self):
        uids = set()
        for path in DASHBOARDS:
            dashboard = json.loads(path.read_text(encoding="utf-8"))
            uids.add(dashboard["uid"])
            self.assertEqual(dashboard["uid"], path.stem)
            ids = [panel["id"] for panel in dashboard["panels"]]
            self.assertEqual(len(ids), len(set(ids)), path.name)
            taken = set()
            for panel in dashboard["panels"]:
                at = panel["gridPos"]
                self.assertLessEqual(at["x"] + at["w"], 24, panel["title"])
                cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
                self.assertFalse(cells & taken, f"{path.name}: {panel['title']} lies over another")
                taken |= cells
            for panel in panels(dashboard):
                self.assertTrue(panel["description"], panel["title"])
                sources = [panel["datasource"], *(target["datasource"] for target in panel["targets"])]
                self.assertEqual({it["uid"] for it in sources}, {"${datasource}"}, panel["title"])
        self.assertEqual(len(uids), len(DASHBOARDS))

    def test_provisioning_finds_what_compose_mounts(self):
        services = load(ROOT / "deploy/compose/agency/compose.yaml")["services"]
        provider = load(OBSERVABILITY / "grafana/provisioning/dashboards/verbund.yaml")["providers"][0]
        mounted = {it.split(":")[1]: it.split(":")[0] for it in services["grafana"]["volumes"]}
        folder = (ROOT / "deploy/compose/agency" / mounted[provider["options"]["path"]]).resolve()
        self.assertEqual(folder, DASHBOARDS[0].parent)
        source = load(OBSERVABILITY / "grafana/provisioning/datasources/prometheus.yaml")["datasources"][0]
        self.assertEqual(urllib.parse.urlsplit(source["url"]).hostname, "prometheus")
        self.assertIn("prometheus", services)


class Prometheus(unittest.TestCase):
    """The shipped configuration in a real Prometheus that scrapes the node of the order service."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="verbund-prometheus-")
        cls.addClassCleanup(folder.cleanup)
        config = load(OBSERVABILITY / "prometheus/prometheus.yaml")
        # What differs from a deployment: where the node is, and that nobody waits for a quarter of a minute.
        jobs = {job["job_name"]: job for job in config["scrape_configs"]}
        jobs["verbund"]["static_configs"] = [{"targets": [f"127.0.0.1:{nodes['kod']}"]}]
        config["global"] = {"scrape_interval": "500ms", "evaluation_interval": "500ms"}
        place = Path(folder.name)
        (place / "prometheus.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
        (place / "alerts.yaml").write_bytes(RULES.read_bytes())
        (port,) = node.free_ports(1)
        cls.api = f"http://127.0.0.1:{port}/api/v1"
        command = ["prometheus", "--config.file=prometheus.yaml", "--storage.tsdb.path=data", f"--web.listen-address=127.0.0.1:{port}"]
        cls.enterClassContext(process(*command, cwd=place, log=place / "log"))
        until("Prometheus", lambda: is_ready(f"http://127.0.0.1:{port}/-/ready"))
        # Rates need several samples.
        until("samples", lambda: cls.value('count_over_time(up{job="verbund"}[1m])') >= 5)

    @classmethod
    def ask(cls, path, **parameters):
        answer = json.loads(get(f"{cls.api}/{path}?{urllib.parse.urlencode(parameters)}"))
        assert answer["status"] == "success", answer
        return answer["data"]

    @classmethod
    def value(cls, expression):
        result = cls.ask("query", query=expression)["result"]
        return float(result[0]["value"][1]) if result else 0

    def test_the_node_is_scraped(self):
        self.assertEqual(self.value('up{job="verbund"}'), 1)
        self.assertEqual(self.value("count(verbund_link_up)"), 5, "also partners that were never reached")

    def test_every_panel_has_something_to_show(self):
        # What nothing has happened for in this test: nobody was over a quota, dhz sent nothing, no predictions yet.
        silent = ("Von Partnern", "Befunde der Prüfung")
        for where, expression in queries():
            with self.subTest(where):
                result = self.ask("query", query=expression)["result"]
                if not where.endswith(silent):
                    self.assertTrue(result, expression)

    def test_alerts_are_evaluated_and_see_partners_that_were_never_there(self):
        def waiting():
            alerts = self.ask("alerts")["alerts"]
            return {it["labels"].get("partner") for it in alerts if it["labels"]["alertname"] == "VerbundPartnerUnreachable"}

        away = {"streetwork", "polizei", "staatsanwaltschaft", "quartiersbuero"}
        until("the alerts", lambda: waiting() == away)
        rules = self.ask("rules")["groups"][0]["rules"]
        self.assertEqual({rule["health"] for rule in rules}, {"ok"})
        firing = {it["labels"]["alertname"] for it in self.ask("alerts")["alerts"] if it["state"] == "firing"}
        self.assertFalse(firing, "a node that works fires nothing")


class Traces(unittest.TestCase):
    def test_an_update_is_followed_from_one_agency_into_the_other(self):
        def linked():
            published = {(span.trace_id, span.span_id) for agency, span in spans if (agency, span.name) == ("kod", "publish")}
            arrived = [span for agency, span in spans if (agency, span.name) == ("dhz", "take entries in")]
            return [
                (span, link)
                for span in arrived
                for link in span.links
                if (link.trace_id, link.span_id) in published
            ]

        span, link = until("the arrival's link to the publish", linked)[0]
        self.assertNotEqual(span.trace_id, link.trace_id, "two agencies, two traces: a link, no parent")
        self.assertFalse(span.parent_span_id)
        self.assertFalse(link.trace_state)
        told = str(spans)
        for content in ("gereinigt", "Mustermann", "theaterplatz"):
            self.assertNotIn(content, told)


class CollectorFiles(unittest.TestCase):
    """The form only: what it is written for can't be had here."""

    def test_what_pipelines_name_is_there_and_nothing_else(self):
        base = load(OBSERVABILITY / "collector/collector.yaml")
        forward = load(OBSERVABILITY / "collector/forward.yaml")
        exporters = {**base["exporters"], **forward["exporters"]}
        for pipelines, there in ((base["service"]["pipelines"], base["exporters"]), (forward["service"]["pipelines"], exporters)):
            self.assertEqual({it for pipeline in pipelines.values() for it in pipeline["exporters"]}, set(there))
        pipelines = base["service"]["pipelines"].values()
        for kind in ("receivers", "processors"):
            self.assertEqual({it for pipeline in pipelines for it in pipeline[kind]}, set(base[kind]))
        self.assertEqual(set(base["service"]["extensions"]), set(base["extensions"]))
        self.assertTrue(all(pipeline["processors"][0] == "memory_limiter" for pipeline in pipelines))

    def test_ports_are_those_that_others_call(self):
        base = load(OBSERVABILITY / "collector/collector.yaml")
        port = base["receivers"]["otlp"]["protocols"]["grpc"]["endpoint"].rsplit(":", 1)[1]
        services = load(ROOT / "deploy/compose/agency/compose.yaml")["services"]
        called = services["node"]["environment"]["VERBUND__TELEMETRY__OTLP_ENDPOINT"]
        self.assertEqual(called, f"http://collector:{port}")
        scraped = load(OBSERVABILITY / "prometheus/prometheus.yaml")["scrape_configs"]
        targets = {it["job_name"]: it["static_configs"][0]["targets"] for it in scraped}
        own = base["service"]["telemetry"]["metrics"]["readers"][0]["pull"]["exporter"]["prometheus"]["port"]
        self.assertEqual(targets, {"verbund": ["node:7445"], "collector": [f"collector:{own}"]})


if __name__ == "__main__":
    unittest.main(verbosity=2)
