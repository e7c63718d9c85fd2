"""A machine of its own with a real systemd as its first process: a Debian tree, booted by systemd-nspawn.

What is written goes into memory, so that each machine begins as bare as the one before. It has a loopback and no network.
"""

import contextlib
import os
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Made by tests/run.
TREE = Path(os.environ.get("VERBUND_TREE", ROOT / "target/tools/machine/tree"))
# Booting takes two seconds; a machine that is busy compiling may need longer.
BOOT_S = 120
STOP_S = 60
# Far beyond what anything here takes.
COMMAND_S = 120
ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root",
    "LANG": "C.UTF-8",
    "VERBUND_LANG": "en",
    "DEBIAN_FRONTEND": "noninteractive",
    "SYSTEMD_PAGER": "",
}


class Failed(Exception):
    """A command on the machine that ended with another exit code than was expected."""


class Machine:
    """A running machine."""

    def __init__(self, process, log):
        self._process = process
        self._log = log

    def _leader(self):
        """The machine's first process, as this system knows it."""
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text(encoding="ascii").split()
        return children[-1] if children else None

    def _enter(self, command, **options):
        leader = self._leader()
        if leader is None:
            raise Failed(f"the machine has gone:\n{self._log.read_text(errors='replace')}")
        spaces = ("--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup", "--root", "--wd")
        return subprocess.run(
            ["nsenter", "--target", leader, *spaces, *command],
            env=ENVIRONMENT, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=COMMAND_S, check=False, **options,
        )  # fmt: skip

    def boot(self):
        """Waits until the machine is up."""
        deadline = time.monotonic() + BOOT_S
        while time.monotonic() < deadline and self._process.poll() is None:
            with contextlib.suppress(Failed, OSError):
                state = self._enter(["systemctl", "is-system-running", "--wait"]).stdout.strip()
                if state == "running":
                    return
                if state == "degraded":
                    raise RuntimeError(f"the bare machine is not well:\n{self.run('systemctl --failed')}")
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout=0.1)
        raise RuntimeError(f"the machine did not come up:\n{self._log.read_text(errors='replace')}")

    def run(self, script, code=0):
        """Runs a script as root and gives what it printed; it has to end with this exit code, with any where that is `None`."""
        done = self._enter(["bash", "-euo", "pipefail", "-c", script])
        if code is not None and done.returncode != code:
            raise Failed(f"exit {done.returncode}, not {code}:\n{script}\n{done.stdout}{done.stderr}")
        return done.stdout.strip() + ("" if code == 0 else done.stderr.strip())

    def wait(self, script):
        """Waits until a condition holds."""
        deadline = time.monotonic() + COMMAND_S
        while time.monotonic() < deadline:
            done = self._enter(["bash", "-uo", "pipefail", "-c", script])
            if done.returncode == 0:
                return done.stdout.strip()
            time.sleep(0.2)
        raise Failed(f"it never came to this:\n{script}\n{done.stdout}{done.stderr}")

    def show(self, unit, name):
        """A property of a unit."""
        return self.run(f"systemctl show --value --property={name} {unit}")


@contextlib.contextmanager
def running(shared):
    """A machine until the end of the block; it sees the folder `shared` as /mnt and can't write it."""
    name = f"verbund-{os.getpid()}"
    log = shared / "machine.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            # It ends with this process, however that ends.
            ["setpriv", "--pdeathsig", "TERM", "systemd-nspawn", "--quiet", "--boot", f"--machine={name}", f"--directory={TREE}",
             "--volatile=overlay", "--private-network", "--register=no", "--keep-unit", "--console=pipe", f"--bind-ro={shared}:/mnt"],
            # One hierarchy, as every Debian has it, also where this system has the old ones.
            env={**os.environ, "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"}, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
        )  # fmt: skip
    try:
        machine = Machine(process, log)
        machine.boot()
        yield machine
    finally:
        process.terminate()
        try:
            process.wait(timeout=STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
