"""Calls that a provider leads by itself: asked for, reported, looked up when no report came, and judged afterwards."""
