"""The model card of a run, generated from its files and never typed by hand.

After Mitchell et al. 2019, "Model cards for model reporting" (arXiv:1810.03993).

    python -m fer_core card tiny

writes `MODEL_CARD.md` into the run's folder. The same files give the same card.
"""

from pathlib import Path

from fer_core.classes import CLASS_NAMES
from fer_core.config import Labels, TrainConfig, Validation
from fer_core.evaluation.metrics import compare_to_report
from fer_core.evaluation.robustness import measure
from fer_core.evaluation.robustness.measure import model_stamp
from fer_core.evaluation.roc import top_k_accuracy
from fer_core.evaluation.subsets import SUBSET_TITLES
from fer_core.files import write_text
from fer_core.formats import MISSING, bounds, count, decimal, duration, megabytes, percent
from fer_core.models.classical.systems import CLASSIC
from fer_core.models.transfer import BACKBONES
from fer_core.reference.images import FINGERPRINT
from fer_core.reporting import responsible
from fer_core.reporting.facts import RunFacts, gather, weakest_class, worst_confusions
from fer_core.reporting.words import Section, inline_code, markdown_table, validation_images
from fer_core.runs.store import Run

FILE_NAME = "MODEL_CARD.md"

_SPLITS = {
    Validation.REPORT: "a quarter of each class held out for validation, as the report did",
    Validation.GROUPED: "a tenth of each class held out for validation, identical images "
    "always on the same side",
    Validation.NONE: "every image of the training folder, none held out",
}


def write_model_card(run: Run) -> Path:
    """Writes `MODEL_CARD.md` into the run's folder, whole.

    Raises:
        RunError: the run has no predictions of test images yet.
    """
    path = run.folder / FILE_NAME
    write_text(path, model_card(gather(run)))
    return path


def model_card(facts: RunFacts) -> str:
    """The whole card as Markdown."""
    run_id = facts.run.run_id
    head = (
        f"# Model card: {run_id}\n\nGenerated from the files of this folder by "
        f"`python -m fer_core card {run_id}`; do not edit."
    )
    parts = [f"## {section.title}\n\n{section.text}" for section in sections(facts)]
    return "\n\n".join([head, *parts]) + "\n"


def sections(facts: RunFacts) -> list[Section]:
    """The parts of the card, in reading order."""
    return [
        Section("Model", _model(facts)),
        Section("Intended use", _use()),
        Section("Training data", _data(facts)),
        Section("Training", _training(facts)),
        Section("Accuracy", _accuracy(facts)),
        Section("By class", _classes(facts)),
        Section("Known failures", _failures(facts)),
        Section("Calibration", _calibration(facts)),
        Section("Robustness", _robustness(facts)),
        *_several_looks(facts),
        Section("Limits", responsible.bullets(responsible.limits())),
        Section("Licences", _licences(facts)),
        Section("Versions", _versions(facts)),
        Section("How to cite", _citation(facts)),
    ]


def _model(facts: RunFacts) -> str:
    config, run = facts.config, facts.run
    parts = []
    if config.synthetic:
        parts.append("**Trained on drawn faces: its figures say nothing about people.**")
    if not facts.is_finished:
        parts.append(
            f"**Not finished: figures as of epoch {facts.epoch} of {config.train.epochs}.**"
        )
    trained = config.parameters["total"] - config.parameters["non_trainable"]
    size = f"{megabytes(run.onnx_path.stat().st_size)} as ONNX" if facts.has_model else ""
    kind = f"`{config.train.model}` with {count(config.parameters['total'])} parameters"
    if config.members:
        kind = f"{len(config.members)} runs, {count(config.parameters['total'])} parameters in all"
    parts.append(
        f"{kind} ({count(trained)} trained{', ' + size if size else ''}). It takes a face of "
        "48 x 48 gray pixels and gives a probability for each of seven expressions: "
        f"{', '.join(CLASS_NAMES)}."
    )
    if not facts.has_model:
        parts.append(
            "It has no `model.onnx`, so the app does not predict with it; other runs go on "
            "from its `model.keras` or learn from it."
            if facts.run.keras_path.exists()
            else "This run left no model file: it serves comparison only."
        )
    return "\n\n".join(parts)


def _use() -> str:
    return (
        f"Made for:\n\n{responsible.bullets(responsible.USES)}\n\n"
        f"Not for:\n\n{responsible.bullets(responsible.MISUSES)}"
    )


def _data(facts: RunFacts) -> str:
    config = facts.config
    if config.synthetic:
        origin = "Drawn faces made by `python -m fer_core data synthetic`."
    elif config.data_fingerprint == FINGERPRINT:
        origin = (
            "FER2013 as published on Kaggle (`ananthu017/emotion-detection-fer`): pictures from "
            "a web search of 2013, labelled with one of seven words. The data card on the About "
            "page says what is wrong with it and who is missing."
        )
    else:
        origin = "Images other than the published data set."
    counts = config.counts
    trained = f"{count(counts.get('train', 0))} images to train on"
    if config.members:
        trained = f"Up to {trained}, as the members' own cards say"
    return (
        f"{origin} {trained}, {count(counts.get('validation', 0))} for validation, "
        f"{count(counts.get('test', 0))} for the test; {_SPLITS[config.train.validation]}; "
        f"{_labels(config.train)}. "
        f"Fingerprint `{config.data_fingerprint[:16]}`."
    )


def _labels(config: TrainConfig) -> str:
    if config.labels is Labels.FER2013:
        return "FER2013's labels"
    if config.ferplus_share == 1:
        return "FER+'s votes as targets"
    return f"{percent(config.ferplus_share)} FER+'s votes and the rest FER2013's labels as targets"


def _training(facts: RunFacts) -> str:
    config = facts.config
    if config.members:
        return (
            f"Nothing was trained for it: its answer is the mean of the probabilities of "
            f"{', '.join(map(inline_code, config.members))}, calibrated on the validation images. "
            f"Made {config.started:%Y-%m-%d}."
        )
    if config.quantized_from:
        return (
            f"Nothing was trained for it: it is {inline_code(config.quantized_from)} with weights "
            "and maps rounded to whole numbers of eight bits, in the ranges that its training "
            f"images show. Made {config.started:%Y-%m-%d}. Test images were predicted at: "
            f"{', '.join(config.test_looks)}. They chose nothing."
        )
    fields = TrainConfig.model_fields
    own, usual = config.train.model_dump(mode="json"), TrainConfig().model_dump(mode="json")
    rows = [
        [f"`{name}`", str(own[name]), str(usual[name]), fields[name].description or ""]
        for name in own
        if own[name] != usual[name] and name not in ("preset", "model")
    ]
    seconds = facts.history["seconds"].sum() if len(facts.history) else float("nan")
    looks = ", ".join(config.test_looks) or "not recorded"
    settings = (
        "Settings other than the report's:\n\n"
        + markdown_table(["setting", "here", "the report", "what it is"], rows, words=4)
        if rows
        else "Every setting is the report's."
    )
    if config.train.model in CLASSIC:
        settings = "The report's settings are those of a network and do not apply."
    epochs = (
        "fitted at once," if config.train.model in CLASSIC else f"{len(facts.history)} epochs in"
    )
    start = config.train.initial_run
    origin = f" It goes on from the weights of {inline_code(start)}." if start else ""
    return (
        f"Preset {inline_code(config.train.preset)}, {epochs} {duration(seconds)} on "
        f"{config.device} ({config.backend}), begun {config.started:%Y-%m-%d}.{origin} Test images "
        f"were predicted at: {looks}. They chose nothing.\n\n{settings}"
    )


def _accuracy(facts: RunFacts) -> str:
    rows = []
    for item in facts.figures:
        figures = item.report
        rows.append(
            [
                item.view.title,
                count(figures.n),
                percent(figures.accuracy),
                bounds(figures.accuracy_interval),
                decimal(figures.macro_f1),
            ]
        )
    table = markdown_table(["images", "count", "accuracy", "95 %", "macro F1"], rows)
    report = "" if facts.config.synthetic else f" {compare_to_report(facts.report)}"
    return (
        f"{percent(facts.report.accuracy, facts.report.accuracy_interval)} of "
        f"{count(facts.report.n)} test images.{report} The right class is among the two most "
        f"probable for {percent(top_k_accuracy(facts.test))}. Intervals: 95 %, bootstrap over "
        f"images.\n\n{table}"
    )


def _classes(facts: RunFacts) -> str:
    rows = []
    for row in facts.report.per_class.to_dict("records"):
        cells = [row["class"]]
        for name in ("precision", "recall", "f1"):
            around = bounds((row[f"{name}_low"], row[f"{name}_high"]))
            value = row[name]
            cells.append(MISSING if value != value else f"{100 * value:.1f} ({around})")
        rows.append([*cells, count(row["support"])])
    headings = ["class", "precision, %", "recall, %", "F1, %", "images"]
    return f"All test images, 95 % intervals in brackets.\n\n{markdown_table(headings, rows)}"


def _failures(facts: RunFacts) -> str:
    weakest, recall = weakest_class(facts.report)
    mistakes = "\n".join(
        f"- {percent(item.share)} of {item.true} faces are taken for {item.predicted} "
        f"({count(item.images)} images)."
        for item in worst_confusions(facts.report)
    )
    return f"It finds {weakest} least often: {percent(recall)} of them.\n\n{mistakes}"


def _calibration(facts: RunFacts) -> str:
    found = facts.calibration
    text = (
        f"Confidence and accuracy are {100 * found.error:.1f} points apart on average (expected "
        f"calibration error, 15 bins, all test images); {100 * found.error_before:.1f} without "
        f"the temperature of {found.temperature:g} that was fitted on "
        f"{validation_images(facts.config.train)}."
    )
    if found.abstain_below is None:
        return f"{text} No confidence below which the app should say 'not sure' was found."
    return (
        f"{text} Below a confidence of {found.abstain_below:.2f}, set on the same images, the "
        f"app says 'not sure': it then answers {percent(found.answered)} of the test images, "
        f"{percent(found.answered_accuracy)} of them rightly."
    )


def _robustness(facts: RunFacts) -> str:
    table = facts.robustness
    if table is None:
        return facts.robustness_note
    worst = measure.hardest(table)
    rows = [
        [
            row["title"],
            percent(row["accuracy"]),
            bounds((row["accuracy_low"], row["accuracy_high"])),
            f"{row['worst_class']} x {row['worst_ratio']:.1f}" if row["worst_class"] else MISSING,
        ]
        for row in table.to_dict("records")
    ]
    note = f" {facts.robustness_note}" if facts.robustness_note else ""
    shown = markdown_table(["images", "accuracy", "95 %", "most repeated answer"], rows)
    return (
        f"Hardest: {worst['title']}, {percent(worst['accuracy'])} instead of "
        f"{percent(table['accuracy'].iloc[0])}. The last column names the class that is answered "
        f"too often, and how many times as often as it is true.{note}\n\n{shown}"
    )


def _several_looks(facts: RunFacts) -> list[Section]:
    """Nothing where it was not measured: the app itself always looks once."""
    if facts.test_time is None:
        return []
    rows = [
        [
            row["looks"],
            str(row["passes"]),
            SUBSET_TITLES[row["images"]],
            percent(row["accuracy"]),
            bounds((row["low"], row["high"])),
        ]
        for row in facts.test_time.to_dict("records")
    ]
    table = markdown_table(["looks", "passes an image", "images", "accuracy", "95 %"], rows)
    text = (
        "The mean answer over several pictures of each test image, as papers often report. "
        f"The app looks once, and so does every other figure here.\n\n{table}"
    )
    return [Section("Several looks at an image", text)]


def _licences(facts: RunFacts) -> str:
    text = (
        "Code and weights: MIT. The weights were trained on images that the Kaggle page calls CC0 "
        "and whose own rights nobody has cleared."
    )
    if facts.config.synthetic:
        text = "Code, weights and drawn faces: MIT."
    if facts.config.train.labels is Labels.FERPLUS:
        text += " FER+'s votes: MIT, copyright Microsoft Corporation."
    if backbone := BACKBONES.get(facts.config.train.model):
        text += (
            f" It started from the weights of {backbone.source} (Apache-2.0), trained on "
            "ImageNet, whose images are for non-commercial research."
        )
    return text


def _versions(facts: RunFacts) -> str:
    rows = [[name, version] for name, version in facts.config.versions.items()]
    stamp = model_stamp(facts.run)
    model = f"Model file: sha256 `{stamp}...`.\n\n" if stamp else ""
    return model + markdown_table(["what", "version"], rows, words=2)


def _citation(facts: RunFacts) -> str:
    run_id, started = facts.run.run_id, facts.config.started
    stamp = model_stamp(facts.run)
    note = f"run {run_id}" + (f", model {stamp}" if stamp else "")
    return (
        "```bibtex\n"
        f"@software{{fer_dashboard_{run_id.replace('-', '_').replace('.', '_')},\n"
        "  title  = {Facial-expression recognition: a dashboard and the package behind it},\n"
        "  author = {{The FER dashboard authors}},\n"
        f"  year   = {{{started:%Y}}},\n"
        f"  note   = {{{note}}}\n"
        "}\n"
        "```\n\n"
        f"and the data set: {responsible.GOODFELLOW}. The form of this card: "
        f"{responsible.MODEL_CARDS}."
    )
