"""What the commands of `antiphon` take and do; each imports what it needs when it runs."""
