"""Bulk actions: one action on many rows, looked at first, with its progress on a page."""
