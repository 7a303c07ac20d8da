"""Where recordings are kept: a folder, or Supabase Storage."""
