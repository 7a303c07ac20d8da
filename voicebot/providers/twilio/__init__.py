"""Twilio, behind the ports."""
