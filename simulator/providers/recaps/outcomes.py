"""Tell from a conversation how it went, in the words of the service's own list of outcomes."""

import re
from collections.abc import Sequence

from simulator.providers.recaps.matters import CONNECTING, TAKEN, Kind, Matter
from simulator.providers.recaps.utterances import Utterance


def outcome(talk: Sequence[Utterance], matters: Sequence[Matter]) -> str:
    """Return what came of a talk; of several things the weightiest."""
    ours = " ".join(said.text for said in talk if said.ours)
    if not matters:
        return "abandoned"
    if any(matter.kind is Kind.MESSAGE for matter in matters) or re.search(TAKEN, ours, re.I):
        return "message_taken"
    people = [matter for matter in matters if matter.kind is Kind.PERSON]
    if re.search(CONNECTING, ours, re.I) and all(matter.reached for matter in people):
        return "transferred"
    if any(matter.answer or matter.kind is Kind.VOICE for matter in matters):
        return "answered"
    return "not_reached" if any(not matter.reached for matter in people) else "unclear"
