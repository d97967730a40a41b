"""What the repository keeps in `artifacts/reference`, and its only reader.

`student_report` is the published baseline, `published` the figures of other systems and of
people, `images` facts on the published data set. Sources: the folder's README.
"""
