"""Fits and measures the ear: key, chords, melody, meter, against what people wrote down."""
