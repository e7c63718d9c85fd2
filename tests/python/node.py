"""A real node for the client test: made and started with the binary alone, by the steps that README.md shows.

One agency's node runs; the other five members exist in the charter only. Everything lies in a temporary folder.
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
FEDERATION = "krefeld"
AGENCY = "kod"
# Starting takes well under a second; a machine that is busy compiling may need longer.
START_S = 60
STOP_S = 30


@dataclasses.dataclass(frozen=True)
class Access:
    """What an agency's operators hand to the developer of one of its systems."""

    agency: str
    address: str
    tls: Path

    @property
    def roots(self):
        """The agency's root certificate."""
        return self.tls / "root.pem"

    def identity(self, system):
        """Certificate and key of one of the agency's systems."""
        return self.tls / f"{system}.pem", self.tls / f"{system}.key"


def verbund(*arguments, folder):
    """Runs the binary and gives what it said."""
    done = subprocess.run(
        [BINARY, "--lang", "en", *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise RuntimeError(f"verbund {' '.join(map(str, arguments))}: exit {done.returncode}\n{done.stderr}")
    return done.stdout, done.stderr


def free_ports(count):
    """Ports of the loopback that nobody uses now."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def agencies():
    """The members that the vocabulary names."""
    return re.findall(r'^\[\[agency\]\]\s*\nid = "([^"]+)"', VOCABULARY.read_text(encoding="utf-8"), re.MULTILINE)


def found(folder, ports):
    """Founds the federation in `folder`: certificates, keys, the charter with everybody's signature, AGENCY's node."""
    members = []
    for agency in agencies():
        verbund("pki", "authority", "--agency", agency, "--federation", FEDERATION, folder=folder)
        listen = []
        if agency == AGENCY:
            for option, port in zip(("--agency-listen", "--federation-listen", "--admin-listen"), ports, strict=True):
                listen += [option, f"127.0.0.1:{port}"]
        _, said = verbund(
            "init", agency, "--agency", agency, "--federation", FEDERATION, "--pki", "pki",
            "--client", "duty-log=publisher,reader", "--client", "display=reader", *listen, folder=folder,
        )  # fmt: skip
        public = re.search(r"\b[0-9a-f]{64}\b", said).group()
        members.append(
            f'[[member]]\nagency = "{agency}"\nroots = "pki/{agency}.root.pem"\nentry_keys = ["{public}"]\n'
        )
    (folder / "members.toml").write_text("\n".join(members))
    verbund(
        "charter", "compose", "--vocabulary", VOCABULARY, "--members", "members.toml",
        "--expires", f"{time.gmtime().tm_year + 1}-12-31", "--output", f"{AGENCY}/charter.toml", folder=folder,
    )  # fmt: skip
    for agency in agencies():
        verbund(
            "charter", "sign", f"{AGENCY}/charter.toml", "--agency", agency, "--key", f"{agency}/keys/entry.key",
            folder=folder,
        )  # fmt: skip
    verbund("config", "check", "--config", f"{AGENCY}/node.toml", folder=folder)


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
def running():
    """A node that runs until the end of the block, and what it takes to reach it."""
    with tempfile.TemporaryDirectory(prefix="verbund-node-") as name:
        folder = Path(name)
        ports = free_ports(3)
        found(folder, ports)
        log = folder / "node.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [BINARY, "node", "--config", f"{AGENCY}/node.toml"], cwd=folder, stdout=output, stderr=output
            )
        try:
            wait_until_ready(process, ports[2], log)
            yield Access(agency=AGENCY, address=f"localhost:{ports[0]}", tls=folder / AGENCY / "tls")
        finally:
            process.terminate()
            try:
                code = process.wait(timeout=STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
                raise RuntimeError("the node did not stop") from None
        if code != 0:
            raise RuntimeError(f"the node ended with exit code {code}:\n{log.read_text()}")
