"""A call on a stream, on the phone page: the answer is heard as it comes, words and keys go in, and each turn is timed."""

import base64
import re
import threading
from datetime import UTC, datetime

from playwright.sync_api import Route, expect

from simulator.carrier.exchange import Exchange
from simulator.tests.browser.conftest import PhonePage
from simulator.tests.fake_product import FakeProduct, Socket
from tests.browser.axe import violations_in_both_looks
from tests.support.waiting import wait_for

LISTENED = """
  window.heard = 0;
  const real = AudioContext.prototype.createBuffer;
  AudioContext.prototype.createBuffer = function (...wish) { window.heard += wish[1]; return real.apply(this, wish); };
  null
"""


def test_a_media_stream_is_heard_answered_and_timed(
    opened: PhonePage, product: FakeProduct, exchange: Exchange
) -> None:
    greeting, answer = (
        exchange.synthesize(words, "rachel", "ulaw_8000") for words in ("Good morning", "We are open")
    )

    def play(socket: Socket, sound: bytes) -> None:
        sid = socket.messages[1]["streamSid"]
        payload = base64.b64encode(sound).decode()
        socket.send({"event": "media", "streamSid": sid, "media": {"payload": payload}})

    def talk(socket: Socket) -> None:
        socket.until(lambda message: message["event"] == "media")
        play(socket, greeting)
        said = lambda message: exchange.said.find(base64.b64decode(message["media"]["payload"]))  # noqa: E731
        socket.until(
            lambda message: message["event"] == "media" and (place := said(message)) and place.is_last
        )
        # A wait of 200 ms: an answer in the same frame leaves none to divide.
        frames = iter(range(10))
        socket.until(lambda message: message["event"] == "media" and next(frames, None) is None)
        play(socket, answer)
        socket.until(lambda message: message["event"] == "dtmf")

    product.talk = talk
    product.says(f'<Connect><Stream url="{product.socket_url}/media"/></Connect><Hangup/>')
    opened.page.evaluate(LISTENED)

    opened.call()
    expect(opened.said_by_bot).to_have_text(["Good morning"])
    opened.say("When are you open?")
    expect(opened.said_by_bot).to_have_text(["Good morning", "We are open"])
    expect(opened.page.locator("#turns .deed")).to_contain_text(["The call begins", "When are you open?"])
    expect(opened.page.locator("#turns .wait").last).to_have_text(re.compile(r"m?s$"))
    expect(opened.page.locator("#legend")).to_contain_text("transcription")
    expect(opened.page.locator("#turns .breakdown").last).to_contain_text("the rest")
    expect(opened.page.locator("#caller-as")).to_contain_text("media stream")
    assert violations_in_both_looks(opened.page) == []
    opened.page.get_by_role("button", name="1", exact=True).click()
    expect(opened.status).to_contain_text("Call over")

    # Every sample that the telephone played came to the page.
    assert opened.page.evaluate("window.heard") >= len(greeting) + len(answer)
    assert product.sockets[0].messages[-1]["dtmf"]["digit"] == "1"


def test_what_the_service_measured_divides_the_bar_of_a_turn(opened: PhonePage, product: FakeProduct) -> None:
    def talk(socket: Socket) -> None:
        socket.send({"type": "text", "token": "Yes?", "last": True})
        socket.until(lambda message: message["type"] == "prompt")
        socket.send({"type": "text", "token": "We are open.", "last": True})
        socket.until(lambda message: message["type"] == "dtmf")

    def with_rows(route: Route) -> None:
        call = opened.page.request.get(f"{opened.url}phone/calls/{opened.sid}").json()
        said = next((item for item in call["heard"] if item["kind"] == "caller" and item["duration_s"]), None)
        rows = []
        if said:
            ended = datetime.fromtimestamp(call["began_at"] + said["at_s"] + said["duration_s"], UTC)
            stages = {"wait_ms": 200, "words_ms": 100, "token_ms": 150, "voice_ms": 75, "ours_ms": 15}
            row = {
                "turn": 1,
                "gap_ms": 540,
                "caller_ended_at": ended.isoformat(),
                "finished_at": None,
                **stages,
            }
            rows = [{"at": ended.isoformat(), "table": "call_turns", "row": row}]
        answer = {"configured": True, "rows": rows, "version": str(len(rows)), "problem": ""}
        route.fulfill(json=answer)

    product.talk = talk
    relay = f'<ConversationRelay url="{product.socket_url}/relay" dtmfDetection="true"/>'
    product.says(f"<Connect>{relay}</Connect><Hangup/>")
    opened.page.route(re.compile(r"/phone/calls/CA\w+/rows"), with_rows)

    opened.call()
    opened.say("Are you open?")
    expect(opened.said_by_bot).to_have_text(["Yes?", "We are open."])
    told = opened.page.locator("#turns .breakdown").last
    expect(told).to_contain_text(
        "end of speech 0.20 s · transcription 0.10 s · first token 0.15 s · first audio 75 ms"
    )
    opened.page.get_by_role("button", name="1", exact=True).click()
    expect(opened.status).to_contain_text("Call over")
    opened.page.unroute_all(behavior="ignoreErrors")


HUM = """
  navigator.mediaDevices.getUserMedia = async () => {
    const context = new AudioContext({ sampleRate: 8000 });
    const hum = new OscillatorNode(context, { frequency: 300 });
    const microphone = context.createMediaStreamDestination();
    hum.connect(microphone);
    hum.start();
    return microphone.stream;
  };
  null
"""


def test_the_microphone_s_sound_goes_into_the_call_and_the_page_says_what_for(
    opened: PhonePage, product: FakeProduct
) -> None:
    loud: list[bytes] = []

    def talk(socket: Socket) -> None:
        while len(loud) < 10:
            sound = base64.b64decode(
                socket.until(lambda message: message["event"] == "media")["media"]["payload"]
            )
            # The noise of the line has no loud codes.
            if min(code & 0x7F for code in sound) < 0x40:
                loud.append(sound)
        opened_again.wait(10)

    opened_again = threading.Event()
    product.talk = talk
    product.says(f'<Connect><Stream url="{product.socket_url}/media"/></Connect><Hangup/>')
    opened.page.evaluate(HUM)

    opened.page.get_by_role("button", name="Call", exact=True).click()
    expect(opened.page.locator("#caller-as")).to_contain_text("media stream")
    opened.page.get_by_role("button", name="Speak into the microphone").click()
    expect(opened.page.locator("#problem")).to_contain_text("turn taking only")
    wait_for(lambda: len(loud) >= 10)
    opened.page.get_by_role("button", name="Speak into the microphone").click()
    expect(opened.page.locator("#problem")).to_have_text("")
    opened_again.set()
    expect(opened.status).to_contain_text("Call over")


def test_a_relay_is_heard_aloud_and_a_key_interrupts_it(opened: PhonePage, product: FakeProduct) -> None:
    story = (
        "Once upon a time there was a king who had three daughters and no money at all, and " * 3 + "so on."
    )

    def talk(socket: Socket) -> None:
        socket.send({"type": "text", "token": story, "last": True})
        socket.until(lambda message: message["type"] == "interrupt")

    product.talk = talk
    relay = f'<ConversationRelay url="{product.socket_url}/relay" dtmfDetection="true"/>'
    product.says(f"<Connect>{relay}</Connect><Hangup/>")
    opened.page.evaluate(LISTENED)

    opened.page.get_by_role("button", name="Call", exact=True).click()
    expect(opened.said_by_bot).to_have_text([story])
    # Some seconds of the story's twenty are heard.
    opened.page.wait_for_timeout(1500)
    opened.page.get_by_role("button", name="1", exact=True).click()
    expect(opened.status).to_contain_text("Call over")

    [heard] = opened.said_by_bot.all_inner_texts()
    assert story.startswith(heard) and heard != story
    assert opened.page.evaluate("window.heard") > 0
    wire = opened.page.locator("#wire .path").all_inner_texts()
    assert [each for each in wire if each.startswith(("dtmf", "interrupt", "text"))] == [
        f"text: {story}",
        "dtmf: 1",
        f"interrupt: {heard}",
    ]
