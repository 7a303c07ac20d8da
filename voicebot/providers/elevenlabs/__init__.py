"""ElevenLabs, behind the ports."""
