"""Rules of our own, that no schema and no general scanner knows. Each takes one overlay's objects and yields what breaks it."""

import re

import network
from objects import matches, shown
from schemas import is_cluster_wide

# What an operator or another controller brings, and who: see docs/operations/kubernetes.md.
BROUGHT = {
    ("ConfigMap", "charter"): "the federation",
    ("ConfigMap", "crls"): "the partners' authorities; none is needed",
    ("Secret", "entry-key"): "verbund init",
    ("Secret", "agency-ca"): "the agency's authority",
    ("Secret", "database-run"): "the operator",
    ("Secret", "database-migrate"): "the operator",
    ("Secret", "database-ca"): "CloudNativePG",
}
SPIFFE = re.compile(r"spiffe://([a-z0-9-]+)\.([a-z0-9-]+)\.verbund/(node|system/[a-z0-9-]+)")
THIRD = 3


def containers(spec):
    return spec.get("initContainers", []) + spec["containers"]


def pods(objects):
    for workload in objects.workloads():
        yield workload, workload["spec"]["template"]["spec"]


def names(objects):
    """One namespace, and everything in it that belongs into one."""
    spaces = objects.of("Namespace")
    if len(spaces) != 1:
        yield f"there are {len(spaces)} namespaces, not one"
        return
    name = spaces[0]["metadata"]["name"]
    for level in ("enforce", "warn", "audit"):
        if spaces[0]["metadata"]["labels"].get(f"pod-security.kubernetes.io/{level}") != "restricted":
            yield f"Namespace {name}: pod-security.kubernetes.io/{level} is not restricted"
    for thing in objects:
        found = thing["metadata"].get("namespace")
        if is_cluster_wide(thing) and found is not None:
            yield f"{shown(thing)}: belongs to no namespace, and says {found}"
        if not is_cluster_wide(thing) and found != name:
            yield f"{shown(thing)}: is in the namespace {found}, not in {name}"


def restricted(objects):
    """Kubernetes' Pod Security Standard `restricted`, and a root file system that can't be written."""
    for workload, spec in pods(objects):
        name = shown(workload)
        for field in ("hostNetwork", "hostPID", "hostIPC"):
            if spec.get(field):
                yield f"{name}: {field}"
        for volume in spec.get("volumes", []):
            kinds = set(volume) - {"name"}
            allowed = {
                "configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret",
            }  # fmt: skip
            if not kinds <= allowed:
                yield f"{name}: volume {volume['name']} is of a kind that is not allowed: {', '.join(sorted(kinds - allowed))}"
        whole = spec.get("securityContext", {})
        for container in containers(spec):
            own = container.get("securityContext", {})
            where = f"{name}, container {container['name']}"
            if own.get("privileged") or own.get("procMount", "Default") != "Default":
                yield f"{where}: privileged"
            if own.get("allowPrivilegeEscalation") is not False:
                yield f"{where}: allowPrivilegeEscalation is not false"
            if own.get("capabilities", {}).get("drop") != ["ALL"]:
                yield f"{where}: does not drop ALL capabilities"
            if set(own.get("capabilities", {}).get("add", [])) - {"NET_BIND_SERVICE"}:
                yield f"{where}: adds capabilities"
            if own.get("runAsNonRoot", whole.get("runAsNonRoot")) is not True:
                yield f"{where}: runAsNonRoot is not true"
            if own.get("runAsUser", whole.get("runAsUser")) in (0, None):
                yield f"{where}: runs as root, or as nobody knows whom"
            if own.get("seccompProfile", whole.get("seccompProfile", {})).get("type") not in ("RuntimeDefault", "Localhost"):
                yield f"{where}: has no seccomp profile"
            if own.get("readOnlyRootFilesystem") is not True:
                yield f"{where}: its root file system can be written"
            if any("hostPort" in port for port in container.get("ports", [])):
                yield f"{where}: has a port of the machine"
        if spec.get("automountServiceAccountToken") is not False:
            yield f"{name}: gets a token for Kubernetes' API, which it has no use for"


def images(objects, release):
    """Every image has a version, and ours is this release."""
    found = [(shown(workload), it["image"]) for workload, spec in pods(objects) for it in containers(spec)]
    found += [(shown(cluster), cluster["spec"]["imageName"]) for cluster in objects.of("Cluster")]
    for name, image in found:
        path, _, digest = image.partition("@")
        tag = path.rsplit("/", 1)[-1].partition(":")[2]
        if not digest and tag in ("", "latest"):
            yield f"{name}: the image {image} has no version"
        if path.partition(":")[0].rsplit("/", 1)[-1] == "verbund" and tag != release:
            yield f"{name}: the image {image} is not this release, {release}"


def health(objects):
    """All three probes, on ports that there are; what a pod asks for, and the most it gets."""
    for workload, spec in pods(objects):
        for container in spec["containers"]:
            where = f"{shown(workload)}, container {container['name']}"
            ports = {port["name"] for port in container.get("ports", [])}
            for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
                asked = container.get(probe, {}).get("httpGet")
                if not asked:
                    yield f"{where}: has no {probe}"
                elif asked["port"] not in ports:
                    yield f"{where}: {probe} asks at the port {asked['port']}, which it has not"
        for container in containers(spec):
            where = f"{shown(workload)}, container {container['name']}"
            resources = container.get("resources", {})
            for kind, wanted in (("requests", {"cpu", "memory"}), ("limits", {"memory"})):
                for missing in sorted(wanted - set(resources.get(kind, {}))):
                    yield f"{where}: says nothing of {kind}.{missing}"


def budgets(objects):
    """Each workload has one disruption budget, that lets a drain go on."""
    for workload in objects.workloads():
        labels = workload["spec"]["template"]["metadata"]["labels"]
        found = [it for it in objects.of("PodDisruptionBudget") if matches(it["spec"]["selector"], labels)]
        if len(found) != 1:
            yield f"{shown(workload)}: has {len(found)} disruption budgets, not one"
        for budget in found:
            if budget["spec"].get("maxUnavailable") in (0, None):
                yield f"{shown(budget)}: blocks every drain"


def services(objects):
    """A service leads to a port of some pod; the monitor to a port of some service."""
    for service in objects.of("Service"):
        chosen = {"matchLabels": service["spec"]["selector"]}
        found = [it for it in objects.workloads() if matches(chosen, it["spec"]["template"]["metadata"]["labels"])]
        if not found:
            yield f"{shown(service)}: leads to no pod"
        for workload in found:
            ports = network.ports_of(workload["spec"]["template"]["spec"])
            for port in service["spec"]["ports"]:
                if port.get("targetPort") not in ports:
                    yield f"{shown(service)}: leads to the port {port.get('targetPort')}, which {shown(workload)} has not"
    for monitor in objects.of("ServiceMonitor"):
        found = [it for it in objects.of("Service") if matches(monitor["spec"]["selector"], it["metadata"]["labels"])]
        ports = {port["name"] for service in found for port in service["spec"]["ports"]}
        if len(found) != 1:
            yield f"{shown(monitor)}: looks at {len(found)} services, not at one"
        for endpoint in monitor["spec"]["endpoints"]:
            if endpoint.get("port") not in ports:
                yield f"{shown(monitor)}: asks at the port {endpoint.get('port')}, which no service has"


def volumes(objects):
    """What pods mount is there, or it is known who brings it; and each mount has its volume."""
    secrets = {it["spec"]["secretName"] for it in objects.of("Certificate")}
    roots = {it["metadata"]["name"] for it in objects.of("Bundle")}
    for workload, spec in pods(objects):
        claimed = {it["metadata"]["name"] for it in workload["spec"].get("volumeClaimTemplates", [])}
        there = claimed | {volume["name"] for volume in spec.get("volumes", [])}
        for container in containers(spec):
            for mount in container.get("volumeMounts", []):
                if mount["name"] not in there:
                    yield f"{shown(workload)}: mounts {mount['name']}, which is no volume"
            for variable in container.get("env", []):
                secret = variable.get("valueFrom", {}).get("secretKeyRef", {}).get("name")
                if secret and ("Secret", secret) not in BROUGHT:
                    yield f"{shown(workload)}: nobody brings the secret {secret}"
        for volume in spec.get("volumes", []):
            map_name = volume.get("configMap", {}).get("name")
            secret = volume.get("secret", {}).get("secretName")
            claim = volume.get("persistentVolumeClaim", {}).get("claimName")
            if map_name and not objects.one("ConfigMap", map_name) and map_name not in roots:
                if ("ConfigMap", map_name) not in BROUGHT:
                    yield f"{shown(workload)}: nobody brings the ConfigMap {map_name}"
            if secret and secret not in secrets and ("Secret", secret) not in BROUGHT:
                yield f"{shown(workload)}: nobody brings the secret {secret}"
            if secret and volume["secret"].get("defaultMode") != 0o440:
                yield f"{shown(workload)}: the secret {secret} can be read by others than the process"
            if claim and not objects.one("PersistentVolumeClaim", claim):
                yield f"{shown(workload)}: nobody makes the claim {claim}"


def certificates(objects):
    """One identity in each, that of the configuration; anew before a node begins to warn."""
    agency = objects.configuration("node").get("node", {}).get("agency")
    public = objects.configuration("briefing").get("public_url", "")
    wanted = {
        "node": (1, {"digital signature", "client auth", "server auth"}),
        "briefing": (1, {"digital signature", "client auth"}),
        "briefing-web": (0, {"digital signature", "server auth"}),
    }
    issuers = {it["metadata"]["name"] for it in objects.of("Issuer")}
    found = {it["metadata"]["name"]: it["spec"] for it in objects.of("Certificate")}
    for name in sorted(set(wanted) ^ set(found)):
        yield f"Certificate {name}: {'is missing' if name in wanted else 'has no rule here'}"
    for name in sorted(set(wanted) & set(found)):
        spec, (uris, usages) = found[name], wanted[name]
        where = f"Certificate {name}"
        if len(spec.get("uris", [])) != uris:
            yield f"{where}: has {len(spec.get('uris', []))} URIs, not {uris}"
        for uri in spec.get("uris", []):
            identity = SPIFFE.fullmatch(uri)
            what = "node" if name == "node" else f"system/{name}"
            if not identity or identity.group(1) != agency or identity.group(3) != what:
                yield f"{where}: {uri} is not the identity of {what} of {agency}"
        if set(spec.get("usages", [])) != usages:
            yield f"{where}: is for {', '.join(spec.get('usages', []))}, not for {', '.join(sorted(usages))}"
        if spec["issuerRef"]["name"] not in issuers:
            yield f"{where}: there is no issuer {spec['issuerRef']['name']}"
        if hours(spec["renewBefore"]) * THIRD <= hours(spec["duration"]):
            yield f"{where}: is renewed only when a third of its life is left, and then nodes warn"
    host = public.removeprefix("https://").partition(":")[0]
    if "briefing-web" in found and found["briefing-web"].get("dnsNames") != [host]:
        yield f"Certificate briefing-web: is for {found['briefing-web'].get('dnsNames')}, and public_url says {host}"
    for bundle in objects.of("Bundle"):
        if bundle["spec"]["target"]["namespaceSelector"]["matchLabels"].get("verbund/agency") != agency:
            yield f"{shown(bundle)}: hands the roots to another agency than {agency}"


def hours(duration):
    return int(re.fullmatch(r"(\d+)h0m0s", duration).group(1))


def engines(objects):
    """SQLite is one process; PostgreSQL has replicas, synchronous standbys, and keys that all replicas have."""
    url = objects.configuration("node").get("store", {}).get("url", "")
    node = objects.workload("node")
    clusters = objects.of("Cluster")
    keys = {"ReadWriteOncePod"}
    if url.startswith("sqlite:"):
        if node["kind"] != "StatefulSet" or node["spec"]["replicas"] != 1:
            yield f"{shown(node)}: SQLite serves one process, in a StatefulSet"
        claims = node["spec"].get("volumeClaimTemplates", [])
    else:
        if node["kind"] != "Deployment" or node["spec"]["replicas"] < 2:
            yield f"{shown(node)}: PostgreSQL is for several replicas, in a Deployment"
        keys = {"ReadWriteMany"}
        claims = objects.of("PersistentVolumeClaim")
        if len(clusters) != 1:
            yield f"there are {len(clusters)} databases, not one"
        for cluster in clusters:
            synchronous = cluster["spec"].get("postgresql", {}).get("synchronous", {})
            if cluster["spec"]["instances"] < 3 or synchronous.get("number", 0) < 1:
                yield f"{shown(cluster)}: has no synchronous standby, or none to spare"
            if synchronous.get("dataDurability") != "required":
                yield f"{shown(cluster)}: goes on with one copy when its standbys are away"
            if cluster["metadata"]["name"] + "-rw" not in url:
                yield f"{shown(cluster)}: is not the database that store.url names"
    found = [it for it in claims if it["metadata"]["name"] == "erasure-keys"]
    if len(found) != 1 or set(found[0]["spec"]["accessModes"]) != keys:
        yield f"{shown(node)}: the erasure keys need a claim of their own, {keys.pop()}"
    elif found[0]["metadata"].get("labels", {}).get("velero.io/exclude-from-backup") != "true":
        yield f"{shown(node)}: the erasure keys' claim is backed up"


def listeners(objects):
    """Configured ports are those that the pods say they have."""
    for component, section, port in (
        ("node", "agency_api", "agency"),
        ("node", "federation", "federation"),
        ("node", "admin", "admin"),
        ("briefing", None, "web"),
    ):
        configuration = objects.configuration(component)
        listen = (configuration.get(section, {}) if section else configuration).get("listen", ":0")
        number = int(listen.rpartition(":")[2])
        workload = objects.workload(component)
        if network.ports_of(workload["spec"]["template"]["spec"]).get(port) != number:
            yield f"{shown(workload)}: the port {port} is not {number}, where {component}.toml listens"


def all_rules(objects, release):
    for rule in (names, restricted, health, budgets, services, volumes, certificates, engines, listeners, network.ways):
        yield from rule(objects)
    yield from images(objects, release)
