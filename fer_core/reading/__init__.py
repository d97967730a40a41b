"""What `import fer_core` offers: faces and their expressions in three lines of Python."""
