"""The release before this one can be unpacked from the tree alone, and is not this one."""

import shutil
import sys
import tempfile
import tomllib
import unittest
from pathlib import Path
from unittest import mock

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/upgrade"))

import previous  # noqa: E402 (it lies in another folder)


def version(folder: Path) -> tuple[int, ...]:
    text = tomllib.loads((folder / "Cargo.toml").read_text())["workspace"]["package"]["version"]
    return tuple(int(part) for part in text.split("."))


class Previous(unittest.TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))

    def test_it_is_whole_and_older(self):
        previous.unpack(self.folder)
        self.assertLess(version(self.folder), version(ROOT))
        borrowed = (self.folder / previous.BORROWED).read_text().splitlines()
        for line in borrowed:
            self.assertTrue((self.folder / line.split("  ")[1]).exists(), line)
        self.assertIn("services/guard/lexicon/german.fst", " ".join(borrowed))

    def test_a_file_that_is_another_by_now_is_not_taken_for_its(self):
        tree = self.folder / "tree"
        path = "services/guard/lexicon/german.fst"
        for line in self.borrowed():
            (tree / line).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / line, tree / line)
        with mock.patch.object(previous, "ROOT", tree):
            previous.unpack(self.folder / "same")
            (tree / path).write_bytes(b"another")
            with self.assertRaisesRegex(SystemExit, "german.fst is not what it was"):
                previous.unpack(self.folder / "other")

    def borrowed(self) -> list[str]:
        previous.unpack(self.folder / "first")
        lines = (self.folder / "first" / previous.BORROWED).read_text().splitlines()
        return [line.split("  ")[1] for line in lines]


if __name__ == "__main__":
    unittest.main()
