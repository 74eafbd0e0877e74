"""Data the package ships: lexicon, character table, taxonomy, weights, default policy, schema."""
