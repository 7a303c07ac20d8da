"""The REST API: who may ask, calls, messages, recordings, numbers, and how it says no."""
