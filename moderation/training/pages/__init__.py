"""Whole pages with gold: clean articles in invented scaffolds, with and without what abusers do to them."""
