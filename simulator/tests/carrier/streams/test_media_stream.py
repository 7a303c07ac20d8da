"""Media Streams: what the carrier sends over the websocket, in real time, and where the call goes afterwards (handbook 2.7, 3)."""

import base64
import socket
import time
from dataclasses import replace

import pytest

from simulator.carrier.exchange import Exchange
from simulator.carrier.legs.lifecycle import phone_in
from simulator.carrier.streams.socket import OPEN_WITHIN_S
from simulator.carrier.wire.signature import sign
from simulator.phone.client import PhoneClient
from simulator.tests.fake_product import ACCOUNT, NUMBER, TOKEN, FakeProduct, Rest, Socket, waits_for

SPEED = 20.0


def streams(product: FakeProduct, *after: str, more: str = "", attributes: str = "") -> None:
    """Lay out a call that goes to a stream, and to some verbs after it."""
    parameter = '<Parameter name="token" value="t 1"/>'
    url = f"{product.socket_url}/media"
    product.says(
        f'<Connect{attributes}><Stream url="{url}"{more}>{parameter}</Stream></Connect>{"".join(after)}'
    )


def event(name: str):
    return lambda message: message["event"] == name


def sid_of_call(socket: Socket) -> str:
    socket.until(event("media"))
    return socket.messages[1]["start"]["callSid"]


def sid_of(socket: Socket) -> str:
    return socket.messages[1]["streamSid"]


def media(socket: Socket, audio: bytes) -> dict:
    return {
        "event": "media",
        "streamSid": sid_of(socket),
        "media": {"payload": base64.b64encode(audio).decode()},
    }


def mark(socket: Socket, name: str) -> dict:
    return {"event": "mark", "streamSid": sid_of(socket), "mark": {"name": name}}


def frame(message: dict) -> bytes:
    return base64.b64decode(message["media"]["payload"])


def test_a_stream_is_signed_and_begins_with_what_the_handbook_says(
    product: FakeProduct, phone: PhoneClient
) -> None:
    def talk(socket: Socket) -> None:
        for _ in range(5):
            socket.until(event("media"))

    product.talk = talk
    streams(product, "<Hangup/>")

    sid = phone.call(speed=SPEED)
    phone.wait(sid, "over")

    [socket] = product.sockets
    headers = socket.connection.request.headers
    assert headers["X-Twilio-Signature"] == sign(TOKEN, f"{product.socket_url}/media")
    connected, start, *frames = socket.messages
    assert connected == {"event": "connected", "protocol": "Call", "version": "1.0.0"}
    assert start["sequenceNumber"] == "1"
    assert start["start"]["callSid"] == sid
    assert start["start"]["customParameters"] == {"token": "t 1"}
    assert [frame["sequenceNumber"] for frame in frames] == ["2", "3", "4", "5", "6"]
    assert [frame["media"]["timestamp"] for frame in frames] == ["5", "25", "45", "65", "85"]
    assert {len(base64.b64decode(frame["media"]["payload"])) for frame in frames} == {160}


def test_what_is_played_is_heard_marked_and_recorded(
    product: FakeProduct, phone: PhoneClient, exchange: Exchange
) -> None:
    sound = exchange.synthesize("Good morning to you", "rachel", "ulaw_8000")

    def talk(socket: Socket) -> None:
        socket.until(event("media"))
        socket.send(media(socket, sound), mark(socket, "said"))
        socket.until(event("mark"))

    product.talk = talk
    streams(product, "<Hangup/>")

    view = phone.wait(phone.call(speed=SPEED), "over")

    played, _ = view["heard"]
    assert (played["kind"], played["text"], played["cut"]) == ("play", "Good morning to you", False)
    assert played["duration_s"] == pytest.approx(len(sound) / 8000, abs=0.25)
    kind, recorded = phone.audio(view["sid"], played["n"])
    assert kind == "audio/wav"
    assert (len(recorded) - 44) / 2 >= len(sound) - 320
    [socket] = product.sockets
    frames = [each for each in socket.messages if each["event"] == "media"]
    # The mark comes when the sound has been played, at the pace of the frames that the caller sends.
    assert len(frames) >= len(sound) // 160


def test_clear_cuts_what_is_heard_and_returns_every_mark(
    product: FakeProduct, phone: PhoneClient, exchange: Exchange
) -> None:
    sound = exchange.synthesize("One two three four five six seven eight nine ten", "rachel", "ulaw_8000")

    def talk(socket: Socket) -> None:
        socket.until(event("media"))
        socket.send(media(socket, sound), mark(socket, "a"), media(socket, sound), mark(socket, "b"))
        for _ in range(60):
            socket.until(event("media"))
        socket.send({"event": "clear", "streamSid": sid_of(socket)})
        socket.until(lambda message: message.get("mark") == {"name": "b"})

    product.talk = talk
    streams(product, "<Hangup/>")

    view = phone.wait(phone.call(speed=SPEED), "over")

    played, _ = view["heard"]
    assert played["cut"] is True
    assert played["text"].startswith("One two")
    assert "ten" not in played["text"]
    marks = [each["mark"]["name"] for each in product.sockets[0].messages if each["event"] == "mark"]
    assert marks == ["a", "b"]


def test_words_are_spoken_into_frames_that_the_book_of_what_is_said_knows(
    product: FakeProduct, phone: PhoneClient, exchange: Exchange
) -> None:
    def talk(socket: Socket) -> None:
        while (place := exchange.said.find(frame(socket.until(event("media"))))) is None or not place.is_last:
            pass
        for _ in range(50):
            socket.until(event("media"))
        socket.messages.append({"event": "said", "text": place.utterance.text})

    product.talk = talk
    streams(product, "<Hangup/>")

    sid = phone.call(speed=SPEED)
    phone.say(sid, "I would like to book a table", barge_in=True)
    view = phone.wait(sid, "over")

    assert product.sockets[0].messages[-1]["text"] == "I would like to book a table"
    assert view["heard"][0]["text"] == "I would like to book a table"
    [utterance] = exchange.said.of_call(sid)
    assert utterance.words_by(utterance.lasts_s) == utterance.text
    assert utterance.text.startswith(utterance.words_by(utterance.lasts_s / 2) + " ")
    # Nothing came of it: the silence since the last word was owed.
    last = view["ear"]["owed"][-1]
    assert (last["since"], last["until"]) == ("turn", "hangup")
    assert last["silence_s"] >= 50 * 0.02 / SPEED


def test_a_polite_caller_waits_until_the_bot_is_silent(
    product: FakeProduct, phone: PhoneClient, exchange: Exchange
) -> None:
    sound = exchange.synthesize("Please tell me your name", "rachel", "ulaw_8000")

    def talk(socket: Socket) -> None:
        socket.until(event("media"))
        socket.send(media(socket, sound))
        while exchange.said.find(frame(socket.until(event("media")))) is None:
            pass
        socket.until(
            lambda message: message["event"] == "media" and exchange.said.find(frame(message)) is None
        )

    product.talk = talk
    streams(product, "<Hangup/>")

    sid = phone.call(speed=SPEED)
    phone.say(sid, "Anna")
    asked, said, _ = phone.wait(sid, "over")["heard"]

    assert said["at_s"] >= asked["at_s"] + asked["duration_s"]


def test_whoever_sees_that_the_bot_speaks_sees_that_it_is_not_their_turn(
    product: FakeProduct, phone: PhoneClient, exchange: Exchange
) -> None:
    sound = exchange.synthesize("Are you still there", "rachel", "ulaw_8000")
    turns: list[str | None] = []
    publish = exchange.feed.publish

    def look(kind: str, sid: str, data: dict) -> None:
        if kind == "heard" and not data.get("ended"):
            turns.append(exchange.live[sid].waiting())
        publish(kind, sid, data)

    def talk(socket: Socket) -> None:
        # Their turn has come before the bot speaks.
        phone.wait(sid_of_call(socket), "turn")
        socket.send(media(socket, sound), mark(socket, "said"))
        socket.until(event("mark"))

    exchange.feed.publish = look
    product.talk = talk
    streams(product, "<Hangup/>")

    phone.wait(phone.call(speed=SPEED), "over")

    assert turns[0] is None


def test_a_stream_takes_the_time_of_life_in_a_hasty_simulator_unless_a_call_is_asked_to_be_faster(
    exchange: Exchange,
) -> None:
    own = exchange.numbers.all()[0]
    exchange.config = replace(exchange.config, speed=3.0)

    speeds = [phone_in(exchange, "+12025550123", own, asked).stream_speed for asked in (None, 20.0, 0.0)]

    assert speeds == [1.0, 20.0, 1.0]


def test_keys_go_out_at_once(product: FakeProduct, phone: PhoneClient) -> None:
    product.talk = lambda socket: socket.until(event("dtmf")) and None
    streams(product, "<Hangup/>")

    sid = phone.call(speed=SPEED)
    phone.keys(sid, "5")
    phone.wait(sid, "over")

    assert product.sockets[0].messages[-1]["dtmf"] == {"track": "inbound_track", "digit": "5"}


def test_a_hang_up_stops_the_stream_and_its_callback_is_told(
    product: FakeProduct, phone: PhoneClient
) -> None:
    product.on("/stream", "")
    streams(product, "<Say>Nobody hears this</Say>", more=' statusCallback="/stream" name="mine"')

    sid = phone.call(speed=SPEED)
    phone.wait(sid, "turn", timeout_s=20)
    phone.hangup(sid)
    view = phone.wait(sid, "over")
    assert phone.callbacks_idle()

    [socket] = product.sockets
    assert socket.messages[-1]["stop"] == {"accountSid": ACCOUNT, "callSid": sid}
    assert socket.code == 1000
    told = [each.form for each in product.to("/stream")]
    assert {each["StreamEvent"] for each in told} == {"stream-started", "stream-stopped"}
    assert {(each["StreamName"], each["CallSid"]) for each in told} == {("mine", sid)}
    assert [item["kind"] for item in view["heard"]] == ["hangup"]


def test_an_update_over_rest_ends_the_stream_and_the_call_goes_on_there(
    product: FakeProduct, phone: PhoneClient, rest: Rest
) -> None:
    streams(product)

    sid = phone.call(speed=SPEED)
    assert waits_for(lambda: product.sockets and len(product.sockets[0].messages) > 5)
    rest.post(f"/Calls/{sid}.json", Twiml="<Response><Say>Goodbye</Say></Response>")
    view = phone.wait(sid, "over")

    assert [item["text"] for item in view["heard"]] == ["Goodbye", "bot"]
    assert product.sockets[0].messages[-1]["event"] == "stop"


@pytest.mark.parametrize(("knob", "expected"), [("next_verb", ["Still here", "bot"]), ("hang_up", ["bot"])])
def test_after_the_app_closed_the_stream_the_next_verb_runs_or_the_call_ends(
    product: FakeProduct, phone: PhoneClient, knob: str, expected: list[str]
) -> None:
    phone.knobs({"stream_closed": knob})
    product.talk = lambda socket: None
    streams(product, "<Say>Still here</Say>")

    view = phone.wait(phone.call(speed=SPEED), "over")

    assert [item["text"] for item in view["heard"]] == expected


def test_with_an_action_the_call_goes_on_there(product: FakeProduct, phone: PhoneClient) -> None:
    product.talk = lambda socket: None
    streams(product, "<Say>Not this</Say>", attributes=' action="/after"')
    product.says("<Say>This</Say>", path="/after")

    view = phone.wait(phone.call(speed=SPEED), "over")

    assert [item["text"] for item in view["heard"]] == ["This", "bot"]
    assert product.to("/after")[0].form["CallStatus"] == "in-progress"


def test_a_refused_upgrade_is_31920_and_the_next_verb_runs(product: FakeProduct, phone: PhoneClient) -> None:
    product.refuses = 403
    product.on("/stream", "")
    streams(product, "<Say>So be it</Say>", more=' statusCallback="/stream"')

    view = phone.wait(phone.call(speed=SPEED), "over")
    assert phone.callbacks_idle()

    assert [item["text"] for item in view["heard"]] == ["So be it", "bot"]
    assert [alert["error_code"] for alert in view["alerts"]] == [31920]
    [told] = product.to("/stream")
    assert told.form["StreamEvent"] == "stream-error"
    assert told.form["StreamError"].startswith("31920")


@pytest.mark.parametrize(
    ("url", "code"),
    [("http://127.0.0.1/media", 31922), ("ws://example.com/media", 31922), ("ws://127.0.0.1:1/", 31902)],
)
def test_what_is_no_websocket_of_anybody_is_not_opened(
    product: FakeProduct, phone: PhoneClient, url: str, code: int
) -> None:
    product.says(f'<Connect><Stream url="{url}"/></Connect><Hangup/>')

    view = phone.wait(phone.call(speed=SPEED), "over")

    assert [alert["error_code"] for alert in view["alerts"]] == [code]


def test_nonsense_is_told_to_the_debugger_once(product: FakeProduct, phone: PhoneClient) -> None:
    def talk(socket: Socket) -> None:
        socket.until(event("media"))
        socket.send(b"\x00", b"\x00", "nonsense", "{}", mark(socket, "end"))
        socket.until(event("mark"))

    product.talk = talk
    streams(product, "<Hangup/>")

    view = phone.wait(phone.call(speed=SPEED), "over")

    assert [alert["error_code"] for alert in view["alerts"]] == [31950, 31951]


def test_the_signature_may_be_of_the_same_url_with_https(product: FakeProduct, phone: PhoneClient) -> None:
    phone.knobs({"wss_signature": "https"})
    product.talk = lambda socket: None
    streams(product, "<Hangup/>")

    phone.wait(phone.call(speed=SPEED), "over")

    url = f"{product.socket_url}/media"
    headers = product.sockets[0].connection.request.headers
    assert headers["X-Twilio-Signature"] == sign(TOKEN, url.replace("ws:", "http:"))


def test_hold_music_and_a_microphone_go_into_the_frames(product: FakeProduct, phone: PhoneClient) -> None:
    loud: list[bytes] = []

    def talk(socket: Socket) -> None:
        while len(loud) < 20:
            sound = frame(socket.until(event("media")))
            if len(set(sound)) > 20:
                loud.append(sound)

    product.talk = talk
    streams(product, "<Hangup/>")

    sid = phone.call(speed=SPEED)
    phone.sound(sid, "music", 2.0)
    phone.wait(sid, "over")

    assert len(set(loud)) > 10


@pytest.mark.parametrize(
    ("kind", "more", "text"),
    [("voicemail", {"says": ["Leave a message"]}, "Leave a message"), ("hold-music", {}, None)],
)
def test_a_machine_that_was_dialled_is_heard_at_once(
    product: FakeProduct,
    phone: PhoneClient,
    rest: Rest,
    exchange: Exchange,
    kind: str,
    more: dict,
    text: str | None,
) -> None:
    def talk(socket: Socket) -> None:
        loud = 0
        while loud < 15:
            loud += len(set(frame(socket.until(event("media"))))) > 20

    product.talk = talk
    streams(product, "<Hangup/>")
    phone.operator(kind, number="+12025550177", ring_s=0, speed=SPEED, **more)

    sid = rest.post("/Calls.json", From=NUMBER, To="+12025550177", Url=f"{product.url}/voice").json()["sid"]
    view = phone.wait(sid, "over")

    assert [each.text for each in exchange.said.of_call(sid)] == ([text] if text else [])
    assert [item["text"] for item in view["heard"] if item["kind"] == "caller"] == ([text] if text else [])


def test_who_hangs_up_does_not_wait_for_an_app_that_does_not_answer(
    product: FakeProduct, phone: PhoneClient
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        product.says(f'<Connect><Stream url="ws://127.0.0.1:{silent.getsockname()[1]}/"/></Connect>')

        sid = phone.call(speed=SPEED)
        held, _ = silent.accept()
        began = time.monotonic()
        phone.hangup(sid)
        phone.wait(sid, "over")
        held.close()

    assert time.monotonic() - began < OPEN_WITHIN_S / 2
