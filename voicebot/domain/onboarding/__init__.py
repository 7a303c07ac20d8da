"""The onboarding: a guided talk through name, place, voice, consent and verification, on any channel."""
