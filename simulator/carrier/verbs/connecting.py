"""Connect: hand the call to a websocket of the product, and go on when that is over (handbook 2.7, 2.8, 4.4)."""

from simulator.carrier.live_call import LiveCall
from simulator.carrier.streams.media_call import stream
from simulator.carrier.streams.relay_call import relay
from simulator.carrier.twiml.reader import Document, Verb
from simulator.carrier.twiml.steps import Goto, Step, VerbFailed, absolute


def connect(call: LiveCall, document: Document, verb: Verb) -> Step:
    """Carry out a Connect; with `action` the call goes on there, without it at the next verb."""
    child = verb.children[0] if verb.children else None
    action = verb.attributes.get("action")
    target = Goto(absolute(document, action), verb.attributes.get("method", "POST")) if action else None
    match child.name if child is not None else "nothing":
        case "Stream" if child is not None:
            return stream(call, document, child) or target
        case "ConversationRelay" if child is not None:
            return relay(call, child, target)
        case other:
            raise VerbFailed(12400, f"<Connect> of {other} is not offered by this simulator yet")
