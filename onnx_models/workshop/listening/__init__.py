"""The listening page: how people, a model and a Markov chain go on after the same prompts."""
