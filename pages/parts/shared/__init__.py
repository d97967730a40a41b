"""What the pages share: frame (words and boxes), cached (data), charts (figures)."""
