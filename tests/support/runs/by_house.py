"""Which tests of a run by groups stay on one worker: those that share a house, as to start one takes longer than most tests.

pytest-xdist has groups of its own. It writes them behind the tests' names, where pytest 9.2 does not look.
"""

from typing import Any

from xdist.scheduler import LoadScopeScheduling

EACH_ALONE = "tests/chaos/test_demo.py"
"""Its tests start what they need themselves."""
FRAIL = (
    "tests/chaos/test_database_outage.py",
    "tests/chaos/test_texting_outage.py",
    "tests/chaos/test_texting.py",
)
"""They share a house whose database goes away."""
OWN = (
    "tests/chaos/test_first_day.py",
    EACH_ALONE,
    "tests/browser/test_a_days_work.py",
    "tests/chaos/test_web_process.py",
    "tests/browser/test_work_done.py",
    "tests/browser/test_every_page.py",
    "tests/chaos/dialling/test_dialling.py",
    "tests/browser/test_stepping_in.py",
    "tests/scenarios/test_message_kept.py",
    "tests/chaos/test_mail.py",
    "tests/chaos/leaving",
    "tests/storage/test_spool.py",
)
"""Files and folders whose tests live in a house of their own or in none, what takes long first."""


def group_of(name: str) -> str:
    """Return what a test stays together with, by its name: all others share a house with those of their folder."""
    file = name.split("::")[0]
    if file == EACH_ALONE:
        return name
    if file in FRAIL:
        return "frail"
    return next((own for own in OWN if file.startswith(own)), "/".join(file.split("/")[:2]))


def place_of(name: str) -> int:
    """Return when a test's turn is, by its name: what takes long comes first, so that nobody waits for it in the end."""
    return next((place for place, turn in enumerate((*FRAIL, *OWN), 1) if name.startswith(turn)), 0)


class ByHouse(LoadScopeScheduling):  # type: ignore[misc]
    """Hands a worker one group of tests after the other."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)

    def _reschedule(self, node: Any) -> None:
        # A worker needs to know what comes next before it begins its last test, and no sooner: what it has, nobody else takes.
        if not self.workqueue or self._pending_of(self.assigned_work[node]) <= 1:
            super()._reschedule(node)
