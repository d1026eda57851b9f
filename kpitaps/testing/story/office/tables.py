"""Names and price lists of the fictional company's office: tables, no logic."""

from __future__ import annotations

from typing import NamedTuple


class Ware(NamedTuple):
    """Something on an invoice: cents without VAT for one of it."""

    name: str
    cents: int
    vat_percent: int


class Supplier(NamedTuple):
    """From whom the company buys: about so many cents a time, with how much VAT."""

    name: str
    cents: int
    vat_percent: int


FIRST_NAMES = (
    "Anna", "Bas", "Carlijn", "Daan", "Els", "Femke", "Gijs", "Hanneke", "Imane", "Jeroen", "Karim", "Lotte",
    "Maarten", "Noor", "Olivier", "Petra", "Quinten", "Roos", "Stijn", "Tess", "Umut", "Vera", "Wouter", "Xander",
    "Yasmin", "Zoë",
)  # fmt: skip
LAST_NAMES = (
    "Aerts", "Bakker", "Çelik", "de Boer", "de Vries", "Dijkstra", "El Idrissi", "Faber", "Goossens", "Hermans",
    "IJsbrandy", "Jacobs", "Kok", "Lemmens", "Maes", "Mulder", "Nijhuis", "Özdemir", "Peeters", "Postma", "Smit",
    "van den Berg", "van Dijk", "Visser", "Willems", "Zijlstra",
)  # fmt: skip
COMPANY_KINDS = (
    "Café", "Koffiebar", "Lunchroom", "Hotel", "Bakkerij", "Brasserie", "Kantoor", "Accountants", "Architecten",
    "Tandartspraktijk", "Boekhandel", "Sportclub",
)  # fmt: skip
COMPANY_NAMES = (
    "Zeezicht", "De Haven", "Het Anker", "Oost", "Van Loon", "Middelburg", "De Linde", "Kruispunt", "Noorderlicht",
    "Op de Hoek", "De Sluis", "Wilhelmina", "Parkzicht", "De Molen", "Tramhalte", "Zuiderpark", "Bij Bram", "Prins",
    "De Gracht", "Lindenhof",
)  # fmt: skip

COFFEES = (
    Ware("Kade Espresso 1 kg", 1_895, 9),
    Ware("Sluiswacht Blend 1 kg", 1_945, 9),
    Ware("Havenlicht Decaf 1 kg", 2_115, 9),
    Ware("Ethiopië Guji 1 kg", 2_675, 9),
    Ware("Losse thee 500 g", 1_349, 9),
    Ware("Bekers 500 stuks", 3_895, 21),
    Ware("Reinigingstabletten", 2_249, 21),
)
MACHINES = (
    Ware("Espressomachine tweegroeps", 649_500, 21),
    Ware("Bonenmachine kantoor", 289_500, 21),
    Ware("Maalmolen", 87_450, 21),
    Ware("Installatie", 34_995, 21),
    Ware("Baristatraining", 49_500, 21),
)
SERVICES = (
    Ware("Onderhoud espressomachine", 7_950, 21),
    Ware("Onderhoud bonenmachine", 4_495, 21),
    Ware("Koffieabonnement kantoor", 16_275, 9),
)
SUPPLIERS = (
    Supplier("Koffiehandel Trabocca", 386_000, 9),
    Supplier("Santos Green Coffee", 512_000, 0),
    Supplier("Mercanta London", 274_000, 0),
    Supplier("Verpakkingen Vermeer", 64_000, 21),
    Supplier("Huur loods De Kade", 245_000, 21),
    Supplier("Energie Rijnmond", 91_300, 21),
    Supplier("Transport Baert", 38_750, 21),
    Supplier("Kantoorvakhandel", 8_640, 21),
    Supplier("Tankstation A4", 7_210, 21),
    Supplier("Lunchroom Zeezicht", 3_455, 9),
)
SUBJECTS = {
    "delivery": ("Levering nog niet binnen", "Verkeerde doos ontvangen"),
    "quality": ("Bonen smaken anders", "Zak was open"),
    "billing": ("Vraag over factuur", "Ander factuuradres"),
    "machine": ("Machine lekt", "Foutcode op het scherm", "Maling te grof"),
    "complaint": ("Klacht over levering", "Niet tevreden over onderhoud"),
}
REASONS = ("price", "chose another", "no budget", "no answer", "")
