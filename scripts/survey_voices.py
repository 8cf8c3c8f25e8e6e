"""Survey the voices that Kokoro's five styles and their mixtures give, and write what casting chooses from.

Each candidate speaks a few sentences. Kept are those that a recogniser understands and takes for English; their pitch
and speaker embedding are written down, so that casting costs nothing at run time.

usage: python scripts/survey_voices.py src/animedub/engines/kokoro_voices.json
"""

import json
import re
import sys
from itertools import combinations
from pathlib import Path

import jiwer
import numpy as np

from animedub.dsp.pitch import track_pitch
from animedub.dsp.resample import resampled
from animedub.model import Voice, VoiceProfile
from animedub.rig import Rig

STYLES = ("jf_nezumi", "jm_kumo", "jf_gongitsune", "jf_tebukuro")
ACCENTED = "jf_alpha"  # alone or in halves a recogniser takes its short lines for Japanese
SHIFTS_ST = (0.0, -1.5, 1.5, -3.0, 3.0)
SENTENCES = (
    "Wait a moment! I never said that we should leave the village tonight.",
    "The old man told me where the river ends, but nobody believed him.",
    "What are you doing here? Please, go home before it gets dark.",
)
MOST_ERRORS = 0.10
LEAST_NATIVE = 0.93


def blends() -> list[dict[str, float]]:
    """Every style alone, every pair in halves, and mixtures led by the only male style."""
    singles = [{name: 1.0} for name in STYLES]
    pairs = [{a: 0.5, b: 0.5} for a, b in combinations(STYLES, 2)]
    male = [{"jm_kumo": 0.75, other: 0.25} for other in (*STYLES, ACCENTED) if other != "jm_kumo"]
    return singles + pairs + male


def words(text: str) -> str:
    """Lower case, letters only."""
    return " ".join(re.sub(r"[^a-z' ]", " ", text.lower()).split())


def main(target: Path) -> None:
    """Survey and write."""
    rig = Rig.local()
    kokoro, encoder, whisper = (
        rig.synthesizer("kokoro"),
        rig.speaker_encoder("campplus"),
        rig.transcriber("whisper-base"),
    )
    kept = []
    for blend in blends():
        for shift in SHIFTS_ST:
            name = "+".join(f"{k.split('_')[1]}{round(100 * w)}" for k, w in blend.items()) + f"{shift:+g}st" * bool(
                shift
            )
            voice = Voice(name=name.replace("100", ""), engine="kokoro", blend=blend, shift_st=shift)
            waves = [resampled(kokoro.speak(s, voice, "en").mono, kokoro.rate, 16_000) for s in SENTENCES]
            padded = [np.pad(w, 8000) for w in waves]
            heard = [h.text for h in whisper.transcribe(padded, "en")]
            errors = jiwer.wer([words(s) for s in SENTENCES], [words(h) or "-" for h in heard])
            native = float(np.median([whisper.probability_of("en", w) for w in padded]))
            hz = np.concatenate([p.hz[p.voiced] for p in (track_pitch(w, 16_000) for w in waves)])
            mean = np.mean([encoder.embed(w) for w in waves], axis=0)
            pitch = round(float(np.median(hz)), 1)
            print(f"{voice.name:32} pitch {pitch:6.1f} Hz  errors {errors:.2f}  English {native:.2f}", flush=True)
            if errors <= MOST_ERRORS and native >= LEAST_NATIVE:
                kept.append(
                    VoiceProfile(
                        voice=voice.model_copy(update={"pitch_hz": pitch}),
                        embedding=tuple(np.round(mean / np.linalg.norm(mean), 4).tolist()),
                        encoder=encoder.identity,
                        native=round(native, 3),
                    )
                )
    rows = ",\n".join(json.dumps(p.model_dump(exclude_none=True), separators=(",", ":")) for p in kept)
    target.write_text(f"[\n{rows}\n]\n", encoding="utf-8")
    print(f"{len(kept)} voices")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
