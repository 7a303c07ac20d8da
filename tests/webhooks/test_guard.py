"""The guard as Twilio and as strangers meet it. Requests are signed by Twilio's own SDK."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from tests.support.accounts import carriers_of
from tests.vectors import TWILIO, read
from tests.webhooks.guarding.guarded import CALL, FORM_TYPE, PATH, Bot, bot, post, settings, signed
from voicebot.providers.carriers import Carriers
from voicebot.services.doctor.probe import PROBE_FIELD, PROBE_HEADER, probe_answer
from voicebot.settings import Settings

__all__ = ["bot", "settings"]


# --- what Twilio sends ----------------------------------------------------------------------------


def of_account(settings: Settings, form: Mapping[str, Any]) -> Settings:
    """The settings of the account that sends a form, where it names one."""
    return settings.model_copy(
        update={"twilio_account_sid": form.get("AccountSid") or settings.twilio_account_sid}
    )


def request_shapes() -> list[Any]:
    vectors = read(TWILIO / "http_forms.json")
    shapes = []
    for entry in vectors["voice"] + vectors["messaging"]:
        forms = entry.get("forms") or [entry["form"]]
        for number, form in enumerate(forms):
            pairs = [(name, str(value)) for name, value in form.items()]
            shapes.append(pytest.param(pairs, id=f"{entry['id']}-{number}"))
        if "raw_body" in entry:
            shapes.append(pytest.param(parse_qsl(entry["raw_body"], True), id=f"{entry['id']}-raw"))
    return shapes


@pytest.mark.parametrize("pairs", request_shapes())
def test_no_real_request_is_refused(settings, pairs):
    bot = Bot(of_account(settings, dict(pairs)))

    answer = post(bot.client(), PATH, pairs, signed(bot.settings, PATH, pairs))

    assert answer.status_code == 200
    assert sorted(bot.reached[0]) == sorted(pairs)


@pytest.mark.parametrize("vector", read(TWILIO / "signatures.json")["vectors"])
def test_the_vectors_hold_over_http(vector, settings):
    address = urlsplit(vector["url"])
    socket = address.scheme == "wss"
    host = f"{address.scheme}://{address.netloc}"
    bot = Bot(
        of_account(settings, vector["params"]).model_copy(
            update={
                "public_ws_url" if socket else "public_url": host,
                "twilio_auth_token": vector["auth_token"],
            }
        )
    )
    body = vector.get("body") or urlencode(vector["params"], doseq=True)
    answer = bot.client().open(
        f"{address.path}?{address.query}" if address.query else address.path,
        method="POST" if body else "GET",
        data=body or None,
        content_type="application/json" if "body" in vector else FORM_TYPE if body else None,
        headers={"X-Twilio-Signature": vector["signature"], **({"Upgrade": "websocket"} if socket else {})},
    )

    assert answer.status_code == (200 if vector["expect_valid"] else 403)


def test_of_repeats_the_first_reaches_the_view_and_empty_values_reach_it_as_sent(bot):
    pairs = [("Digits", "5678"), ("Digits", "1234"), ("Digits", "1234"), ("FromCity", ""), ("", "")]

    answer = post(bot.client(), PATH, pairs, signed(bot.settings, PATH, pairs))

    assert answer.status_code == 200
    assert bot.reached[0] == [("Digits", "5678"), ("FromCity", ""), ("", "")]


def test_during_a_rotation_either_token_is_accepted_and_noted(settings):
    bot = Bot(settings.model_copy(update={"twilio_auth_token": "new-token,old-token"}))

    for token in ("old-token", "new-token", "older-token"):
        post(bot.client(), PATH, CALL, signed(bot.settings, PATH, CALL, token))

    assert bot.tokens == [1, 0]


def test_each_account_signs_with_tokens_of_its_own(settings):
    one, other = (
        replace(carriers_of(settings).main, account_sid=sid, tokens=(sid,)) for sid in ("AC1", "AC2")
    )
    bot = Bot(settings, carriers=Carriers(one, other))
    client = bot.client()

    answers = [
        post(client, PATH, pairs, signed(settings, PATH, pairs, token)).status_code
        for pairs in ([*CALL, ("AccountSid", "AC1")], [*CALL, ("AccountSid", "AC2")], CALL)
        for token in ("AC1", "AC2")
    ]

    # What names no account, as a socket's request, may be each one's.
    assert answers == [200, 403, 403, 200, 200, 200]


def test_no_account_tells_of_the_call_of_another(settings):
    one, other = (
        replace(carriers_of(settings).main, account_sid=sid, name=sid, tokens=(sid,))
        for sid in ("AC1", "AC2")
    )
    bot = Bot(settings, carriers=Carriers(one, other), calls={CALL[0][1]: "AC1"})
    client = bot.client()

    answers = [
        post(client, PATH, pairs, signed(settings, PATH, pairs, token)).status_code
        for pairs, token in (
            ([*CALL, ("AccountSid", "AC1")], "AC1"),
            ([*CALL, ("AccountSid", "AC2")], "AC2"),
            # Nor when it does not say who it is.
            (CALL, "AC1"),
            (CALL, "AC2"),
            ([("CallSid", "CA" + "2" * 32), ("AccountSid", "AC2")], "AC2"),
        )
    ]

    assert answers == [200, 403, 200, 403, 200]


def test_an_account_that_is_not_ours_is_refused_whoever_signed(bot, caplog):
    pairs = [*CALL, ("AccountSid", "AC" + "9" * 32)]

    answer = post(bot.client(), PATH, pairs, signed(bot.settings, PATH, pairs))

    assert answer.status_code == 403
    assert bot.reached == []
    assert caplog.records[0].reason == "account"


def test_the_query_is_signed_as_it_was_written(bot):
    path = "/twilio/voice/turn?b=%2b1&a=%C3%A9+x&&a=&c=~"

    assert post(bot.client(), path, CALL, signed(bot.settings, path, CALL)).status_code == 200


def test_a_public_address_with_a_path_of_its_own_is_what_was_signed(settings):
    bot = Bot(settings.model_copy(update={"public_url": "https://example.com/bot"}))

    assert post(bot.client(), PATH, CALL, signed(bot.settings, PATH, CALL)).status_code == 200


@pytest.mark.parametrize("raw", ["", "http://10.0.0.1:8080/twilio/voice/caf%C3%A9?n=%20"])
def test_servers_that_keep_the_raw_target_in_another_way_are_served_too(bot, raw):
    path = "/twilio/voice/caf%C3%A9?n=%20"

    answer = bot.client().post(
        path,
        data=urlencode(CALL),
        content_type=FORM_TYPE,
        headers={"X-Twilio-Signature": signed(bot.settings, path, CALL)},
        environ_overrides={"RAW_URI": raw, "REQUEST_URI": ""},
    )

    assert answer.status_code == 200


# --- the probe ------------------------------------------------------------------------------------


def test_a_signed_probe_is_answered_by_the_guard_alone(bot):
    pairs = [(PROBE_FIELD, "nonce")]

    answer = post(bot.client(), PATH, pairs, signed(bot.settings, PATH, pairs))

    assert answer.status_code == 204
    assert answer.headers[PROBE_HEADER] == probe_answer(bot.settings, "nonce")
    assert bot.reached == []


def test_an_unsigned_probe_is_refused_like_anything_else(bot):
    answer = post(bot.client(), PATH, [(PROBE_FIELD, "nonce")], "x")

    assert answer.status_code == 403
    assert PROBE_HEADER not in answer.headers


def test_a_refused_request_about_a_call_is_kept_for_its_page_and_strangers_cause_few_writes(bot):
    client = bot.client()
    for call_sid in ("not a call", "CA" + "2" * 32, "CA" + "3" * 32):
        post(client, PATH, [("CallSid", call_sid)], "A" * 27 + "=")
    post(client, PATH, CALL, None)

    assert bot.refused == [("CA" + "2" * 32, "wrong")]
