"""How a network holds up on corrupted images."""
