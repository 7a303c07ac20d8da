"""The account of the settings as tests want it: its telephony, messaging or verifier are fakes."""

from dataclasses import replace
from typing import Any

from voicebot.limits import CarrierLimits
from voicebot.providers.carriers import Carriers
from voicebot.runtime import Runtime
from voicebot.settings import Settings
from voicebot.wiring import carrier_of


def carriers_of(settings: Settings, **ports: Any) -> Carriers:
    """The one account of these settings, with ports of the test's."""
    return Carriers(replace(carrier_of(settings, CarrierLimits()), **ports))


def with_carrier(runtime: Runtime, **ports: Any) -> Runtime:
    """The same runtime with other ports of its account."""
    return replace(runtime, carriers=Carriers(replace(runtime.carriers.main, **ports)))
