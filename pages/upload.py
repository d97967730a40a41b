"""Upload: what does it see in this face?"""

from pages.parts.shared import choices, frame
from pages.parts.shared.navigation import enter
from pages.parts.upload import labelled, predict

enter()
frame.page_header("Upload", "What does it see in this face?")
views = {"Predict": predict.show, "With labels": labelled.show}
frame.tabs(views, "upload", choices.models_or_stop())
frame.footer()
