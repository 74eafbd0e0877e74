"""The page benchmark: how long a whole page takes, beside two stacks, and as it grows."""
