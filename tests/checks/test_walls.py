"""The walls must fall when somebody breaks through: each rule against a workspace that breaks it."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import walls  # noqa: E402

CHECK = Path(walls.__file__)


class Workspace:
    """A small workspace of empty crates, in a folder of its own. Third-party crates are stand-ins by path."""

    def __init__(self, folder):
        # What is vendored lies beside the workspace: a path inside would make it a member.
        self.vendored = Path(folder).resolve() / "vendor"
        self.root = Path(folder).resolve() / "workspace"
        self.root.mkdir()
        (self.root / "Cargo.toml").write_text('[workspace]\nresolver = "3"\nmembers = ["services/*"]\n')

    def crate(self, name, depends=(), dev=(), source="", licence="EUPL-1.2", outside=False):
        folder = (self.vendored if outside else self.root / "services") / name
        (folder / "src").mkdir(parents=True)
        (folder / "src/lib.rs").write_text(source)
        place = lambda other: f"../{other}" if other.startswith("verbund-") else f"{self.vendored}/{other}"  # noqa: E731
        table = lambda names: "".join(f'{other} = {{ path = "{place(other)}" }}\n' for other in names)  # noqa: E731
        (folder / "Cargo.toml").write_text(
            f'[package]\nname = "{name}"\nversion = "0.1.0"\nedition = "2024"\nlicense = "{licence}"\n'
            f"[dependencies]\n{table(depends)}[dev-dependencies]\n{table(dev)}"
        )
        return self

    def vendor(self, name, licence="MIT"):
        return self.crate(name, licence=licence, outside=True)

    def check(self):
        done = subprocess.run(
            [sys.executable, CHECK, "--root", self.root], capture_output=True, text=True, check=False
        )
        return done.returncode, done.stdout + done.stderr


class WallsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.workspace = Workspace(folder.name)

    def assert_stands(self):
        code, output = self.workspace.check()
        self.assertEqual((code, output), (0, "walls: all stand\n"))

    def assert_falls(self, saying):
        code, output = self.workspace.check()
        self.assertEqual(code, 1, output)
        self.assertIn(saying, output)
        self.assertIn("walls: 1 breaches", output)

    def test_a_workspace_that_keeps_the_rules_passes(self):
        self.workspace.vendor("sqlx").crate("verbund-model").crate("verbund-ledger", ["verbund-model"])
        self.workspace.crate("verbund-store", ["verbund-model", "verbund-ledger", "sqlx"])
        self.assert_stands()

    def test_a_lower_layer_can_not_use_a_higher_one(self):
        self.workspace.crate("verbund-model").crate("verbund-store", ["verbund-model"])
        self.workspace.crate("verbund-transport", ["verbund-store"])
        self.assert_falls("verbund-transport: must not depend on verbund-store")

    def test_a_crate_without_a_layer_is_refused(self):
        self.workspace.crate("verbund-helpers")
        self.assert_falls("verbund-helpers: no layer")

    def test_each_room_keeps_its_crate(self):
        for crate, wanted in [
            ("verbund-node", "prost"),
            ("verbund-node", "tonic-prost"),
            ("verbund-node", "sqlx"),
            ("verbund-cli", "rustls"),
            ("verbund-cli", "tokio-rustls"),
            ("verbund-node", "rcgen"),
            ("verbund-store", "anyhow"),
            ("verbund-node", "clap"),
            ("verbund-model", "tokio"),
            ("verbund-ledger", "futures-util"),
        ]:
            with self.subTest(crate=crate, wanted=wanted), tempfile.TemporaryDirectory() as folder:
                self.workspace = Workspace(folder).vendor(wanted).crate(crate, [wanted])
                self.assert_falls(f"{crate}: must not depend on {wanted}")

    def test_a_room_is_closed_to_tests_too_but_for_error_wrappers(self):
        self.workspace.vendor("anyhow").crate("verbund-store", dev=["anyhow"])
        self.assert_stands()
        self.workspace.vendor("sqlx").crate("verbund-node", dev=["sqlx"])
        self.assert_falls("verbund-node: must not depend on sqlx")

    def test_a_banned_crate_is_found_however_deep(self):
        self.workspace.vendor("ring").vendor("middle")
        manifest = self.workspace.vendored / "middle/Cargo.toml"
        manifest.write_text(
            manifest.read_text().replace("[dependencies]\n", '[dependencies]\nring = { path = "../ring" }\n')
        )
        self.workspace.crate("verbund-node", ["middle"])
        self.assert_falls("ring is in the build")

    def test_pure_crates_open_no_files_and_wait_for_nothing(self):
        for line in [
            "fn f() { std::fs::read(x); }",
            "use std::net::TcpStream;",
            "async fn f() {}",
            "fn f() { g().await; }",
        ]:
            with self.subTest(line=line), tempfile.TemporaryDirectory() as folder:
                self.workspace = Workspace(folder).crate("verbund-guard", source=line + "\n")
                self.assert_falls("services/verbund-guard/src/lib.rs:1")

    def test_comments_and_test_modules_are_not_code(self):
        source = "// std::fs::read\nuse std::net::IpAddr;\n#[cfg(test)]\nmod tests { use std::fs::read; }\n"
        self.workspace.crate("verbund-guard", source=source)
        self.assert_stands()

    def test_a_detached_task_is_found(self):
        self.workspace.crate("verbund-node", source="fn f() {\n    tokio::spawn(g());\n}\n")
        self.assert_falls("lib.rs:2: a detached task has no owner")

    def test_a_joinset_owns_its_tasks(self):
        self.workspace.crate("verbund-node", source="fn f(tasks: T) {\n    tasks.spawn(g());\n}\n")
        self.assert_stands()

    def test_a_file_that_is_too_long_is_found(self):
        self.workspace.crate("verbund-node", source="// one\n" * (walls.LINES_MAX + 1))
        self.assert_falls("901 lines, more than 900")

    def test_an_ignored_test_is_found(self):
        source = "#[cfg(test)]\nmod tests {\n    #[test]\n    #[ignore]\n    fn f() {}\n}\n"
        self.workspace.crate("verbund-node", source=source)
        self.assert_falls("an ignored test proves nothing")

    def test_a_foreign_licence_is_found(self):
        self.workspace.vendor("bound", licence="GPL-3.0-only").crate("verbund-node", ["bound"])
        self.assert_falls("bound: licence `GPL-3.0-only` is not on the list")


class LicenceTest(unittest.TestCase):
    def test_expressions(self):
        for expression, holds in [
            ("MIT", True),
            ("MIT OR GPL-3.0-only", True),
            ("MIT AND GPL-3.0-only", False),
            ("MIT/Apache-2.0", True),
            ("(MIT OR GPL-3.0-only) AND Unicode-3.0", True),
            ("GPL-3.0-only AND MIT OR ISC", True),
            ("Apache-2.0 WITH LLVM-exception OR GPL-3.0-only", True),
            ("GPL-2.0 WITH Classpath-exception-2.0", False),
            ("", False),
        ]:
            with self.subTest(expression=expression):
                self.assertEqual(walls.licence_holds(expression), holds)


if __name__ == "__main__":
    unittest.main()
