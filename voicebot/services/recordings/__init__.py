"""Recordings of calls: copied from the carrier, read by those who may, and drawn."""
