"""What `doctor` says of a database that is spoken to over a network."""

import pytest

from voicebot.services.doctor.examine import check_settings
from voicebot.services.doctor.findings import Level
from voicebot.settings import load_settings


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("postgresql://u:p@db.abcd.supabase.co:5432/postgres", "has no sslmode"),
        (
            "postgresql://u:p@aws-0-eu-central-1.pooler.supabase.com:6543/postgres?pgbouncer=true",
            "has no sslmode",
        ),
        ("postgresql://u:p@db.abcd.supabase.co:5432/postgres?sslmode=prefer", "says sslmode=prefer"),
        ("postgresql://u:p@db.abcd.supabase.co:5432/postgres?sslmode=disable", "says sslmode=disable"),
        ("postgresql://u:p@db.abcd.supabase.co:5432/postgres?sslmode=require", None),
        ("postgresql://u:p@127.0.0.1:5432/postgres", None),
        ("postgresql://u:p@database/postgres", None),
    ],
)
def test_a_database_elsewhere_that_may_be_spoken_to_unencrypted_is_told_of(tmp_path, address, told):
    settings = load_settings({"VOICEBOT_DATA_DIR": str(tmp_path), "SUPABASE_DB_URL": address})

    found = [one for one in check_settings(settings) if one.subject == "SUPABASE_DB_URL"]

    assert [one.level for one in found] == ([Level.WARN] if told else [])
    assert all(told in one.what and "sslmode=require" in one.do for one in found)
