"""The audit's engines beside bare multiprocessing."""
