"""How the tables came to be; `Database.migrate` runs what is new."""
