#!/usr/bin/env python3
"""The Debian package on a real systemd, from nothing to a node in a federation, and everything that comes after.

docs/operations/systemd.md is what is tested: its commands are run as they stand there, on a machine that begins bare. Around them the test
plays the others: the agency's own authority, the partners with their nodes, and the misfortunes.
"""

import contextlib
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import machine

ROOT = machine.ROOT
sys.path.append(str(ROOT / "tests/operations"))
import joining  # noqa: E402

BINARY = Path(os.environ.get("VERBUND_BINARY", ROOT / "target/debug/verbund"))
PAGE = ROOT / "docs/operations/systemd.md"
UNITS = ("verbund-node.service", "verbund-briefing.service", "verbund-failed@verbund-node.service")
# The issue's bound for what a service could do beyond its task, of 10. `systemd-analyze` counts in tenths of it.
EXPOSURE_MAX = 1.5
VERSIONS = ("0.2.0", "0.2.1~next")
PRECIOUS = ("/etc/verbund/keys/entry.key", "/var/lib/verbund/data/verbund.db", "/var/lib/verbund/erasure-keys")
NOTE = "Platz am Morgen gereinigt, wenig Glas."


def steps(heading):
    """The shell blocks under a heading of the page."""
    text = PAGE.read_text(encoding="utf-8")
    section = re.split(rf"^#+ {re.escape(heading)}\n", text, maxsplit=1, flags=re.MULTILINE)[1]
    section = re.split(r"^##", section, maxsplit=1, flags=re.MULTILINE)[0]
    return re.findall(r"^```sh\n(.*?)^```", section, re.MULTILINE | re.DOTALL)


def build(binary, folder, version, **environment):
    """Makes the package as the page says, but quickly."""
    # A release's package is compressed with xz, which takes a minute.
    quickly = {"DPKG_DEB_COMPRESSOR_TYPE": "gzip", "DPKG_DEB_COMPRESSOR_LEVEL": "1"}
    subprocess.run(
        [ROOT / "deploy/systemd/package", binary, folder, version],
        env={**os.environ, **quickly, **environment}, stdout=subprocess.DEVNULL, check=True,
    )  # fmt: skip
    [package] = folder.glob("*.deb")
    return package


class PackageFile(unittest.TestCase):
    """What can be said of the file alone."""

    def test_the_same_input_gives_the_same_bytes(self):
        with tempfile.TemporaryDirectory() as name:
            sums = set()
            for attempt in ("one", "two"):
                folder = Path(name, attempt)
                folder.mkdir()
                # Any program will do, and a later copy of it is as good.
                shutil.copyfile("/usr/bin/true", folder / "binary")
                package = build(folder / "binary", folder, VERSIONS[0])
                sums.add(hashlib.sha256(package.read_bytes()).hexdigest())
        self.assertEqual(len(sums), 1)


class Life(unittest.TestCase):
    """One machine, from bare to bare. The tests go on from one another, in the order of their numbers."""

    @classmethod
    def setUpClass(cls):
        folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory(prefix="verbund-package-")))
        cls.packages = []
        for version in VERSIONS:
            (folder / version).mkdir()
            cls.packages.append(build(BINARY, folder / version, version))
        # It reads for half a minute, while the rest goes on.
        cls.lintian = subprocess.Popen(
            ["lintian", "--allow-root", "--fail-on", "warning,error", cls.packages[0]],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        cls.addClassCleanup(cls.lintian.kill)
        cls.machine = cls.enterClassContext(machine.running(folder))
        cls.watch = joining.Watch("systemd")

    def page(self, heading, folder="/root", code=0):
        """Follows the page under a heading; gives what each block prints."""
        blocks = steps(heading)
        self.assertTrue(blocks, f"{heading}: no commands there")
        with self.watch.running():
            return [self.machine.run(f"cd {folder}\n{block}", code) for block in blocks]

    def mode(self, path):
        """Mode, owner and group, as `0640 root verbund`."""
        return self.machine.run(f"stat --format='%04a %U %G' {path}")

    # --- installing ----------------------------------------------------------------------------------------------------------

    def test_01_it_installs_and_starts_nothing(self):
        self.machine.run(f"cp /mnt/{VERSIONS[0]}/*.deb /root/")
        self.page("From nothing to a node in ten minutes")
        for user in ("verbund", "verbund-briefing"):
            self.assertRegex(self.machine.run(f"getent passwd {user}"), r":/usr/sbin/nologin$")
        for path, expected in {
            "/etc/verbund": "0755 root root",
            "/etc/verbund/keys": "0750 root verbund",
            "/etc/verbund/tls/crls": "0755 root root",
            "/var/lib/verbund": "0755 root root",
            "/var/lib/verbund/data": "0700 verbund verbund",
            "/var/lib/verbund/erasure-keys": "0700 verbund verbund",
            "/var/lib/verbund/briefing": "0700 verbund-briefing verbund-briefing",
        }.items():
            self.assertEqual(self.mode(path), expected, path)
        for unit in UNITS[:2]:
            self.assertEqual(self.machine.show(unit, "ActiveState"), "inactive", unit)
            self.assertEqual(self.machine.show(unit, "UnitFileState"), "disabled", unit)
        self.assertEqual(self.machine.run("systemctl is-system-running"), "running")

    def test_02_units_are_right_and_closed(self):
        for unit in UNITS:
            self.assertEqual(self.machine.run(f"systemd-analyze verify --recursive-errors=no --man=no {unit} 2>&1"), "", unit)
            source = unit.replace("@verbund-node", "@")
            told = self.machine.run(f"systemd-analyze security --offline=true --no-pager /usr/lib/systemd/system/{source}")
            exposure = float(re.search(r"Overall exposure level .*: ([0-9.]+)", told)[1])
            self.assertLessEqual(exposure, EXPOSURE_MAX, f"{unit}\n{told}")

    def test_03_started_too_early_it_says_why_and_stays_stopped(self):
        self.machine.run("systemctl start verbund-node", code=1)
        self.assertEqual(self.machine.show("verbund-node", "ActiveState"), "failed")
        self.assertEqual(self.machine.show("verbund-node", "ExecMainStatus"), "2")
        self.assertEqual(self.machine.show("verbund-node", "NRestarts"), "0")
        self.assertIn("/etc/verbund/node.toml", self.machine.run("journalctl --unit=verbund-node --no-pager"))
        self.alerts(1)
        self.machine.run("systemctl reset-failed")

    def alerts(self, count):
        """So many times it was told that the node stays stopped."""
        alerts = "journalctl --identifier=verbund --priority=alert --no-pager | grep --count 'verbund-node has failed'"
        self.machine.wait(f"test $({alerts}) -eq {count}")

    # --- joining -------------------------------------------------------------------------------------------------------------

    def test_04_a_federation_runs_elsewhere(self):
        self.machine.run(FEDERATION)
        for agency in joining.MEMBERS:
            # As another operations team might: another user, other folders, nothing of this package but the binary.
            self.machine.run(
                f"systemd-run --quiet --no-block --unit=partner-{agency} verbund node --config /srv/federation/{agency}/node.toml"
            )
        for port in range(17445, 17445 + 10 * len(joining.MEMBERS), 10):
            self.machine.wait(f"curl --silent --fail http://127.0.0.1:{port}/readyz")

    def test_05_from_keys_and_requests_to_what_the_federation_sends(self):
        [told] = self.page("Keys, requests, configuration")
        self.assertIn("/etc/verbund/tls/node.csr", told)
        self.assertEqual(self.mode("/etc/verbund/keys/entry.key").split()[0], "0600")
        self.machine.run(AUTHORITY)
        self.page("What your authority issues", folder="/srv/issued")
        others = joining.Others(
            lambda code, folder: self.machine.run(f"cd {folder}\n{code}"),
            "/srv/federation", "keeper", "/usr/share/verbund/charter/krefeld.toml",
        )  # fmt: skip
        with self.watch.running():
            others.compose_and_sign("/etc/verbund/hand-over")
            others.place()
            others.send_back("/srv/incoming")
            for agency in joining.MEMBERS:
                status = f"verbund status --config /srv/federation/{agency}/office.toml --format json"
                self.machine.wait(f"""{status} | grep --quiet '"charter_version":2'""")
        self.page("What the federation sends", folder="/srv/incoming")
        for path, expected in {
            "/etc/verbund/node.toml": "0640 root verbund",
            "/etc/verbund/keys/entry.key": "0640 root verbund",
            "/etc/verbund/tls/node.key": "0640 root verbund",
            "/etc/verbund/tls/briefing.key": "0640 root verbund-briefing",
            "/etc/verbund/tls/office.key": "0600 root root",
            "/var/lib/verbund/data": "0700 verbund verbund",
        }.items():
            self.assertEqual(self.mode(path), expected, path)
        for path in ("/etc/verbund/keys/entry.key", "/etc/verbund/tls/node.key", "/var/lib/verbund/data/.", "/etc/verbund/node.toml"):
            self.machine.run(f"! runuser -u verbund-briefing -- test -r {path}")

    def test_06_it_starts_and_knows_its_partners(self):
        started, *_ = self.page("Starting")
        self.assertIn("ready", started)
        self.assertEqual(self.machine.show("verbund-node", "ActiveState"), "active")
        self.assertEqual(self.machine.show("verbund-node", "UnitFileState"), "enabled")

    def test_07_an_update_crosses(self):
        self.page("A first update")
        with self.watch.running():
            self.crossed(1)
        self.watch.told()
        # And one the other way.
        update = "sed 's/Platz am Morgen gereinigt/Am Platz ist es ruhig/' /root/update.json"
        self.machine.run(f"{update} | verbund push --config /srv/federation/kod/office.toml -")
        self.machine.wait("verbund feed --config /etc/verbund/office.toml --format json | grep --quiet '\"agency\":\"kod\"'")

    def crossed(self, count):
        """So many updates of this node have come to a partner's."""
        feed = "verbund feed --config /srv/federation/quartiersbuero/office.toml --format json"
        self.machine.wait(f"test $({feed} | grep --count '{NOTE}') -eq {count}")

    def test_08_the_application_lets_the_first_colleague_in(self):
        [told] = self.page("The coordinators' application")
        link = re.search(r"https://verbund\.jugendamt\.example(/\S+)", told)
        self.assertTrue(link, told)
        page = self.machine.run(
            f"curl --silent --fail --header 'Host: verbund.jugendamt.example' http://127.0.0.1:8080{link[1]}"
        )
        self.assertIn("<form", page)
        self.assertEqual(self.mode("/var/lib/verbund/briefing/briefing.db"), "0600 verbund-briefing verbund-briefing")

    def test_09_the_journal_tells_what_the_page_says(self):
        [told] = self.page("Reading the journal")
        self.assertIn("node up", told)
        self.assertNotIn(NOTE, self.machine.run("journalctl --no-pager"))

    # --- running -------------------------------------------------------------------------------------------------------------

    def test_10_inside_its_walls(self):
        leader = self.machine.show("verbund-node", "MainPID")
        self.assertEqual(self.machine.run(f"ps -o user= -p {leader}"), "verbund")
        status = self.machine.run(f"cat /proc/{leader}/status")
        self.assertRegex(status, r"CapBnd:\s+0000000000000000\n")
        self.assertRegex(status, r"NoNewPrivs:\s+1\n")
        self.assertRegex(status, r"Seccomp:\s+2\n")
        self.assertRegex(self.machine.run(f"cat /proc/{leader}/limits"), r"Max core file size\s+0\s+0")
        # Its own view of the disk, in which even root writes and starts nothing.
        seen = f"/proc/{leader}/root"
        self.assertIn("Read-only", self.machine.run(f"touch {seen}/etc/verbund/node.toml 2>&1", code=1))
        self.assertIn("Permission denied", self.machine.run(f"{seen}/usr/bin/dash -c true 2>&1", code=126))

    def test_11_a_new_certificate_needs_no_restart(self):
        before = self.machine.show("verbund-node", "InvocationID")
        self.machine.run(REISSUE)
        self.machine.wait(f"test $({SERIAL.format('-in /etc/verbund/tls/node.pem')}) = $({SHOWN} | {SERIAL.format('')})")
        self.assertEqual(self.machine.show("verbund-node", "InvocationID"), before)
        self.machine.run("systemctl reload verbund-node", code=None)
        self.assertEqual(self.machine.show("verbund-node", "ActiveState"), "active", "a reload that isn't there harms nothing")

    def test_12_killed_it_comes_back_by_itself(self):
        self.machine.run("systemctl kill --signal=KILL verbund-node")
        self.machine.wait("test $(systemctl show --value --property=NRestarts verbund-node) -eq 1")
        self.machine.wait("systemctl is-active verbund-node")
        self.push()
        self.crossed(2)

    def push(self):
        self.machine.run(f"cd /root && {SEND}")

    def test_13_a_disk_that_fails_stops_it_for_good(self):
        self.machine.run(FAILING_DISK)
        self.machine.wait(f"! {{ cd /root && {SEND}; }}")
        self.machine.wait("systemctl is-failed verbund-node")
        self.assertEqual(self.machine.show("verbund-node", "ExecMainStatus"), "6")
        self.assertEqual(self.machine.show("verbund-node", "NRestarts"), "0")
        self.alerts(2)
        self.machine.run(REPAIRED)
        self.machine.run("systemctl start verbund-node")

    def test_14_it_does_not_try_for_ever(self):
        self.machine.run(WITHOUT_SIGNATURES)
        self.machine.run("systemctl start verbund-node", code=1)
        self.machine.wait("systemctl is-failed verbund-node")
        self.assertEqual(self.machine.show("verbund-node", "ExecMainStatus"), "1")
        self.assertEqual(self.machine.show("verbund-node", "NRestarts"), "20")
        self.alerts(3)
        self.machine.run("mv /root/charter.toml.sig /etc/verbund/")
        self.machine.run(REPAIRED)
        self.machine.run("systemctl start verbund-node")

    # --- upgrading -----------------------------------------------------------------------------------------------------------

    def test_15_an_upgrade_restarts_what_runs_and_keeps_what_is_mine(self):
        self.machine.run("echo VERBUND__NODE__LOG_FILTER=info,verbund_node=debug >>/etc/default/verbund-node")
        held = self.feed()
        before = {unit: self.machine.show(unit, "InvocationID") for unit in UNITS[:2]}
        self.machine.run(f"rm /root/*.deb && cp '/mnt/{VERSIONS[1]}'/*.deb /root/")
        self.page("Upgrades")
        self.assertEqual(self.machine.run("dpkg-query --show --showformat='${Version}' verbund"), VERSIONS[1])
        for unit in UNITS[:2]:
            self.assertEqual(self.machine.show(unit, "ActiveState"), "active", unit)
            self.assertNotEqual(self.machine.show(unit, "InvocationID"), before[unit], unit)
        self.assertEqual(self.machine.run("tail -1 /etc/default/verbund-node"), "VERBUND__NODE__LOG_FILTER=info,verbund_node=debug")
        self.assertEqual(self.feed(), held)
        self.push()
        self.assertEqual(len(self.feed()), len(held) + 1)

    def feed(self):
        """What the node holds."""
        return self.machine.run("verbund feed --config /etc/verbund/office.toml --format json").splitlines()

    def test_16_an_upgrade_leaves_stopped_what_is_stopped(self):
        self.machine.run("systemctl stop verbund-briefing")
        self.machine.run("apt-get install --yes --reinstall /root/*.deb")
        self.assertEqual(self.machine.show("verbund-briefing", "ActiveState"), "inactive")
        self.assertEqual(self.machine.show("verbund-node", "ActiveState"), "active")

    # --- leaving -------------------------------------------------------------------------------------------------------------

    def test_17_removed_it_leaves_everything(self):
        type(self).held = self.feed()
        self.machine.run("apt-get remove --yes verbund")
        self.machine.run("! pgrep --uid verbund,verbund-briefing")
        for path in ("/etc/default/verbund-node", *PRECIOUS):
            self.machine.run(f"test -e {path}")
        self.machine.run("! test -e /usr/bin/verbund")

    def test_18_installed_again_it_goes_on(self):
        self.machine.run("apt-get install --yes /root/*.deb")
        self.assertEqual(self.machine.show("verbund-node", "ActiveState"), "inactive")
        self.machine.run("systemctl start verbund-node")
        self.assertEqual(self.feed(), self.held)

    def test_19_a_purge_that_cannot_ask_keeps_keys_and_data(self):
        told = self.machine.run("apt-get purge --yes verbund 2>&1")
        self.assertIn("verbund: kept: /etc/verbund", told)
        for path in PRECIOUS:
            self.machine.run(f"test -e {path}")
        self.machine.run("! test -e /etc/default/verbund-node")
        self.assertNotIn("verbund", self.machine.run("ls -R /etc/systemd/system"))

    def test_20_a_purge_that_was_told_to_deletes_all(self):
        self.machine.run("apt-get install --yes /root/*.deb")
        self.page("Leaving")
        left = "find / -xdev -path /srv -prune -o -path /root -prune -o -path '/var/log' -prune -o -name '*verbund*' -print"
        self.assertEqual(self.machine.run(left), "")
        self.assertEqual(self.machine.run("systemctl is-system-running"), "running")
        self.assertEqual(self.machine.run("debconf-show verbund"), "")

    def test_21_lintian_has_found_nothing(self):
        told, _ = self.lintian.communicate()
        self.assertEqual((self.lintian.returncode, told), (0, ""))


# Six agencies with their authorities, and the charter that they have agreed on.
FEDERATION = f"""
mkdir --parents /srv/federation/keeper && cd /srv/federation
port=17443
for agency in {" ".join(joining.MEMBERS)}; do
  verbund pki authority --agency $agency --federation krefeld
  verbund init $agency --agency $agency --federation krefeld --pki pki --client office=coordinator,reader,operator,auditor \\
    --endpoint 127.0.0.1:$((port + 1)) \\
    --agency-listen 127.0.0.1:$port --federation-listen 127.0.0.1:$((port + 1)) --admin-listen 127.0.0.1:$((port + 2))
  cp $agency/hand-over/$agency.root.pem keeper/
  cat $agency/hand-over/member.toml >>keeper/members.toml
  port=$((port + 10))
done
cd keeper
verbund charter compose --vocabulary /usr/share/verbund/charter/krefeld.toml --members members.toml --expires 2028-12-31
for agency in {" ".join(joining.SIGNERS)}; do
  verbund charter sign charter.toml --agency $agency --key ../$agency/keys/entry.key
done
for agency in {" ".join(joining.MEMBERS)}; do
  cp charter.toml charter.toml.sig ../$agency/
  cp ../pki/*.crl ../$agency/tls/crls/
done
"""

# What the agency's own authority does, and whoever has the agency's names in DNS.
AUTHORITY = """
echo 127.0.0.1 node.jugendamt.example >>/etc/hosts
mkdir /srv/issued /srv/incoming && cd /root
verbund pki authority --agency jugendamt --federation krefeld
issue() {
  openssl x509 -req -in "/etc/verbund/tls/$1.csr" -CA pki/jugendamt.root.pem -CAkey pki/jugendamt.root.key -days "$2" \\
    -copy_extensions copyall
}
for request in node duty-log office briefing; do issue $request 90 >/srv/issued/$request.pem; done
cp pki/jugendamt.root.pem /srv/issued/root.pem
cp pki/jugendamt.crl /srv/issued/
"""

# Another certificate for the same key, put in place as the page says.
REISSUE = """
cd /root
openssl x509 -req -in /etc/verbund/tls/node.csr -CA pki/jugendamt.root.pem -CAkey pki/jugendamt.root.key -days 91 \\
  -copy_extensions copyall >/root/node.pem
install --mode=0644 /root/node.pem /etc/verbund/tls/
systemd-tmpfiles --create verbund.conf
"""

SERIAL = "openssl x509 -noout -serial {}"
SHOWN = "openssl s_client -connect 127.0.0.1:7444 </dev/null 2>/dev/null"
SEND = "verbund push --config /etc/verbund/duty-log.toml update.json"

# From the fortieth flush on the kernel says EIO. The tracer needs what the walls forbid.
FAILING_DISK = """
systemctl stop verbund-node
systemctl reset-failed
mkdir -p /run/systemd/system/verbund-node.service.d
cat >/run/systemd/system/verbund-node.service.d/failing-disk.conf <<DROP
[Service]
ExecStart=
ExecStart=/usr/bin/strace -D -f -o /dev/null -e trace=fdatasync -e inject=fdatasync:error=EIO:when=40+ \\
  /usr/bin/verbund node --config /etc/verbund/node.toml
NotifyAccess=all
SystemCallFilter=
SystemCallFilter=@system-service @debug
ExecPaths=/usr/bin/strace
DROP
systemctl daemon-reload
systemctl start verbund-node
"""

# A start that fails each time; quickly, so that the test need not wait for the end of it.
WITHOUT_SIGNATURES = """
systemctl stop verbund-node
systemctl reset-failed
mv /etc/verbund/charter.toml.sig /root/
mkdir -p /run/systemd/system/verbund-node.service.d
printf '[Service]\\nRestartSec=10ms\\n' >/run/systemd/system/verbund-node.service.d/quick.conf
systemctl daemon-reload
"""

REPAIRED = """
rm -r /run/systemd/system/verbund-node.service.d
systemctl daemon-reload
systemctl reset-failed verbund-node
"""


if __name__ == "__main__":
    # What follows a failure would be its consequence.
    unittest.main(verbosity=2, failfast=True)
