"""Figures, and the alerts that watch them."""
