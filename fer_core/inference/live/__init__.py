"""Live video: read as it comes, never falling behind."""
