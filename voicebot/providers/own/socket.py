"""A transcriber of the operator's own, by websocket: `…/listen` in the protocol of Deepgram's Nova.

Binary messages of mu-law in; `{"type": "Finalize"}` is always answered by `Results` with `from_finalize`, blank where nothing was said.
"""

from urllib.parse import urlencode

from voicebot.providers.deepgram.nova import NovaDialect
from voicebot.providers.hearing.dialect import BYTES_PER_S
from voicebot.providers.hearing.doors import Door, Wire
from voicebot.providers.hearing.terms import Bounds, expected_terms
from voicebot.providers.hearing.wires import open_wire, websocket_url
from voicebot.providers.ports import Listening

PROVIDER = "own"
KEYTERMS = Bounds(most=100, longest=100, together=2000)
"""They stand in the address of the connection."""


def own_socket_door(base_url: str) -> Door:
    """Return the way to `…/listen`; `base_url` has `/v1`."""

    def enter(listening: Listening) -> tuple[Wire, NovaDialect]:
        query = urlencode(
            [
                ("encoding", "mulaw"),
                ("sample_rate", str(BYTES_PER_S)),
                ("language", listening.language),
                *(("keyterm", term) for term in expected_terms(listening.hints, KEYTERMS)),
            ]
        )
        wire = open_wire(PROVIDER, f"{websocket_url(base_url)}/listen?{query}", {})
        return wire, NovaDialect(PROVIDER, patience_s=None)

    return Door("own", ends_turns=False, enter=enter)
