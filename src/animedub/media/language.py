"""Names of languages as containers and people write them.

Matroska and MP4 tag tracks with ISO 639-2 codes, people type ISO 639-1, and twenty languages have two ISO 639-2 codes
(bibliographic ``ger``, terminological ``deu``). Source: the Library of Congress's ISO 639-2 code list.
"""

_CODES = """
af afr|ar ara|bg bul|bn ben|bo tib bod|ca cat|cs cze ces|cy wel cym|da dan|de ger deu|el gre ell|en eng|es spa|et est
eu baq eus|fa per fas|fi fin|fr fre fra|ga gle|gl glg|he heb|hi hin|hr hrv|hu hun|hy arm hye|id ind|is ice isl|it ita
ja jpn|ka geo kat|km khm|ko kor|la lat|lo lao|lt lit|lv lav|mi mao mri|mk mac mkd|mn mon|ms may msa|my bur mya|nb nob
nl dut nld|nn nno|no nor|pl pol|pt por|ro rum ron|ru rus|sk slo slk|sl slv|sq alb sqi|sr srp|sv swe|sw swa|ta tam
te tel|th tha|tl tgl|tr tur|uk ukr|ur urd|vi vie|yi yid|zh chi zho
"""

_FAMILY = {code: entry.split() for entry in _CODES.strip().replace("\n", "|").split("|") for code in entry.split()}


def iso639_2(language: str) -> str:
    """The bibliographic ISO 639-2 code that Matroska asks for; ``und`` when the language is not known.

    >>> iso639_2("ja"), iso639_2("deu"), iso639_2("en-US"), iso639_2("")
    ('jpn', 'ger', 'eng', 'und')
    """
    code = _primary(language)
    return _FAMILY[code][1] if code in _FAMILY else code if len(code) == 3 else "und"


def same_language(one: str, other: str) -> bool:
    """Whether two codes, of any of the three kinds and with any region, name one language.

    >>> same_language("ja", "jpn"), same_language("fra", "fre"), same_language("en", "und"), same_language("", "")
    (True, True, False, False)
    """
    return iso639_2(one) == iso639_2(other) != "und"


def _primary(language: str) -> str:
    return language.strip().lower().replace("_", "-").partition("-")[0]
