"""Judge by the words who picked up a call of ours, and decide what a mailbox or a screener gets to hear.

The bot greets everybody at once and waits for no verdict. A verdict only raises doubt, and a reply overturns it. Time
comes from the line (`SilencePassed`) and from a timer, so a line that reports only whole turns works too.
"""

from collections.abc import Callable
from dataclasses import replace

from voicebot.domain.call.actions import Action, ClearTimer, NoteAnswerer, SetTimer
from voicebot.domain.call.heard import cut_in, drop_speculation, greetings, take_over, unheard
from voicebot.domain.call.moves import Step, hang_up, hear, in_order, listen, play, say
from voicebot.domain.call.phrases import Phrase
from voicebot.domain.call.pickup.rules import Picker, Pickup, PickupRules
from voicebot.domain.call.pickup.words import MachineSays, machine_says
from voicebot.domain.call.state import Answer, CallState, EndReason, Phase
from voicebot.domain.call.turn_taking.asked import what_is_asked

QUIET_S = 1.5
"""A mailbox that is quiet for so long records."""
REPLY_S = 2
"""How long a reply may take to overturn a verdict, once we are quiet."""
PATIENCE_S = 25
"""How long a person may take to come to the phone once their screener knows who calls."""
MOST_ANSWERS = 3
MOST_GREETINGS = 2
JUDGED_TURNS = 3
"""In so many turns somebody may turn out to be a machine: a mailbox may make pauses."""
MAILBOX_TIMER = "mailbox_quiet"

Then = Callable[[CallState], Step]


def awaited(state: CallState) -> CallState:
    """Return the state of a call of ours before anybody has spoken."""
    return replace(state, pickup=Pickup()) if state.setup.pickup else state


def picker_said(state: CallState, text: str, then: Then) -> Step:
    """Answer the words of whoever picked up; `then` handles a person's words, as in any call."""
    words, known = text.strip(), state.pickup
    if known is None or not any(sign.isalnum() for sign in words):
        return then(state)
    if known.message_due:
        return _wait_for_quiet(state)
    told_already = known.who is Picker.SCREENER and not state.answer.speculative
    if told_already and state.pending and _alike(words, state.pending):
        # Answered already, before the line was sure that it was the end of it.
        return listen(replace(state, pending=""), PATIENCE_S)
    state = _known(state, turns=known.turns + 1)
    if known.who is Picker.HUMAN and known.turns >= JUDGED_TURNS:
        return then(state)
    says = machine_says(words, is_screener=known.who is Picker.SCREENER)
    if says is None:
        return _person_said(state, words, then)
    state, stopped = take_over(state)
    move = {
        MachineSays.LEAVE_A_MESSAGE: _at_mailbox,
        MachineSays.WHO_AND_WHY: _tell_screener,
        MachineSays.WAIT: _wait_for_person,
        MachineSays.NOT_THERE: hang_up(EndReason.MACHINE),
    }[says]
    state, actions = in_order(replace(state, pending=""), hear(words), move)
    return state, [*stopped, *actions]


def picker_maybe_done(state: CallState, text: str, then: Then) -> Step:
    """Tell a screener at once who calls, before it is sure that it has said all; `then` takes other words."""
    known = state.pickup
    if known is None:
        return then(state)
    if known.message_due:
        return _wait_for_quiet(state)
    judged = known.who is not Picker.HUMAN or known.turns < JUDGED_TURNS
    says = machine_says(text, is_screener=known.who is Picker.SCREENER) if judged else None
    if says is None:
        return then(state)
    state, actions = picker_said(state, text, then)
    return replace(state, pending=text.strip()), actions


def picker_started(state: CallState, then: Then) -> Step:
    """A sound: a mailbox is not quiet."""
    if state.pickup and state.pickup.message_due:
        return state, [ClearTimer(MAILBOX_TIMER)]
    return then(state)


def picker_pressed(state: CallState, then: Then) -> Step:
    """A key: only people press them."""
    if state.pickup is None or state.pickup.who is Picker.HUMAN:
        return then(state)
    state, noted = _is(state, Picker.HUMAN)
    state, actions = then(_known(state, message_due=False))
    return state, [*noted, ClearTimer(MAILBOX_TIMER), *actions]


def picker_silent(state: CallState, then: Then) -> Step:
    """Silence: of somebody whom the carrier takes for a machine it says that they are one."""
    known = state.pickup
    if known is None or state.phase is not Phase.LISTENING or state.transport_lost:
        return then(state)
    if known.message_due:
        return _leave_message(state)
    if state.answer.speculative:
        return picker_said(state, state.pending, then)
    if known.who is Picker.SCREENER:
        return hang_up(EndReason.MACHINE)(state)
    if known.doubted:
        # They kept silent longer than a mailbox does before it records.
        state, noted = _is(state, Picker.VOICEMAIL)
        state, actions = _leave_message(state) if _message_of(state) else hang_up(EndReason.MACHINE)(state)
        return state, [*noted, *actions]
    return then(state)


def mailbox_is_quiet(state: CallState) -> Step:
    """Leave the message."""
    return (
        _leave_message(state)
        if state.conversing and state.pickup and state.pickup.message_due
        else (state, [])
    )


def machine_judged(state: CallState, *, listens: bool) -> Step:
    """Handle the carrier's verdict "mailbox": stay silent, and believe it if nobody replies. A caller who has already
    replied is a person.
    """
    known = state.pickup
    if known is None or known.who in (Picker.HUMAN, Picker.SCREENER):
        return state, []
    if known.message_due or known.who is Picker.VOICEMAIL:
        return _leave_message(state) if known.message_due and listens else (state, [])
    state, stopped = cut_in(state) if state.answering or unheard(state) else drop_speculation(state)
    if listens and _message_of(state):
        state, noted = _is(state, Picker.VOICEMAIL)
        state, actions = _leave_message(state)
        return state, [*stopped, *noted, *actions]
    state, actions = listen(_known(state, doubted=True), REPLY_S)
    return state, [*stopped, *actions]


# --- moves ----------------------------------------------------------------------------------------


def _rules(state: CallState) -> PickupRules:
    return state.setup.pickup or PickupRules()


def _message_of(state: CallState) -> str:
    return _rules(state).voicemail_message


def _known(state: CallState, **changes: object) -> CallState:
    return replace(state, pickup=replace(state.pickup or Pickup(), **changes))  # type: ignore[arg-type]


def _is(state: CallState, who: Picker) -> Step:
    changed = state.pickup is None or state.pickup.who is not who
    return _known(state, who=who, doubted=False), [NoteAnswerer(who.value)] if changed else []


def _alike(one: str, other: str) -> bool:
    return [*filter(str.isalnum, one.casefold())] == [*filter(str.isalnum, other.casefold())]


def _person_said(state: CallState, words: str, then: Then) -> Step:
    """Go on with a person; who comes after a screener, or was greeted half, is greeted."""
    known = state.pickup or Pickup()
    begun = known.doubted and any(entry.cut for entry in state.history)
    again = known.who is Picker.SCREENER or (begun and greetings(state) < MOST_GREETINGS)
    state, noted = _is(state, Picker.HUMAN)
    if not again:
        state, actions = then(state)
        return state, [*noted, *actions]
    state, stopped = take_over(state)
    state = replace(state, pending="", silences=0)
    state, actions = in_order(state, hear(words), _greet_again, listen)
    return state, [*noted, *stopped, *actions]


def _greet_again(state: CallState) -> Step:
    words = state.setup.greeting.strip()
    return _say(words)(state) if words else play(Phrase.GREETING)(state)


def _say(words: str, *, interruptible: bool = True) -> Callable[[CallState], Step]:
    def move(state: CallState) -> Step:
        gen = state.gen + 1
        state = replace(state, gen=gen, committed_gen=gen, answer=Answer())
        return say(gen, 0, words, interruptible=interruptible)(state)

    return move


def _tell_screener(state: CallState) -> Step:
    """Say who calls and why, whatever else is heard; then give the person time to come to the phone."""
    known = state.pickup or Pickup()
    state, noted = _is(state, Picker.SCREENER)
    if known.answers >= MOST_ANSWERS:
        state, actions = listen(state, PATIENCE_S)
        return state, [*noted, *actions]
    words = _rules(state).screener_answer
    state, actions = in_order(
        _known(state, answers=known.answers + 1), _say(words, interruptible=False), _wait_for_person
    )
    return state, [*noted, *actions]


def _wait_for_person(state: CallState) -> Step:
    state, noted = _is(state, Picker.SCREENER)
    state, actions = listen(state, PATIENCE_S)
    return state, [*noted, *actions]


def _at_mailbox(state: CallState) -> Step:
    state, noted = _is(state, Picker.VOICEMAIL)
    if not _message_of(state):
        state, actions = hang_up(EndReason.MACHINE)(state)
    elif _quiet_s(state) >= QUIET_S:
        state, actions = _leave_message(state)
    else:
        state, listening = listen(_known(state, message_due=True), REPLY_S)
        state, waiting = _wait_for_quiet(state)
        actions = [*listening, *waiting]
    return state, [*noted, *actions]


def _wait_for_quiet(state: CallState) -> Step:
    return state, [SetTimer(MAILBOX_TIMER, QUIET_S - _quiet_s(state))]


def _quiet_s(state: CallState) -> float:
    """Return how long the line had been silent when it reported the last words."""
    return state.setup.pauses.after(what_is_asked(state)) if _rules(state).whole_turns else 0.0


def _leave_message(state: CallState) -> Step:
    told: list[Action] = [ClearTimer(MAILBOX_TIMER), NoteAnswerer(Picker.VOICEMAIL.value, message_left=True)]
    state = _known(state, message_due=False)
    state, actions = in_order(
        state, _say(_message_of(state), interruptible=False), hang_up(EndReason.MACHINE)
    )
    return state, [*told, *actions]
