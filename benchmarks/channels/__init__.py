"""What the second channel brings: sound and shape, by leaving each out."""
