"""Who may come in: sessions of the console, organizations and their members."""
