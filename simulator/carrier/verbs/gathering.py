"""Gather: what the person says or keys in, and where it goes (handbook 2.3, 1.7)."""

import re
from dataclasses import dataclass
from functools import partial

from simulator.carrier.books.call_form import call_form
from simulator.carrier.far_end.line import Act, Pressed, Said, StayedSilent
from simulator.carrier.live_call import LiveCall
from simulator.carrier.twiml.reader import Document, Verb
from simulator.carrier.twiml.sound import spoken_s
from simulator.carrier.twiml.steps import Goto, Step, absolute
from simulator.carrier.verbs.speaking import speak
from simulator.carrier.wire.webhooks import WebhookRequest

MAX_SPEECH_S = 60
AUTO_SPEECH_TIMEOUT_S = 1.0
"""How long a silence `speechTimeout="auto"` takes for the end; Twilio does not say."""

MAX_HINTS, MAX_HINT_CHARACTERS = 500, 100

UNDERSTOOD_S = 0.3
"""How long after a word it is understood; Twilio does not say."""
PUNCTUATION = re.compile(r"[^\w\s'-]")

TOLD_KEY = re.compile(r"\bpress ([0-9*#])", re.I)
REACTION_S = 1.5
"""Until a person who was told which key to press has pressed it."""

ENTERED = frozenset(["Digits", "FinishedOnKey", "SpeechResult", "Confidence"])
"""Fields that a 3xx answer of the action does not carry on (handbook 1.1)."""


@dataclass(frozen=True)
class GatherTerms:
    """A Gather's attributes with their defaults."""

    inputs: frozenset[str]
    timeout_s: float
    speech_timeout_s: float
    finish_key: str
    num_digits: int | None
    barge_in: bool

    def takes(self, act: Act) -> bool:
        """Whether this input counts here."""
        return "speech" in self.inputs if isinstance(act, Said) else self.takes_key(act)

    def takes_key(self, act: Act) -> bool:
        """Whether these are keys that count here."""
        return "dtmf" in self.inputs and isinstance(act, Pressed)

    def interrupts(self, act: Act) -> bool:
        """Whether this input stops nested sound: keys do [K], speech when the person talks over it."""
        return self.barge_in and self.takes(act) and not (isinstance(act, Said) and not act.barge_in)


def gather(call: LiveCall, document: Document, verb: Verb) -> Step:
    """Play the nested content, listen, and go to the action; None when nothing came and no action asks for that."""
    call.pick_up()
    terms = _terms(call, verb)
    heard_before = len(call.hearing.items())
    for child in verb.children:
        if child.name in ("Say", "Play", "Pause") and speak(
            call, document, child, lambda: call.line.peek(terms.interrupts) is not None
        ):
            break
    # From here it is the person's turn; a Gather without sound ends the bot's debt without paying it.
    call.ear.hears("listen")
    listening_since_s = call.pace.now_s()
    _do_as_told(call, terms, heard_before)
    act = call.next_act(terms.timeout_s, terms.takes)
    entered = _entered(call, verb, document, terms, act, listening_since_s)
    call.ear.owes("turn")
    if not entered and not verb.flag("actionOnEmptyResult", False):
        return None
    if not entered and call.exchange.knobs.current.gather_empty_digits == "empty":
        entered = {"Digits": ""}
    action = verb.attributes.get("action")
    url = absolute(document, action) if action else absolute(document, document.url or "")
    return Goto(url, verb.attributes.get("method", "POST"), "action", entered)


def _do_as_told(call: LiveCall, terms: GatherTerms, heard_before: int) -> None:
    """A dialled person says their line, or presses the key that the bot asked for, unless somebody acts for them."""
    if call.lines and "speech" in terms.inputs and call.line.peek(terms.takes) is None:
        takes_s = 0.0 if call.screened else call.hesitates_s
        if takes_s >= terms.timeout_s:
            # They are silent for this whole listening time, and so that much nearer to their next line.
            call.hesitates_s -= terms.timeout_s
            call.line.act(StayedSilent())
        elif not call.wait(takes_s, lambda: call.line.peek(terms.takes) is not None):
            call.screened = False
            call.line.act(Said(call.lines.pop(0), None))
        return
    words = " ".join(item.text or "" for item in call.hearing.items()[heard_before:])
    told = TOLD_KEY.search(words)
    if not call.obeys or told is None or "speech" in terms.inputs:
        return
    if not call.wait(REACTION_S, lambda: call.line.peek(terms.takes) is not None):
        call.obeys -= 1
        call.line.act(Pressed(told[1]))


def _entered(
    call: LiveCall,
    verb: Verb,
    document: Document,
    terms: GatherTerms,
    act: Act | None,
    listening_since_s: float,
) -> dict[str, str]:
    if isinstance(act, Pressed):
        return _keys(call, terms, act)
    if isinstance(act, Said):
        return _speech(call, verb, document, terms, act, listening_since_s)
    return {}


def _keys(call: LiveCall, terms: GatherTerms, first: Pressed) -> dict[str, str]:
    """Collect keys until the finish key, the wanted number of them, or `timeout` without another."""
    digits, act = "", first
    while True:
        for position, key in enumerate(act.digits):
            call.hearing.add("key", key)
            if key == terms.finish_key:
                _leave(call, act.digits[position + 1 :])
                finished = call.exchange.knobs.current.finished_on_key
                return {"Digits": digits} | ({"FinishedOnKey": key} if finished else {}) if digits else {}
            digits += key
            if len(digits) == terms.num_digits:
                _leave(call, act.digits[position + 1 :])
                return {"Digits": digits}
        following = call.next_act(terms.timeout_s, terms.takes_key, turn=False)
        if not isinstance(following, Pressed):
            return {"Digits": digits}
        act = following


def _leave(call: LiveCall, unused: str) -> None:
    if unused:
        call.line.put_back(Pressed(unused))


def _speech(
    call: LiveCall, verb: Verb, document: Document, terms: GatherTerms, said: Said, listening_since_s: float
) -> dict[str, str]:
    """The person speaks; the turn is over once `speechTimeout` has passed in silence.

    Nobody speaks in no time. What was typed took time already, but of that counts only what passed since the person
    could be heard: the words may have been typed while the bot was still speaking.
    """
    seconds = min(spoken_s(said.text), float(verb.number("maxSpeechTime", MAX_SPEECH_S)), MAX_SPEECH_S)
    now_s = call.pace.now_s()
    own, everybodys = call.typing_is_speaking, call.exchange.knobs.current.typing_is_speaking
    typed = everybodys if own is None else own
    began_s = max(listening_since_s, now_s - seconds) if typed else now_s
    item = call.hearing.add("caller", said.text, at_s=began_s)
    _partial_results(call, verb, document, said.text, began_s, seconds)
    call.wait(began_s + seconds - now_s)
    call.hearing.ended(item, cut=False)
    call.wait(terms.speech_timeout_s)
    confidence = {} if said.confidence is None else {"Confidence": f"{said.confidence:.8g}"}
    return {"SpeechResult": said.text} | confidence


def _partial_results(
    call: LiveCall, verb: Verb, document: Document, text: str, began_s: float, seconds: float
) -> None:
    """Report the partial words beside the call while the person speaks; the answer is ignored (handbook 1.7)."""
    url = verb.attributes.get("partialResultCallback")
    if not url:
        return
    item, now_s = len(call.hearing.items()), call.pace.now_s()
    for number, (at_s, words) in enumerate(_understood(text, seconds, told_seldom=call.pace.compressed)):
        request = WebhookRequest(
            "partial",
            absolute(document, url),
            call_form(call.record)
            | {"SequenceNumber": str(number), "Stability": "0.9", "UnstableSpeechResult": words},
            verb.attributes.get("partialResultCallbackMethod", "POST"),
            call.record.sid,
        )
        send = partial(call.exchange.callbacks.send, call.record, request, f"partial:{item}:{number}")
        call.later(max(0.0, began_s + at_s - now_s), send)


def _understood(text: str, seconds: float, *, told_seldom: bool) -> list[tuple[float, str]]:
    """What is told of words that take so long, as (seconds since they began, the words until then).

    Each tells all words so far, without case and punctuation. Twilio does not say how often it comes; once a second here, in
    compressed time (`told_seldom`) once in the middle, and once more when the last word was understood.
    """
    words = PUNCTUATION.sub("", text.lower()).split()
    last_s = seconds + UNDERSTOOD_S
    if told_seldom:
        half = words[: (len(words) + 1) // 2]
        return [(seconds / 2, " ".join(half)), (last_s, " ".join(words))]
    times = [float(second) for second in range(1, int(seconds) + 1)]
    spoken = [words[: int(len(words) * max(0.0, at_s - UNDERSTOOD_S) / seconds)] for at_s in times]
    told = [(at_s, " ".join(so_far)) for at_s, so_far in zip(times, spoken, strict=True) if so_far]
    return [*told, (last_s, " ".join(words))]


def _terms(call: LiveCall, verb: Verb) -> GatherTerms:
    attributes = verb.attributes
    inputs = frozenset(attributes.get("input", "dtmf").split()) & {"dtmf", "speech"}
    finish_key = attributes.get("finishOnKey", "#")
    if len(finish_key) > 1 or finish_key not in "0123456789*#":
        call.alert(13310, "Gather: Invalid finishOnKey value", level="warning")
        finish_key = "#"
    if not re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", attributes.get("language", "en-US")):
        call.alert(13512, 'Gather element has an invalid "language" attribute value', level="warning")
    hints = attributes.get("hints", "").split(",")
    if len(hints) > MAX_HINTS or max(map(len, hints)) > MAX_HINT_CHARACTERS:
        call.alert(12200, "Gather: too many or too long hints", level="warning")
    timeout_s = float(verb.number("timeout", 5))
    return GatherTerms(
        inputs=inputs or frozenset({"dtmf"}),
        timeout_s=timeout_s,
        speech_timeout_s=_speech_timeout_s(call, verb, timeout_s),
        finish_key=finish_key,
        num_digits=verb.number("numDigits", 0) or None,
        barge_in=verb.flag("bargeIn", call.exchange.knobs.current.barge_in_default),
    )


def _speech_timeout_s(call: LiveCall, verb: Verb, timeout_s: float) -> float:
    asked = verb.attributes.get("speechTimeout", "")
    if asked == "auto" and "speechModel" not in verb.attributes:
        return AUTO_SPEECH_TIMEOUT_S
    if asked and not (asked.isdecimal() and int(asked) > 0):
        # With a speechModel it must be a positive whole number (handbook 2.3).
        call.alert(12200, f"Gather: speechTimeout {asked!r} is not a positive number", level="warning")
        return timeout_s
    return float(asked) if asked else timeout_s
