"""OpenAI's HTTP API, as strict as the real one, and a log of what it was asked."""
