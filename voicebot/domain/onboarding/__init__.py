"""The onboarding: a guided talk through name, place, voice, consent and verification, by phone or by text."""
