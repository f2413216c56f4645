"""The wires, each tried with a real socket."""
