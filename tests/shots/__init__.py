"""Pictures of the console: `make shots` starts a house, fills it with a day of work and looks at every screen."""
