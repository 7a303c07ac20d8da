"""The possible faults of the dialling, in words for people."""

from collections.abc import Mapping

INCIDENT_KINDS: Mapping[str, str] = {
    "not_claimed": "Calls that could be dialled wait for a minute, and none is.",
    "stalled": "A running campaign could dial for five minutes, and does not.",
    "no_worker": "No worker is there.",
    "breaker_open": "A provider fails so often that it gets no calls.",
    "number_red": "A number of ours is answered half as often as before, and is chosen for nobody.",
}
