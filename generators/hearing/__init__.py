"""What is going on in the music: one pure function for each reading."""
