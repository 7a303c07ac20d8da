"""One action on many rows, and what members put on rows: tags, and whose a call is."""
