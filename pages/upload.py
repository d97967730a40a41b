"""Upload: what does it see in this face?"""

from pages.parts.shared import choices, frame
from pages.parts.shared.navigation import enter
from pages.parts.upload import predict

enter()
frame.page_header("Upload", "What does it see in this face?")
predict.show(choices.models_or_stop())
frame.footer()
