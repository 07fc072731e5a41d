"""What the committee reads and what its services open: all of it read from the published file."""
