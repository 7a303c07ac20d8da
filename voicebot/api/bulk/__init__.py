"""One action on many rows over the API, and the tags of calls and people."""
