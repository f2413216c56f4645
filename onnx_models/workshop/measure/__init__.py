"""How good music is, in figures that need no network: baselines, and measures of what was made."""
