"""A code that the caller said or keyed in. The check happens outside; its result sets the call's assurance."""

from dataclasses import replace

from voicebot.domain.call.caller import begin_turn
from voicebot.domain.call.events import CodeChecked
from voicebot.domain.call.heard import take_over
from voicebot.domain.call.moves import Move, Step, hear, in_order, listen, note, play
from voicebot.domain.call.phrases import Phrase
from voicebot.domain.call.questions import take_code
from voicebot.domain.call.state import Assurance, CallState
from voicebot.domain.verification.codes import CodeOutcome

CLIPS = {
    CodeOutcome.APPROVED: Phrase.CODE_RIGHT,
    CodeOutcome.WRONG: Phrase.CODE_WRONG,
    CodeOutcome.LIMITED: Phrase.CODE_LIMITED,
}
VERIFIED = "The caller has just given the right code and is verified."


def code_checked(state: CallState, event: CodeChecked) -> Step:
    """Say what came of it. Only a code given in this very call makes its caller verified."""
    state, stopped = take_over(state)
    state = replace(begin_turn(state), low_confidences=0)
    moves: list[Move] = [hear(event.text)]
    if event.outcome is CodeOutcome.APPROVED:
        state = replace(state, assurance=Assurance.VERIFIED)
        moves.append(note(VERIFIED))
    if state.onboarding is not None and state.onboarding.unfinished:
        moves.append(take_code(event.outcome))
    else:
        state = replace(state, expecting_code=event.outcome is CodeOutcome.WRONG)
        moves += [play(CLIPS[event.outcome]), listen]
    state, actions = in_order(state, *moves)
    return state, [*stopped, *actions]
