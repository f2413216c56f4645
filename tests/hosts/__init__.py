"""Real hosts in the loop: each is skipped, with a plain reason, where it is not installed."""
