"""Plans, and what is used of them."""
