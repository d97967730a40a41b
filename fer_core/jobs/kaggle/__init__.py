"""Jobs on a GPU that Kaggle lends."""
