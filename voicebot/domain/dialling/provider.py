"""Providers that dial: how one is asked, and what its name and address may be."""

from enum import StrEnum


class ProviderKind(StrEnum):
    """How a provider is asked to dial."""

    TWILIO = "twilio"
    """By the REST API of Twilio, which others speak too; we serve the call's documents."""
    VAPI = "vapi"
    """By Vapi's API; it carries the talk by itself."""
