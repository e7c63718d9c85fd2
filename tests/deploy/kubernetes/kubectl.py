#!/usr/bin/env python3
"""Stands in for `kubectl` where a page's commands are run without a cluster.

What makes or renders objects is done by the real `kubectl`; what it makes is kept (see cluster.py). A command that wants an answer of a
cluster is given to the real one as well, with a server that is not there: it has to get as far as to ask. Then it is
seen to here that what the command names exists.
"""

import contextlib
import json
import os
import re
import socket
import socketserver
import subprocess
import sys
import threading
import time
from pathlib import Path

import database as postgres
from cluster import Cluster, Missing
from objects import parsed

REAL = os.environ["MANIFESTS_KUBECTL"]
BINARY = os.environ["VERBUND_BINARY"]
STATE = Path(os.environ["MANIFESTS_STATE"])
KINDS = {
    "certificate": "Certificate", "certificates": "Certificate", "configmap": "ConfigMap", "deployment": "Deployment",
    "secret": "Secret", "service": "Service", "statefulset": "StatefulSet", "cluster": "Cluster", "pvc": "PersistentVolumeClaim",
}  # fmt: skip
# The port of a server that is not there: nobody listens on port 1.
NOWHERE = "http://127.0.0.1:1"
USAGE = 2


def main():
    arguments = sys.argv[1:]
    cluster = Cluster(STATE / "objects")
    space, words = namespace(arguments)
    verb = words[0] if words else ""
    if verb == "kustomize" or "--dry-run=client" in arguments and verb == "create":
        return subprocess.run([REAL, *arguments], check=False).returncode
    if verb == "create":
        made = subprocess.run(
            [REAL, *arguments, "--dry-run=client", "--output=yaml"], capture_output=True, text=True, check=False
        )
        sys.stderr.write(made.stderr)
        if made.returncode == 0:
            take(cluster, made.stdout, space)
        return made.returncode
    if verb == "apply":
        return apply(cluster, words, space)
    return ask(cluster, arguments, words, space)


def namespace(arguments):
    """The namespace, and the words without it."""
    words, space, rest = list(arguments), "default", []
    while words:
        word = words.pop(0)
        if word in ("-n", "--namespace") and "--" not in rest:
            space = words.pop(0)
        else:
            rest.append(word)
    return space, rest


def take(cluster, text, space):
    for thing in parsed(text):
        cluster.put(thing, space)
        print(f"{thing['kind'].lower()}/{thing['metadata']['name']} taken")
    cluster.settle()


def apply(cluster, words, space):
    if words[1] == "-k":
        done = subprocess.run([REAL, "kustomize", *words[2:]], capture_output=True, text=True, check=False)
        sys.stderr.write(done.stderr)
        if done.returncode == 0:
            take(cluster, done.stdout, space)
        return done.returncode
    if words[1] == "-f":
        take(cluster, sys.stdin.read() if words[2] == "-" else Path(words[2]).read_text(encoding="utf-8"), space)
        return 0
    return fail(f"apply {words[1]} is not known here")


def ask(cluster, arguments, words, space):
    """A command for a cluster: understood by the real one, and about something that there is."""
    asked = subprocess.run(
        [REAL, f"--server={NOWHERE}", "--request-timeout=2s", *arguments],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if "127.0.0.1:1" not in asked.stderr:
        return fail(f"kubectl {' '.join(arguments)}: {asked.stderr.strip() or 'it asked no cluster'}")
    verb = words[0]
    if verb == "exec":
        return execute(cluster, words[1:], space)
    named = [word for word in words[1:] if not word.startswith("-")]
    if verb in ("rollout",):
        named = named[1:]
    things = list(things_of(named))
    if not things:
        return fail(f"kubectl {' '.join(arguments)}: what is it about?")
    for kind, name in things:
        if name and not cluster.get(kind, name, space):
            return fail(f"there is no {kind} {name} in {space}")
        if not name and not list(cluster.all(kind, space)):
            return fail(f"there is no {kind} in {space}")
        if verb == "delete":
            cluster.delete(kind, name, space)
    cluster.settle()
    if verb == "rollout":
        return roll(cluster, things[0][1], space)
    if verb == "port-forward":
        return forward(cluster.get(*things[0], space), words[-1])
    return 0


def things_of(words):
    """`kind/name…` or `kind name…`."""
    if words and "/" not in words[0]:
        kind = KINDS.get(words[0])
        if kind:
            yield from ((kind, name) for name in words[1:] or [""])
        return
    for word in words:
        kind, _, name = word.partition("/")
        if kind in KINDS:
            yield KINDS[kind], name


def roll(cluster, component, space):
    """A pod starts when all that it mounts is there, and its program finds nothing wrong with it."""
    try:
        stage = cluster.stage(STATE / "pods" / space / component, BINARY, component, space)
    except Missing as missing:
        return fail(str(missing))
    failed = stage.begin()
    if failed:
        return fail(failed)
    if component == "node":
        checked = stage.run(["config", "check", "--config", "/etc/verbund/node.toml"])
        if checked.returncode != 0:
            return fail(checked.stdout + checked.stderr)
    return 0


def execute(cluster, words, space):
    """A command in a pod. What the program says is true is for a running one to tell; that it is no wrong call is told here."""
    options, command = words[: words.index("--")], words[words.index("--") + 1 :]
    target = next(word for word in options if not word.startswith("-") and word != "postgres")
    if re.fullmatch(r"database-\d+", target):
        if not cluster.get("Cluster", "database", space):
            return fail(f"there is no database in {space}")
        return database(command)
    component = target.partition("/")[2] or re.sub(r"-\d+$", "", target)
    if command[0] != "verbund":
        return fail(f"{command[0]}: there is no such program in the image")
    running = pods().get(f"{space}/{component}")
    if running:
        stage = cluster.attach(running, component, space)
        done = subprocess.run(stage.command(command[1:]), env=stage.environment(stage.container), check=False)
        return done.returncode
    try:
        stage = cluster.stage(STATE / "pods" / space / f"{component}-{time.monotonic_ns()}", BINARY, component, space)
    except Missing as missing:
        return fail(str(missing))
    done = stage.run(command[1:])
    if done.returncode == USAGE or (component == "briefing" and done.returncode != 0):
        return fail(done.stdout + done.stderr)
    return 0


def pods():
    """The pods that run, by namespace and component: their folders, and where their ports are in truth. The test writes it down."""
    path = STATE / "pods.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def forward(service, ports):
    """A way from a port here to a service's."""
    here, there = map(int, ports.split(":"))
    if there not in [it["port"] for it in service["spec"]["ports"]]:
        return fail(f"the service {service['metadata']['name']} has no port {there}")
    host, port = pods()[f"{service['metadata']['namespace']}/{service['metadata']['name']}:{there}"].rsplit(":", 1)

    def pump(source, sink):
        # Where one side has gone, so has the way.
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)

    class Way(socketserver.BaseRequestHandler):
        def handle(self):
            with socket.create_connection((host, int(port))) as pod:
                threading.Thread(target=pump, args=(pod, self.request), daemon=True).start()
                pump(self.request, pod)

    socketserver.ThreadingTCPServer.allow_reuse_address = True
    socketserver.ThreadingTCPServer.daemon_threads = True
    with socketserver.ThreadingTCPServer(("127.0.0.1", here), Way) as server:
        print(f"Forwarding from 127.0.0.1:{here} -> {there}", flush=True)
        server.serve_forever()
    return 0


def database(command):
    """psql in the database's pod, here in the temporary server of the tests."""
    if command[:2] != ["psql", "-d"]:
        return fail(f"{' '.join(command)}: only psql -d is known here")
    try:
        postgres.psql(*command[2:])
    except subprocess.CalledProcessError as failed:
        return failed.returncode
    return 0


def fail(text):
    sys.stderr.write(f"kubectl (standing in): {text.strip()}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
