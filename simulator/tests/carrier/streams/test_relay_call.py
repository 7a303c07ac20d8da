"""ConversationRelay: what goes over the websocket, and what the action hears when it is over (handbook 2.8, 4)."""

import pytest
from flask import Response

from simulator.carrier.exchange import Exchange
from simulator.carrier.wire.signature import sign
from simulator.phone.client import PhoneClient
from simulator.phone.play import play_scenario
from simulator.tests.fake_product import CALLER, NUMBER, TOKEN, FakeProduct, Rest, Socket
from tests.support.waiting import wait_for


def relays(
    product: FakeProduct, attributes: str = "", *after: str, action: bool = True, path: str = "/voice"
) -> None:
    """Lay out a call that goes to a relay; with `action` it goes on there, and hangs up."""
    url = f"{product.socket_url}/relay"
    parameter = '<Parameter name="token" value="t 1"/>'
    relay = f'<ConversationRelay url="{url}" {attributes}>{parameter}</ConversationRelay>'
    goes_on = ' action="/action"' if action else ""
    product.says(f"<Connect{goes_on}>{relay}</Connect>{''.join(after)}", path=path)
    product.says("<Hangup/>", path="/action")


def kind(name: str):
    return lambda message: message["type"] == name


def text(token: str, *, last: bool = True, **more: object) -> dict:
    return {"type": "text", "token": token, "last": last, **more}


def test_words_go_both_ways_and_the_app_ends_the_session_with_a_hand_over(
    product: FakeProduct, phone: PhoneClient
) -> None:
    def talk(socket: Socket) -> None:
        socket.send(text("Hello,", last=False), text(" who is there?"))
        socket.until(kind("prompt"))
        socket.send({"type": "end", "handoffData": '{"reason": "person"}'})
        socket.to_the_end()

    product.talk = talk
    relays(product)

    sid = phone.call()
    phone.wait(sid, "speech")
    phone.say(sid, "It is me")
    view = phone.wait(sid, "over")

    [socket] = product.sockets
    setup, prompt = socket.messages
    assert socket.connection.request.headers["X-Twilio-Signature"] == sign(
        TOKEN, f"{product.socket_url}/relay"
    )
    assert len(setup) == 13
    assert (setup["callSid"], setup["from"], setup["to"]) == (sid, CALLER, NUMBER)
    assert (setup["callStatus"], setup["customParameters"]) == ("RINGING", {"token": "t 1"})
    assert prompt == {"type": "prompt", "voicePrompt": "It is me", "lang": "en-US", "last": True}
    assert socket.code == 1000
    [action] = product.to("/action")
    assert action.form["SessionStatus"] == "ended"
    assert action.form["HandoffData"] == '{"reason": "person"}'
    assert action.form["CallStatus"] == "in-progress"
    assert action.form["SessionId"] == setup["sessionId"]
    assert [(item["kind"], item["text"]) for item in view["heard"]] == [
        ("say", "Hello, who is there?"),
        ("caller", "It is me"),
        ("hangup", "bot"),
    ]


def test_a_hang_up_closes_the_socket_and_the_action_hears_that_all_is_completed(
    product: FakeProduct, phone: PhoneClient
) -> None:
    relays(product, 'welcomeGreeting="Hello."')

    sid = phone.call()
    phone.wait(sid, "speech")
    phone.hangup(sid)
    phone.wait(sid, "over")
    assert phone.callbacks_idle()

    assert product.sockets[0].code == 1000
    [action] = product.to("/action")
    assert (action.form["SessionStatus"], action.form["CallStatus"]) == ("completed", "completed")


@pytest.mark.parametrize(("knob", "asked"), [("action", 1), ("hang_up", 0)])
def test_a_lost_socket_leaves_the_call_to_the_action_or_ends_it(
    product: FakeProduct, phone: PhoneClient, knob: str, asked: int
) -> None:
    phone.knobs({"relay_lost": knob})
    product.talk = lambda socket: socket.connection.close_socket()
    relays(product)

    view = phone.wait(phone.call(), "over")

    actions = product.to("/action")
    assert len(actions) == asked
    assert [alert["error_code"] for alert in view["alerts"]] == [64105]
    for action in actions:
        assert action.form["SessionStatus"] == "failed"
        assert (action.form["ErrorCode"], action.form["ErrorMessage"]) == ("64105", "Websocket ended")
        assert action.form["CallStatus"] == "in-progress"


def test_the_action_may_lead_back_to_a_relay_which_greets_again_in_a_call_that_goes_on(
    product: FakeProduct, phone: PhoneClient
) -> None:
    product.talk = lambda socket: socket.until(kind("setup")) and None
    relays(product)
    url = f"{product.socket_url}/relay"
    product.says(
        f'<Connect action="/action"><ConversationRelay url="{url}"/></Connect>', "<Hangup/>", path="/action"
    )

    phone.wait(phone.call(), "over")

    first, second = (socket.messages[0] for socket in product.sockets)
    assert (first["callStatus"], second["callStatus"]) == ("RINGING", "IN_PROGRESS")
    assert first["sessionId"] != second["sessionId"]
    assert first["callSid"] == second["callSid"]


def test_without_an_action_the_next_verb_runs(product: FakeProduct, phone: PhoneClient) -> None:
    product.talk = lambda socket: socket.send({"type": "end"})
    relays(product, "", "<Say>Still here</Say>", action=False)

    view = phone.wait(phone.call(), "over")

    assert [item["text"] for item in view["heard"]] == ["Still here", "bot"]


def test_a_refused_upgrade_is_64102_and_an_unanswered_caller_hears_busy(
    product: FakeProduct, phone: PhoneClient
) -> None:
    product.refuses = 403
    relays(product)

    view = phone.wait(phone.call(), "over")

    assert view["status"] == "busy"
    assert [alert["error_code"] for alert in view["alerts"]] == [64102]
    assert not product.to("/action")


@pytest.mark.parametrize(("knob", "asked"), [("action", 1), ("fallback", 0)])
def test_in_an_answered_call_the_action_hears_of_it_or_the_document_has_failed(
    product: FakeProduct, phone: PhoneClient, knob: str, asked: int
) -> None:
    phone.knobs({"relay_unreachable": knob})
    product.refuses = 503
    relays(product)
    url = f"{product.socket_url}/relay"
    product.says(f'<Say>Hi</Say><Connect action="/action"><ConversationRelay url="{url}"/></Connect>')

    phone.wait(phone.call(), "over")

    assert [each.form["ErrorCode"] for each in product.to("/action")] == ["64102"] * asked


def test_ten_malformed_messages_in_a_row_close_the_socket_with_1007(
    product: FakeProduct, phone: PhoneClient
) -> None:
    def talk(socket: Socket) -> None:
        socket.send(*["nonsense"] * 10)
        socket.to_the_end()

    product.talk = talk
    relays(product)

    phone.wait(phone.call(), "over")

    [socket] = product.sockets
    assert [each["type"] for each in socket.messages] == ["setup"] + ["error"] * 10
    assert socket.code == 1007
    assert product.to("/action")[0].form["ErrorCode"] == "64105"


def test_who_speaks_over_the_agent_cuts_it_and_the_phone_knows_what_was_heard(
    product: FakeProduct, phone: PhoneClient
) -> None:
    story = "Once upon a time there was a king who had three daughters and no money at all. " * 20

    def talk(socket: Socket) -> None:
        socket.send(text(story))
        socket.until(kind("prompt"))

    product.talk = talk
    relays(product)

    sid = phone.call(speed=20.0)
    phone.wait_heard(sid, lambda item: item["kind"] == "say")
    phone.say(sid, "stop", barge_in=True)
    view = phone.wait(sid, "over")

    [interrupt] = [each for each in product.sockets[0].messages if each["type"] == "interrupt"]
    told, said, _ = view["heard"]
    assert told["cut"]
    assert story.startswith(told["text"])
    assert told["text"] == interrupt["utteranceUntilInterrupt"] != story.strip()
    assert said["text"] == "stop"


def test_media_is_fetched_and_keys_interrupt(
    product: FakeProduct, phone: PhoneClient, exchange: Exchange
) -> None:
    clip = exchange.synthesize("Please hold the line", "rachel", "mp3_22050_32")
    product.on("/clip.mp3", lambda: Response(clip, mimetype="audio/mpeg"))

    def talk(socket: Socket) -> None:
        socket.send({"type": "play", "source": f"{product.url}/clip.mp3", "loop": 0})
        socket.until(kind("interrupt"))

    product.talk = talk
    relays(product, 'dtmfDetection="true"')

    sid = phone.call(speed=5.0)
    phone.wait_heard(sid, lambda item: item["kind"] == "play")
    phone.keys(sid, "1")
    view = phone.wait(sid, "over")

    assert [each["type"] for each in product.sockets[0].messages] == ["setup", "dtmf", "interrupt"]
    played, key, _ = view["heard"]
    assert (played["kind"], played["cut"], key["text"]) == ("play", True, "1")


def test_people_who_are_dialled_speak_and_obey_on_a_relay_too(
    product: FakeProduct, phone: PhoneClient, rest: Rest
) -> None:
    def talk(socket: Socket) -> None:
        socket.send(text("Hello, it is the shop."))
        socket.until(kind("prompt"))
        socket.send(text("To confirm, press 1."))
        socket.until(kind("dtmf"))

    product.talk = talk
    relays(product, 'dtmfDetection="true"', path="/out")
    phone.operator("answer", number="+12025550177", says=["Who is there?"], ring_s=0)
    rest.post("/Calls.json", From=NUMBER, To="+12025550177", Url=f"{product.url}/out")
    wait_for(lambda: any(call["over"] for call in phone.calls()))

    [socket] = product.sockets
    assert socket.messages[0]["callStatus"] == "IN_PROGRESS"
    assert socket.messages[0]["direction"] == "outbound-api"
    assert [each.get("voicePrompt") or each["digit"] for each in socket.messages[1:]] == [
        "Who is there?",
        "1",
    ]


def test_a_scenario_is_played_on_a_relay_as_on_gather(product: FakeProduct, phone: PhoneClient) -> None:
    def talk(socket: Socket) -> None:
        socket.send(text("Hello,", last=False), text(" how can I help?"))
        socket.until(kind("prompt"))
        socket.send(text("One moment.", last=False), text(" We are open until two."))
        socket.until(kind("dtmf"))
        socket.send(text("I put you through."))
        socket.until(kind("prompt"))
        socket.send(text("Goodbye!"))
        socket.until(lambda message: message.get("name") == "tokensPlayed" and "Goodbye" in message["value"])
        socket.send({"type": "end"})
        socket.to_the_end()

    product.talk = talk
    relays(product, 'dtmfDetection="true" events="tokens-played"')

    result = play_scenario(
        """
        bot: Hello, how can I help?
        caller: When are you open?
        bot: * until two.
        key: 0
        bot: I put you through.
        caller: Never mind.
        bot: Goodbye!
        ends: completed
        """,
        phone,
    )

    assert result.mismatches == []


def test_an_update_over_rest_ends_the_session_and_its_action_hears_nothing(
    product: FakeProduct, phone: PhoneClient, rest: Rest
) -> None:
    relays(product, 'welcomeGreeting="Hello."')

    sid = phone.call()
    phone.wait(sid, "speech")
    rest.post(f"/Calls/{sid}.json", Twiml="<Response><Say>Goodbye</Say></Response>")
    view = phone.wait(sid, "over")
    assert phone.callbacks_idle()

    assert [item["text"] for item in view["heard"]] == ["Hello.", "Goodbye", "bot"]
    assert product.sockets[0].code == 1000
    assert not product.to("/action")


def test_a_call_ended_over_rest_tells_the_action_that_all_is_completed(
    product: FakeProduct, phone: PhoneClient, rest: Rest
) -> None:
    relays(product, 'welcomeGreeting="Hello."')

    sid = phone.call()
    phone.wait(sid, "speech")
    rest.post(f"/Calls/{sid}.json", Status="completed")
    phone.wait(sid, "over")
    assert phone.callbacks_idle()

    [action] = product.to("/action")
    assert (action.form["SessionStatus"], action.form["CallStatus"]) == ("completed", "completed")
