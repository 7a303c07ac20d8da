"""A self-hosted telephony bot service."""
