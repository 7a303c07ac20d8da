"""A code that the caller said or keyed in: it was checked outside, and decides how sure we are who is calling."""

from dataclasses import replace

from voicebot.domain.call_flow_caller import begin_turn
from voicebot.domain.call_flow_heard import take_over
from voicebot.domain.call_flow_moves import Step, hear, in_order, listen, note, play
from voicebot.domain.call_state import Assurance, CallState
from voicebot.domain.events import CodeChecked, CodeOutcome

VERIFIED = "The caller has just given the right code and is verified."


def code_checked(state: CallState, event: CodeChecked) -> Step:
    """Say what came of it. Only a code given in this very call makes its caller verified."""
    state, stopped = take_over(state)
    state = replace(begin_turn(state), low_confidences=0)
    match event.outcome:
        case CodeOutcome.APPROVED:
            state = replace(state, assurance=Assurance.VERIFIED, expecting_code=False)
            moves = (hear(event.text), note(VERIFIED), play("code_right"))
        case CodeOutcome.WRONG:
            moves = (hear(event.text), play("code_wrong"))
        case CodeOutcome.LIMITED:
            state = replace(state, expecting_code=False)
            moves = (hear(event.text), play("code_limited"))
    state, actions = in_order(state, *moves, listen)
    return state, [*stopped, *actions]
