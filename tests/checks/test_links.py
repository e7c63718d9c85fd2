"""A link that leads nowhere must be found."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import links  # noqa: E402


class LinksTest(unittest.TestCase):
    def check(self, **pages):
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder).resolve()
            subprocess.run(["git", "init", "--quiet", root], check=True)
            for name, text in pages.items():
                (root / f"{name}.md").write_text(text)
            done = subprocess.run(
                [sys.executable, links.__file__, root], capture_output=True, text=True, check=False
            )
            return done.returncode, done.stdout

    def test_good_links_pass(self):
        code, output = self.check(
            a="# One thing\n[b](b.md) [there](b.md#the-other-thing) [here](#one-thing) [away](https://example.org)\n",
            b="## The *other* thing\n",
        )
        self.assertEqual((code, output), (0, "links: 0 broken in 2 pages\n"))

    def test_a_missing_file_is_found(self):
        code, output = self.check(a="[b](b.md)\n")
        self.assertEqual(code, 1)
        self.assertIn("a.md: b.md leads nowhere", output)

    def test_a_missing_heading_is_found(self):
        code, output = self.check(a="[b](b.md#gone)\n", b="# Here\n")
        self.assertEqual(code, 1)
        self.assertIn("a.md: b.md#gone has no such heading", output)

    def test_code_is_not_a_link(self):
        code, _ = self.check(a="`[x](gone.md)`\n```\n[y](gone.md)\n```\n")
        self.assertEqual(code, 0)


if __name__ == "__main__":
    unittest.main()
