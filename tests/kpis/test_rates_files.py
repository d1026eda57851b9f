"""Reading the European Central Bank's files strictly, in all three formats."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from parts.central_bank import HEAD, TAIL, as_csv, as_xml, as_zip

from kpitaps.errors import BadUse
from kpitaps.kpis.ecb import LARGEST, parse_rates
from kpitaps.store.rates import RateDay

MONDAY, TUESDAY = date(2025, 5, 12), date(2025, 5, 13)
DAYS = {MONDAY: {"JPY": "164.12", "USD": "1.1106"}, TUESDAY: {"USD": "1.1", "IDR": "18465"}}
READ = (
    RateDay(MONDAY, {"JPY": 164_120_000, "USD": 1_110_600}),
    RateDay(TUESDAY, {"USD": 1_100_000, "IDR": 18_465_000_000}),
)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(as_xml(DAYS), id="xml"),
        pytest.param(b"\xef\xbb\xbf" + as_xml(DAYS), id="xml with a mark"),
        pytest.param(as_csv(DAYS), id="csv"),
        pytest.param(as_csv(DAYS).replace(b",\n", b"\n"), id="csv without a comma at the end"),
        pytest.param(as_csv(DAYS).replace(b"\n", b"\r\n"), id="csv from Windows"),
        pytest.param(as_zip(as_csv(DAYS)), id="zip"),
    ],
)
def test_all_formats_say_the_same(content: bytes) -> None:
    """Days come oldest first, exact to the millionth; N/A is no rate."""
    assert parse_rates("rates", content) == READ


CODES = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=3, max_size=3).filter(lambda code: code != "EUR")
RATES = st.integers(1, 10**12)


@given(st.dictionaries(st.dates(), st.dictionaries(CODES, RATES, min_size=1, max_size=4), min_size=1, max_size=5))
def test_what_is_written_is_read(days: dict[date, dict[str, int]]) -> None:
    """Whatever the days and rates, XML and the zipped CSV give exactly those back."""
    written = {
        day: {code: f"{rate // 10**6}.{rate % 10**6:06}" for code, rate in rates.items()} for day, rates in days.items()
    }
    wanted = tuple(RateDay(day, days[day]) for day in sorted(days))
    assert parse_rates("x", as_xml(written)) == wanted
    assert parse_rates("x", as_zip(as_csv(written))) == wanted


def xml(cubes: str) -> bytes:
    return f"{HEAD}{cubes}{TAIL}".encode()


USD = '<Cube currency="USD" rate="1.1"/>'
BOMB = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><x>&b;</x>'


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "line 1: a file of reference rates begins with Date"),
        (b"<html><body>Down for maintenance</body></html>", "no file of reference rates"),
        (b"<html><body>Down<br></body></html>", "no XML that can be read"),
        (BOMB, "no XML that can be read"),
        (as_xml(DAYS)[:-30], "no XML that can be read"),
        (xml(""), "holds no rates"),
        (xml(f'<Cube time="2025-05-12">{USD}{USD}</Cube>'), "2025-05-12: 'USD' is no currency"),
        (xml(f'<Cube time="2025-05-12">{USD}</Cube>' * 2), "2025-05-12 is there twice"),
        (xml(f'<Cube time="20250512">{USD}</Cube>'), "'20250512' is no day"),
        (xml(f'<Cube time="2025-02-30">{USD}</Cube>'), "'2025-02-30' is no day"),
        (xml(f"<Cube>{USD}</Cube>"), "there is a <Cube> where a Cube with a time must be"),
        (xml('<Cube time="2025-05-12"><Cube currency="USD"/></Cube>'), "where a Cube with a rate must be"),
        (xml('<Cube time="2025-05-12"><Rate/></Cube>'), "there is a <Rate> where a Cube with a currency"),
        (xml('<Cube time="2025-05-12"><Cube currency="EUR" rate="1"/></Cube>'), "'EUR' is no currency beside the euro"),
        (b"Date,USD,\n2025-05-12,1,1,\n", "line 2: there are 4 columns, the first line has 3"),
        (b"Date,USD,\n2025-05-12,1.1,9\n", "line 2: '9' belongs to no currency"),
        (b"Date,USD,USD,\n2025-05-12,1,1,\n", "line 2: 'USD' is no currency beside the euro, or is there twice"),
        (b"Date,USD,\n12 May 2025,1,\n", "line 2: '12 May 2025' is no day"),
        (b"Date,USD,\n2025-05-12,N/A,\n", "holds no rates"),
        (b"Date,USD\n2025-05-12,\xff\n", "no CSV file that can be read"),
        (as_zip(b"Date,USD\n", "readme.txt"), "it must hold one CSV file"),
        (as_zip(as_csv(DAYS))[:-9], "no whole zip file"),
    ],
)
def test_anything_else_is_refused(content: bytes, said: str) -> None:
    """What is not as the ECB writes it is refused, with the place."""
    with pytest.raises(BadUse) as error:
        parse_rates("feed", content)
    assert str(error.value).startswith("feed")
    assert said in str(error.value)


@pytest.mark.parametrize("rate", ["0", "0.000000", "-1", "1,1", "1.1234567", "1e3", "NaN", "1 1", "٣", "1.", ".5"])
def test_a_rate_is_a_plain_number_above_zero(rate: str) -> None:
    """A rate with a sign, an exponent, a comma or a seventh decimal is no rate."""
    with pytest.raises(BadUse, match=r"2025-05-12, USD: .* is no rate"):
        parse_rates("feed", as_xml({MONDAY: {"USD": rate}}))


def test_a_file_that_swells_is_refused() -> None:
    """A zip that unpacks to more than any file of rates is not unpacked to its end."""
    with pytest.raises(BadUse, match="larger than any file"):
        parse_rates("feed", as_zip(b"0" * (LARGEST + 1)))
