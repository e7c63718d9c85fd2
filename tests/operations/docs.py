"""The commands that the operations docs show, run as an operator would: what is marked ```sh in a page, section by section."""

import os
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def blocks(page, heading):
    """The ```sh blocks of a page under a heading, those of its subsections included."""
    text = (ROOT / page).read_text(encoding="utf-8")
    level = heading.split(" ")[0]
    section = text.split(f"\n{heading}\n", 1)[1]
    section = re.split(rf"^#{{1,{len(level)}}} ", section, maxsplit=1, flags=re.MULTILINE)[0]
    return re.findall(r"^```sh\n(.*?)^```", section, re.MULTILINE | re.DOTALL)


def placed(page):
    """The blocks of a page that say where they are run (```sh at=PLACE), in their order: (place, commands)."""
    return re.findall(r"^```sh at=(\S+)\n(.*?)^```", (ROOT / page).read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def shell(script, folder, environment=None):
    """Runs a block, stops at its first failure, and gives what it printed."""
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=folder,
        env={**os.environ, "VERBUND_LANG": "en", **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"a documented step failed: exit {done.returncode}\n{script}\n{done.stdout}{done.stderr}")
    return done.stdout
