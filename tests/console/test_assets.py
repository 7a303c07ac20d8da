"""What a browser fetches beside a page: once, and no more than it must."""

import gzip
import re

from voicebot.console.assets import assets

LINKED = re.compile(r'(?:href|src)="(/console/[^"]+\?v=[^"]+)"')


def test_the_style_of_a_page_is_kept_for_ever_and_another_version_of_it_is_not(visitor, houses):
    client = visitor(houses[0].people["operator"])
    linked = LINKED.findall(client.get("/console/threads").text)

    kept = [client.get(one).headers["Cache-Control"] for one in linked]
    other = client.get("/console/style.css?v=another").headers["Cache-Control"]

    assert any("style.css" in one for one in linked) and any("scripts/" in one for one in linked)
    assert set(kept) == {"public, max-age=31536000, immutable"}
    assert "immutable" not in other


def test_pages_and_assets_are_gzipped_for_whoever_takes_it_and_hold_the_same(visitor, houses):
    client = visitor(houses[0].people["operator"])
    for path in ("/console/style.css", "/console/scripts/live.js", "/console/account", "/console/calls.json"):
        packed = client.get(path, headers={"Accept-Encoding": "gzip, br"})
        plain = client.get(path, headers={"Accept-Encoding": "identity"})

        assert "Content-Encoding" not in plain.headers and plain.headers["Vary"] == "Accept-Encoding"
        if len(plain.data) >= 1000:
            assert packed.headers["Content-Encoding"] == "gzip" and len(packed.data) < len(plain.data)
            assert gzip.decompress(packed.data) == plain.data


def test_the_size_of_a_page_tells_nothing_of_its_secrets(visitor, houses):
    client = visitor(houses[0].people["operator"])

    sizes = {len(client.get("/console/account", headers={"Accept-Encoding": "gzip"}).data) for _ in range(12)}

    assert len(sizes) > 1


def test_style_and_scripts_are_small():
    assert sum(len(one.gzipped) for one in assets().values()) < 30_000
