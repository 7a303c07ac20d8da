"""What an ElevenLabs account can be asked besides speech: its voices, models and subscription."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, jsonify, request

from simulator.config import SimulatorConfig
from simulator.providers.elevenlabs.request import Refusal, known_voice, require_key
from simulator.providers.elevenlabs.voices import MODELS, VOICES, StandInVoice, model_json, voice_json


def add_account_routes(blueprint: Blueprint, config: SimulatorConfig) -> None:
    """Put the routes on the speech blueprint."""
    del config

    @blueprint.get("/v1/voices")
    def voices() -> Response:
        require_key(request)
        return jsonify({"voices": [voice_json(voice, _root()) for voice in VOICES]})

    @blueprint.get("/v2/voices")
    def voices_by_page() -> Response:
        require_key(request)
        return jsonify(_page(_matching(request.args.get("search", ""))))

    @blueprint.get("/v1/voices/<voice_id>")
    def voice(voice_id: str) -> Response:
        require_key(request)
        return jsonify(voice_json(known_voice(voice_id), _root()))

    @blueprint.get("/v1/models")
    def models() -> Response:
        require_key(request)
        return jsonify([model_json(model) for model in MODELS])

    @blueprint.get("/v1/user/subscription")
    def subscription() -> Response:
        require_key(request)
        return jsonify(_SUBSCRIPTION)

    @blueprint.get("/v1/user")
    def user() -> Response:
        require_key(request)
        return jsonify(_USER)


def _root() -> str:
    return f"{request.host_url.rstrip('/')}/elevenlabs"


def _matching(search: str) -> list[StandInVoice]:
    wanted = search.casefold()
    return [
        voice
        for voice in VOICES
        if wanted in f"{voice.name} {voice.description} {voice.shape.accent} {voice.shape.gender}".casefold()
    ]


def _page(voices: Sequence[StandInVoice]) -> dict[str, Any]:
    """One page by `page_size` and `next_page_token`; the token is the last id of the page before."""
    try:
        size = min(100, max(1, int(request.args.get("page_size", 10))))
    except ValueError as error:
        raise Refusal(400, "invalid_page_size", "page_size is a number from 1 to 100.") from error
    after = request.args.get("next_page_token")
    ids = [voice.voice_id for voice in voices]
    if after and after not in ids:
        raise Refusal(400, "invalid_page_token", "This next_page_token was never given.")
    start = ids.index(after) + 1 if after else 0
    page = voices[start : start + size]
    more = start + size < len(voices)
    return {
        "voices": [voice_json(voice, _root()) for voice in page],
        "has_more": more,
        "total_count": len(voices),
        "next_page_token": page[-1].voice_id if more else None,
    }


_SUBSCRIPTION: dict[str, Any] = {
    "tier": "creator",
    "character_count": 1200,
    "character_limit": 100000,
    "max_character_limit_extension": 0,
    "max_credit_limit_extension": 0,
    "can_extend_character_limit": False,
    "allowed_to_extend_character_limit": False,
    "next_character_count_reset_unix": None,
    "voice_slots_used": len(VOICES),
    "professional_voice_slots_used": 0,
    "professional_voice_slots_used_in_workspace": 0,
    "voice_limit": 30,
    "max_voice_add_edits": None,
    "voice_add_edit_counter": 0,
    "professional_voice_limit": 1,
    "can_extend_voice_limit": False,
    "can_use_instant_voice_cloning": True,
    "can_use_professional_voice_cloning": False,
    "currency": "usd",
    "current_overage": {"amount": "0", "currency": "usd"},
    "status": "active",
    "billing_period": "monthly_period",
    "character_refresh_period": "monthly_period",
    "next_invoice": None,
    "open_invoices": [],
    "has_open_invoices": False,
}

_USER: dict[str, Any] = {
    "user_id": "standin",
    "workspace_id": "standin",
    "subscription": _SUBSCRIPTION,
    "is_new_user": False,
    "can_use_delayed_payment_methods": False,
    "is_onboarding_completed": True,
    "is_onboarding_checklist_completed": True,
    "created_at": 0,
    "seat_type": "workspace_admin",
}
