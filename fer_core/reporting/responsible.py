"""What the project may be used for, what it cannot know, privacy and law: words with sources.

The one place for these words; cards, reports and the About page take them from here. The law
is told in plain words as it stood at `LAW_AS_OF`; it is no legal advice. Quoted is Regulation
(EU) 2024/1689 with the changes of Regulation (EU) 2026/1744 (Digital Omnibus on AI): that one
moved the dates of Chapter III and left Articles 5(1)(f), 50(3), 50(5) and Annex III as they were.
"""

from dataclasses import dataclass
from typing import Final

from fer_core.reference.published import people


@dataclass(frozen=True)
class Source:
    """Where a statement comes from: `text` names it, `url` leads there."""

    text: str
    url: str

    def __str__(self) -> str:
        return f"[{self.text}]({self.url})"


@dataclass(frozen=True)
class Statement:
    """A claim in plain words (Markdown, one paragraph) and where it comes from."""

    text: str
    sources: tuple[Source, ...] = ()

    def __str__(self) -> str:
        if not self.sources:
            return self.text
        return f"{self.text} ({'; '.join(map(str, self.sources))})"


PUBLIC_STUN: Final = "stun:stun.l.google.com:19302"
"""The public STUN server that live video asks where no other is set."""
LAW_AS_OF = "November 2026"
_AI_ACT = "https://eur-lex.europa.eu/eli/reg/2024/1689/oj"
_GDPR = "https://eur-lex.europa.eu/eli/reg/2016/679/oj"

BARRETT = Source(
    "Barrett, Adolphs, Marsella, Martinez, Pollak 2019", "https://doi.org/10.1177/1529100619832930"
)
GOODFELLOW = Source("Goodfellow et al. 2013, arXiv:1307.0414", "https://arxiv.org/abs/1307.0414")
BARSOUM = Source("Barsoum et al. 2016, arXiv:1608.01041", "https://arxiv.org/abs/1608.01041")
HOSSEINI = Source(
    "Hosseini, Pourramezan Fard, Mahoor 2025, arXiv:2502.11049", "https://arxiv.org/abs/2502.11049"
)
CROSS_RACE = Source(
    "Frontiers in Psychology 2023, 14:1201145", "https://doi.org/10.3389/fpsyg.2023.1201145"
)
MODEL_CARDS = Source("Mitchell et al. 2019, arXiv:1810.03993", "https://arxiv.org/abs/1810.03993")
OMNIBUS = Source(
    "Regulation (EU) 2026/1744, Art. 1(40)", "https://eur-lex.europa.eu/eli/reg/2026/1744/oj"
)

USES: Final = (
    "Teaching and learning how such a network is trained, measured and where it fails.",
    "Research on methods, against the published figures, on the same images.",
    "Trying it on your own face, or on pictures of people who agreed to it.",
)
"""What it is made for."""

MISUSES: Final = (
    "Deciding or suggesting anything about a person: hiring, grading, insurance, policing, "
    "border control, health, advertising.",
    "Watching people at work, in school or at university: prohibited in the EU.",
    "Telling what somebody feels, intends or whether they lie. It cannot.",
    "Recognising who somebody is. It is not made for it and keeps no faces.",
)
"""What it must not be used for."""


def limits() -> tuple[Statement, ...]:
    """What reading emotion from a face cannot do."""
    agreeing = people()["accuracy"]
    return (
        Statement(
            "People smile when happy and scowl when angry more often than chance would have it, "
            "but how they express a feeling differs between cultures, situations and even one "
            "person's moments, and one facial configuration stands for several feelings or for "
            "none.",
            (BARRETT,),
        ),
        Statement(
            "The network answers with one of seven words because it has no others. It cannot say "
            "'bored', 'in pain' or 'joking'; every face, even a drawing, gets one of the seven.",
        ),
        Statement(
            "It sees one face in 48 x 48 gray pixels: no body, no voice, no situation, nothing "
            "before or after. People who judge a face use all of these.",
            (BARRETT,),
        ),
        Statement(
            "Its labels are what annotators called a picture found by an emotion word, not what "
            "the person in it felt; and people agree with these labels in only about "
            f"{100 * agreeing:.0f} of 100 images.",
            (GOODFELLOW,),
        ),
        Statement(
            "How well it works for whom is not known here, because the images carry neither age "
            "nor gender nor origin. Elsewhere, networks of this kind trained on such images "
            "differed between groups, and common systems did worse on Eastern than on Western "
            "faces.",
            (HOSSEINI, CROSS_RACE),
        ),
        Statement(
            "A confidence of 80 % means: of such answers on images like those it was trained on, "
            "about 80 in 100 fit the label. On your camera, with other light and other faces, "
            "nobody has measured it.",
        ),
    )


LAW: Final = (
    Statement(
        "**Work and education: prohibited.** AI systems that infer emotions of a person at the "
        "workplace or in education institutions may not be placed on the market, put into service "
        "for that purpose or used in the EU, except for medical or safety reasons. Applies since "
        "2 February 2025; fines reach 35 million euro or, for an undertaking, 7 % of its worldwide "
        "turnover, whichever is higher (for small and medium-sized ones, whichever is lower).",
        (Source("AI Act, Art. 5(1)(f), 99(3), 99(6), 113", _AI_ACT),),
    ),
    Statement(
        "**Everywhere else: people must be told.** Whoever uses an emotion recognition system "
        "under their own authority informs those exposed to it that it is at work, clearly and at "
        "the latest when they first meet it, and handles their data by the GDPR. Applies since "
        "2 August 2026; excepted are systems that the law permits for prosecuting crime.",
        (Source("AI Act, Art. 50(3), 50(5), 113", _AI_ACT),),
    ),
    Statement(
        "**It counts as high-risk.** Where it is permitted, a system meant for emotion recognition "
        "is on the list of high-risk systems, with duties of risk management, documentation and "
        "human oversight. They were to apply from 2 August 2026; a regulation of 8 July 2026 moved "
        "that to 2 December 2027.",
        (Source("AI Act, Art. 6(2), Annex III point 1(c)", _AI_ACT), OMNIBUS),
    ),
    Statement(
        "**What counts.** The law means systems that identify or infer emotions or intentions "
        "from biometric data, such as a face. Pain and tiredness are not meant, and neither is "
        "noticing a smile as such, unless feelings are inferred from it.",
        (Source("AI Act, Art. 3(39), recital 18", _AI_ACT),),
    ),
    Statement(
        "**Why.** The lawmakers had serious concerns about the scientific basis of such systems: "
        "limited reliability, lack of specificity, limited generalisability.",
        (Source("AI Act, recital 44", _AI_ACT),),
    ),
    Statement(
        "**Purely personal use** by a private person is outside the duties of those who use "
        "such a system; using it in a job or a business is not.",
        (Source("AI Act, Art. 2(10), 3(4)", _AI_ACT),),
    ),
    Statement(
        "**An open licence changes nothing here.** Systems under free and open-source licences "
        "are outside the act, but not those that Article 5 or 50 speaks of, nor high-risk ones.",
        (Source("AI Act, Art. 2(12)", _AI_ACT),),
    ),
    Statement(
        "**Pictures in which somebody can be recognised are personal data.** Reading them needs a "
        "legal basis, such as consent, unless a private person does it for themselves or their "
        "household only.",
        (Source("GDPR, Regulation (EU) 2016/679, Art. 2(2)(c), 4(1), 6(1)", _GDPR),),
    ),
)
"""The law of the European Union in plain words."""

PRIVACY: Final = (
    Statement(
        "**Pictures, videos and snapshots** go from your browser to the server that runs this "
        "app, are read in its memory and forgotten when you leave or remove them. They are "
        "neither written to disk nor sent on; prediction runs on that server itself."
    ),
    Statement(
        "**Live video** goes encrypted (WebRTC) to the same server. Each frame is read in memory "
        "and replaced by the next one; only the last 30 seconds of results, without pictures, "
        "are kept while the page is open."
    ),
    Statement(
        "**Helper servers for the Live page.** To find a way between browser and server both may "
        f"ask a STUN server (`{PUBLIC_STUN}` unless the owner set another), which learns your "
        "public address and no picture. Where a TURN relay is set up, the encrypted video may "
        "pass through it; it cannot read it. The Live page names the kind in use under "
        "its connection."
    ),
    Statement(
        "**No tracking.** Streamlit's usage statistics are off, there is no analytics, and the "
        "only cookie guards against forged requests. The address line holds your choices, "
        "never a picture."
    ),
    Statement(
        "**The server's own downloads** (data set from Kaggle, face detector from GitHub) carry "
        "nothing about visitors. A hosting platform may log visits by its own rules."
    ),
)
"""What happens to what a visitor gives."""


def bullets(items: tuple[Statement, ...] | tuple[str, ...]) -> str:
    """The items as a Markdown list."""
    return "\n".join(f"- {item}" for item in items)
