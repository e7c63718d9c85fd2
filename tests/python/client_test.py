#!/usr/bin/env python3
"""What an agency's developer does who has the .proto files, a certificate and Python's grpcio, and nothing of ours.

The stubs are generated from proto/ into a temporary folder. The node is a real one (see node.py), reached by mutual TLS
under the certificate of an agency's system. Each test is one thing that such a developer relies on.
"""

import datetime
import importlib
import os
import secrets
import sys
import tempfile
import threading
import time
import unittest
import zoneinfo
from pathlib import Path

# Its core writes what it makes of a refused handshake to stderr, which is what one test provokes.
os.environ.setdefault("GRPC_VERBOSITY", "NONE")

import grpc  # noqa: E402
import grpc_tools
from google.protobuf import descriptor_pool
from google.rpc import error_details_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase
from grpc_status import rpc_status
from grpc_tools import protoc

import node

ROOT = Path(__file__).resolve().parents[2]
PROTO = ROOT / "proto"
# Far beyond what any of this takes; what is waited for comes in milliseconds.
DEADLINE_S = 30


def generate_stubs(folder):
    """All of proto/ as Python modules in `folder`, which becomes importable."""
    files = sorted(str(path.relative_to(PROTO)) for path in PROTO.rglob("*.proto"))
    well_known = Path(grpc_tools.__file__).parent / "_proto"
    arguments = [
        "protoc", f"--proto_path={PROTO}", f"--proto_path={well_known}",
        f"--python_out={folder}", f"--grpc_python_out={folder}", *files,
    ]  # fmt: skip
    if protoc.main(arguments) != 0:
        raise RuntimeError("the .proto files do not compile")
    sys.path.insert(0, str(folder))


def request_id():
    """A UUIDv7 (RFC 9562, 5.7): 48 bits of milliseconds, the rest random."""
    value = time.time_ns() // 1_000_000 << 80 | secrets.randbits(80)
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    text = f"{value:032x}"
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def details(error, kind):
    """The details of one kind that came with a refused call."""
    status = rpc_status.from_call(error)
    found = []
    for packed in status.details if status else ():
        detail = kind()
        if packed.Unpack(detail):
            found.append(detail)
    return found


class ClientTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        stubs = tempfile.TemporaryDirectory(prefix="verbund-stubs-")
        cls.addClassCleanup(stubs.cleanup)
        generate_stubs(stubs.name)
        load = lambda name: importlib.import_module(f"verbund.{name}")  # noqa: E731
        cls.content = load("federation.v1.content_pb2")
        cls.situation = load("agency.v1.situation_pb2")
        cls.situations = load("agency.v1.situation_service_pb2")
        cls.feed = load("agency.v1.feed_service_pb2")
        cls.concept = load("agency.v1.concept_service_pb2")
        cls.node = load("agency.v1.node_service_pb2")
        cls.situation_grpc = load("agency.v1.situation_service_pb2_grpc")
        cls.feed_grpc = load("agency.v1.feed_service_pb2_grpc")
        cls.concept_grpc = load("agency.v1.concept_service_pb2_grpc")
        cls.node_grpc = load("agency.v1.node_service_pb2_grpc")
        cls.access = cls.enterClassContext(node.running())
        cls.channel = cls.enterClassContext(cls.connect(cls.access))
        grpc.channel_ready_future(cls.channel).result(timeout=DEADLINE_S)
        cls.situation_service = cls.situation_grpc.SituationServiceStub(cls.channel)
        cls.feed_service = cls.feed_grpc.FeedServiceStub(cls.channel)
        cls.concept_service = cls.concept_grpc.ConceptServiceStub(cls.channel)
        cls.vocabulary = cls.concept_service.GetConcept(cls.concept.GetConceptRequest(), timeout=DEADLINE_S)

    @classmethod
    def connect(cls, access, system="duty-log"):
        certificate, key = access.identity(system) if system else (None, None)
        credentials = grpc.ssl_channel_credentials(
            root_certificates=access.roots.read_bytes(),
            private_key=key.read_bytes() if key else None,
            certificate_chain=certificate.read_bytes() if certificate else None,
        )
        return grpc.secure_channel(access.address, credentials)

    def draft(self, **changes):
        """A valid update of today, from the vocabulary that the node itself gives."""
        today = datetime.datetime.now(zoneinfo.ZoneInfo(self.vocabulary.time_zone)).date()
        fields = {
            "category": "sauberkeit",
            "place": "theaterplatz",
            "day": today.isoformat(),
            "trend": self.content.TREND_STEADY,
            "source": self.content.SOURCE_KIND_OWN_OBSERVATION,
            "measure": self.vocabulary.measures[0].id,
            "urgency": self.content.URGENCY_ROUTINE,
            "handling": self.content.HANDLING_AMBER,
            "note": "Platz am Vormittag gereinigt, wenig Laub.",
        }
        return self.situation.SituationDraft(**{**fields, **changes})

    def publish(self, draft, request=None):
        return self.situation_service.PublishSituation(
            self.situations.PublishSituationRequest(request_id=request or request_id(), situation=draft),
            timeout=DEADLINE_S,
        ).receipt

    def refused(self, draft, **keywords):
        with self.assertRaises(grpc.RpcError) as caught:
            self.publish(draft, **keywords)
        return caught.exception

    def test_reflection_describes_the_api(self):
        database = ProtoReflectionDescriptorDatabase(self.channel)
        services = database.get_services()
        for service in ("SituationService", "FeedService", "ConceptService", "GuardService", "NodeService"):
            self.assertIn(f"verbund.agency.v1.{service}", services)
        pool = descriptor_pool.DescriptorPool(database)
        method = pool.FindServiceByName("verbund.agency.v1.FeedService").FindMethodByName("WatchFeed")
        self.assertEqual(method.output_type.full_name, "verbund.agency.v1.WatchFeedResponse")

    def test_health_is_served(self):
        health = health_pb2_grpc.HealthStub(self.channel)
        for service in ("", "verbund.agency.v1.SituationService"):
            answer = health.Check(health_pb2.HealthCheckRequest(service=service), timeout=DEADLINE_S)
            self.assertEqual(answer.status, health_pb2.HealthCheckResponse.SERVING, service)

    def test_a_published_update_is_listed_and_read_back(self):
        receipt = self.publish(self.draft())
        self.assertEqual(len(receipt.position.frame_hash), 32)

        read = self.situation_service.GetSituation(
            self.situations.GetSituationRequest(subject=receipt.subject), timeout=DEADLINE_S
        )
        self.assertEqual(read.situation.note, self.draft().note)
        self.assertEqual((read.situation.etag, read.situation.version), (receipt.etag, 1))

        listed = self.situation_service.ListSituations(
            self.situations.ListSituationsRequest(
                filter=self.situations.SituationFilter(agencies=[self.access.agency]), page_size=10
            ),
            timeout=DEADLINE_S,
        )
        self.assertIn(receipt.subject, [situation.subject for situation in listed.situations])

    def test_the_feed_shows_an_update_while_one_watches(self):
        feed = self.feed_service.WatchFeed(self.feed.WatchFeedRequest(from_now=True), timeout=DEADLINE_S)
        try:
            next(answer for answer in feed if answer.live)  # From here on nothing is missed.
            published = {}
            publishing = threading.Thread(target=lambda: published.update(receipt=self.publish(self.draft())))
            publishing.start()
            publishing.join(timeout=DEADLINE_S)
            subject = published["receipt"].subject
            event = next(
                event for answer in feed for event in answer.events if event.situation.subject == subject
            )
        finally:
            feed.cancel()
        self.assertEqual(event.situation.agency, self.access.agency)
        self.assertEqual(event.position, published["receipt"].position)

        # A system that polls goes on where the watcher stopped, and meets nothing twice.
        page = self.feed_service.ListFeed(self.feed.ListFeedRequest(cursor=event.cursor), timeout=DEADLINE_S)
        self.assertNotIn(subject, [later.situation.subject for later in page.events])

    def test_the_same_request_has_the_same_answer(self):
        request = request_id()
        first = self.publish(self.draft(), request)
        again = self.publish(self.draft(), request)
        self.assertTrue(again.repeated_request)
        self.assertEqual((again.subject, again.position), (first.subject, first.position))

        error = self.refused(self.draft(note="Etwas anderes."), request=request)
        self.assertEqual(error.code(), grpc.StatusCode.ALREADY_EXISTS)
        self.assertEqual([it.reason for it in details(error, error_details_pb2.ErrorInfo)], ["REQUEST_ID_REUSED"])

    def test_a_correction_replaces_and_a_stale_one_is_told(self):
        first = self.publish(self.draft())
        correct = lambda etag: self.situation_service.CorrectSituation(  # noqa: E731
            self.situations.CorrectSituationRequest(
                request_id=request_id(), subject=first.subject, etag=etag, situation=self.draft(note="Berichtigt.")
            ),
            timeout=DEADLINE_S,
        )
        self.assertNotEqual(correct(first.etag).receipt.etag, first.etag)
        with self.assertRaises(grpc.RpcError) as caught:
            correct(first.etag)
        self.assertEqual(caught.exception.code(), grpc.StatusCode.ABORTED)

    def test_an_invalid_update_names_its_fields(self):
        error = self.refused(self.draft(place="nirgendwo", category="verdacht"))
        self.assertEqual(error.code(), grpc.StatusCode.INVALID_ARGUMENT)
        (info,) = details(error, error_details_pb2.ErrorInfo)
        self.assertEqual((info.domain, info.reason), ("verbund", "VALIDATION_FAILED"))
        self.assertTrue((ROOT / info.metadata["page"]).is_file(), info.metadata)
        (request,) = details(error, error_details_pb2.BadRequest)
        self.assertEqual(
            {violation.field: violation.reason for violation in request.field_violations},
            {"situation.place": "UNKNOWN_PLACE", "situation.category": "UNKNOWN_CATEGORY"},
        )

    def test_a_refused_text_is_not_repeated(self):
        error = self.refused(self.draft(note="Bitte melden bei erika.mustermann@example.org"))
        (info,) = details(error, error_details_pb2.ErrorInfo)
        self.assertEqual(info.reason, "GUARD_REJECTED")
        said = error.details() + str(error.trailing_metadata()) + str(rpc_status.from_call(error))
        self.assertNotIn("mustermann", said.lower())
        self.assertNotIn("melden", said.lower())

    def test_a_system_may_do_what_its_roles_say_and_no_more(self):
        ask = lambda channel: self.node_grpc.NodeServiceStub(channel).ListAlarms(  # noqa: E731
            self.node.ListAlarmsRequest(), timeout=DEADLINE_S
        )
        with self.connect(self.access, system="office") as channel:
            self.assertEqual(list(ask(channel).alarms), [])
        with self.assertRaises(grpc.RpcError) as caught:
            ask(self.channel)
        self.assertEqual(caught.exception.code(), grpc.StatusCode.PERMISSION_DENIED)
        (info,) = details(caught.exception, error_details_pb2.ErrorInfo)
        self.assertEqual(info.reason, "ROLE_MISSING")

    def test_the_update_of_the_readme_is_taken(self):
        (block,) = (it for it in node.steps("A node by hand") if "verbund push " in it)
        write, _, push = block.partition("verbund push ")
        push = push.splitlines()[0]
        said = node.shell(f"{write}\nverbund push --node {self.access.address} {push}", self.access.folder)
        self.assertIn("line 1: stored ", said)

    def test_without_a_certificate_nobody_is_let_in(self):
        with self.connect(self.access, system=None) as channel:
            with self.assertRaises(grpc.RpcError) as caught:
                health_pb2_grpc.HealthStub(channel).Check(
                    health_pb2.HealthCheckRequest(), timeout=DEADLINE_S, wait_for_ready=False
                )
        self.assertEqual(caught.exception.code(), grpc.StatusCode.UNAVAILABLE)


if __name__ == "__main__":
    os.chdir(ROOT)
    unittest.main(verbosity=2)
