"""The guard as strangers meet it: what is wrong or missing is refused before anything is read of it."""

import io
import json
import logging
import random
import string
import time
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.webhooks.guarding.guarded import (
    CALL,
    FORM_TYPE,
    PATH,
    Bot,
    Pairs,
    bot,
    post,
    refused_so_far,
    settings,
    signed,
)
from webhooks.guard import MAX_BODY_BYTES

__all__ = ["bot", "settings"]


def changed(text: str, rng: random.Random) -> str:
    """The same text with one character more, less or other."""
    place = rng.randrange(len(text) + 1)
    return text[:place] + rng.choice(string.ascii_letters) + text[place + rng.randrange(2) :]


def mutated(rng: random.Random, path: str, pairs: Pairs, signature: str) -> tuple[str, Pairs, str]:
    """Change one thing about a signed request, so that it means something else."""
    place = rng.randrange(len(pairs))
    name, value = pairs[place]
    others = pairs[:place] + pairs[place + 1 :]
    match rng.randrange(8):
        case 0:
            return path, [*others, (name, changed(value, rng))], signature
        case 1:
            return path, [*others, (changed(name, rng), value)], signature
        case 2:
            return path, others, signature
        case 3:
            return path, [*pairs, (name, changed(value, rng))], signature
        case 4:
            return path, [*pairs, (changed("Extra", rng), "")], signature
        case 5:
            return path.replace("turn", changed("turn", rng)), pairs, signature
        case 6:
            return (
                rng.choice([path + "&x=1", path.replace("n=3&k=1", "k=1&n=3"), path.split("?")[0]]),
                pairs,
                signature,
            )
        case _:
            return path, pairs, changed(signature, rng)


def test_of_a_thousand_mutated_requests_none_is_accepted(bot):
    rng = random.Random(7)
    client, signature = bot.client(), signed(bot.settings, PATH, CALL)
    before = refused_so_far()
    tried = 0

    while tried < 1000:
        path, pairs, mark = mutated(rng, PATH, CALL, signature)
        if (path, sorted(pairs), mark) == (PATH, sorted(CALL), signature):
            continue
        tried += 1
        assert post(client, path, pairs, mark).status_code == 403

    assert bot.reached == []
    assert refused_so_far() - before == 1000


@pytest.mark.parametrize("signature", [None, "", "x", "ü", "A" * 10_000])
def test_a_missing_or_wrong_signature_is_403(bot, signature):
    assert post(bot.client(), PATH, CALL, signature).status_code == 403
    assert bot.reached == []


@pytest.mark.parametrize("header", ["Host", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Original-Url"])
def test_what_a_stranger_says_about_the_address_does_not_matter(bot, header):
    elsewhere = bot.settings.model_copy(update={"public_url": "https://evil.example"})
    forged = {header: "evil.example"}

    assert post(bot.client(), PATH, CALL, signed(elsewhere, PATH, CALL), **forged).status_code == 403
    assert post(bot.client(), PATH, CALL, signed(bot.settings, PATH, CALL), **forged).status_code == 200


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_no_method_is_let_through_unsigned(bot, method):
    assert bot.client().open(PATH, method=method).status_code == 403


@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data; boundary=x", "text/plain", None])
def test_a_form_under_another_name_is_not_a_form(bot, kind):
    answer = bot.client().post(
        PATH,
        data=urlencode(CALL),
        content_type=kind,
        headers={"X-Twilio-Signature": signed(bot.settings, PATH, [])},
    )

    assert answer.status_code == 403
    assert bot.reached == []


@pytest.mark.parametrize("size", [MAX_BODY_BYTES + 1, 1_000_000])
@pytest.mark.parametrize("kind", [FORM_TYPE, "application/json"])
def test_a_body_that_is_too_large_is_413_whoever_signed_it(bot, size, kind):
    pairs = [("Body", "x" * (size - 5))]

    answer = bot.client().post(
        PATH,
        data=urlencode(pairs),
        content_type=kind,
        headers={"X-Twilio-Signature": signed(bot.settings, PATH, pairs)},
    )

    assert answer.status_code == 413
    assert bot.reached == []


def test_the_largest_body_is_taken(bot):
    pairs = [("Body", "x" * (MAX_BODY_BYTES - 5))]

    assert post(bot.client(), PATH, pairs, signed(bot.settings, PATH, pairs)).status_code == 200


def test_too_many_fields_are_413(bot):
    pairs = [(f"f{number}", "") for number in range(1001)]

    assert post(bot.client(), PATH, pairs, signed(bot.settings, PATH, pairs)).status_code == 413


def test_the_string_that_was_signed_is_no_other_form(bot, settings):
    sid = "SM" + "1b" * 16
    form = [
        ("Body", "hi"),
        ("From", "+13035550142"),
        ("MessageSid", sid),
        ("NumMedia", "0"),
        ("To", "+12025550100"),
    ]
    signature = signed(settings, PATH, form)
    begins, ends = form[:2], form[3:]
    others = {
        "a longer sid": [*begins, ("MessageSid", f"{sid}NumMedia0To+12025550100")],
        "a longer sid, a field fewer": [*begins, ("MessageSid", f"{sid}NumMedia0"), ends[1]],
        "a shorter sid": [*begins, ("MessageSid", sid[:-1]), ("bNumMedia", "0To+12025550100")],
        "a much shorter sid": [
            *begins,
            ("MessageSid", "SM1"),
            ("b" + "1b" * 15 + "NumMedia0To", "+12025550100"),
        ],
    }

    assert post(bot.client(), PATH, form, signature).status_code == 200
    for name, other in others.items():
        assert "".join(key + value for key, value in sorted(other)) == "".join(map("".join, form)), name
        assert post(bot.client(), PATH, other, signature).status_code == 403, name
    assert len(bot.reached) == 1


@given(st.binary(max_size=300), st.sampled_from([FORM_TYPE, "application/json", "multipart/form-data"]))
def test_any_bytes_unsigned_are_403(settings, body, kind):
    bot = Bot(settings)

    answer = bot.client().post(PATH, data=body, content_type=kind, headers={"X-Twilio-Signature": "x"})

    assert answer.status_code == 403
    assert bot.reached == []


@given(st.lists(st.tuples(st.text(max_size=8), st.text(max_size=20)), min_size=1, max_size=8))
def test_any_signed_fields_arrive_without_what_postgres_refuses(settings, pairs):
    # A lone surrogate cannot be sent: encoding it takes what replaces it.
    sendable = [tuple(text.encode("utf-8", "replace").decode() for text in pair) for pair in pairs]
    bot = Bot(settings)

    answer = post(bot.client(), PATH, sendable, signed(settings, PATH, sendable))

    assert answer.status_code == 200
    first_of_each = dict(reversed(sendable))
    kept = [(name.replace("\0", ""), first_of_each[name].replace("\0", "")) for name, _ in sendable]
    assert dict(bot.reached[0]) == dict(reversed(kept))


def test_bytes_that_are_no_text_arrive_as_text(bot):
    body = b"Body=%FF%ED%A0%80\xfe&Nul=a%00b&n=1"
    pairs = parse_qsl(body.decode("utf-8", "replace"), errors="replace")

    answer = bot.client().post(
        PATH + "&x=%00y",
        data=body,
        content_type=FORM_TYPE,
        headers={"X-Twilio-Signature": signed(bot.settings, PATH + "&x=%00y", pairs)},
    )

    assert answer.status_code == 200
    assert ("Nul", "ab") in bot.reached[0]
    assert ("x", "y") in bot.args[0]
    json.dumps(bot.reached[0]).encode("utf-8")


def test_a_refusal_leaves_one_line_without_what_was_sent(bot, caplog):
    with caplog.at_level(logging.INFO):
        post(bot.client(), PATH, CALL, "A" * 27 + "=")

    (record,) = caplog.records
    assert (record.reason, record.route) == ("wrong", "/twilio/voice/turn")
    assert not any(value in str(vars(record)) for _, value in CALL if len(value) > 2)


class Unread(io.RawIOBase):
    """A body that nobody may look at."""

    def readinto(self, buffer: Any) -> int:
        raise AssertionError("the body was read")


@pytest.mark.parametrize("signature", [None, "", "x", "A" * 27, "A" * 28, "A" * 29 + "=", "=" * 28, "ü" * 28])
@pytest.mark.parametrize("length", [200, MAX_BODY_BYTES, 300_000, 10**12])
def test_what_carries_no_signature_is_refused_before_its_body_is_read(bot, signature, length):
    headers = {} if signature is None else {"X-Twilio-Signature": signature}
    unread = {"wsgi.input": Unread(), "CONTENT_LENGTH": str(length)}

    answer = bot.client().post(PATH, content_type=FORM_TYPE, headers=headers, environ_overrides=unread)

    assert answer.status_code == 403
    assert bot.reached == []


def test_the_largest_body_with_a_wrong_signature_costs_little(bot):
    forged = {"X-Twilio-Signature": "A" * 27 + "="}
    client, body = bot.client(), "a=" + "%41" * ((MAX_BODY_BYTES - 2) // 3)

    began = time.process_time()
    answer = client.post(PATH, data=body, content_type=FORM_TYPE, headers=forged)

    assert answer.status_code == 403
    assert time.process_time() - began < 0.1
