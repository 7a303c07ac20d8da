"""Vapi: a provider that dials and leads calls by itself (providers' handbook 5)."""
