"""Who has stopped and asks for texts again is heard; who complains that they came again is not."""

import pytest

from voicebot.domain.opt_out.again import wants_again


@pytest.mark.parametrize(
    "text",
    [
        "you can text me again", "ok you can call me again", "please start texting me again", "resubscribe me", "opt me back in",
        "can you put me back on the list?", "I'd like to get your texts again", "sorry that was a mistake, I want the messages",
        "oops didnt mean to unsubscribe", "turn the texts back on", "why am I not getting texts anymore? I want them", "START again!",
        "pueden volver a escribirme", "Sie können mir wieder schreiben", "vous pouvez me rappeler à nouveau", "potete scrivermi di nuovo",
        "podem me mandar mensagens de novo",
    ],
)  # fmt: skip
def test_a_wish_to_begin_again_is_heard(text):
    assert wants_again(text)


@pytest.mark.parametrize(
    "text",
    [
        "text me again and I'll sue you", "don't text me again", "if you call me again I will report you", "you texted me again",
        "I said stop, why are you texting me again?", "who told you you can text me again", "please send the code again",
        "what time can you see me again", "did you call me again today", "no me escriban otra vez", "nicht wieder anrufen",
        "ne m'appelez plus jamais", "non scrivetemi di nuovo", "when does the show start?", "hello",
    ],
)  # fmt: skip
def test_a_complaint_and_other_talk_of_again_is_none(text):
    assert not wants_again(text)
