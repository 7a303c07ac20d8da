"""The processes that live now (`sql/functions/upkeep/machines.sql`)."""

from voicebot.storage.database import Database


def machine_seen(
    database: Database, machine: str, *, role: str, calls: int, forget_after_s: float
) -> tuple[int, int, int | None]:
    """Note that a process lives, and forget those not seen for so long.

    Returns how many answer calls, how many others there are, and the process's place among the first.
    """
    row = database.call(
        "machine_seen", machine=machine, role=role, calls=calls, forget_after_s=forget_after_s
    )
    return row["callers"], row["workers"], row["place"]


def machine_left(database: Database, machine: str) -> None:
    """Forget a process that ends."""
    database.call("machine_left", machine=machine)
