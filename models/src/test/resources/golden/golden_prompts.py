"""Writes golden_prompts.json: prompts, and what diffusers' prompt_clean makes of them (ftfy 6.3.1, html of Python 3.11)."""

import html
import json
import re
import sys

import ftfy

PLAIN = ["the circle’s “ring”", "café", "a red ball — slow motion…", "naïve façade, über-cool", "¿Qué pasa? ¡Olé!", "Zażółć gęślą jaźń", "Øre på blåbær",
         "El Niño’s 20° day", "L’été à la mer", "a 😀 face", "你好,世界", "東京の夜景、ネオン", "한국의 봄", "Привет, мир", "price: 5€ or £4", "™ and © and ®",
         "½ cup ± 1", "a « b » c", "œuvre, cœur", "Łódź w nocy", "“quoted”—text", "ﬁne ﬂuff", "ＬＯＵＤ　ＮＯＩＳＥＳ", "A\u030angstro\u0308m",
         "Đà Nẵng, Việt Nam", "Γειά σου", "שלום", "مرحبا", "हिन्दी", "10 µm × 3²", "ÅNGSTRÖM Å la"]
CLEAN_ALREADY = ["x\u200bx", "a\u00adb", "CAFÉ™", "“Él”–“Ella”", "naïve–”quote", "é”™", "Ä€ uro", "100 % d’été", "it's 5 o'clock"]
DAMAGED = ["\x1b[31mred\x1b[0m ball", "&#xD800;", "&#128;", "&#x81;", "&#0;", "&#1;x", "&amp;amp;", "&EACUTE;&NTILDE;", "a < b &amp; c", "this&not that", "&notin; x",
           "&amp", "&ampx", "&#65 b", "&#xfffe;", "&#1114112;", "&#99999999999999999999;", "&NotEqualTilde;", "&lt;b&gt; &nbsp;", "P&EACUTE;REZ", "a\r\nb\rc", "\ufeffbom",
           "line1 <b>\nline2 &amp; x", "&HELLIP;", "&copy;right &reg", "&#x1F600;", "&#xd83d;&#xde00;", "&unknown;", "&;", "&#;", "&#x;", "a\x00b", "tab\tx", "& & &amp;",
           "&bne;", "&fjlig;", "a\u2028b", "\x93smart\x94 \x85", "x\x85y", "&#150;", "&aacutex"]


def cleaned(text):
    text = html.unescape(html.unescape(ftfy.fix_text(text))).strip()
    return re.sub(r"\s+", " ", text).strip()


def misread(text):
    """UTF-8 read as Windows-1252; what that has nothing for as Latin-1."""
    signs = (bytes([b]).decode("cp1252", "replace") for b in text.encode())
    return "".join(chr(b) if sign == "\ufffd" else sign for b, sign in zip(text.encode(), signs))


prompts = PLAIN + CLEAN_ALREADY + DAMAGED
prompts += [damage(p) for p in PLAIN for damage in (misread, lambda p: p.encode().decode("latin-1"), lambda p: misread(misread(p)))]
json.dump([[p, cleaned(p)] for p in prompts], open(sys.argv[1], "w"), indent=0)
