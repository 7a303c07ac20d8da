"""The person whom calls and texts are about: their number, their day, what is done for them."""
