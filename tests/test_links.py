"""Every link of the documents leads somewhere: files and headings are there, other sites are ones that we chose."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

ROOT = Path(__file__).resolve().parents[1]
TEXTS = (ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(ROOT.glob("docs/**/*.md")))
# Whose pages we send readers to. Nothing is fetched here: a new host is looked at by a person.
HOSTS = {"elevenlabs.io", "openai.com", "supabase.com", "www.standardwebhooks.com", "www.twilio.com"}
FENCE = re.compile(r"^(```|~~~).*?^\1", re.DOTALL | re.MULTILINE)
CODE = re.compile(r"`[^`\n]*`")
# [words](target), [words](target "title"), ![words](target); [name]: target; <target>; a bare address.
INLINE = re.compile(r"\[(?:[^\]\\]|\\.)*\]\(\s*<?([^)\s>]*)>?(?:\s+\"[^\"]*\")?\s*\)")
NAMED = re.compile(r"^\s{0,3}\[[^\]]+\]:\s*<?(\S+?)>?(?:\s|$)", re.MULTILINE)
USE = re.compile(r"\[[^\]]+\]\[([^\]]*)\]")
BARE = re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s)>\]\"'`]+")
HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*\s*$", re.MULTILINE)


def prose(text: str) -> str:
    """The text without its code, which may name addresses of this machine."""
    return CODE.sub("", FENCE.sub("", text))


def links(text: str) -> Iterator[str]:
    """Every target that a text names, addresses without brackets too."""
    words = prose(text)
    yield from INLINE.findall(words)
    yield from NAMED.findall(words)
    yield from BARE.findall(words)


@cache
def anchors(path: Path) -> frozenset[str]:
    """What `#…` can name in a file: its headings, as GitHub writes them, and what HTML names."""
    text = FENCE.sub("", path.read_text(encoding="utf-8"))
    found: dict[str, int] = {}
    names = set(re.findall(r"\b(?:id|name)=\"([^\"]+)\"", text))
    for heading in HEADING.findall(text):
        words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "")
        slug = re.sub(r"[^\w\- ]", "", words.lower()).replace(" ", "-")
        seen = found[slug] = found.get(slug, -1) + 1
        names.add(f"{slug}-{seen}" if seen else slug)
    return frozenset(names)


def complaint(file: Path, target: str) -> str | None:
    """Say what is wrong with one link of a file."""
    parts = urlsplit(target)
    if parts.scheme or parts.netloc:
        if parts.scheme != "https":
            return "is not https"
        return None if parts.hostname in HOSTS else f"leads to {parts.hostname}, which is not among HOSTS"
    place = (file.parent / unquote(parts.path)).resolve() if parts.path else file
    if target and ROOT not in (place, *place.parents):
        return "leads out of the repository"
    if not target or not place.exists():
        return "is not there"
    if parts.fragment and unquote(parts.fragment) not in anchors(place):
        return "names a heading that is not there"
    return None


@pytest.mark.parametrize("file", TEXTS, ids=lambda file: str(file.relative_to(ROOT)))
def test_every_link_leads_somewhere(file):
    found = [(target, complaint(file, target)) for target in links(file.read_text(encoding="utf-8"))]

    assert [f"{target} {wrong}" for target, wrong in found if wrong] == []


def test_every_name_that_is_used_as_a_link_has_a_target():
    for file in TEXTS:
        words = prose(file.read_text(encoding="utf-8"))
        named = {name.lower() for name in re.findall(r"^\s{0,3}\[([^\]]+)\]:", words, re.MULTILINE)}

        assert {name.lower() for name in USE.findall(words) if name} <= named, file.name


def test_there_are_links_of_every_kind_to_look_at():
    found = [target for file in TEXTS for target in links(file.read_text(encoding="utf-8"))]

    assert [target for target in found if target.startswith("#")]
    assert [target for target in found if "#" in target and not target.startswith(("#", "http"))]
    assert [target for target in found if target.startswith("https://")]


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("[a](nowhere.md)", "is not there"),
        ("[a](deploy.md#no-such-heading)", "names a heading that is not there"),
        ("[a](#no-such-heading)", "names a heading that is not there"),
        ("[a](../../../etc/passwd)", "leads out of the repository"),
        ("[a](../..)", "leads out of the repository"),
        ("[a]()", "is not there"),
        ("![a](picture.png)", "is not there"),
        ("[a](http://supabase.com/docs)", "is not https"),
        (
            "[a](https://supabase.com.example.com)",
            "leads to supabase.com.example.com, which is not among HOSTS",
        ),
        ("see https://example.org/x.", "leads to example.org, which is not among HOSTS"),
        ("[a]: https://example.org", "leads to example.org, which is not among HOSTS"),
        ("[a](deploy.md#supabase)", None),
        ("[a](../README.md#settings)", None),
        ("[a](../deploy/Caddyfile)", None),
        ("`http://127.0.0.1:8080` and\n```\n[a](nowhere.md)\n```\n", None),
    ],
)
def test_the_checker_sees(text, wrong):
    found = [complaint(ROOT / "docs" / "deploy.md", target) for target in links(text)]

    assert set(found) <= {wrong}
    assert found or wrong is None
