"""Songs for the tests: made with mido, which is not what reads them, or shipped with music21."""
