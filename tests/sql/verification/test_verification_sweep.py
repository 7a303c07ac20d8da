"""What no limit looks at any more is forgotten, and nothing before that: a lock outlives the failures that made it."""

import pytest

from tests.support.servers import remove_rows

pytestmark = pytest.mark.sql

NUMBER, OTHER = "+12025550123", "+12025550124"
HOUR, DAY = 3600, 86_400


@pytest.fixture(autouse=True)
def clean(owner) -> None:
    remove_rows(owner, "verification_counters", "sms_history")
    owner.execute("delete from public.verifications")


def used(
    owner, subject: str, ago_s: float, action: str = "send", scope: str = "number", times: int = 1
) -> None:
    """Something was used so often, the last time so long ago."""
    owner.execute(
        """insert into public.verification_counters (action, scope, subject, window_s, window_start, used, members)
           select %(action)s, %(scope)s, %(subject)s, 86400, 'epoch', %(times)s,
                  jsonb_agg(jsonb_build_array(extract(epoch from now()) - %(ago)s, %(subject)s::text, 'US'))
             from generate_series(1, %(times)s)""",
        {"action": action, "scope": scope, "subject": subject, "ago": ago_s, "times": times},
    )


def ask(database, number: str) -> dict[str, object]:
    return dict(
        database.call(
            "start_verification", to_number=number, channel="sms", purpose="api", country="US",
            our_number="+12025550100",
        )
    )  # fmt: skip


def test_uses_that_a_limit_still_looks_at_outlive_the_sweep(database, owner):
    used(owner, NUMBER, ago_s=DAY - 60, times=10)

    database.call("sweep_verifications")

    assert ask(database, NUMBER)["scope"] == "number"


def test_a_lock_outlives_the_sweep(database, owner):
    used(owner, NUMBER, ago_s=DAY - 60, action="fail", times=20)

    database.call("sweep_verifications")

    assert ask(database, NUMBER)["scope"] == "locked"
    assert database.call("check_verification", number=NUMBER)["result"] == "limited"


def test_the_week_that_a_countrys_limit_is_made_of_outlives_the_sweep(database, owner):
    owner.execute(
        """insert into public.verification_counters (action, scope, subject, window_s, window_start, used)
           select 'send', 'country', 'US', 86400, private.window_start(now() - n * interval '1 day', 86400), 70
             from generate_series(1, 20) n"""
    )

    database.call("sweep_verifications")

    assert owner.execute(
        "select private.country_cap('US', private.verification_limits(), now())"
    ).fetchone() == (140,)
    assert owner.execute("select count(*) from public.verification_counters").fetchone() == (8,)


def test_counters_that_nobody_looks_at_any_more_are_swept(database, owner):
    for action, scope in (("send", "number"), ("fail", "number"), ("check", "ip"), ("send", "prefix")):
        used(owner, NUMBER, ago_s=2 * DAY + 60, action=action, scope=scope)
    ask(database, OTHER)

    swept = database.call("sweep_verifications")

    # One of the other number's own was never used at all.
    assert swept == {"ended": 0, "counters": 5}
    assert owner.execute(
        "select distinct subject from public.verification_counters where scope = 'number'"
    ).fetchall() == [(OTHER,)]


def test_codes_that_ran_out_say_so_and_those_that_run_go_on(database, owner):
    over, runs = ask(database, NUMBER), ask(database, OTHER)
    owner.execute("update public.verifications set expires_at = now() where id = %s", [over["id"]])

    assert database.call("sweep_verifications")["ended"] == 1

    rows = owner.execute("select id::text, status from public.verifications").fetchall()
    assert dict(rows) == {over["id"]: "expired", runs["id"]: "pending"}
