"""What is said about a run outside the app's charts: cards, reports, tables of runs."""
