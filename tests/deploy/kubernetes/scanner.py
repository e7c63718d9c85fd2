"""The policy scanner's findings, but for those that checkov.toml gives a reason to pass over."""

import json
import subprocess
import tomllib
from pathlib import Path

SKIPS = Path(__file__).resolve().parent / "checkov.toml"


def skips(text):
    """The skips; each has a reason."""
    read = tomllib.loads(text)["skip"]
    for skip in read:
        if len(skip.get("reason", "")) < 20:
            raise ValueError(f"{skip['check']}: a skip without a reason")
    return read


def scan(program, folder):
    """What the scanner finds in a folder of manifests: (check, resource, words)."""
    done = subprocess.run(
        # Nothing is asked for on the network: no links to pages, no severities.
        [program, "--directory", folder, "--framework", "kubernetes", "--skip-download", "--quiet", "--compact", "--output", "json"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode not in (0, 1) or not done.stdout.strip():
        raise ValueError(f"the scanner failed: {done.stderr}")
    results = json.loads(done.stdout)
    if "results" not in results or results["summary"]["passed"] == 0:
        raise ValueError(f"the scanner looked at nothing: {done.stdout[:500]}")
    return [(it["check_id"], it["resource"], it["check_name"]) for it in results["results"]["failed_checks"]]


def judged(found, allowed):
    """What is left to say."""
    used = set()
    for check, resource, words in found:
        fitting = [
            index
            for index, skip in enumerate(allowed)
            if skip["check"] == check and resource.startswith(skip.get("resource", ""))
        ]
        used.update(fitting)
        if not fitting:
            yield f"{resource}: {check}: {words}"
    for index, skip in enumerate(allowed):
        if index not in used:
            yield f"checkov.toml passes over {skip['check']}, which is not found any more"
