"""`doctor` says what is wrong with the dialling, also where no worker is left to see it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.services.doctor.patient import Patient
from voicebot.domain.dialling.incidents import INCIDENT_KINDS
from voicebot.services.doctor.findings import Level
from voicebot.services.doctor.incidents import TO_DO, check_incidents
from voicebot.settings import load_settings
from voicebot.storage.database import DatabaseAway


@pytest.fixture
def patient(tmp_path: Path) -> Patient:
    return Patient(load_settings({"VOICEBOT_DATA_DIR": str(tmp_path)}))


def row(kind: str, subject: str, reason: str = "It was seen.") -> dict[str, Any]:
    return {"kind": kind, "subject": subject, "reason": reason}


def test_every_kind_has_something_to_do() -> None:
    assert {*TO_DO, "no_worker"} == set(INCIDENT_KINDS)


@pytest.mark.parametrize("opened", [True, False])
@pytest.mark.parametrize(
    ("kind", "subject", "what", "do"),
    [
        ("number_red", "+12025550100", "+12025550100: It was seen", "numbers clear"),
        ("breaker_open", "twilio", "twilio: It was seen", "status page"),
        ("stalled", "7c1f", "7c1f: It was seen", "worker's log"),
        ("not_claimed", "queue", "It was seen", "restart it"),
    ],
)
def test_what_is_wrong_is_told_whether_or_not_somebody_opened_it(
    patient: Patient, kind: str, subject: str, what: str, do: str, opened: bool
) -> None:
    name = "open" if opened else "causes"
    seen = {"open": [], "causes": [], name: [row(kind, subject)]}

    [found] = check_incidents(replace(patient, incidents=seen))

    assert (found.level, found.subject, found.what) == (Level.WARN, "dialling", what)
    assert do in found.do


def test_what_is_open_and_still_so_is_told_once(patient: Patient) -> None:
    seen = {"open": [row("stalled", "7c1f")], "causes": [row("stalled", "7c1f"), row("stalled", "8d20")]}

    assert len(check_incidents(replace(patient, incidents=seen))) == 2


def test_that_no_worker_is_there_is_told_by_others(patient: Patient) -> None:
    [found] = check_incidents(
        replace(patient, incidents={"open": [row("no_worker", "worker")], "causes": []})
    )

    assert found.level is Level.OK


def test_a_database_that_is_away_is_found_by_others(patient: Patient) -> None:
    assert check_incidents(replace(patient, incidents=DatabaseAway("x"))) == []
