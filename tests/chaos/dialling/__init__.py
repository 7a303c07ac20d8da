"""Dials while things break."""
