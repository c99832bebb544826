"""Currency codes and their digits after the point. Source: ISO 4217, list one (funds and metals left out)."""

from __future__ import annotations

from omni_pickup.rules.problems import RuleProblem

_CODES_BY_DIGITS = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF",
    2: """
        AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP
        CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS
        INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN
        MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE
        SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR
        ZMW ZWG
    """,
    3: "BHD IQD JOD KWD LYD OMR TND",
}

_DIGITS: dict[str, int] = {currency: digits for digits, codes in _CODES_BY_DIGITS.items() for currency in codes.split()}

CURRENCIES: frozenset[str] = frozenset(_DIGITS)
#: What English writes as a sign in front of the figure.
_SIGNS = frozenset({"EUR", "GBP", "USD"})


def currency_digits(currency: str) -> int:
    """Return the digits after the point; RuleProblem (``unknown_currency``) for what is not an ISO 4217
    code.
    """
    if currency not in _DIGITS:
        raise RuleProblem(
            f"{currency!r} is not a currency code like PLN.", code="unknown_currency", pointer="/currency"
        )
    return _DIGITS[currency]


def money_pattern(language: str, currency: str) -> str | None:
    """Return the CLDR number pattern for money, None for the language's own.

    CLDR's English runs a code and its figures together: PLN249.00.
    """
    return "#,##0.00\N{NO-BREAK SPACE}¤¤" if language == "en" and currency not in _SIGNS else None
