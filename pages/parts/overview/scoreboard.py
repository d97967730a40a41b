"""What the Overview's chart of accuracy against time was measured on."""

import pandas as pd


def speed_note(peers: pd.DataFrame) -> str:
    """What the times in the chart were measured on, and for whom there is none.

    Args:
        peers: of `evaluation.reference.peers`.
    """
    timed = peers["ms_per_face"].notna()
    months = ", ".join(peers.loc[timed, "measured"].unique())
    apart = peers[timed & (peers["runtime"] != "ONNX Runtime")]
    others = [
        f"one core, {months}",
        *(f"{row.system} by {row.runtime}" for row in apart.itertuples()),
    ]
    note = f"Ours: this machine, one thread, ONNX Runtime. Others: {'; '.join(others)}."
    untimed = peers.loc[~timed, "system"]
    return f"{note} Without a comparable time: {', '.join(untimed)}." if len(untimed) else note
