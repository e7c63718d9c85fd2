#!/usr/bin/env python3
"""Writes the schemas of custom resources beside this file anew, from the projects' own definitions.

    vendor.py NAME=CRD.yaml…        for the names in SOURCES, with the file from the release that stands there

What a check needs is kept: types, required fields, bounds, patterns, enumerations. Descriptions are left out, they are nine
tenths of the text. Versions that are not served any more are left out as well.
"""

import json
import sys
from pathlib import Path

import yaml

HERE = Path(__file__).resolve().parent
COLUMNS = 120

# Where each comes from: project, release, its path there, licence.
SOURCES = {
    "certificate": ("cert-manager/cert-manager", "v1.21.1", "deploy/crds/cert-manager.io_certificates.yaml", "Apache-2.0"),
    "issuer": ("cert-manager/cert-manager", "v1.21.1", "deploy/crds/cert-manager.io_issuers.yaml", "Apache-2.0"),
    "bundle": ("cert-manager/trust-manager", "v0.24.0", "deploy/crds/trust.cert-manager.io_bundles.yaml", "Apache-2.0"),
    "cluster": ("cloudnative-pg/cloudnative-pg", "v1.30.0", "config/crd/bases/postgresql.cnpg.io_clusters.yaml", "Apache-2.0"),
    "servicemonitor": (
        "prometheus-operator/prometheus-operator",
        "v0.93.0",
        "example/prometheus-operator-crd/monitoring.coreos.com_servicemonitors.yaml",
        "Apache-2.0",
    ),
}


def without_words(schema):
    """The schema without descriptions. A property may be named so, and that stays: its value is a schema, not a text."""
    if isinstance(schema, dict):
        return {
            key: without_words(value)
            for key, value in schema.items()
            if not (key == "description" and isinstance(value, str))
        }
    if isinstance(schema, list):
        return [without_words(item) for item in schema]
    return schema


def kept(crd):
    """What a check needs of a definition."""
    spec = crd["spec"]
    versions = {
        version["name"]: without_words(version["schema"]["openAPIV3Schema"])
        for version in spec["versions"]
        if version["served"]
    }
    return {"group": spec["group"], "kind": spec["names"]["kind"], "scope": spec["scope"], "versions": versions}


def lines(value):
    """JSON in lines that a person can still scroll through and git can compare."""
    line = ""
    for chunk in json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).iterencode(value):
        if line and len(line) + len(chunk) > COLUMNS:
            yield line
            line = ""
        line += chunk
    yield line


def main():
    given = dict(argument.split("=", 1) for argument in sys.argv[1:])
    if not given or set(given) - set(SOURCES):
        sys.exit(f"{__doc__}\nnames: {', '.join(SOURCES)}")
    for name, path in given.items():
        project, release, place, licence = SOURCES[name]
        crd = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
        source = {"source": f"{project} {release} {place}", "licence": licence}
        text = "\n".join(lines(source | kept(crd)))
        (HERE / f"{name}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
