"""What `antiphon bench` measures: how well Antiphon keeps time on this machine."""
