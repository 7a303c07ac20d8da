"""Anything on any route, correctly signed: never a 500, never a traceback, and no word of it in the logs."""

import io
import logging
from collections import Counter
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from tests.services.calls.aftermath import Connection
from tests.services.conftest import PATIENT
from tests.support.apps import app_of
from tests.support.examples import examples
from tests.support.limits import limits_with
from tests.webhooks.conftest import FORM_TYPE, Sender, encoded, verbs
from voicebot.runtime import Runtime
from voicebot.settings import load_settings
from voicebot.telemetry.logs import OURS, JsonFormatter
from webhooks.guard import MAX_BODY_BYTES

pytestmark = pytest.mark.sql

# Enough of them get through on every route, in every profile.
SHARE = 0.6
CANARY = "canary-5ong-of-the-caller"
SECRET_NUMBER = "+12025550187"
VOICE = (
    "/twilio/voice",
    "/twilio/voice/outbound",
    "/twilio/voice/turn",
    "/twilio/voice/transfer",
    "/twilio/voice/fallback",
)
VERBS = {"Gather", "Say", "Play", "Redirect", "Pause", "Hangup", "Dial", "Number", "Start", "Recording"}
NAMES = (
    "CallSid", "From", "To", "Direction", "CallStatus", "SpeechResult", "Confidence", "Digits",
    "DialCallStatus", "SequenceNumber", "Timestamp", "CallDuration", "AnsweredBy", "SipResponseCode", "RecordingSid",
    "RecordingStatus", "RecordingDuration", "ErrorCode", "StirVerstat", "ForwardedFrom", "CallerName", "MessageSid",
    "MessageStatus", "Body", "NumMedia", "OptOutType", "",
)  # fmt: skip
ODD = (
    "", "anonymous", "client:x", "sip:a@b.example", "Anonymous", "+266696687", "+", "+1", "0", "-1", "1e400", "NaN", "inf",
    "9" * 400, "٣", "inbound", "outbound-api", "completed", "in-progress", "no-such", "\0", "a\0b", "\ud800", "\uffff",
    "\u202e", "<Response><Hangup/></Response>", "]]>", "{{now}}", "'; drop table x; --", "Thu, 99 Foo 2026 99:99:99 +0000",
    "Wed, 21 Oct 2015 07:28:00 +9999", "Tue, 01 Jan 0000 00:00:00 GMT",
)  # fmt: skip

PRIVATE = [
    ("SpeechResult", CANARY),
    ("Body", CANARY),
    ("CallerName", CANARY),
    ("From", SECRET_NUMBER),
    ("To", SECRET_NUMBER),
]
"""Comes with every form, behind what was drawn for it: what no log may hold."""

values = st.one_of(
    st.sampled_from(ODD).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.text(max_size=40).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.binary(max_size=40),
)
names = st.one_of(st.sampled_from(NAMES).map(str.encode), st.binary(max_size=12))
forms = st.lists(st.tuples(names, values), max_size=12)
numbers = st.one_of(
    st.integers(-2, 3).map(str),
    st.sampled_from(["", "x", "9" * 30, "٣", "1.5", "%00", "-0", "1&n=2"]),
    st.text(max_size=5),
)
queries = st.lists(st.tuples(st.sampled_from(["n", "k", "t", "m", "over", "x"]), numbers), max_size=4)


POST_ROUTES = (
    "/twilio/relay/action", "/twilio/sms", "/twilio/sms/status", "/twilio/voice", "/twilio/voice/amd",
    "/twilio/voice/fallback", "/twilio/voice/machine", "/twilio/voice/outbound", "/twilio/voice/partial",
    "/twilio/voice/recording", "/twilio/voice/reopened", "/twilio/voice/status", "/twilio/voice/transfer",
    "/twilio/voice/turn", "/twilio/voice/voicemail",
)  # fmt: skip


def test_these_are_all_signed_routes_that_the_app_has() -> None:
    app = app_of(SimpleNamespace(settings=load_settings({}), database=None))
    posted = [path for method, path in app.extensions["voicebot-webhooks"] if method == "POST"]

    assert sorted(posted) == sorted(POST_ROUTES)


@pytest.fixture(autouse=True)
def all_the_time_it_takes(runtime: Runtime) -> None:
    """A machine that is busy with other tests must not turn an answer into the static one."""
    patient = {"complete_s": 30.0, "first_sound_s": 30.0, "voice_s": 31.0}
    runtime.limits = limits_with(webhook=PATIENT, turn=patient)


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """All that our own code writes to the log during a test, formatted as in production."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    loggers = [logging.getLogger(name) for name in (*OURS, "webhooks.app")]
    before = [logger.level for logger in loggers]
    for logger in loggers[:-1]:
        logger.addHandler(handler)
        logger.setLevel(logging.DEBUG)
    yield stream
    for logger, level in zip(loggers, before, strict=True):
        logger.removeHandler(handler)
        logger.setLevel(level)


def fine(route: str, answer: Any) -> str:
    """Check what holds for every answer; return what became of the request."""
    assert answer.status_code < 500, answer.status
    assert b"Traceback" not in answer.data
    if answer.status_code in (403, 413):
        return "refused"
    if route in VOICE:
        assert set(verbs(answer)) <= VERBS
        assert CANARY.encode() not in answer.data
    return "passed"


@pytest.mark.parametrize("route", POST_ROUTES)
def test_no_form_whatever_is_in_it_breaks_a_route(sender: Sender, logged: io.StringIO, route: str) -> None:
    sid, met = sender.call(), Counter[str]()

    @examples(SHARE, suppress_health_check=list(HealthCheck), derandomize=True)
    @given(forms, queries, st.sampled_from(["ours", "none", "twice"]))
    def fuzz(form: list[tuple[bytes, bytes]], query: list[tuple[str, str]], which: str) -> None:
        ours = [(b"CallSid", sid.encode())] * {"ours": 1, "none": 0, "twice": 2}[which]
        asked = "&".join(f"{name}={quote(text, safe='%&=')}" for name, text in query)
        met[fine(route, sender.send(f"{route}?{asked}", encoded([*ours, *form, *PRIVATE])))] += 1

    fuzz()

    print(f"\n{route}: {met['passed']} of {met.total()} requests got past the guard")
    assert met["passed"] >= examples(SHARE).max_examples * 0.9
    assert_quiet(logged.getvalue())


@pytest.mark.parametrize("route", ["/twilio/voice/turn", "/twilio/voice/transfer"])
def test_no_answer_of_a_caller_breaks_the_turn_that_it_opens(
    sender: Sender, logged: io.StringIO, owner: Connection, route: str
) -> None:
    sids = [sender.call()]

    @examples(SHARE, suppress_health_check=list(HealthCheck), derandomize=True)
    @given(values, values, values)
    def fuzz(said: bytes, confidence: bytes, status: bytes) -> None:
        turn, ended = where(owner, sids[-1])
        if ended:
            sids.append(sender.call())
            turn = 0
        fields = {
            "SpeechResult": said,
            "Confidence": confidence,
            "DialCallStatus": status,
            "Digits": status[:1],
        }
        form = encoded([("CallSid", sids[-1]), *fields.items(), *PRIVATE])
        assert fine(route, sender.send(f"{route}?turn={turn + 1}", form)) == "passed"
        assert where(owner, sids[-1])[0] == turn + 1

    fuzz()

    print(f"\n{route}: {len(sids)} calls were led to their end")
    assert_quiet(logged.getvalue())


def where(owner: Connection, call_sid: str) -> tuple[int, bool]:
    """The last finished turn of a call, and whether it closed the call."""
    row = owner.execute(
        """select t.turn, t.closing ->> 'kind' = 'hang_up' from public.call_turns t
             join public.call_history c on c.id = t.call_id
            where c.call_sid = %s and t.closing is not null order by t.turn desc limit 1""",
        [call_sid],
    ).fetchone()
    assert row is not None
    return row[0], row[1]


@pytest.mark.parametrize("route", POST_ROUTES)
def test_no_odd_value_breaks_a_route_in_whichever_field_it_stands(
    sender: Sender, logged: io.StringIO, route: str
) -> None:
    right = {"CallSid": sender.call(), "CallStatus": "completed", "AnsweredBy": "human"}
    right |= {"RecordingSid": f"RE{'1' * 32}", "RecordingStatus": "completed", "DialCallStatus": "busy"}

    for odd in ODD:
        everywhere = dict.fromkeys(NAMES, odd.encode("utf-8", "surrogatepass"))
        elsewhere = {name: value for name, value in everywhere.items() if name not in dict(PRIVATE)}
        for form in (everywhere, elsewhere | {name: value.encode() for name, value in right.items()}):
            assert fine(route, sender.send(f"{route}?turn=1", encoded([*form.items(), *PRIVATE]))) == "passed"

    assert_quiet(logged.getvalue())


@pytest.mark.parametrize("route", POST_ROUTES)
def test_no_bytes_at_all_break_a_route(sender: Sender, logged: io.StringIO, route: str) -> None:
    met = Counter[str]()

    @examples(SHARE / 2, suppress_health_check=list(HealthCheck), derandomize=True)
    @given(
        st.binary(max_size=300),
        st.sampled_from([FORM_TYPE, "application/json", "multipart/form-data; boundary=x", None]),
    )
    def fuzz(body: bytes, content_type: str | None) -> None:
        met[fine(route, sender.send(route, body, content_type=content_type))] += 1

    fuzz()

    print(f"\n{route}: {met['passed']} of {met.total()} bodies got past the guard")
    assert met["passed"] >= examples(SHARE / 2).max_examples * 0.9
    assert_quiet(logged.getvalue())


@pytest.mark.parametrize("route", POST_ROUTES)
def test_huge_bodies_are_refused_and_large_ones_are_taken(sender: Sender, route: str) -> None:
    large = encoded(
        [
            ("CallSid", sender.call()),
            ("SpeechResult", "x" * (MAX_BODY_BYTES // 2)),
            ("Body", "é" * (MAX_BODY_BYTES // 14)),
        ]
    )

    assert fine(route, sender.send(route, b"SpeechResult=" + b"x" * 1_000_000)) == "refused"
    assert fine(route, sender.send(route, large)) == "passed"


@examples(SHARE, suppress_health_check=list(HealthCheck), derandomize=True)
@given(st.text(min_size=1, max_size=200))
def test_no_token_makes_a_clip_that_we_did_not_promise(sender: Sender, token: str) -> None:
    answer = sender.client.get(f"/speech/{quote(token.encode('utf-8', 'surrogatepass'), safe='')}")

    assert answer.status_code in (404, 308)


def assert_quiet(log: str) -> None:
    """Nothing went wrong inside, and what was sent is not in the log."""
    assert '"level": "error"' not in log, log[-3000:]
    assert CANARY not in log
    assert SECRET_NUMBER.removeprefix("+") not in log
