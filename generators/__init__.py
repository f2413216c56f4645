"""Everything that answers one question: what could come next."""
