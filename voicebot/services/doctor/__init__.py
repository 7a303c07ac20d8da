"""`doctor`: everything that has to be right before a call can be answered."""
