"""Where the product uses what a library does not promise: the versions that it was tried with, and the places.

A newer version is a reason to read the release notes and the named place again, then to write its number here.
"""

import ast
import inspect
from importlib.metadata import version

import httpx
import httpx2
import pytest
from procrastinate.manager import JobManager

from tests.support.source_tree import modules
from voicebot.providers.http.deadlines import _Backend, bound_reads
from voicebot.worker.jobs import WatchedJobs

TRIED = {
    # serving/worker.py and webhooks/bodies.py know how gunicorn's worker reads a request, and what its readers raise;
    # serving/answer.py takes the place of its response, serving/once.py of what it finds out for each request.
    "gunicorn": "27.0.1",
    # webhooks/straight.py matches a request itself where it gives Flask no adapter to match it with.
    "flask": "3.1.3",
    # providers/http/deadlines.py puts a network backend of ours into the pool of a client, and opens streams for it ahead.
    "httpx": "0.28.1",
    "httpx2": "2.16.2",
    # providers/http/direct_body.py takes a body's chunks from the socket in front of the library's parser, and gives that the rest.
    "h11": "0.16.0",
    "httpcore2": "2.16.2",
    # jobs.py writes the heartbeat of a worker itself; sql/functions/jobs.sql calls procrastinate's functions by name.
    "procrastinate": "3.10.0",
    # sockets/ looks at `writes`, `events` and `parser_exc` of its protocol, and is accepted without reading a request.
    "websockets": "15.0.1",
    # telemetry/metrics.py opens the files of values in its place, telemetry/metric_files.py knows what is asked of one.
    "prometheus-client": "0.26.0",
    # webhooks/late_rules.py and the simulator's put off what a rule compiles.
    "werkzeug": "3.1.9",
    # storage/database/greenlet_wait.py takes the place of psycopg's waiting, and raises what that raises.
    "psycopg": "3.3.9",
    # storage/database/postgres.py takes free connections out of its pool and gives them back.
    "psycopg-pool": "3.3.3",
}
# Private names of others that the product uses: `_from` is how Twilio's client spells the caller of a call.
PLACES = {
    ("deadlines.py", "_transport"),
    ("deadlines.py", "_mounts"),
    ("deadlines.py", "_pool"),
    ("deadlines.py", "_network_backend"),
    ("deadlines.py", "_ssl_context"),
    ("once.py", "_ip_in_allow_list"),
    ("once.py", "_peer_is_trusted_proxy"),
    ("direct_body.py", "_h11_state"),
    ("direct_body.py", "_network_stream"),
    ("direct_body.py", "_receive_buffer"),
    ("records.py", "_from"),
    ("postgres.py", "_created_at"),
    ("postgres.py", "_expire_at"),
    ("greenlet_wait.py", "_WaitTimeout"),
}
PUBLIC_ALTHOUGH_UNDERLINED = {"_replace", "_exit"}


@pytest.mark.parametrize("library", TRIED)
def test_the_insides_that_are_used_are_those_of_the_version_that_was_tried(library: str) -> None:
    assert version(library) == TRIED[library], (
        "read the places again that this file names, then pin the version"
    )


@pytest.mark.parametrize("library", [httpx, httpx2])
def test_every_pool_of_a_client_reads_by_deadlines(library) -> None:
    with library.Client(mounts={"http://elsewhere": library.HTTPTransport()}) as client:
        bound_reads(client)

        transports = [client._transport, *client._mounts.values()]
        assert all(isinstance(one._pool._network_backend, _Backend) for one in transports if one is not None)


@pytest.mark.parametrize("method", ["register_worker", "update_heartbeat"])
def test_the_heartbeat_takes_the_place_of_the_librarys_own(method: str) -> None:
    ours, theirs = getattr(WatchedJobs, method), getattr(JobManager, method)

    assert inspect.iscoroutinefunction(theirs)
    assert list(inspect.signature(ours).parameters) == list(inspect.signature(theirs).parameters)


def test_private_names_of_others_are_used_in_these_places_alone() -> None:
    found = {
        (module.path.name, node.attr)
        for module in modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute) and _is_private(node) and node.attr not in _own_names(module.tree)
    }

    assert found == PLACES


def _is_private(node: ast.Attribute) -> bool:
    return (
        node.attr.startswith("_")
        and not node.attr.startswith("__")
        and node.attr not in PUBLIC_ALTHOUGH_UNDERLINED
        and not (isinstance(node.value, ast.Name) and node.value.id in ("self", "cls"))
    )


def _own_names(tree: ast.Module) -> set[str]:
    """What a module defines itself: private among its own classes, not ours to ask about."""
    return {
        name
        for node in ast.walk(tree)
        for name in (
            [node.name] if isinstance(node, ast.FunctionDef | ast.ClassDef) else
            [node.target.id] if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) else
            [node.attr] if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)
            and isinstance(node.value, ast.Name) and node.value.id == "self" else []
        )
    }  # fmt: skip
