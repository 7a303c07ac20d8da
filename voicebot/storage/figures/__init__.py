"""Figures and alerts: rows <-> records."""
