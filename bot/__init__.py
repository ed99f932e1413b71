"""What the programme is, in plain Python."""
