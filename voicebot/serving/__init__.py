"""How requests come in, before the app sees them."""
