"""How the ear is fitted and measured."""
