"""How the bench is tested."""
