"""The Media Streams line."""
