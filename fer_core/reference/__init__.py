"""Published figures and facts, from `artifacts/reference`: the only reader of that folder."""
