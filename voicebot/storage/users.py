"""People and their tastes in the database: rows <-> records (`sql/functions/users.sql`)."""

from uuid import UUID

from voicebot.storage.database import Database


def ensure_user(database: Database, phone: str) -> UUID | None:
    """Return the account of an E.164 number, made at its first call; None for what is no number (`anonymous`)."""
    user_id = database.call("ensure_user", phone=phone)["user_id"]
    return UUID(user_id) if user_id else None


def set_voice_preference(database: Database, user_id: UUID, voice_id: str) -> bool:
    """Remember the voice that a person wants to hear; False when there is no such person or voice."""
    answer = database.call("set_voice_preference", user_id=user_id, voice_id=voice_id)
    return bool(answer["result"] == "saved")
