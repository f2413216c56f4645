"""How good the models are, beside honest baselines: `antiphon evaluate`."""
