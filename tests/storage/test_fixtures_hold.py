"""The database that tests get is migrated, theirs alone, and served as service_role."""


def test_the_database_of_a_module_is_migrated_and_answers(database, owner):
    applied = owner.execute("select count(*) from voicebot_meta.migrations").fetchone()[0]

    assert database.call("job_health")["failed"] == 0
    assert applied > 5


def test_the_owner_may_arrange_what_the_service_then_sees(database, owner):
    before = database.call("job_health")["due"]

    owner.execute("select jobs.defer('arranged', '{}')")

    assert database.call("job_health")["due"] == before + 1
