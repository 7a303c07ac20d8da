"""The voices of an ElevenLabs account, as `voice_options` holds them.

The paged search (v2) is asked first; servers that imitate only the older API answer the plain list (v1).
"""

from typing import Any

from voicebot.domain.voices import ProviderVoice

PAGE_SIZE = 100
MOST_PAGES = 100
_GENDERS = {"male": "male", "female": "female", "neutral": "neutral", "non-binary": "neutral"}


def all_voices(wrapper: Any, options: dict[str, Any]) -> list[ProviderVoice]:
    """Return the account's voices, each once. Raises what the SDK raises."""
    # Imported here: the classes of this part of the SDK are many, and only `voices sync` needs them.
    from elevenlabs.core.api_error import ApiError
    from elevenlabs.voices.raw_client import RawVoicesClient

    client = RawVoicesClient(client_wrapper=wrapper)
    try:
        listed = _search(client, options)
    except ApiError as error:
        if error.status_code not in (404, 405):
            raise
        listed = list(client.get_all(request_options=options).data.voices)  # type: ignore[arg-type]
    known = {voice.voice_id: voice for voice in map(_voice, listed) if voice.voice_id}
    return list(known.values())


def _search(client: Any, options: dict[str, Any]) -> list[Any]:
    listed: list[Any] = []
    token: str | None = None
    for _ in range(MOST_PAGES):
        page = client.search(page_size=PAGE_SIZE, next_page_token=token, request_options=options).data
        listed.extend(_part(page, "voices") or [])
        following = _part(page, "next_page_token")
        if not _part(page, "has_more") or not following or following == token:
            break
        token = following
    return listed


def _voice(listed: Any) -> ProviderVoice:
    labels = _part(listed, "labels") or {}
    verified = _part(listed, "verified_languages") or []
    voice_id = str(_part(listed, "voice_id") or "")
    return ProviderVoice(
        voice_id=voice_id,
        name=_part(listed, "name") or voice_id,
        # Labels give the language a voice was made in; the verified ones are a longer list without an order.
        language=labels.get("language") or (_part(verified[0], "language") if verified else None) or "en",
        gender=_GENDERS.get(str(labels.get("gender", "")).lower()),
        accent=labels.get("accent"),
        description=_part(listed, "description") or labels.get("description"),
        sample_mp3_url=_part(listed, "preview_url"),
        is_premium=_part(listed, "category") == "professional",
    )


def _part(whole: Any, name: str) -> Any:
    """The SDK builds its classes without validation: what it does not know stays a plain dict."""
    return whole.get(name) if isinstance(whole, dict) else getattr(whole, name, None)
