#!/usr/bin/env python3
"""Notifications, from an update of another agency to the mailbox and the browser of a person.

Everything on the way is real: two nodes, the application, a mail server that wants STARTTLS, and a push service over HTTPS that
decrypts with another library than ours, as a browser does (RFC 8291).
"""

import base64
import contextlib
import datetime
import email.policy
import http.cookiejar
import http.server
import json
import queue
import re
import sqlite3
import ssl
import struct
import subprocess
import threading
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request
import zoneinfo

from aiosmtpd.controller import Controller
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

import node

# Far beyond what any of this takes.
DEADLINE_S = 60
READER, SENDER = "kod", "quartiersbuero"
ADDRESS = "dienst@kod.example"
# What must never be in a message, nor on its way.
CONTENT = ("theaterplatz", "Theaterplatz", "sauberkeit", "Sauberkeit", SENDER, "Quartiersb", "Glas", "m1")


def plain(data):
    """URL-safe base64 without padding, as browsers write it."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def said(headers):
    """What the headers of a push tell: without signature and key, into which chance writes words as short as `m1`."""
    token = re.fullmatch(r"vapid t=([\w-]+)\.([\w-]+)\.[\w-]+, k=[\w-]+", headers["authorization"])
    claims = [base64.urlsafe_b64decode(part + "==").decode() for part in token.groups()]
    return json.dumps({**headers, "authorization": claims})


class Mailbox:
    """A mail server that keeps what it gets, over TLS only, and can be away."""

    def __init__(self, certificate, key):
        self.mails = queue.Queue()
        self.port = node.free_ports(1)[0]
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(certificate, key)
        self._controller = None

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 (aiosmtpd's name)
        self.mails.put(envelope)
        return "250 taken"

    def start(self):
        self._controller = Controller(
            self, hostname="127.0.0.1", port=self.port, require_starttls=True, tls_context=self._tls
        )
        self._controller.start()

    def stop(self):
        self._controller.stop()

    def next(self):
        envelope = self.mails.get(timeout=DEADLINE_S)
        return envelope, email.message_from_bytes(envelope.content, policy=email.policy.default)


class Browser:
    """A browser's side of web push, with the service that its maker runs."""

    def __init__(self, certificate, key):
        self.pushes = queue.Queue()
        self.status = 201
        self._private = ec.generate_private_key(ec.SECP256R1())
        self._secret = b"sixteen bytes!!!"
        browser = self

        class Service(http.server.BaseHTTPRequestHandler):
            def do_POST(self):  # noqa: N802 (http.server's name)
                body = self.rfile.read(int(self.headers["content-length"]))
                browser.pushes.put((dict(self.headers.items()), body))
                self.send_response(browser.status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate, key)
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Service)
        self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self):
        self._server.shutdown()
        self._server.server_close()

    @property
    def public(self):
        return self._private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def subscription(self, name):
        return {
            "endpoint": f"https://localhost:{self.port}/{name}",
            "p256dh": plain(self.public),
            "auth": plain(self._secret),
        }

    def next(self):
        headers, body = self.pushes.get(timeout=DEADLINE_S)
        return headers, json.loads(self._open(body))

    def _open(self, body):
        salt, (length,) = body[:16], struct.unpack("B", body[20:21])
        sender, record = body[21 : 21 + length], body[21 + length :]
        point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender)
        shared = self._private.exchange(ec.ECDH(), point)

        def derive(size, salt, info, key):
            return HKDF(hashes.SHA256(), size, salt, info).derive(key)

        key = derive(32, self._secret, b"WebPush: info\0" + self.public + sender, shared)
        content_key = derive(16, salt, b"Content-Encoding: aes128gcm\0", key)
        nonce = derive(12, salt, b"Content-Encoding: nonce\0", key)
        text = AESGCM(content_key).decrypt(nonce, record, None).rstrip(b"\0")
        assert text[-1:] == b"\2", "the last record ends so"
        return text[:-1]


class Person:
    """Somebody at a browser without script."""

    def __init__(self, link):
        cookies = http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(cookies))
        self.url = link.split("/anmelden", 1)[0]
        self.post(link, self.get(link))

    def get(self, path):
        request = urllib.request.Request(urllib.parse.urljoin(self.url, path), headers={"user-agent": "Firefox/140.0"})
        with self._opener.open(request, timeout=DEADLINE_S) as answer:
            return answer.read().decode()

    def post(self, path, page, **fields):
        token = re.search(r'name="form-token" value="([^"]+)"', page)[1]
        data = urllib.parse.urlencode({"form-token": token, **fields}).encode()
        request = urllib.request.Request(urllib.parse.urljoin(self.url, path), data, {"user-agent": "Firefox/140.0"})
        with self._opener.open(request, timeout=DEADLINE_S) as answer:
            return answer.read().decode()


class NotifyTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = cls.enterClassContext(node.federation())
        cls.url = f"http://127.0.0.1:{node.free_ports(1)[0]}"
        cls.enterClassContext(cls.nodes())
        tls = cls.folder / READER / "tls"
        # The node's certificate says `localhost`, too; nobody else has one here.
        server = tls / "node.pem", tls / "node.key"
        cls.mailbox = Mailbox(*server)
        cls.mailbox.start()
        cls.addClassCleanup(lambda: cls.mailbox.stop())
        cls.browser = Browser(*server)
        cls.addClassCleanup(cls.browser.stop)
        cls.configure()
        cls.application = contextlib.ExitStack()
        cls.addClassCleanup(cls.application.close)
        cls.start()
        added = json.loads(cls.verbund("user", "add", "leitung", "--roles", "coordinator"))
        cls.person = Person(added["link"])
        page = cls.person.get("/konto/mitteilungen")
        # Quiet hours would depend on the hour at which this runs.
        choices = {f"{way}-{urgency}": "on" for way in ("mail", "push") for urgency in ("routine", "soon", "immediate")}
        cls.person.post("/konto/mitteilungen", page, lang="de", **choices)
        # What came before an application has looked at the feed for the first time is old to it.
        cls.wait(cls.has_looked)

    @classmethod
    def has_looked(cls):
        with contextlib.closing(sqlite3.connect(cls.folder / "briefing.db")) as database:
            return database.execute("SELECT 1 FROM notify_cursor").fetchone()

    @classmethod
    @contextlib.contextmanager
    def nodes(cls):
        """Both agencies' nodes, which know of each other's ports."""
        ports = {agency: node.free_ports(3) for agency in (READER, SENDER)}
        with contextlib.ExitStack() as stack:
            cls.access = {}
            for agency, other in ((READER, SENDER), (SENDER, READER)):
                partner = {f"VERBUND__PARTNERS__ENDPOINT__{other.upper()}": f"127.0.0.1:{ports[other][1]}"}
                cls.access[agency] = stack.enter_context(node.node(cls.folder, agency, ports[agency], partner))
            yield

    @classmethod
    def configure(cls):
        certificate, key = cls.access[READER].identity("briefing")
        cls.config = cls.folder / "briefing.toml"
        roots = cls.access[READER].roots
        cls.config.write_text(f"""
listen = "{cls.url.removeprefix("http://")}"
public_url = "{cls.url}"
[node]
address = "{cls.access[READER].address}"
certificate = "{certificate}"
key = "{key}"
roots = "{roots}"
[mail]
server = "smtp://localhost:{cls.mailbox.port}"
from = "Verbund <verbund@kod.example>"
roots_file = "{roots}"
[push]
contact = "mailto:betrieb@kod.example"
services = ["localhost:{cls.browser.port}"]
roots_file = "{roots}"
""")

    @classmethod
    def start(cls):
        command = ["briefing", "--config", str(cls.config)]
        process = cls.application.enter_context(node.started(cls.folder, command, {}, cls.folder / "briefing.log"))
        cls.wait(lambda: process.poll() is None and urllib.request.urlopen(f"{cls.url}/anmelden", timeout=5))

    @classmethod
    def stop(cls):
        cls.application.close()

    @staticmethod
    def wait(happens):
        """Waits until something happens, and gives what it was."""
        deadline = time.monotonic() + DEADLINE_S
        while time.monotonic() < deadline:
            with contextlib.suppress(urllib.error.URLError, ConnectionError, TimeoutError):
                if found := happens():
                    return found
            time.sleep(0.05)
        raise AssertionError("it did not happen")

    @classmethod
    def verbund(cls, *arguments, content=None):
        done = subprocess.run(
            [node.BINARY, "--format", "json", *arguments],
            cwd=cls.folder, input=content, capture_output=True, text=True, check=False,
            env={**node.os.environ, "VERBUND_BRIEFING": str(cls.config)},
        )  # fmt: skip
        if done.returncode != 0:
            raise AssertionError(f"verbund {arguments}: {done.stdout}{done.stderr}")
        return done.stdout

    @classmethod
    def publish(cls, urgency="immediate"):
        """An update of the other agency; it has arrived when this returns."""
        today = datetime.datetime.now(zoneinfo.ZoneInfo("Europe/Berlin")).date().isoformat()
        update = {
            "category": "sauberkeit", "place": "theaterplatz", "day": today, "measure": "m1", "trend": "rising",
            "source": "own-observation", "urgency": urgency, "handling": "amber",
            "note": "Platz am Morgen nicht gereinigt, viel Glas.",
        }  # fmt: skip
        client = cls.folder / SENDER / "duty-log.toml"
        sent = cls.verbund(
            "push", "--config", str(client), "--node", cls.access[SENDER].address, "-", content=json.dumps(update)
        )
        subject = re.search(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", sent.split('"subject"')[1])[0]
        reader = ["--config", str(cls.folder / READER / "office.toml"), "--node", cls.access[READER].address]
        cls.wait(lambda: subject in cls.verbund("feed", *reader))

    def confirm_address(self):
        """Sets the person's address up, as they would."""
        page = self.person.get("/konto/mitteilungen")
        page = self.person.post("/konto/mitteilungen/adresse", page, address=ADDRESS)
        self.assertIn("wartet auf Bestätigung", page)
        envelope, mail = self.mailbox.next()
        self.assertEqual(envelope.rcpt_tos, [ADDRESS])
        link = re.search(rf"{self.url}/konto/mitteilungen/adresse/\S+", mail.get_content())[0]
        page = self.person.post(link, self.person.get(link))
        self.assertIn("Die Adresse ist bestätigt", page)

    def assert_says_nothing(self, text):
        for word in CONTENT:
            self.assertNotIn(word, text)

    def test_what_waits_is_told_and_never_what_it_is(self):
        self.confirm_address()
        page = self.person.get("/konto/mitteilungen")
        self.assertEqual(self.person.post("/konto/mitteilungen/geraet", page, **self.browser.subscription("a")), "")
        self.assertIn("Firefox", self.person.get("/konto/mitteilungen"))

        with self.subTest("an e-mail and a push"):
            self.publish()
            envelope, mail = self.mailbox.next()
            self.assertEqual(mail["subject"], "Verbund: eine dringende Meldung wartet")
            self.assertEqual(mail["auto-submitted"], "auto-generated")
            self.assertRegex(mail["message-id"], r"^<[0-9a-f]{32}@kod\.example>$")
            self.assertEqual(mail.get_content_type(), "text/plain")
            self.assertIn(f"{self.url}/feed", mail.get_content())
            self.assert_says_nothing(envelope.content.decode() + mail.get_content())
            headers, push = self.browser.next()
            self.assertEqual(push["title"], "Verbund: eine dringende Meldung wartet")
            self.assertEqual(push["path"], "/feed")
            self.assertEqual(headers["content-encoding"], "aes128gcm")
            self.assert_says_nothing(said(headers) + json.dumps(push))

        with self.subTest("what came while the application was not running is told in one message"):
            self.stop()
            self.publish()
            self.publish()
            self.start()
            _, mail = self.mailbox.next()
            self.assertEqual(mail["subject"], "Verbund: 2 dringende Meldungen warten")
            self.assertEqual(self.browser.next()[1]["title"], "Verbund: 2 dringende Meldungen warten")

        with self.subTest("a mail server that is away is tried again, also after a restart, and nothing comes twice"):
            self.mailbox.stop()
            self.publish()
            # The other channel goes on meanwhile.
            self.browser.next()
            self.wait(lambda: "nicht an" in self.person.get("/konto/mitteilungen"))
            self.stop()
            self.start()
            self.mailbox.start()
            _, mail = self.mailbox.next()
            self.assertEqual(mail["subject"], "Verbund: eine dringende Meldung wartet")
            self.wait(lambda: "nicht an" not in self.person.get("/konto/mitteilungen"))

        with self.subTest("a browser that takes no pushes any more is forgotten"):
            self.browser.status = 410
            self.publish()
            self.browser.next()
            self.mailbox.next()
            self.wait(lambda: "Firefox" not in self.person.get("/konto/mitteilungen"))

        with self.subTest("no way, no message"):
            page = self.person.get("/konto/mitteilungen")
            way = re.search(r"/konto/mitteilungen/weg/\S+/entfernen", page)[0]
            self.assertIn("Noch keine Adresse", self.person.post(way, page))
            self.publish()

        self.stop()
        self.assertTrue(self.mailbox.mails.empty() and self.browser.pushes.empty(), "something came twice")
        log = (self.folder / "briefing.log").read_text()
        self.assertNotIn(ADDRESS, log)
        self.assert_says_nothing(log)


if __name__ == "__main__":
    unittest.main()
