"""Texts as the carrier counts, cuts and fails them."""
