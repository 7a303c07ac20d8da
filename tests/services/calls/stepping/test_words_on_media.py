"""Words of an operator on Media Streams: the sentence that is playing is heard to its end, what was sent behind it is not."""

from tests.services.calls.media.test_media_line import GREETING, LONG, QUESTION, heard_texts
from tests.services.calls.media.world import World
from tests.services.calls.media.world_providers import FIRST_SENTENCE
from voicebot.domain.call.events import OperatorActed
from voicebot.domain.call.utterances import Role

ANSWER = f"We open at eight. {LONG}"


def test_words_wait_for_the_sentence_that_is_playing_and_nothing_behind_it_is_heard() -> None:
    plain = World([QUESTION], (ANSWER,)).run(12_000)
    spoken = FIRST_SENTENCE + plain.utterances.index("We open at eight.")
    ends = max(ends for _, ends, byte in plain.played if byte == spoken)
    assert plain.said_to_caller() == [GREETING, "We open at eight.", LONG]

    world = World([QUESTION], (ANSWER,))
    world.clock.at(ends - 200, lambda: world.post(OperatorActed("say", "Anna here.")))
    world.run(12_000)

    assert world.said_to_caller()[:2] == [GREETING, "We open at eight."]
    assert world.said_to_caller()[-1] == "Anna here."
    last = next(each for each in reversed(world.owner.state.history) if each.role is Role.OPERATOR)
    assert (last.text, last.heard) == ("Anna here.", len("Anna here."))
    assert heard_texts(world)[1] == "We open at eight."
    # At most the first word of the next sentence slips out.
    assert len("".join(heard_texts(world)[2:])) <= len("The")
    anna = next(
        begins
        for begins, _, byte in world.played
        if byte == FIRST_SENTENCE + world.utterances.index("Anna here.")
    )
    assert any(message["event"] == "clear" for message in world.sent), "more was sent already"
    assert ends - 50 <= anna <= ends + 200
