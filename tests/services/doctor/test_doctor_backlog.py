"""`doctor` says when people wait, and when facts lie in the spool."""

import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.services.doctor.patient import BACKLOG, Patient
from voicebot.services.doctor.backlog import check_backlog, check_escalations, check_spool
from voicebot.services.doctor.findings import Level
from voicebot.settings import Settings, load_settings
from voicebot.storage.database import DatabaseAway
from voicebot.storage.spool.files import SpooledFact, open_spool


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings({"VOICEBOT_DATA_DIR": str(tmp_path)})


@pytest.mark.parametrize(
    ("changes", "subject", "what"),
    [
        ({"threads": 4, "oldest_thread_s": 61.2}, "texting", "4 threads wait, the oldest for 61 s"),
        ({"texts": 9, "oldest_text_s": 3600.0}, "texting", "9 texts wait, the oldest for 3600 s"),
        ({"rounds_age_s": 121.0}, "rounds", "last made 121 s ago"),
        ({"rounds_age_s": None}, "rounds", "never made"),
    ],
)
def test_who_waits_for_long_is_told_of(
    settings: Settings, changes: Mapping[str, Any], subject: str, what: str
):
    [found] = check_backlog(replace(Patient(settings), backlog=BACKLOG | changes))

    assert (found.level, found.subject) == (Level.WARN, subject)
    assert what in found.what
    assert "worker" in found.do


def test_without_any_worker_that_is_said_once(settings: Settings):
    [found] = check_backlog(
        replace(Patient(settings), backlog=BACKLOG | {"heartbeat_age_s": None, "rounds_age_s": None})
    )

    assert found.level is Level.OK


def test_a_database_that_is_away_is_found_by_others(settings: Settings):
    assert check_backlog(replace(Patient(settings), backlog=DatabaseAway("x"))) == []


MAILED = {
    "SMTP_URL": "smtp://mail.example.com",
    "MAIL_FROM": "bot@example.com",
    "OPERATOR_EMAIL": "ann@example.com",
}


@pytest.mark.parametrize(
    ("told", "open_", "age_s", "level", "what"),
    [
        ({}, 0, 0, Level.OK, "none is open"),
        ({"OPERATOR_PHONE_NUMBER": "+12025550199"}, 2, 7200, Level.OK, "2 open, the oldest for 2 h"),
        ({"OPERATOR_WEBHOOK_URL": "https://example.com/x"}, 2, 7200, Level.OK, "2 open, the oldest for 2 h"),
        ({"OPERATOR_PHONE_NUMBER": "+12025550199"}, 2, 25 * 3600, Level.WARN, "2 open, the oldest for 25 h"),
        ({}, 2, 7200, Level.WARN, "nobody is told"),
        (MAILED, 2, 7200, Level.OK, "2 open, the oldest for 2 h"),
    ],
)
def test_what_a_person_has_to_look_at_is_counted_and_whether_anybody_hears_of_it(
    tmp_path: Path, told: dict[str, str], open_: int, age_s: float, level: Level, what: str
):
    settings = load_settings({"VOICEBOT_DATA_DIR": str(tmp_path), **told})
    counted = {"open_escalations": open_, "oldest_escalation_s": age_s}

    [found] = check_escalations(replace(Patient(settings), backlog=BACKLOG | counted))

    assert (found.level, found.subject) == (level, "escalations")
    assert what in found.what


@pytest.mark.parametrize(("age_s", "level"), [(5, Level.OK), (90, Level.WARN)])
def test_facts_that_nobody_replays_are_told_of(settings: Settings, age_s: int, level: Level):
    spool = open_spool(settings)
    spool.probe()
    for _ in range(2):
        seen = datetime.fromtimestamp(time.time() - age_s, UTC)
        spool.append(SpooledFact("message_received", "key", {}, seen))

    [found] = check_spool(settings)

    assert found.level is level
    if level is Level.WARN:
        assert "2 facts wait, the oldest for 9" in found.what


def test_facts_that_were_set_aside_are_told_of_with_the_way_back(settings: Settings):
    spool = open_spool(settings)
    spool.probe()
    spool.append(SpooledFact("message_received", "key", {}, datetime.now(UTC)))
    spool.set_aside(spool.waiting()[0])

    [found] = check_spool(settings)

    assert (found.level, found.what) == (Level.WARN, "1 facts were set aside")
    assert str(spool.folder) in found.do


def test_a_machine_that_never_needed_a_spool_is_sound(settings: Settings):
    [found] = check_spool(settings)

    assert found.level is Level.OK
