"""Voices: the catalogue, each with a sample to hear."""

from voicebot.console.routes import File, Page, Refused, Route, Table, Visit
from voicebot.domain.access.roles import READERS
from voicebot.services.voice_samples import NoSample, sample
from voicebot.storage.catalogue.voices import list_voices

PLACE = "/library/voices"
COLUMNS = ("id", "name", "language", "gender", "accent", "description", "provider")
LONGEST_LANGUAGE = 20


def show(visit: Visit) -> Page:
    """The voices, of one language or of all."""
    language = visit.query.get("language", "")[:LONGEST_LANGUAGE]
    rows = list_voices(visit.runtime.database)
    shown = [{name: row[name] for name in COLUMNS} for row in rows if language in ("", row["language"])]
    return Page(
        "library/voices.html",
        {"voices": shown, "languages": sorted({row["language"] for row in rows}), "language": language},
    )


def play(visit: Visit) -> File:
    """The sample of one voice."""
    wanted = str(visit.path["voice"])
    named = [row["voice_id"] for row in list_voices(visit.runtime.database) if row["id"] == wanted]
    try:
        sound = sample(visit.runtime, named[0] if named else "")
    except NoSample as error:
        if error.is_unknown:
            raise Refused(404, "There is no such voice.") from None
        raise Refused(503, "The voice does not speak right now: try again in a moment.") from None
    return File(sound.chunks, "audio/mpeg")


ROUTES = (
    Route(
        "GET", PLACE, "voices", show, roles=READERS, title="Voices", section="Library", table=Table("voices", COLUMNS),
    ),
    Route("GET", f"{PLACE}/<uuid:voice>/sample", "voiceSample", play, roles=READERS, is_data=True),
)  # fmt: skip
