import json

import pytest

from tests.providers.broken_provider import reset, silence, stream, whole
from tests.providers.twilio.exchange import ACCOUNT, CALL, TOKEN
from voicebot.providers.ports import Outcome, ProviderError
from voicebot.providers.twilio.telephony import TwilioTelephony

NOT_SENT, UNKNOWN = Outcome.NOT_SENT, Outcome.UNKNOWN
RECORD = {"sid": CALL, "status": "in-progress", "direction": "inbound", "duration": None, "price": None}


def phone_at(url: str) -> TwilioTelephony:
    return TwilioTelephony(
        ACCOUNT, TOKEN, url, connect_timeout_s=0.3, read_timeout_s=0.3, total_timeout_s=0.5
    )


def test_an_answer_over_a_real_socket_is_read(provider):
    provider.will(whole(200, RECORD))

    assert phone_at(provider.url).fetch_call(CALL).status == "in-progress"

    assert provider.seen[0].path == f"/2010-04-01/Accounts/{ACCOUNT}/Calls/{CALL}.json"


def test_a_chunked_answer_is_read_and_its_connection_used_again(provider):
    body = json.dumps(RECORD).encode()
    answer = stream(body[:10], body[10:], content_type="application/json")
    provider.will(answer, answer)
    phone = phone_at(provider.url)

    phone.fetch_call(CALL)
    phone.fetch_call(CALL)

    assert len({seen.port for seen in provider.seen}) == 1


@pytest.mark.parametrize(
    "answer, code",
    [
        (silence, "timeout"),
        (reset, "dropped"),
        (stream(b'{"sid"', content_type="application/json", end="cut"), "dropped"),
        (stream(b'{"sid"', content_type="application/json", end="hang"), "timeout"),
        (stream(*[b" "] * 40, every_s=0.05, content_type="application/json"), "timeout"),
    ],
    ids=["silence", "reset", "cut", "stall", "drip"],
)
def test_what_breaks_off_is_unknown_soon_and_is_not_repeated(provider, stopwatch, answer, code):
    provider.will(answer, whole(200, RECORD))

    with pytest.raises(ProviderError) as failure:
        phone_at(provider.url).fetch_call(CALL)

    assert (failure.value.code, failure.value.outcome) == (code, UNKNOWN)
    assert len(provider.seen) == 1
    assert stopwatch() < 2.0


def test_nobody_listening_is_not_sent(closed_port):
    with pytest.raises(ProviderError) as failure:
        phone_at(closed_port).fetch_call(CALL)

    assert (failure.value.code, failure.value.outcome) == ("unreachable", NOT_SENT)


def test_a_redirect_is_not_followed(provider):
    provider.will(whole(307, {}, Location=f"{provider.url}/elsewhere"))

    with pytest.raises(ProviderError) as failure:
        phone_at(provider.url).fetch_call(CALL)

    assert failure.value.outcome is UNKNOWN
    assert len(provider.seen) == 1
