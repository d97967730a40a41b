"""About: may I use this, and can I trust it?"""

from pages.parts.about import topics, trust
from pages.parts.shared import cached, frame
from pages.parts.shared.navigation import enter

enter()
frame.page_header("About", "May I use this, and can I trust it?")
served = cached.default_run()
if served is not None:
    with frame.error_box():
        trust.verdict(served)
        trust.four_figures(served)
else:
    trust.verdict(None)
    frame.empty_state(
        "No model to judge yet",
        "How far it can be trusted is measured on test images when training ends.",
        "Train one:",
        command=frame.TRAIN_COMMAND,
    )
trust.uses()
topics.show(served)
frame.footer()
