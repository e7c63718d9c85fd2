#!/usr/bin/env python3
"""The image's bill of materials, CycloneDX 1.6 as JSON, to the standard output.

What is listed is what the build takes in: every crate that `cargo tree` shows for the binary on its platform and with its features, build
scripts and macros included (they decide what the binary is), each with the checksum that Cargo.lock pins; and the system's libraries
in the image with the Debian packages that they come from. A generator of our own because those for Cargo are programs to be compiled
first, which takes longer than all the rest here, and list what `cargo metadata` resolves for the whole workspace: some twenty crates
that are not in the binary. The tests check the result against CycloneDX's schema.
"""

import argparse
import hashlib
import json
import shutil
import subprocess
import tomllib
import uuid
from pathlib import Path

SOURCES = Path(__file__).resolve().parents[2]
PROGRAM = "verbund-cli"
TARGET = "x86_64-unknown-linux-gnu"


def output(*command):
    return subprocess.run(command, cwd=SOURCES, check=True, capture_output=True, text=True).stdout


def taken_in():
    """What the binary is made from: each crate, as (name, version), with those that it asks for. The program itself comes first."""
    shown = output(
        "cargo", "tree", "--locked", f"--package={PROGRAM}", f"--target={TARGET}",
        "--edges=normal,build", "--prefix=depth", "--format= {p}",
    )  # fmt: skip
    asks, way = {}, []
    for line in shown.splitlines():
        depth, name, version, *_ = line.split()
        crate = (name, version.removeprefix("v"))
        # A crate that is shown again stands there without what it asks for.
        asks.setdefault(crate, set())
        way[int(depth) :] = [crate]
        if int(depth):
            asks[way[-2]].add(crate)
    return asks


def licences(expression):
    # Before there was SPDX in Cargo, a slash meant OR.
    return [{"expression": expression.replace("/", " OR ")}] if expression else []


def crate(package, checksums):
    name, version = package["name"], package["version"]
    purl = f"pkg:cargo/{name}@{version}"
    component = {
        "type": "library",
        "bom-ref": purl,
        "name": name,
        "version": version,
        "purl": purl,
        "licenses": licences(package["license"]),
    }
    if checksum := checksums.get((name, version)):
        component["hashes"] = [{"alg": "SHA-256", "content": checksum}]
    if package["repository"]:
        component["externalReferences"] = [{"type": "vcs", "url": package["repository"]}]
    return component


def library(path):
    """A library of the system, with its package where this is a Debian."""
    component = {
        "type": "library",
        "bom-ref": f"file:{path}",
        "name": Path(path).name,
        "hashes": [{"alg": "SHA-256", "content": hashlib.sha256(Path(path).read_bytes()).hexdigest()}],
    }
    if not shutil.which("dpkg-query"):
        return component
    # dpkg knows the file by its place before or after the merge of /lib into /usr/lib.
    for place in (str(Path(path).resolve()), str(Path(path).resolve()).removeprefix("/usr"), path):
        found = subprocess.run(["dpkg-query", "--search", place], capture_output=True, text=True, check=False)
        if found.returncode == 0:
            package = found.stdout.split(": ")[0]
            name, version = output("dpkg-query", "--show", "--showformat=${source:Package} ${Version}", package).split()
            component["purl"] = f"pkg:deb/debian/{package.split(':')[0]}@{version}"
            component["version"] = version
            component["group"] = name
            break
    return component


def bill(root, created, libraries):
    metadata = json.loads(output("cargo", "metadata", "--locked", "--format-version=1", f"--filter-platform={TARGET}"))
    packages = {(it["name"], it["version"]): it for it in metadata["packages"]}
    lock = tomllib.loads((SOURCES / "Cargo.lock").read_text(encoding="utf-8"))
    checksums = {(it["name"], it["version"]): it.get("checksum") for it in lock["package"]}
    asks = taken_in()
    program = next(iter(asks))
    crates = {it: crate(packages[it], checksums) for it in asks}
    system = [library(path) for path in libraries]
    binary = hashlib.sha256((root / "usr/bin/verbund").read_bytes()).hexdigest()
    main = {
        "type": "application",
        "bom-ref": crates[program]["bom-ref"],
        "name": "verbund",
        "version": program[1],
        "licenses": crates[program]["licenses"],
        "hashes": [{"alg": "SHA-256", "content": binary}],
    }
    parts = sorted((crates[it] for it in asks if it != program), key=lambda it: it["bom-ref"]) + system
    depends = [
        {"ref": crates[it]["bom-ref"], "dependsOn": sorted(crates[asked]["bom-ref"] for asked in needed)}
        for it, needed in asks.items()
    ]
    depends[0]["dependsOn"] += [it["bom-ref"] for it in system]
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        # The same binary has the same bill, and it is known by it.
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, binary)}",
        "version": 1,
        "metadata": {"timestamp": created, "component": main},
        "components": parts,
        "dependencies": sorted(depends, key=lambda it: it["ref"]),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=Path, required=True, help="the image's files")
    parser.add_argument("--created", required=True, help="when, as RFC 3339")
    parser.add_argument("library", nargs="*", help="the system's libraries in the image")
    asked = parser.parse_args()
    print(json.dumps(bill(asked.root, asked.created, asked.library), indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main()
