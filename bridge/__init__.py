"""Everything that touches a host, a port or a clock."""
