"""Deepgram: Flux, which knows by itself when a caller is done, and Nova, which is told."""
