"""ConversationRelay: what goes over the websocket, and what the action hears when it is over (handbook 2.8, 4)."""

from simulator.carrier.wire.signature import sign
from simulator.phone.client import PhoneClient
from simulator.tests.fake_product import CALLER, NUMBER, TOKEN, FakeProduct, Socket


def relays(product: FakeProduct, attributes: str = "", *after: str, action: bool = True) -> None:
    """Lay out a call that goes to a relay; with `action` it goes on there, and hangs up."""
    url = f"{product.socket_url}/relay"
    parameter = '<Parameter name="token" value="t 1"/>'
    relay = f'<ConversationRelay url="{url}" {attributes}>{parameter}</ConversationRelay>'
    goes_on = ' action="/action"' if action else ""
    product.says(f"<Connect{goes_on}>{relay}</Connect>{''.join(after)}")
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
