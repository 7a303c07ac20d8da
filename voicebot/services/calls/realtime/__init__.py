"""Calls whose engine hears and speaks by itself, on a line that stays ours."""
