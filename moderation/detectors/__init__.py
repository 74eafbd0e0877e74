"""The detectors. DETECTORS is the one list of them; a detector is registered nowhere else."""

from moderation.detectors.cloaking import CloakingDetector
from moderation.detectors.contacts import ContactDetector
from moderation.detectors.detector import Detector, Resources, Term, TextClassifier, ask
from moderation.detectors.doorway import DoorwayDetector
from moderation.detectors.headings import HeadingDetector
from moderation.detectors.hidden import HiddenDetector
from moderation.detectors.injection import InjectionDetector
from moderation.detectors.link_blocks import LinkBlockDetector
from moderation.detectors.obfuscation import ObfuscationDetector
from moderation.detectors.splice import SpliceDetector
from moderation.detectors.stuffing import StuffingDetector
from moderation.detectors.terms import TermDetector
from moderation.detectors.title import TitleDetector
from moderation.detectors.title_part import TitlePartDetector

DETECTORS: tuple[type[Detector], ...] = (
    TitleDetector,
    TitlePartDetector,
    HeadingDetector,
    TermDetector,
    ContactDetector,
    ObfuscationDetector,
    StuffingDetector,
    LinkBlockDetector,
    HiddenDetector,
    InjectionDetector,
    SpliceDetector,
    DoorwayDetector,
    CloakingDetector,
)

__all__ = ["DETECTORS", "Detector", "Resources", "Term", "TextClassifier", "ask"]
