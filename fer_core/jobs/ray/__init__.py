"""Jobs on a Ray cluster, by its Jobs REST API; Ray itself is not needed here."""
