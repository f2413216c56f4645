"""How chords lie in the hands, and what the hands do with them."""
