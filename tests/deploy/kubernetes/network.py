"""The ways between pods, and out and in, are exactly those that are needed: by what an overlay configures, none more, none less."""

from objects import matches, shown

# Namespaces of others, by the names that the documentation tells.
NAMESPACES = {"kube-system": "names", "monitoring": "monitoring", "cnpg-system": "operator"}
# Ports of others, which no pod and no service of ours can have.
ELSEWHERE = {("names", 53), ("monitoring", 4317)}
DATABASE_PORTS = {"postgres": 5432, "status": 8000}
ANYBODY = {"0.0.0.0/0", "::/0"}


def ports_of(spec):
    """The ports of a pod, by name."""
    return {port["name"]: port["containerPort"] for container in spec["containers"] for port in container.get("ports", [])}


def all_pods(objects):
    """Component, labels and ports of everything that runs: the workloads, and the instances of a database."""
    for workload in objects.workloads():
        template = workload["spec"]["template"]
        yield workload["metadata"]["name"], template["metadata"]["labels"], set(ports_of(template["spec"]).values())
    for cluster in objects.of("Cluster"):
        yield "database", {"cnpg.io/cluster": cluster["metadata"]["name"]}, set(DATABASE_PORTS.values())


def opened(objects):
    """What the policies let through: (component, in or out, other end, port), with the policy."""
    agency = objects.of("Namespace")[0]["metadata"]["labels"].get("verbund/agency")
    components = list(all_pods(objects))
    for policy in objects.of("NetworkPolicy"):
        spec = policy["spec"]
        chosen = [(name, ports) for name, labels, ports in components if matches(spec["podSelector"], labels)]
        if not chosen:
            yield policy, ("nobody", "in", "nobody", 0)
        for way, rules, ends in (("in", "ingress", "from"), ("out", "egress", "to")):
            for rule in spec.get(rules, []):
                numbers = [port.get("port") for port in rule.get("ports", [])] or [None]
                others = [other for end in rule.get(ends, [{}]) for other in peers(end, agency, components)]
                for name, _ in chosen:
                    for other in others:
                        for number in numbers:
                            yield policy, (name, way, other, number)


def peers(end, agency, components):
    """Words for the other end of a rule."""
    space, pods, block = end.get("namespaceSelector"), end.get("podSelector"), end.get("ipBlock")
    if block:
        return ["anybody" if block["cidr"] in ANYBODY else "address"]
    if space is None and pods:
        return [name for name, labels, _ in components if matches(pods, labels)] or ["nobody"]
    labels = (space or {}).get("matchLabels", {})
    if labels == {"verbund/agency": agency} and pods:
        return ["systems"]
    # A namespace alone would let in whatever else runs there.
    known = NAMESPACES.get(labels.get("kubernetes.io/metadata.name"))
    return [known if known and pods and len(labels) == 1 else "anybody"]


def needed(objects):
    """The ways that an overlay needs, as it is configured."""
    node, briefing = objects.configuration("node"), objects.configuration("briefing")
    components = {name for name, _, _ in all_pods(objects)}
    for name in components:
        yield name, "out", "names", 53
    yield "node", "in", "systems", 7443
    yield "briefing", "out", "node", 7443
    yield "node", "in", "monitoring", 7445
    yield "node", "out", "address", 7444
    yield "briefing", "in", "address", 8443
    if objects.one("Service", "node-systems"):
        yield "node", "in", "address", 7443
    if not node.get("federation", {}).get("listen", "").startswith("127."):
        yield "node", "in", "address", 7444
    variables = {
        it["name"]: it.get("value")
        for container in objects.workload("node")["spec"]["template"]["spec"]["containers"]
        for it in container.get("env", [])
    }
    if "VERBUND__TELEMETRY__OTLP_ENDPOINT" in variables:
        yield "node", "out", "monitoring", int(variables["VERBUND__TELEMETRY__OTLP_ENDPOINT"].rpartition(":")[2])
    if "mail" in briefing:
        yield "briefing", "out", "address", int(briefing["mail"]["server"].rpartition(":")[2])
    if "oidc" in briefing.get("sign_in", {}):
        port = briefing["sign_in"]["oidc"]["issuer"].split("/")[2].partition(":")[2]
        yield "briefing", "out", "address", int(port or 443)
    if "push" in briefing:
        yield "briefing", "out", "anybody", 443
    if node.get("store", {}).get("url", "").startswith("postgres"):
        yield "node", "out", "database", 5432
        yield "database", "in", "node", 5432
        for port in DATABASE_PORTS.values():
            yield "database", "in", "database", port
            yield "database", "out", "database", port
            yield "database", "in", "operator", port
        # Kubernetes' own API.
        yield "database", "out", "address", 6443


def ways(objects):
    """Closed by default, and open as needed."""
    closed = [it for it in objects.of("NetworkPolicy") if it["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}]
    if len(closed) != 1:
        yield "there is no policy that closes all ways, or more than one"
    found = {}
    for policy, way in opened(objects):
        found.setdefault(way, policy)
    wanted = set(needed(objects))
    for way in sorted(set(found) - wanted, key=str):
        yield f"{shown(found[way])}: opens a way that nothing needs: {tell(way)}"
    for way in sorted(wanted - set(found), key=str):
        yield f"no NetworkPolicy opens a way that is needed: {tell(way)}"
    yield from ports_there(objects, found)
    for policy in objects.of("NetworkPolicy"):
        # What `opened` does not understand must not be there.
        for word in ("matchExpressions", "endPort"):
            if f"'{word}'" in str(policy["spec"]):
                yield f"{shown(policy)}: {word} is not understood here"
    for policy in objects.of("NetworkPolicy"):
        types = set(policy["spec"].get("policyTypes", []))
        used = {kind.title() for kind in ("ingress", "egress") if kind in policy["spec"]}
        if policy not in closed and types != used:
            yield f"{shown(policy)}: says {', '.join(sorted(types))} and has {', '.join(sorted(used))}"
    # Who is dialled needs a service that partners reach, and nobody else has one.
    dialled = ("node", "in", "address", 7444) in wanted
    if dialled != bool(objects.one("Service", "node-federation")):
        yield f"node.toml {'listens for partners' if dialled else 'listens for nobody'}, and the service node-federation says otherwise"


def ports_there(objects, found):
    """Every port that a policy names is one that the pod at that end has."""
    ports = {name: there for name, _, there in all_pods(objects)}
    for (name, way, other, number), policy in found.items():
        end = name if way == "in" else other
        if end in ports and number not in ports[end]:
            yield f"{shown(policy)}: names the port {number}, which {end} has not"
        if end not in ports and end not in ("address", "anybody") and (end, number) not in ELSEWHERE:
            yield f"{shown(policy)}: names the port {number}, which nobody knows of {end}"


def tell(way):
    name, direction, other, number = way
    return f"{name} {'from' if direction == 'in' else 'to'} {other}, port {number}"
