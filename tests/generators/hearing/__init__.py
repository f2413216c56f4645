"""How well Antiphon hears."""
