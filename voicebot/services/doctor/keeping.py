"""Check that erased data goes and that kept data stays."""

from voicebot.runtime import Runtime
from voicebot.services.doctor.findings import Finding, warn
from voicebot.storage.calls.recordings import tapes_refused
from voicebot.storage.database import DatabaseAway, DatabaseBug
from voicebot.storage.people.erasures import running_erasures

A_DAY_S = 86_400.0


def check_keeping(runtime: Runtime) -> list[Finding]:
    """Say which erasures do not end, and whether the store refuses recordings; nothing when the database does not say."""
    try:
        late, refused = (
            len(running_erasures(runtime.database, older_s=A_DAY_S)),
            tapes_refused(runtime.database),
        )
    except (DatabaseAway, DatabaseBug):
        return []
    return judge_keeping(late, refused)


def judge_keeping(late: int, refused: int) -> list[Finding]:
    """Judge how many erasures are a day old, and how many tapes the store does not take."""
    found = []
    if late:
        what = f"{late} erasures are not done after a day: a carrier still keeps recordings"
        found.append(
            warn("erasures", what, "look at People, Data in the console: it says why each is not done")
        )
    if refused:
        what = f"{refused} recordings are larger than the store takes, and stay in the data folder"
        found.append(
            warn("recordings", what, "raise the bucket's limit for uploads; they are tried again once a day")
        )
    return found
