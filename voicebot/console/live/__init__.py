"""Pages that follow what happens: named parts of a page are made anew on the server and sent to whoever has it open."""
