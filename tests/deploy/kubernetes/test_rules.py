"""The checks see what is wrong: each of them is given manifests that are right, with one thing broken."""

import copy
import os
import unittest
from pathlib import Path

import objects
import rules
import scanner
import schemas
import walk

OVERLAYS = Path(__file__).resolve().parents[3] / "deploy/kubernetes/overlays"
RELEASE = "0.2.0"


class Broken(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        kubectl = os.environ["MANIFESTS_KUBECTL"]
        cls.right = {agency: objects.render(kubectl, OVERLAYS / agency) for agency in ("dhz", "polizei", "streetwork")}
        # The version of the day is none of these tests' business.
        for things in cls.right.values():
            for _, spec in rules.pods(things):
                for container in rules.containers(spec):
                    container["image"] = f"verbund:{RELEASE}"

    def setUp(self):
        self.things = copy.deepcopy(self.right["dhz"])

    def use(self, agency):
        self.things = copy.deepcopy(self.right[agency])

    def one(self, kind, name):
        return self.things.one(kind, name)

    def pod(self, name="node"):
        return self.things.workload(name)["spec"]["template"]["spec"]

    def container(self, name="node"):
        return self.pod(name)["containers"][0]

    def remove(self, kind, name):
        self.things.remove(self.one(kind, name))

    def configure(self, component, before, after):
        for thing in self.things.of("ConfigMap"):
            text = thing.get("data", {}).get(f"{component}.toml")
            if text:
                self.assertIn(before, text)
                thing["data"][f"{component}.toml"] = text.replace(before, after)

    def assert_falls(self, *words):
        found = list(rules.all_rules(self.things, RELEASE))
        self.assertTrue(found, "nothing was seen")
        for word in words:
            self.assertTrue(any(word in line for line in found), f"{word!r} is not in {found}")

    def test_what_is_right_passes(self):
        for agency in self.right:
            self.use(agency)
            self.assertEqual(list(rules.all_rules(self.things, RELEASE)), [], agency)

    # --- namespaces and pods

    def test_a_namespace_that_lets_more_in(self):
        self.things.of("Namespace")[0]["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] = "baseline"
        self.assert_falls("enforce is not restricted")

    def test_a_thing_in_another_namespace(self):
        self.one("Service", "node")["metadata"]["namespace"] = "default"
        self.assert_falls("is in the namespace default")

    def test_a_namespace_where_there_is_none(self):
        self.things.of("Bundle")[0]["metadata"]["namespace"] = "verbund-dhz"
        self.assert_falls("belongs to no namespace")

    def test_pods_that_are_not_restricted(self):
        for path, value, word in (
            (("securityContext", "runAsNonRoot"), False, "runAsNonRoot"),
            (("securityContext", "runAsUser"), 0, "runs as root"),
            (("securityContext", "seccompProfile"), {"type": "Unconfined"}, "seccomp"),
            (("hostNetwork",), True, "hostNetwork"),
            (("automountServiceAccountToken",), True, "token"),
        ):
            self.setUp()
            place = self.pod()
            for step in path[:-1]:
                place = place[step]
            place[path[-1]] = value
            self.assert_falls(word)

    def test_containers_that_are_not_restricted(self):
        self.use("polizei")
        init = self.pod()["initContainers"][0]
        for field, value, word in (
            ("allowPrivilegeEscalation", True, "allowPrivilegeEscalation"),
            ("capabilities", {"drop": ["ALL"], "add": ["SYS_ADMIN"]}, "adds capabilities"),
            ("capabilities", {"drop": ["KILL"]}, "drop ALL"),
            ("privileged", True, "privileged"),
            ("readOnlyRootFilesystem", False, "can be written"),
        ):
            before = init["securityContext"]
            init["securityContext"] = before | {field: value}
            self.assert_falls("container migrate", word)
            init["securityContext"] = before

    def test_a_volume_of_the_machine(self):
        self.pod()["volumes"].append({"name": "all", "hostPath": {"path": "/"}})
        self.assert_falls("hostPath")

    def test_images(self):
        for image, word in (
            ("verbund", "has no version"),
            ("registry.example:5000/verbund", "has no version"),
            ("registry.example/verbund:latest", "has no version"),
            ("registry.example/verbund:0.0.9", "not this release"),
        ):
            self.container()["image"] = image
            self.assert_falls(word)
        self.container()["image"] = f"registry.example:5000/verbund:{RELEASE}"
        self.assertEqual(list(rules.all_rules(self.things, RELEASE)), [])

    def test_the_databases_image(self):
        self.use("polizei")
        self.one("Cluster", "database")["spec"]["imageName"] = "postgresql"
        self.assert_falls("has no version")

    def test_a_probe_that_is_not_there_or_asks_nobody(self):
        del self.container()["startupProbe"]
        self.container("briefing")["livenessProbe"]["httpGet"]["port"] = "webb"
        self.assert_falls("has no startupProbe", "asks at the port webb")

    def test_resources(self):
        del self.container()["resources"]["limits"]["memory"]
        self.assert_falls("limits.memory")

    def test_budgets(self):
        self.remove("PodDisruptionBudget", "briefing")
        self.one("PodDisruptionBudget", "node")["spec"]["maxUnavailable"] = 0
        self.assert_falls("has 0 disruption budgets", "blocks every drain")

    # --- services and ways

    def test_a_service_that_leads_nowhere(self):
        self.one("Service", "node")["spec"]["ports"][0]["targetPort"] = "grpc"
        self.one("Service", "briefing")["spec"]["selector"]["app.kubernetes.io/component"] = "web"
        self.assert_falls("leads to the port grpc", "leads to no pod")

    def test_a_monitor_that_sees_nothing(self):
        self.one("ServiceMonitor", "node")["spec"]["endpoints"][0]["port"] = "metrics"
        self.assert_falls("asks at the port metrics")

    def test_nothing_is_open_by_default(self):
        self.remove("NetworkPolicy", "nobody")
        self.assert_falls("no policy that closes all ways")

    def test_a_port_that_no_pod_has(self):
        self.one("NetworkPolicy", "node-from-monitoring")["spec"]["ingress"][0]["ports"][0]["port"] = 9090
        self.assert_falls("port 9090, which node has not", "from monitoring, port 7445")

    def test_ways_that_nothing_needs(self):
        for change, word in (
            (lambda spec: spec["ingress"][0].pop("ports"), "port None"),
            (lambda spec: spec["ingress"][0].pop("from"), "from anybody, port 7445"),
            (lambda spec: spec["ingress"][0]["from"][0].pop("podSelector"), "from anybody"),
            (lambda spec: spec["ingress"][0]["from"][0].pop("namespaceSelector"), "from nobody"),
            (lambda spec: spec["podSelector"].clear(), "briefing from monitoring"),
            (lambda spec: spec["ingress"][0]["from"].append({"ipBlock": {"cidr": "0.0.0.0/0"}}), "from anybody"),
            (lambda spec: spec["ingress"][0]["ports"][0].update(endPort=8000), "endPort"),
            (lambda spec: spec["podSelector"].update(matchExpressions=[]), "matchExpressions"),
        ):
            self.setUp()
            change(self.one("NetworkPolicy", "node-from-monitoring")["spec"])
            self.assert_falls(word)

    def test_another_agencys_systems(self):
        peer = self.one("NetworkPolicy", "node-from-systems")["spec"]["ingress"][0]["from"][0]
        peer["namespaceSelector"]["matchLabels"]["verbund/agency"] = "kod"
        self.assert_falls("node from anybody, port 7443", "needed: node from systems")

    def test_a_way_goes_with_what_is_configured(self):
        self.remove("NetworkPolicy", "briefing-to-mail")
        self.assert_falls("needed: briefing to address, port 587")
        self.setUp()
        self.configure("briefing", ":587", ":25")
        self.assert_falls("needed: briefing to address, port 25", "nothing needs: briefing to address, port 587")
        self.use("streetwork")
        self.configure("node", '"127.0.0.1:7444"', '"0.0.0.0:7444"')
        self.assert_falls("needed: node from address, port 7444", "the service node-federation says otherwise")

    def test_the_databases_ways(self):
        self.use("polizei")
        self.one("NetworkPolicy", "database")["spec"]["ingress"].pop(0)
        self.assert_falls("needed: database from node, port 5432")

    def test_a_policy_for_nobody(self):
        self.one("NetworkPolicy", "briefing-to-node")["spec"]["podSelector"]["matchLabels"]["x"] = "y"
        self.assert_falls("nobody", "needed: briefing to node")

    # --- what they mount, who they are, what they run on

    def test_volumes_that_nobody_brings(self):
        volumes = {it["name"]: it for it in self.pod()["volumes"]}
        volumes["config"]["configMap"]["name"] = "node-config"
        volumes["tls"]["secret"]["secretName"] = "node-cert"
        volumes["entry-key"]["secret"]["defaultMode"] = 0o444
        self.container()["volumeMounts"][0]["name"] = "configuration"
        self.assert_falls("the ConfigMap node-config", "the secret node-cert", "can be read by others", "which is no volume")

    def test_certificates(self):
        self.one("Certificate", "node")["spec"]["uris"] = ["spiffe://kod.krefeld.verbund/node"]
        self.one("Certificate", "briefing")["spec"]["uris"].append("spiffe://dhz.krefeld.verbund/system/briefing")
        self.one("Certificate", "briefing-web")["spec"]["dnsNames"] = ["verbund.kod.example"]
        self.assert_falls("is not the identity of node of dhz", "has 2 URIs, not 1", "public_url says verbund.dhz.example")
        self.setUp()
        self.one("Certificate", "node")["spec"]["usages"].remove("client auth")
        self.one("Certificate", "briefing")["spec"]["renewBefore"] = "720h0m0s"
        self.one("Certificate", "briefing-web")["spec"]["issuerRef"]["name"] = "other"
        self.assert_falls("node: is for", "renewed only when a third", "no issuer other")

    def test_roots_for_another_agency(self):
        self.things.of("Bundle")[0]["spec"]["target"]["namespaceSelector"]["matchLabels"]["verbund/agency"] = "kod"
        self.assert_falls("hands the roots to another agency")

    def test_two_processes_over_one_file(self):
        self.things.workload("node")["spec"]["replicas"] = 2
        self.assert_falls("SQLite serves one process")

    def test_a_database_that_loses(self):
        self.use("polizei")
        cluster = self.one("Cluster", "database")["spec"]
        cluster["instances"] = 1
        cluster["postgresql"]["synchronous"]["dataDurability"] = "preferred"
        self.assert_falls("no synchronous standby", "goes on with one copy")

    def test_erasure_keys_that_are_not_shared_or_backed_up(self):
        self.use("polizei")
        claim = self.one("PersistentVolumeClaim", "erasure-keys")
        claim["spec"]["accessModes"] = ["ReadWriteOnce"]
        self.assert_falls("ReadWriteMany")
        self.setUp()
        claims = self.things.workload("node")["spec"]["volumeClaimTemplates"]
        del next(it for it in claims if it["metadata"]["name"] == "erasure-keys")["metadata"]["labels"]["velero.io/exclude-from-backup"]
        self.assert_falls("claim is backed up")

    def test_a_listener_at_another_port(self):
        self.configure("node", '"0.0.0.0:7445"', '"0.0.0.0:9000"')
        self.assert_falls("the port admin is not 9000")


class Schemas(unittest.TestCase):
    """A typo in any field of any kind is seen, in custom kinds as well."""

    @classmethod
    def setUpClass(cls):
        rendered = objects.render(os.environ["MANIFESTS_KUBECTL"], OVERLAYS / "polizei")
        cls.things = {it["kind"]: it for it in rendered}

    def told(self, kind, *path, **fields):
        thing = copy.deepcopy(self.things[kind])
        place = thing
        for step in path:
            place = place[step]
        place.update(fields)
        return "\n".join(schemas.findings(thing))

    def test_typos(self):
        for kind, path, fields, words in (
            ("Cluster", ("spec", "postgresql", "synchronous"), {"dataDurabilty": "required"}, "dataDurabilty"),
            ("Cluster", ("spec", "postgresql", "synchronous"), {"method": "each"}, "method: 'each'"),
            ("Certificate", ("spec",), {"uri": []}, "'uri' was unexpected"),
            ("Certificate", ("spec",), {"usages": ["client auht"]}, "usages.0"),
            ("Issuer", ("spec", "ca"), {"secret": "x"}, "'secret' was unexpected"),
            ("Bundle", ("spec", "target"), {"configmap": {}}, "'configmap' was unexpected"),
            ("ServiceMonitor", ("spec", "endpoints", 0), {"intervall": "15s"}, "'intervall' was unexpected"),
            ("ServiceMonitor", ("metadata",), {"lables": {}}, "'lables' was unexpected"),
            ("Deployment", ("spec", "template", "spec"), {"hostnetwork": True}, "'hostnetwork' was unexpected"),
            ("NetworkPolicy", ("spec",), {"policytypes": []}, "'policytypes' was unexpected"),
        ):
            self.assertIn(words, self.told(kind, *path, **fields), kind)

    def test_a_kind_that_nobody_knows(self):
        self.assertIn("no schema", "\n".join(schemas.findings({"apiVersion": "example/v1", "kind": "Thing"})))

    def test_what_is_right_passes(self):
        for kind in self.things:
            self.assertEqual(self.told(kind), "", kind)


class Others(unittest.TestCase):
    def test_a_skip_needs_a_reason_and_a_finding(self):
        with self.assertRaises(ValueError):
            scanner.skips('[[skip]]\ncheck = "CKV_1"\nreason = "later"\n')
        allowed = [{"check": "CKV_1", "resource": "Deployment"}, {"check": "CKV_2"}]
        found = [("CKV_1", "Deployment.a.b", ""), ("CKV_1", "StatefulSet.a.b", "words"), ("CKV_3", "Pod.a.b", "more")]
        self.assertEqual(
            list(scanner.judged(found, allowed)),
            ["StatefulSet.a.b: CKV_1: words", "Pod.a.b: CKV_3: more",
             "checkov.toml passes over CKV_2, which is not found any more"],
        )  # fmt: skip

    def test_a_pages_commands(self):
        page = "# A\n\n## First\n\n```sh\none\n  two\n```\n\n```toml\nno = 1\n```\n\n### Second\n\n1. x:\n   ```sh\n   three\n   ```\n"
        self.assertEqual(list(walk.blocks(page)), [("First", "one\n  two"), ("Second", "three")])

    def test_another_agencys_commands(self):
        text = "kubectl -n verbund-dhz rollout status statefulset/node"
        self.assertEqual(walk.for_agency(text, "polizei", True), "kubectl -n verbund-polizei rollout status deployment/node")


if __name__ == "__main__":
    unittest.main()
