"""What the Live page says in words, in either mode."""

from fer_core.inference.explain import LEGEND

_INSTEAD = "Or take a picture on the Upload page."
CAMERA = {
    "NotAllowedError": "The browser does not let this page use the camera. Allow it by the sign "
    "beside the page's address, then start the camera again.",
    "NotFoundError": "No camera was found. Connect one, then start the camera again.",
    "NotReadableError": "The camera is in use by another program. Close that, then start the "
    "camera again.",
    "OverconstrainedError": "The chosen camera is gone. Choose another one.",
}
"""Why a camera does not start, by the name of the browser's error (W3C, Media Capture and Streams,
`getUserMedia`)."""
OTHERWISE = "The camera could not be started. Reload the page, then try again."
INSECURE = (
    "This page was opened by http. Browsers allow the camera only on pages opened by https, or "
    "on the machine that the server runs on. Open it by https, or upload a picture:"
)
NO_FACE = "No face in the picture. Come closer, add light, or lower the detection threshold."
SESSION = (
    "Probabilities of the face that is followed, five times a second since the camera was started, "
    "an hour at most. Starting the camera again begins anew."
)
"""What the session's file holds."""
EMPTY = "The seven bars of the face that is followed appear here while the camera runs."


def camera_errors() -> dict[str, str]:
    """Each of the camera's errors with what else the visitor can do, and `otherwise` for others."""
    told = {**CAMERA, "otherwise": OTHERWISE}
    return {name: f"{text} {_INSTEAD}" for name, text in told.items()}


def browser(servable: bool) -> dict[str, str]:
    """All that the browser mode says, by what it is for; `servable`: whether this server reads
    faces instead where that is asked for.
    """
    server = "choose reading on the server above, or " if servable else "use "
    return {
        **camera_errors(),
        "insecure": "Browsers allow the camera only on pages opened by https, or on the machine "
        f"that the server runs on. Open this page by https. {_INSTEAD}",
        "noWebAssembly": "This browser has no WebAssembly, or it is turned off, so it cannot read "
        f"faces itself. {server.capitalize()}another browser.",
        "ended": "The camera stopped: it was disconnected, or another program took it. Connect it, "
        "then start the camera again.",
        "private": "Your video stays in this browser: faces are read here. Only a snapshot that "
        "you take is sent to this server.",
        "allow": "Allow the camera in the question that your browser asks.",
        "loading": "Loading what reads faces: {loaded} of {total} MB",
        "empty": EMPTY,
        "session": SESSION,
        "newSession": "Starting the camera again begins a new session. Save this one before, if "
        "you want to keep it.",
        "hidden": "Paused while this tab is in the background.",
        "noFace": NO_FACE,
        "silent": "No picture comes from the camera any more. Stop it, then start it again.",
        "lighter": "This machine reads fewer than 15 frames a second with {network}, so it goes on "
        "with {lighter}, which is quicker.",
        "accuracies": "Accuracy on all test images: {network} {of network}, {lighter} "
        "{of lighter}.",
        "again": "In half a minute {network} is tried once more.",
        "lighterOverTime": "Smoothing is exponential there: the recurrent network does not fit.",
        "noRecurrent": "The recurrent network could not be loaded, so smoothing is exponential. "
        "Choose it again, or reload the page.",
        "broken": "The network could not be run in this browser. Reload the page; if it happens "
        f"again, {server}another browser.",
        "meanwhile": 'Meanwhile choose "On the server" above, or take a picture on the Upload page.'
        if servable
        else "Meanwhile take a picture on the Upload page.",
        "explains": LEGEND,
        "noActivations": "{network} gives no class activation map. Choose compact-int8, compact "
        "or tiny.",
    }
