"""Whether somebody wants nothing more from us."""
