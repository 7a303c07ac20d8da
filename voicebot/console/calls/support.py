"""A support bundle of one call, which is put on record."""

from uuid import UUID

from voicebot.console.routes import File, Refused, Visit
from voicebot.services.support.bundle import make_bundle
from voicebot.storage.access.members import note_audit


def bundle(visit: Visit) -> File:
    """Save the call as a ZIP without names and numbers."""
    call: UUID = visit.path["call"]
    zipped = make_bundle(visit.runtime, call, visit.reader)
    if zipped is None:
        raise Refused(404, "There is no such call, or none that you may see.")
    note_audit(visit.runtime.database, "bundle.made", "call", str(call), actor=visit.actor)
    return File(zipped, "application/zip", name=f"call-{str(call)[:8]}.zip")
