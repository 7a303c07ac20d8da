"""What is found out once is what gunicorn would find out for each request."""

from types import SimpleNamespace

import pytest
from gunicorn.config import Config
from gunicorn.http import message, wsgi

from voicebot.serving.once import look_once


@pytest.fixture
def gunicorns_own():
    """Afterwards gunicorn is as it was."""
    trusts, begins = message.Request._peer_is_trusted_proxy, wsgi.base_environ
    yield trusts
    message.Request._peer_is_trusted_proxy, wsgi.base_environ = trusts, begins


@pytest.mark.parametrize("allowed", ["127.0.0.1,::1", "10.0.0.0/8", "*", ""])
def test_the_same_peers_are_believed(gunicorns_own, allowed: str):
    config = Config()
    config.set("forwarded_allow_ips", allowed)
    peers = [
        ("127.0.0.1", 1),
        ("10.1.2.3", 2),
        ("203.0.113.9", 3),
        ("::1", 4, 0, 0),
        "/run/socket",
        ("not an address", 5),
    ]
    requests = [SimpleNamespace(cfg=config, peer_addr=peer) for peer in peers]
    before = [gunicorns_own(request) for request in requests]

    look_once(config)

    assert [message.Request._peer_is_trusted_proxy(request) for request in requests * 2] == before * 2


def test_an_environment_is_begun_for_each_request(gunicorns_own):
    config = Config()
    keys = wsgi.base_environ(config).keys()
    look_once(config)

    one, other = wsgi.base_environ(config), wsgi.base_environ(config)
    one["PATH_INFO"] = "/"

    assert other.keys() == keys
