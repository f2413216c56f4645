"""Setting up machines: an environment of Antiphon's own, its tests, its start with the system."""
