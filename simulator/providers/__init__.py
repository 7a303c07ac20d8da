"""The stand-ins for OpenAI and ElevenLabs: their HTTP APIs, answered on this machine."""
