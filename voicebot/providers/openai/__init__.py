"""OpenAI, behind the ports."""
