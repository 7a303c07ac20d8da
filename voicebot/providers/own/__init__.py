"""A transcriber of the operator's own."""
