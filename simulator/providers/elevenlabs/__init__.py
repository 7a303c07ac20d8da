"""ElevenLabs' HTTP API and the voices behind it."""
