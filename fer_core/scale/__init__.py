"""Work on a Ray cluster, an optional dependency: nothing outside this folder imports Ray."""
