"""Systems by accuracy and against time; where names stand."""

import pandas as pd

from fer_core.evaluation.scoreboard import Kind, Protocol, TestSet, comparable, scoreboard
from fer_core.plots.scoreboard import name_positions, ranking_figure, speed_figure
from fer_core.plots.theme import ACCENT, NEUTRAL_COLOR


def _positions(*systems: tuple[str, float, float]) -> list[str]:
    names, times, accuracies = zip(*systems, strict=True)
    return name_positions(pd.Series(times), pd.Series(accuracies), names)


def test_a_name_stands_over_a_mark_that_is_alone():
    assert _positions(("tiny", 0.6, 0.67), ("report", 2.0, 0.52)) == ["top center"] * 2


def test_names_of_three_close_marks_all_stand_elsewhere():
    positions = _positions(
        ("mini_XCEPTION", 0.55, 0.655),
        ("tiny", 0.62, 0.675),
        ("fer", 0.68, 0.656),
        ("big_XCEPTION", 1.4, 0.662),
        ("report-baseline", 2.1, 0.524),
    )
    assert len(set(positions[:3])) == 3


def test_a_name_does_not_leave_the_plot_at_the_right():
    long = "a name as long as a third of the plot"
    right = _positions(("quick", 0.1, 0.5), (long, 10.0, 0.6))[1]
    assert right == "middle left"


def test_no_systems_have_no_places():
    assert name_positions(pd.Series(dtype=float), pd.Series(dtype=float), []) == []


def test_every_system_has_its_name_its_figure_and_what_it_is():
    rows = comparable(scoreboard({}), TestSet.PRIVATE, Protocol.TEN_CROPS)

    figure = ranking_figure(rows, default="VGG19 (WuJie1010)")

    *marks, names, figures, about = figure.data
    assert sum(len(trace.x) for trace in marks) == len(names.text) == len(rows)
    assert list(figures.text) == [f"{100 * value:.1f} %" for value in rows["accuracy"]]
    by_name = dict(zip(rows["system"], zip(names.text, about.text)))
    assert "the default here" in by_name["VGG19 (WuJie1010)"][0]
    assert "checkpoint chosen on these images" in by_name["ResNet18 (LetheSec)"][1]
    assert "ImageNet-22k" in by_name["EmoNeXt-XLarge"][1]
    assert figure.layout.xaxis.side == "top"


def test_the_report_is_gray_and_our_runs_blue_whatever_else_is_ranked():
    for test_set, named in ((TestSet.ALL, [Kind.REPORT]), (TestSet.PRIVATE, [])):
        others = comparable(scoreboard({}), test_set, Protocol.SINGLE)
        own = others[:1].assign(system="mine", kind=Kind.OURS)
        rows = pd.concat([own, others], ignore_index=True)
        colors = {trace.name: trace.marker.color for trace in ranking_figure(rows).data}
        assert colors[Kind.OURS] == ACCENT
        assert [name for name, color in colors.items() if color == NEUTRAL_COLOR] == named


def test_the_time_chart_says_which_is_the_most_accurate():
    rows = [("slow", 0.7, 20.0), ("quick", 0.6, 2.0)]
    table = pd.DataFrame(rows, columns=["system", "accuracy", "ms_per_face"])
    table = table.assign(kind=Kind.OURS, runtime="here")
    title = speed_figure(table).layout.title.text
    assert "Most accurate of those timed: slow, 20.0 ms per face" in title
