"""Whole numbers and exports are for somebody who proved a moment ago who they are."""

from voicebot.console.routes import Visit


def prove(visit: Visit, back: str) -> None:
    """Go on only after a fresh proof, where the sign-in knows one (`Visit.needs_proof`); `back`: where the page goes on."""
    needs_proof = getattr(visit, "needs_proof", None)
    if needs_proof is not None:
        needs_proof(back)
