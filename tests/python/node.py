"""A real node for the client test, made by the very steps that README.md shows under "A node by hand".

One agency's node runs, on ports that are free; the other five members exist in the charter only. Everything lies in a
temporary folder.
"""

import contextlib
import dataclasses
import os
import re
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BINARY = Path(os.environ.get("VERBUND_BINARY", ROOT / "target/debug/verbund"))
VOCABULARY = ROOT / "deploy/charter/krefeld.toml"
AGENCY = "kod"
# Starting takes well under a second; a machine that is busy compiling may need longer.
START_S = 60
STOP_S = 30


@dataclasses.dataclass(frozen=True)
class Access:
    """What an agency's operators hand to the developer of one of its systems."""

    agency: str
    address: str
    folder: Path

    @property
    def roots(self):
        """The agency's root certificate."""
        return self.folder / self.agency / "tls/root.pem"

    def identity(self, system):
        """Certificate and key of one of the agency's systems."""
        tls = self.folder / self.agency / "tls"
        return tls / f"{system}.pem", tls / f"{system}.key"


def steps(heading):
    """The shell blocks under a heading of README.md."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    section = text.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    return re.findall(r"^```sh\n(.*?)^```", section, re.MULTILINE | re.DOTALL)


def shell(script, folder):
    """Runs a block as a reader of README.md would, and stops at its first failure."""
    environment = {
        **os.environ,
        "PATH": f"{BINARY.parent}:{os.environ['PATH']}",
        "VERBUND_LANG": "en",
        "vocabulary": str(VOCABULARY),
    }
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise RuntimeError(f"a step of README.md failed: exit {done.returncode}\n{script}\n{done.stdout}{done.stderr}")
    return done.stdout


def free_ports(count):
    """Ports of the loopback that nobody uses now."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def wait_until_ready(process, admin, log):
    """Waits for the node's own word that it is ready."""
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        with contextlib.suppress(urllib.error.URLError, ConnectionError, TimeoutError):
            with urllib.request.urlopen(f"http://127.0.0.1:{admin}/readyz", timeout=1):
                return
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=0.05)
    raise RuntimeError(f"the node did not get ready:\n{log.read_text()}")


@contextlib.contextmanager
def federation():
    """A folder with keys, certificates, configurations and the charter of all six agencies, until the end of the block."""
    with tempfile.TemporaryDirectory(prefix="verbund-node-") as name:
        folder = Path(name)
        _, members, charter, *_ = steps("A node by hand")
        shell(members, folder)
        shell(charter, folder)
        yield folder


@contextlib.contextmanager
def started(folder, command, environment, log):
    """A command of the binary, until the end of the block; then it has to end well."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            [BINARY, *command], cwd=folder, env={**os.environ, **environment}, stdout=output, stderr=output
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            code = process.wait(timeout=STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            raise RuntimeError(f"{command[0]} did not stop") from None
    if code != 0:
        raise RuntimeError(f"{command[0]} ended with exit code {code}:\n{log.read_text()}")


@contextlib.contextmanager
def node(folder, agency, ports, environment=None):
    """An agency's node on three ports, until the end of the block."""
    sections = ("AGENCY_API", "FEDERATION", "ADMIN")
    listeners = {f"VERBUND__{section}__LISTEN": f"127.0.0.1:{port}" for section, port in zip(sections, ports, strict=True)}
    log = folder / f"{agency}.log"
    command = ["node", "--config", f"{agency}/node.toml"]
    with started(folder, command, {**listeners, **(environment or {})}, log) as process:
        wait_until_ready(process, ports[2], log)
        yield Access(agency=agency, address=f"localhost:{ports[0]}", folder=folder)


@contextlib.contextmanager
def running():
    """A node that runs until the end of the block, and what it takes to reach it."""
    with federation() as folder, node(folder, AGENCY, free_ports(3)) as access:
        yield access
