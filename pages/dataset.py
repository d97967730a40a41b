"""Dataset: what is in it, and what is wrong with it?"""

from pages.parts.dataset import audit_tab, balance_tab, labels_tab, loading, review_tab, samples_tab
from pages.parts.shared import frame
from pages.parts.shared.navigation import enter

enter()
frame.page_header("Dataset", "What is in it, and what is wrong with it?")
dataset = loading.load()
loading.show_summary(dataset)

frame.tabs(
    {
        "Balance": balance_tab.show,
        "Samples": samples_tab.show,
        "Audit": audit_tab.show,
        "Label quality": labels_tab.show,
        "Review": review_tab.show,
    },
    "tab",
    dataset,
)
frame.footer()
