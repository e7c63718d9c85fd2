#!/usr/bin/env python3
"""Holds up the walls between the crates.

The layers are worth something only while nobody can reach around them by accident. Each rule
below says what it keeps and why; a breach is printed as one line that names the crate, the thing
and the reason, and makes the program exit 1. Nothing is compiled.

What is read: `cargo metadata --no-deps` (what each crate asks for), `cargo tree` (what the build
takes in, and under which licences) and the crates' sources.
"""

import argparse
import json
import re
import subprocess
import sys
from pathlib import Path

# Which crates of this workspace each may ask for. A crate that is not in this table fails, so that a new one has to
# find its place first. `tests` may use anything: it stands outside.
LAYERS = {
    "verbund-model": set(),
    "verbund-guard": {"verbund-model"},
    "verbund-ledger": {"verbund-model"},
    "verbund-wire": {"verbund-model", "verbund-guard", "verbund-ledger"},
    "verbund-store": {"verbund-model", "verbund-guard", "verbund-ledger"},
    "verbund-transport": {"verbund-model"},
    "verbund-document": set(),
    "verbund-node": {
        "verbund-model",
        "verbund-guard",
        "verbund-ledger",
        "verbund-wire",
        "verbund-store",
        "verbund-transport",
        "verbund-document",
    },
    # A client of its node like any other: it gets nothing that is not in the public contract.
    "verbund-briefing": {"verbund-model", "verbund-wire", "verbund-transport"},
    "verbund-cli": {
        "verbund-model",
        "verbund-guard",
        "verbund-ledger",
        "verbund-wire",
        "verbund-store",
        "verbund-transport",
        "verbund-node",
        "verbund-briefing",
    },
}
OUTSIDE = {"verbund-tests", "verbund-test-postgres"}

# Third-party crates that belong to one room (name pattern, who may ask for it, why).
ROOMS = [
    (
        r"prost(-.*)?|tonic-prost(-.*)?|protox",
        {"verbund-wire"},
        "only wire knows how messages are encoded",
    ),
    (
        r"sqlx(-.*)?|libsqlite3-sys",
        # The application keeps accounts and sessions in a database of its own (ADR 0020), which is none of the node's.
        {"verbund-store", "verbund-briefing"},
        "only store knows which engine there is",
    ),
    (
        r"rustls(-(?!pki-types).*)?|tokio-rustls|webpki.*|rcgen|x509-parser",
        # The black-box tests knock at a node's door as strangers do, with a TLS client that is none of ours.
        {"verbund-transport"} | OUTSIDE,
        "only transport decides who is let in",
    ),
    (r"typst(-.*)?|krilla(-.*)?|comemo|icalendar", {"verbund-document"}, "only document makes files that people open"),
    (r"anyhow|eyre", {"verbund-cli"} | OUTSIDE, "an error in a library is a decision for its caller"),
    (r"clap(-.*)?|comfy-table", {"verbund-cli"}, "only cli talks to a terminal"),
]

# Crates without I/O and without async: they can be tested with nothing around them.
PURE = {"verbund-model", "verbund-guard", "verbund-ledger", "verbund-document"}
IMPURE_CRATES = re.compile(r"tokio(-.*)?|futures(-.*)?|tonic(-.*)?|hyper(-.*)?|axum|async-.*|sqlx|rustix")
# Addresses are values; sockets are not.
IMPURE_SOURCE = re.compile(r"\bstd::(fs|process|env|os|net::(Tcp|Udp|ToSocket)\w*)\b|\basync\s+fn\b|\.await\b")

# Never in the build, with the reason.
BANNED = {
    "ring": "aws-lc-rs is the one crypto library; two of them make rustls choose at run time, or panic",
    "openssl-sys": "TLS is rustls'",
    "native-tls": "TLS is rustls'",
}

# A file that is longer is two rooms in one.
LINES_MAX = 900

# Licences that a work under EUPL-1.2 may be linked with and that ask for nothing but notices.
LICENCES = {
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "EUPL-1.2",
    "ISC",
    "MIT",
    "MIT-0",
    "MPL-2.0",
    "OpenSSL",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
}


def cargo(root, *arguments):
    done = subprocess.run(["cargo", *arguments], cwd=root, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"walls: cargo {arguments[0]} failed:\n{done.stderr}")
    return done.stdout


def direct_dependencies(crates):
    """Layers and rooms: what a crate asks for in any of its dependency tables."""
    for crate in crates:
        name = crate["name"]
        if name not in LAYERS and name not in OUTSIDE:
            yield f"{name}: no layer; give it a place in LAYERS of this check and in docs/architecture.md"
            continue
        for dependency in crate["dependencies"]:
            wanted = dependency["name"]
            tests_only = dependency["kind"] == "dev"
            if wanted.startswith("verbund-"):
                # A crate's own tests may lean on a layer beside it, but a cycle would be refused by cargo itself.
                if name in LAYERS and wanted not in LAYERS[name] and not tests_only:
                    yield f"{name}: must not depend on {wanted}: that is against the direction of the layers"
                continue
            if name in PURE and IMPURE_CRATES.fullmatch(wanted):
                yield f"{name}: must not depend on {wanted}: this crate does no I/O and nothing async"
            for pattern, owners, why in ROOMS:
                # Tests may wrap errors as they like; in every other room a test would name the walled-off type too.
                if wanted in ("anyhow", "eyre") and tests_only:
                    continue
                if re.fullmatch(pattern, wanted) and name not in owners:
                    yield f"{name}: must not depend on {wanted}: {why}"


def code_lines(text):
    """The lines of a source file without comments and without its test module, which stands last."""
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip() == "#[cfg(test)]":
            return
        code = line.split("//", 1)[0]
        if code.strip():
            yield number, code


def is_test_file(path):
    return path.name == "tests.rs" or path.name.startswith("test_") or "tests" in path.parts


def sources(root, crates):
    """What can only be seen in the source."""
    for crate in crates:
        folder = Path(crate["manifest_path"]).parent
        for path in sorted(folder.rglob("*.rs")):
            if "target" in path.relative_to(folder).parts:
                continue
            shown = path.relative_to(root)
            text = path.read_text(encoding="utf-8")
            length = text.count("\n")
            if length > LINES_MAX:
                yield f"{shown}: {length} lines, more than {LINES_MAX}: two rooms in one?"
            if re.search(r"^\s*#\[ignore", text, re.MULTILINE):
                yield f"{shown}: an ignored test proves nothing; repair it or delete it"
            if crate["name"] in OUTSIDE or is_test_file(path.relative_to(folder)):
                continue
            for number, code in code_lines(text):
                if crate["name"] in PURE and (found := IMPURE_SOURCE.search(code)):
                    yield f"{shown}:{number}: `{found.group()}` in a crate that does no I/O and nothing async"
                if re.search(r"(?<![\w.])tokio::(task::)?spawn\(", code):
                    yield f"{shown}:{number}: a detached task has no owner; spawn it through the supervisor or a JoinSet"


def licence_holds(expression):
    """Whether an SPDX expression can be met with the licences above."""
    tokens = re.findall(r"\(|\)|[^\s()]+", expression.replace("/", " OR "))

    def either():
        holds = both()
        while tokens and tokens[0] == "OR":
            tokens.pop(0)
            holds = both() or holds
        return holds

    def both():
        holds = single()
        while tokens and tokens[0] == "AND":
            tokens.pop(0)
            holds = single() and holds
        return holds

    def single():
        if not tokens:
            return False
        token = tokens.pop(0)
        if token == "(":
            holds = either()
            if tokens:
                tokens.pop(0)
            return holds
        if tokens[:1] == ["WITH"]:
            tokens.pop(0)
            # An exception only ever gives more than the licence without it.
            exception = tokens.pop(0) if tokens else ""
            return token in LICENCES or f"{token} WITH {exception}" in LICENCES
        return token in LICENCES

    return either() and not tokens


def build_tree(root):
    """What the build takes in on this target, all features as they are really chosen."""
    lines = cargo(
        root, "tree", "--workspace", "--edges", "normal,build,dev", "--prefix", "none", "--format", "{p}\t{l}"
    ).splitlines()
    for line in sorted({line.removesuffix(" (*)") for line in lines if line.strip()}):
        package, _, licence = line.partition("\t")
        name = package.split(" ")[0]
        if name in BANNED:
            yield f"{name} is in the build: {BANNED[name]} (cargo tree --workspace --invert {name})"
        if not licence_holds(licence.strip()):
            yield f"{name}: licence `{licence.strip() or 'none'}` is not on the list"


def breaches(root):
    metadata = json.loads(cargo(root, "metadata", "--no-deps", "--format-version", "1"))
    crates = sorted(metadata["packages"], key=lambda crate: crate["name"])
    yield from direct_dependencies(crates)
    yield from sources(root, crates)
    yield from build_tree(root)


def main():
    parser = argparse.ArgumentParser(description="Check the walls between the crates.")
    parser.add_argument(
        "--root", type=Path, default=Path(__file__).resolve().parents[2], help="the workspace; default: this one"
    )
    root = parser.parse_args().root.resolve()
    found = list(breaches(root))
    for breach in found:
        print(breach)
    print(f"walls: {len(found)} breaches" if found else "walls: all stand")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
