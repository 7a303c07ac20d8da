"""What does not go, and what is not kept, is told of."""

from voicebot.services.doctor.keeping import judge_keeping


def test_only_what_is_wrong_is_told_with_what_to_do():
    assert judge_keeping(0, 0) == []
    found = judge_keeping(2, 1)
    assert [(one.subject, one.do[:5]) for one in found] == [("erasures", "look "), ("recordings", "raise")]
