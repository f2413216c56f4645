"""Setting up machines and hosts."""
