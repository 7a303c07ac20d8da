"""The kinds of a text are the same in the core and in the table."""

from voicebot.domain.texts.kinds import TextKind


def test_the_table_takes_the_kinds_that_the_core_knows(owner):
    (rule,) = owner.execute(
        "select pg_get_constraintdef(oid) from pg_constraint where conname = 'sms_history_kind_check'"
    ).fetchone()

    assert {part.split("'")[0] for part in rule.split("'")[1::2]} == set(TextKind)
