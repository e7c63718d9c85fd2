"""Whether an object is what its kind's schema says, and nothing besides: a field that is not known is a typo.

Kubernetes' own kinds are looked up in `kubernetes-validate`, for the oldest and the newest version that the documentation names;
custom ones in crds/. A kind without a schema is a finding: what can't be checked doesn't pass.
"""

import functools
import json
from pathlib import Path

import jsonschema
import kubernetes_validate

# As docs/operations/kubernetes.md says.
VERSIONS = ("1.31", "1.37")
CRDS = Path(__file__).resolve().parent / "crds"
# What a manifest may set of its metadata; custom resources' own schemas say nothing of it.
METADATA = {
    "type": "object",
    "required": ["name"],
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string", "pattern": r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$", "maxLength": 253},
        "namespace": {"type": "string"},
        "labels": {"type": "object", "additionalProperties": {"type": "string", "maxLength": 63}},
        "annotations": {"type": "object", "additionalProperties": {"type": "string"}},
    },
}
# Kubernetes' own kinds that belong to no namespace, as far as they are used.
CLUSTER_WIDE = {"Namespace"}


@functools.cache
def custom():
    """The custom kinds: (group/version, kind) to scope and strict schema."""
    found = {}
    for path in sorted(CRDS.glob("*.json")):
        crd = json.loads(path.read_text(encoding="utf-8"))
        for version, schema in crd["versions"].items():
            schema = strict(schema)
            schema["properties"]["metadata"] = METADATA
            schema["required"] = sorted({*schema.get("required", []), "apiVersion", "kind", "metadata"})
            found[f"{crd['group']}/{version}", crd["kind"]] = (crd["scope"], schema)
    return found


def strict(schema):
    """A structural schema as JSON schema: unknown fields are errors, as `kubectl --validate=strict` has it."""
    if not isinstance(schema, dict):
        return schema
    out = {}
    for key, value in schema.items():
        if key == "properties":
            out[key] = {name: strict(field) for name, field in value.items()}
        elif key in ("allOf", "anyOf", "oneOf"):
            # Inside of these a schema may only narrow; it lists the fields that it speaks of and no others.
            out[key] = value
        elif key in ("items", "additionalProperties", "not"):
            out[key] = strict(value) if key != "not" else value
        else:
            out[key] = value
    if schema.get("x-kubernetes-int-or-string"):
        out.pop("anyOf", None)
        out["type"] = ["integer", "string"]
    if schema.get("nullable") and isinstance(out.get("type"), str):
        out["type"] = [out["type"], "null"]
    open_to_all = schema.get("x-kubernetes-preserve-unknown-fields")
    if "properties" in out and "additionalProperties" not in out and not open_to_all:
        out["additionalProperties"] = False
    return out


def is_cluster_wide(thing):
    """Whether an object of this kind belongs to no namespace."""
    scope, _ = custom().get((thing["apiVersion"], thing["kind"]), (None, None))
    return scope == "Cluster" if scope else thing["kind"] in CLUSTER_WIDE


def findings(thing):
    """What is wrong with one object, in words with the field's path."""
    key = (thing.get("apiVersion"), thing.get("kind"))
    if key in custom():
        validator = jsonschema.Draft202012Validator(custom()[key][1])
        for error in sorted(validator.iter_errors(thing), key=lambda it: list(map(str, it.absolute_path))):
            yield f"{at(error.absolute_path)}{error.message}"
        return
    for version in VERSIONS:
        try:
            kubernetes_validate.validate(thing, version, strict=True)
        except kubernetes_validate.SchemaNotFoundError:
            yield f"there is no schema for {key[0]} {key[1]}, neither in Kubernetes {version} nor in crds/"
        except kubernetes_validate.ValidationError as error:
            yield f"{at(error.path)}{error.message} (Kubernetes {version})"


def at(path):
    place = ".".join(str(step) for step in path)
    return f"{place}: " if place else ""
