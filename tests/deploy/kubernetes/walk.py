"""Runs the commands of docs/operations/kubernetes.md, as the page has them, for one agency after the other.

The page speaks of `dhz`, and of `polizei` where it is about PostgreSQL. For another agency the name is put in its place, and for one
with replicas the kind of its workload: that is what a reader does.
"""

import os
import re
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PAGE = ROOT / "docs/operations/kubernetes.md"
BLOCK = re.compile(r"^( *)```sh\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^##+ (.*)$", re.MULTILINE)


def blocks(page):
    """The page's commands: (heading, text), in their order."""
    for match in BLOCK.finditer(page):
        heading = HEADING.findall(page[: match.start()])[-1]
        indent = len(match.group(1))
        yield heading, "\n".join(line[indent:] for line in match.group(2).splitlines())


def sections(page):
    """The commands by heading."""
    found = {}
    for heading, text in blocks(page):
        found.setdefault(heading, []).append(text)
    return found


def for_agency(text, agency, replicas=False):
    text = re.sub(r"\bdhz\b", agency, text)
    if replicas:
        text = text.replace("statefulset/node", "deployment/node").replace("exec node-0", "exec deployment/node")
        text = text.replace("statefulset node", "deployment node")
    return text


class Desk:
    """An operator's machine: a working folder, `verbund`, and a `kubectl` that leads nowhere (see kubectl.py)."""

    def __init__(self, folder, python, kubectl, binary):
        self.folder = Path(folder)
        self.state = self.folder / "cluster"
        programs = self.folder / "bin"
        programs.mkdir(parents=True)
        (programs / "verbund").symlink_to(Path(binary).resolve())
        stand_in = programs / "kubectl"
        stand_in.write_text(f'#!/bin/sh\nexec "{python}" "{ROOT}/tests/deploy/kubernetes/kubectl.py" "$@"\n', encoding="utf-8")
        stand_in.chmod(0o755)
        # A copy, since the page makes another overlay.
        for part in ("deploy", "migrations"):
            shutil.copytree(ROOT / part, self.folder / part)
        self.environment = os.environ | {
            "PATH": f"{programs}:{os.environ['PATH']}",
            "HOME": str(self.folder),
            "VERBUND_LANG": "en",
            "MANIFESTS_KUBECTL": str(kubectl),
            "VERBUND_BINARY": str(binary),
            "MANIFESTS_STATE": str(self.state),
        }

    def run(self, text):
        """One block of commands; what it says where it fails."""
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", text],
            cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
        )  # fmt: skip
        return None if done.returncode == 0 else f"{text.strip()}\n  said: {(done.stdout + done.stderr).strip()[-2000:]}"
