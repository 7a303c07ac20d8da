"""Supabase's auth, asked on the server's side."""
