"""A call goes on in another language: the caller asked for it, or is heard to speak it."""

from dataclasses import replace

from voicebot.domain.call.actions import SwitchLanguage
from voicebot.domain.call.languages.wish import language_wished
from voicebot.domain.call.moves import Step
from voicebot.domain.call.state import CallState
from voicebot.domain.languages.tongues import offered_tag, tongue_of


def wished_tag(state: CallState, words: str) -> str | None:
    """Return the language that the words ask for, where it is offered and not spoken already."""
    tongue = language_wished(words)
    return None if tongue is None else _other_tag(state, tongue)


def switch_language(state: CallState, tag: str) -> Step:
    """Hear and speak another language from now on, with a voice of it where there is one."""
    tongue, before = tongue_of(tag), state.voices_before
    # A caller who returns to a language hears the same voice as before.
    voice_id = before.get(tongue) or state.setup.voices.get(tongue) or state.voice_id
    if state.voice_id:
        before = {**before, tongue_of(state.setup.language): state.voice_id}
    setup = replace(state.setup, language=tag)
    state = replace(state, setup=setup, voice_id=voice_id, voices_before=before, heard_language="")
    return state, [SwitchLanguage(tag, state.voice_id)]


def language_heard(state: CallState, language: str) -> Step:
    """Follow a caller who is heard twice in a row to speak another of the template's languages: a word of it is none."""
    tag = _other_tag(state, tongue_of(language)) if len(state.setup.languages or ()) > 1 else None
    if tag is None or state.heard_language != tag:
        return replace(state, heard_language=tag or ""), []
    return switch_language(state, tag)


def _other_tag(state: CallState, tongue: str) -> str | None:
    if tongue == tongue_of(state.setup.language):
        return None
    return offered_tag(tongue, state.setup.languages)
