"""Figures and alerts, as SQL has them."""
