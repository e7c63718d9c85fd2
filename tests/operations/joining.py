"""An agency joins a federation that runs: what the others do for it, with the commands of docs/operations/joining.md, and how long it
takes.

How and where a command is run is the caller's: on this machine or on one of its own.
"""

import contextlib
import time

import docs

PAGE = "docs/operations/joining.md"
AGENCY = "jugendamt"
MEMBERS = ("dhz", "streetwork", "kod", "polizei", "staatsanwaltschaft", "quartiersbuero")
# More than half of six. The first is the one whose node takes the charter and tells the others.
SIGNERS = ("kod", "dhz", "polizei", "quartiersbuero")
# What is promised of all three ways.
MOST_S = 600


class Others:
    """The members with their folders under `folder`, and a `keeper` among these, who has members.toml and the charter.

    `run(script, folder)` runs commands with `verbund` on the path.
    """

    def __init__(self, run, folder, keeper, vocabulary):
        self._run, self.folder, self.keeper = run, folder, f"{folder}/{keeper}"
        self._in(self.keeper, f"cp {vocabulary} vocabulary.toml")
        blocks = docs.placed(PAGE)
        self._compose = next(code for at, code in blocks if at == "keeper")
        self._sign = next(code for at, code in blocks if at == "member")
        self._list = next(code for at, code in blocks if at == "every-member")
        place, *_ = (code for at, code in blocks if at == "partner")
        # Who asks a node how it is stands beside it; that may be elsewhere.
        self._place = place.replace("verbund status --config office.toml\n", "")

    def _in(self, folder, code):
        return self._run(code, folder)

    def compose_and_sign(self, hand_over):
        """Steps 2 and 3: from the newcomer's folder `hand-over` to a charter that is signed and its list in each member's place."""
        self._in(self.keeper, f"cp {hand_over}/agency.toml {hand_over}/member.toml {hand_over}/{AGENCY}.root.pem .")
        self._in(self.keeper, self._compose)
        for member in SIGNERS:
            place = f"{self.folder}/{member}"
            who = f"agency={AGENCY} member={member}"
            self._in(place, f"cp {self.keeper}/next.toml* .\n{who}\n{self._sign}\ncp next.toml.sig {self.keeper}/")
        for member in MEMBERS:
            self._in(f"{self.folder}/{member}", f"cp {hand_over}/{AGENCY}.crl .\nagency={AGENCY}\n{self._list}")

    def place(self):
        """Step 4: one member's node takes it."""
        self._in(f"{self.folder}/{SIGNERS[0]}", f"cp {self.keeper}/next.toml.sig .\n{self._place}")

    def send_back(self, incoming):
        """Step 5: what the newcomer gets."""
        member = f"{self.folder}/{SIGNERS[0]}"
        self._in(member, f"cp charter.toml charter.toml.sig tls/crls/*.crl {incoming}/ && rm -f {incoming}/{AGENCY}.crl")


class Watch:
    """How long it took, so far as the parts are given to it."""

    def __init__(self, way):
        self._way, self._spent = way, 0.0

    @contextlib.contextmanager
    def running(self):
        began = time.monotonic()
        try:
            yield
        finally:
            self._spent += time.monotonic() - began

    def told(self):
        """Says it, for the table in the page. What people do in between, and what a machine loads, are not in it."""
        print(f"\njoined by {self._way}: {self._spent:.0f} s of commands, from nothing to an update at a partner", flush=True)
        assert self._spent < MOST_S, f"{self._way}: {self._spent:.0f} s"
