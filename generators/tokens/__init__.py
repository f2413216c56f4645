"""Music to integers and back, shared by training and playing."""
