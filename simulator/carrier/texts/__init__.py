"""The way of a text: what is checked, how it is delivered, how one comes in."""
