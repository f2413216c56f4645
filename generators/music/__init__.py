"""The words that all rooms speak: time, notes, harmony, names, files."""
