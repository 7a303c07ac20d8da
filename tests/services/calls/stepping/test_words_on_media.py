"""Words of an operator on Media Streams: the sentence that is playing is heard to its end, what was sent behind it is not."""

from tests.domain.call.call_driver import SETUP
from tests.services.calls.media.world import Says, World
from tests.services.calls.media.world_providers import FIRST_SENTENCE
from voicebot.domain.call.events import OperatorActed
from voicebot.domain.call.utterances import Role

QUESTION = Says(3000, "when do you open tomorrow morning?")
LONG = "The bus stops right in front of the shop every ten minutes until midnight."
ANSWER = f"We open at eight. {LONG}"


def test_words_wait_for_the_sentence_that_is_playing_and_nothing_behind_it_is_heard() -> None:
    plain = World([QUESTION], (ANSWER,)).run(12_000)
    spoken = FIRST_SENTENCE + plain.utterances.index("We open at eight.")
    ends = max(ends for _, ends, byte in plain.played if byte == spoken)
    assert plain.said_to_caller() == [SETUP.greeting, "We open at eight.", LONG]

    world = World([QUESTION], (ANSWER,))
    world.clock.at(ends - 200, lambda: world.post(OperatorActed("say", "Anna here.")))
    world.run(12_000)

    assert world.said_to_caller()[:2] == [SETUP.greeting, "We open at eight."]
    assert world.said_to_caller()[-1] == "Anna here."
    last = next(each for each in reversed(world.owner.state.history) if each.role is Role.OPERATOR)
    assert (last.text, last.heard) == ("Anna here.", len("Anna here."))
    heard = [each.heard_text or "" for each in world.owner.state.history if each.role is Role.BOT]
    assert heard[1] == "We open at eight."
    # At most the first word of the next sentence slips out.
    assert len("".join(heard[2:])) <= len("The")
    anna = next(
        begins
        for begins, _, byte in world.played
        if byte == FIRST_SENTENCE + world.utterances.index("Anna here.")
    )
    assert any(message["event"] == "clear" for message in world.sent), "more was sent already"
    assert ends - 50 <= anna <= ends + 200
