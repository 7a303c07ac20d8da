"""A browser hears a call over its own websocket: who may, for how long, and from another process of the machine."""

import json
import queue
import threading
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest

from tests.api.people import new_number
from tests.services.calls.aftermath import Connection
from tests.services.calls.gather.gather_calls import flaky
from tests.services.calls.media.media_session import SILENCE, Senses
from tests.services.calls.stepping.step_calls import asks, call_of, committed, on_media
from tests.services.calls.streams.stream_calls import Line, end_sessions
from tests.support.waiting import wait_for
from voicebot.domain.access.actor import Actor
from voicebot.domain.access.api_key import hash_of
from voicebot.domain.call.phrases import Phrase, phrase
from voicebot.runtime import Runtime
from voicebot.services.calls.stepping import browser
from voicebot.services.calls.stepping.browser import serve_browser
from voicebot.services.calls.stepping.deliver import deliver_commands
from voicebot.services.calls.stepping.neighbours import folder_of, share_sound
from voicebot.services.calls.streams.tokens import new_token
from voicebot.storage.access.sessions import begin_session, end_session
from voicebot.storage.calls import listeners

FRAME = 160


class Page(Line):
    """A browser's socket, whose two ends are in one process; the service sends frames and words."""

    def __init__(self) -> None:
        super().__init__()
        self.frames: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self.words: list[str] = []

    def send(self, message: str | bytes) -> None:
        if isinstance(message, bytes):
            self.frames.put(message)
        else:
            self.words.append(json.loads(message)["state"])


@dataclass
class Operator:
    """Somebody of the team, signed in."""

    user_id: UUID
    organization_id: UUID
    secret: str = field(default_factory=lambda: uuid.uuid4().hex)

    @property
    def actor(self) -> Actor:
        return Actor(self.user_id, self.organization_id)


@pytest.fixture
def senses() -> Senses:
    return Senses()


@pytest.fixture
def streaming(make_runtime: Callable[..., Runtime], senses: Senses) -> Iterator[Runtime]:
    runtime = make_runtime()
    runtime.settings = runtime.settings.model_copy(update={"voice_transport": "media"})
    runtime.sockets_health.note(came_through=True)
    senses.given_to(runtime)
    yield runtime
    end_sessions(runtime)


@pytest.fixture
def anna(streaming: Runtime, owner: Connection, call_sid: str) -> Operator:
    return member(streaming, owner)


def member(runtime: Runtime, owner: Connection, role: str = "operator") -> Operator:
    user = UUID(runtime.database.call("ensure_user", phone=new_number())["user_id"])
    (organization,) = owner.execute(
        "insert into public.organizations (name, slug) values (%s, %s) returning id", [uuid.uuid4().hex] * 2
    ).fetchone()
    owner.execute(
        "insert into public.organization_members (organization_id, user_id, role) values (%s, %s, %s)",
        [organization, user, role],
    )
    one = Operator(user, organization)
    begin_session(
        runtime.database, hash_of(one.secret), "password", session_s=600.0, user_id=user, address="127.0.0.1"
    )
    return one


def belongs_to(owner: Connection, call_sid: str, one: Operator) -> None:
    owner.execute(
        "update public.call_history set organization_id = %s where call_sid = %s",
        [one.organization_id, call_sid],
    )


def opens(runtime: Runtime, call_sid: str, who: Operator, *, talks: bool = False) -> str:
    token = new_token()
    refused = listeners.open_audio(
        runtime.database,
        call_of(runtime, call_sid),
        token.digest,
        session_hash=hash_of(who.secret),
        talks=talks,
        actor=who.actor,
    )
    return refused or token.secret


def comes(runtime: Runtime, call_sid: str, token: str, cookie: str | None = None) -> Page:
    page = Page()
    target: Callable[..., None] = serve_browser
    session = hash_of(cookie) if cookie else None
    args: tuple[Any, ...] = (runtime, page, call_of(runtime, call_sid), session)
    threading.Thread(target=target, args=args, daemon=True).start()
    page.tell(json.dumps({"token": token}))
    return page


def is_closed(page: Page) -> int:
    wait_for(lambda: page.code is not None)
    return page.code


def says(page: Page, word: str) -> None:
    wait_for(lambda: word in page.words, told=lambda: (word, page.words, page.code))


def test_a_token_lets_one_browser_in_once_and_sound_that_it_sends_shuts_it_out(
    streaming: Runtime, senses: Senses, owner: Connection, anna: Operator, call_sid: str
):
    session = on_media(streaming, senses, call_sid)
    belongs_to(owner, call_sid, anna)
    token = opens(streaming, call_sid, anna)
    page = comes(streaming, call_sid, token, anna.secret)
    says(page, "listening")
    again, stolen = (
        comes(streaming, call_sid, secret, cookie)
        for secret, cookie in ((token, None), (opens(streaming, call_sid, anna), "somebody else's"))
    )
    session._sound(SILENCE, 3)
    heard = page.frames.get(timeout=5)
    while not session.line.sent.empty():
        session.line.sent.get()

    page.tell(b"\x01" * FRAME)

    assert len(heard) == 2 * FRAME
    assert (is_closed(again), is_closed(stolen), is_closed(page)) == (1008, 1008, 1008)
    session._sound(SILENCE, 3)
    assert session.line.sent.empty()
    actions = owner.execute(
        "select action from public.audit_log where object_id = %s", [str(call_of(streaming, call_sid))]
    ).fetchall()
    assert actions == [("call.listened",)] * 2


def test_only_who_may_step_in_gets_a_token(
    streaming: Runtime, senses: Senses, owner: Connection, anna: Operator, call_sid: str
):
    on_media(streaming, senses, call_sid)
    belongs_to(owner, call_sid, anna)
    stranger, viewer = member(streaming, owner), member(streaming, owner, "viewer")
    looks_on = Operator(viewer.user_id, anna.organization_id, viewer.secret)
    owner.execute(
        "update public.organization_members set organization_id = %s where user_id = %s",
        [anna.organization_id, viewer.user_id],
    )

    refused = [opens(streaming, call_sid, who) for who in (stranger, looks_on)]
    refused.append(opens(streaming, call_sid, anna, talks=True))

    assert refused == ["unknown_call", "not_allowed", "not_taken_over"]


def test_a_token_opens_its_own_call_in_its_time_for_whoever_may_still_hear_it(
    streaming: Runtime, senses: Senses, owner: Connection, anna: Operator, call_sid: str
):
    on_media(streaming, senses, call_sid)
    belongs_to(owner, call_sid, anna)
    call = call_of(streaming, call_sid)
    (another,) = owner.execute(
        "insert into public.call_history (call_sid, direction, phone_number) values (%s, 'inbound', %s) returning public_id",
        [f"CA{uuid.uuid4().hex}", new_number()],
    ).fetchone()

    def claims(token: str, of: UUID = call) -> object:
        claim = listeners.claim_audio(
            streaming.database, of, hash_of(token), session_hash=hash_of(anna.secret)
        )
        return claim if isinstance(claim, str) else "claimed"

    elsewhere, old, late = (opens(streaming, call_sid, anna) for _ in range(3))
    owner.execute(
        "update public.call_audio_tokens set expires_at = now() where token_hash = %s", [hash_of(old)]
    )
    answers = [claims(elsewhere, another), claims(elsewhere), claims(old)]
    owner.execute("update public.organization_members set role = 'viewer' where user_id = %s", [anna.user_id])
    answers.append(claims(late))

    assert answers == ["unknown_token", "claimed", "unknown_token", "not_allowed"]


@pytest.mark.parametrize(
    "ends",
    [
        lambda runtime, owner, one: end_session(runtime.database, hash_of(one.secret)),
        lambda runtime, owner, one: owner.execute(
            "update public.organization_members set role = 'viewer' where user_id = %s", [one.user_id]
        ),
        lambda runtime, owner, one: owner.execute(
            "update public.organization_members set status = 'removed' where user_id = %s", [one.user_id]
        ),
        lambda runtime, owner, one: owner.execute(
            "update public.console_sessions set expires_at = now() where user_id = %s", [one.user_id]
        ),
        # Nobody hears a call on trust.
        lambda runtime, owner, one: setattr(flaky(runtime), "failing", ("call_audio_stands",)),
    ],
    ids=["signed out", "a viewer now", "a member no more", "twelve hours are over", "the database is away"],
)
def test_a_browser_whose_session_or_right_ends_hears_nothing_more_within_five_seconds(
    streaming: Runtime,
    senses: Senses,
    owner: Connection,
    anna: Operator,
    call_sid: str,
    monkeypatch: pytest.MonkeyPatch,
    ends: Callable[..., Any],
):
    on_media(streaming, senses, call_sid)
    belongs_to(owner, call_sid, anna)
    assert browser.LOOKS_AGAIN_S <= 5
    monkeypatch.setattr(browser, "LOOKS_AGAIN_S", 0.1)
    page = comes(streaming, call_sid, opens(streaming, call_sid, anna))
    says(page, "listening")

    ends(streaming, owner, anna)

    assert is_closed(page) == 4401


@pytest.mark.parametrize(
    "first", ["[" * 2000, '{"token":' * 200, '{"token": 1}', "[]", '"x"', "", "null", "x" * 2000]
)
def test_a_first_message_that_is_no_token_shuts_the_socket_and_is_no_fault_of_ours(
    streaming: Runtime, senses: Senses, call_sid: str, first: str
):
    on_media(streaming, senses, call_sid)
    page = Page()
    page.tell(first)

    serve_browser(streaming, page, call_of(streaming, call_sid), None)

    assert is_closed(page) == 1008


def test_whoever_talks_is_let_go_when_their_right_ends_or_their_microphone_is_gone(
    streaming: Runtime,
    senses: Senses,
    owner: Connection,
    anna: Operator,
    call_sid: str,
    monkeypatch: pytest.MonkeyPatch,
):
    session = on_media(streaming, senses, call_sid)
    belongs_to(owner, call_sid, anna)
    asks(streaming, call_sid, "take_over", actor=anna.actor)
    quiet = comes(streaming, call_sid, opens(streaming, call_sid, anna, talks=True))
    says(quiet, "talking")
    assert browser.QUIET_S <= 3 and browser.LOOKS_AGAIN_S <= 2
    # A browser that is gone without a word sends nothing more.
    monkeypatch.setattr(browser, "QUIET_S", 0.4)
    assert is_closed(quiet) == 4408

    monkeypatch.setattr(browser, "LOOKS_AGAIN_S", 0.2)
    monkeypatch.setattr(browser, "QUIET_S", 60.0)
    revoked = comes(streaming, call_sid, opens(streaming, call_sid, anna, talks=True))
    says(revoked, "talking")
    end_session(streaming.database, hash_of(anna.secret))
    assert is_closed(revoked) == 4401
    committed(streaming)
    while not session.line.sent.empty():
        session.line.sent.get()
    for page in (quiet, revoked):
        page.tell(b"\x01" * FRAME)
    session._sound(SILENCE, 3)

    assert session.line.sent.empty()
    session.hangs_up()


def test_a_browser_at_another_process_of_the_machine_hears_the_call_and_talks_with_its_caller(
    streaming: Runtime,
    make_runtime: Callable[..., Runtime],
    senses: Senses,
    owner: Connection,
    anna: Operator,
    call_sid: str,
):
    session = on_media(streaming, senses, call_sid)
    belongs_to(owner, call_sid, anna)
    elsewhere = make_runtime()
    (folder_of(elsewhere) / "gone.sock").touch()
    nowhere = comes(elsewhere, call_sid, opens(elsewhere, call_sid, anna))
    assert is_closed(nowhere) == 4404
    asks(streaming, call_sid, "take_over", actor=anna.actor)
    # On another machine the caller would wait for sound that cannot come: the bot has the call again.
    stranded = comes(elsewhere, call_sid, opens(elsewhere, call_sid, anna, talks=True))
    assert is_closed(stranded) == 4404
    deliver_commands(streaming)
    session.hears(phrase(Phrase.BOT_IS_BACK))
    close = share_sound(streaming)

    asks(streaming, call_sid, "take_over", actor=anna.actor)
    page = comes(elsewhere, call_sid, opens(elsewhere, call_sid, anna, talks=True))
    says(page, "talking")
    committed(streaming)
    session._sound(SILENCE, 3)
    heard = page.frames.get(timeout=5)
    while not session.line.sent.empty():
        session.line.sent.get()
    page.tell(b"\x05" * FRAME)
    went = json.loads(session.line.sent.get(timeout=5))
    session.hangs_up()
    close()

    assert heard == b"\xff" * 2 * FRAME
    assert went["event"] == "media" and went["media"]["payload"].startswith("BQUF")
    says(page, "over")
    assert is_closed(page) == 4410
