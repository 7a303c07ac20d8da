"""Calls that a provider leads by itself: asked for, told of, looked for when nobody told, judged afterwards."""
