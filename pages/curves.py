"""Training curves: did it learn, did it overfit?"""

from pages.parts.curves import ablation, curves, run_tables, selection
from pages.parts.shared import cached, frame
from pages.parts.shared.navigation import enter

SECTIONS = {
    "Figures": run_tables.show_figures,
    "More metrics": curves.show_more,
    "All runs": run_tables.show,
    "Settings": run_tables.show_settings,
    "Ablation": ablation.show,
}

enter()
frame.page_header("Training curves", "Did it learn, did it overfit?")
selected = selection.choose(cached.runs())
frame.tell_drawn(*selected.chosen)
curves.follow(selected)

frame.tabs(SECTIONS, "curves", selected)
if not selected.runs:
    frame.empty_state(
        "No run of your own yet",
        "The curves above are the published ones, from the report's training log.",
        "Train the same network, which takes hours without a GPU, and watch its curve grow here:",
        command=frame.TRAIN_COMMAND,
    )
frame.footer()
