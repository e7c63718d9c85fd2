#!/usr/bin/env python3
"""Keeps the sources of the release before this one, so that tests run its binary beside this one's without any history.

    tests/upgrade/previous.py pin COMMIT     from a commit, the archive that stands in the tree
    tests/upgrade/previous.py unpack FOLDER  from the archive, what cargo builds the binary from; prints the release's number

Large files that are the same in this tree as they were then (the guard's lexicon, fonts) are not in the archive but named with their
hash, and taken from the tree. When one changes, `unpack` says so and `pin` is run again.
"""

import argparse
import hashlib
import io
import lzma
import subprocess
import sys
import tarfile
import tomllib
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parents[2]
HERE = ROOT / "tests/upgrade"
# What the binary is made of, and the workspace's other members, without which cargo opens none.
PARTS = ("Cargo.toml", "Cargo.lock", "services", "proto", "migrations", "deploy/charter", "docs/notifications.md", "tests/postgres",
         "tests/Cargo.toml")
# Of these nothing goes into a binary.
LEFT_OUT = ("tests", "examples", "fuzz", "benches")
# Files like these are looked for in the tree: they can't be compressed.
LARGE = 50_000
BORROWED = "BORROWED"
STUB = b"//! Nothing of this goes into the binary.\n"


def git(*arguments: str) -> bytes:
    return subprocess.run(("git", "-C", str(ROOT), *arguments), check=True, capture_output=True).stdout


def archives() -> list[Path]:
    return sorted(HERE.glob("verbund-*.tar.xz"))


def is_part(path: PurePosixPath) -> bool:
    return path.parts[0] != "services" or not any(part in LEFT_OUT for part in path.with_suffix("").parts[2:])


def stubs(manifest: bytes) -> list[str]:
    """The targets of the tests' own crate: they have to be there, and needn't say anything."""
    told = tomllib.loads(manifest.decode())
    return [f"tests/{it['path']}" for it in (told["lib"], *told["test"])]


def pin(commit: str) -> None:
    listed = git("ls-tree", "-r", "-z", "--name-only", commit, "--", *PARTS).decode().split("\0")
    paths = [path for path in listed if path and is_part(PurePosixPath(path))]
    files, borrowed = {}, {}
    for path in paths:
        content = git("show", f"{commit}:{path}")
        here = ROOT / path
        if len(content) > LARGE and b"\0" in content and here.exists() and here.read_bytes() == content:
            borrowed[path] = hashlib.sha256(content).hexdigest()
        else:
            files[path] = content
    files |= {path: STUB for path in stubs(files["tests/Cargo.toml"])}
    files[BORROWED] = "".join(f"{sha256}  {path}\n" for path, sha256 in sorted(borrowed.items())).encode()
    version = tomllib.loads(files["Cargo.toml"].decode())["workspace"]["package"]["version"]
    for old in archives():
        old.unlink()
    target = HERE / f"verbund-{version}.tar.xz"
    with lzma.open(target, "wb", preset=9 | lzma.PRESET_EXTREME) as packed, tarfile.open(fileobj=packed, mode="w") as archive:
        # Sorted by kind and without times or owners: the same commit makes the same bytes, and few of them.
        for path in sorted(files, key=lambda it: (it.rpartition(".")[2], it)):
            info = tarfile.TarInfo(path)
            info.size = len(files[path])
            archive.addfile(info, io.BytesIO(files[path]))
    print(f"{target.relative_to(ROOT)}: {target.stat().st_size} bytes, {len(files)} files, {len(borrowed)} from the tree")


def unpack(folder: Path) -> None:
    (source,) = archives()
    version = source.name.removeprefix("verbund-").removesuffix(".tar.xz")
    with tarfile.open(source) as archive:
        for member in archive:
            path = PurePosixPath(member.name)
            if path.is_absolute() or ".." in path.parts or not member.isreg():
                sys.exit(f"{source.name} holds {member.name}, which is no file of a release")
            put(folder / path, archive.extractfile(member).read())
    for line in (folder / BORROWED).read_text().splitlines():
        sha256, path = line.split("  ")
        content = (ROOT / path).read_bytes() if (ROOT / path).exists() else b""
        if hashlib.sha256(content).hexdigest() != sha256:
            sys.exit(f"{path} is not what it was in {version}: run tests/upgrade/previous.py pin with the commit of that release")
        put(folder / path, content)
    print(version)


def put(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("pin").add_argument("commit")
    commands.add_parser("unpack").add_argument("folder", type=Path)
    arguments = parser.parse_args()
    if arguments.command == "pin":
        pin(arguments.commit)
    else:
        unpack(arguments.folder)


if __name__ == "__main__":
    main()
